"""What waits for the disk: in order, in batches, bounded, and awaited tasks before their patience ends."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from typing import Any

import pytest

from core.errors import StoreError
from core.record import backlog as module
from core.record.backlog import BATCH_ROWS, Backlog, Reading, Recording, Task
from core.types import Marker

SOON_S = 0.05
LATER_S = 30.0
"""so long that nothing becomes due in a test by itself"""


def reading(label: str = "one") -> Reading:
    return Reading(Recording("s1", "u1"), Marker(label, 0.0))


def task(keep: bool = False) -> Task:
    future: Future[Any] = Future()
    return Task(lambda _connection: None, future, keep)


def labels(batch: Any) -> list[str]:
    return [item.event.label for item in batch]


def test_readings_come_out_in_order_as_one_batch_when_they_are_due() -> None:
    backlog = Backlog(100, SOON_S)
    for label in "abc":
        assert backlog.put(reading(label)) == 0
    assert backlog.rows == 3
    began = time.monotonic()
    assert labels(backlog.take()) == ["a", "b", "c"]
    assert time.monotonic() - began >= SOON_S / 2, "it waited for more to come"
    assert backlog.rows == 0


def test_full_batch_does_not_wait_for_its_time() -> None:
    backlog = Backlog(10_000, LATER_S)
    for _ in range(BATCH_ROWS + 5):
        backlog.put(reading())
    batch = backlog.take()
    assert isinstance(batch, list)
    assert len(batch) == BATCH_ROWS
    assert backlog.rows == 5


def test_full_backlog_leaves_the_oldest_reading_out_and_keeps_tasks() -> None:
    backlog = Backlog(2, LATER_S)
    first = task()
    backlog.add(first)
    assert [backlog.put(reading(label)) for label in "abc"] == [0, 0, 1]
    assert backlog.take() is first
    backlog.close()
    assert labels(backlog.take()) == ["b", "c"]


def test_task_waits_for_readings_before_it_and_comes_before_readings_after_it() -> None:
    backlog = Backlog(100, LATER_S)
    between = task()
    backlog.put(reading("before"))
    backlog.add(between)
    backlog.put(reading("after"))
    assert labels(backlog.take()) == ["before"]
    assert backlog.take() is between
    backlog.close()
    assert labels(backlog.take()) == ["after"]


def test_added_task_wakes_a_writer_that_waits() -> None:
    backlog, taken = Backlog(100, LATER_S), []
    writer = threading.Thread(target=lambda: taken.append(backlog.take()))
    writer.start()
    awaited = task()
    backlog.add(awaited)
    writer.join(timeout=5)
    assert taken == [awaited]


def test_what_was_put_back_comes_first_in_its_order() -> None:
    backlog = Backlog(100, LATER_S)
    backlog.put(reading("queued"))
    backlog.put_back([reading("one")], [reading("two")])
    assert [labels(backlog.take()) for _ in range(2)] == [["one"], ["two"]]


def test_closed_backlog_takes_no_task_and_hands_out_the_rest_at_once() -> None:
    backlog = Backlog(100, LATER_S)
    backlog.put(reading("last"))
    backlog.close()
    with pytest.raises(StoreError, match="closed"):
        backlog.add(task())
    assert labels(backlog.take()) == ["last"]
    assert backlog.take() is None


def test_too_many_awaited_tasks_are_refused_but_those_to_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_TASKS", 2)
    backlog = Backlog(100, LATER_S)
    backlog.add(task())
    backlog.add(task())
    with pytest.raises(StoreError, match="2 writes wait"):
        backlog.add(task())
    backlog.add(task(keep=True))


def test_nobody_waits_for_a_disk_that_refuses_and_kept_tasks_stay_in_line() -> None:
    backlog = Backlog(100, LATER_S)
    spared, kept = task(), task(keep=True)
    backlog.add(spared)
    backlog.put(reading("between"))
    backlog.add(kept)
    assert backlog.stop_waiting() == [spared, kept]
    assert backlog.stop_waiting() == [], "they were told already"
    rest = list(backlog.rest())
    assert labels(rest[0]) == ["between"]
    assert rest[1:] == [kept]


def test_take_that_may_not_wait_says_none_when_nothing_is_there() -> None:
    assert Backlog(100, LATER_S).take(may_wait=False) is None


def test_pause_ends_early_when_somebody_begins_to_wait() -> None:
    backlog = Backlog(100, LATER_S)
    began = time.monotonic()
    threading.Timer(SOON_S, lambda: backlog.add(task())).start()
    backlog.pause(LATER_S)
    assert time.monotonic() - began < LATER_S / 2


def test_kept_tasks_too_have_a_number_and_room_comes_back(monkeypatch) -> None:
    monkeypatch.setattr(module, "MAX_KEPT", 2)
    backlog = Backlog(10, LATER_S)
    backlog.add(task(keep=True))
    backlog.add(task(keep=True))
    backlog.stop_waiting()
    with pytest.raises(StoreError, match="2 writes wait for it already"):
        backlog.add(task(keep=True))
    backlog.add(task())
    backlog.take()
    backlog.add(task(keep=True))
