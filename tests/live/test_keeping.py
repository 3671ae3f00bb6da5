"""When a session's record is opened, what is held for it, and that consent counts at once."""

from __future__ import annotations

import asyncio
import threading

from core.errors import StoreError
from core.live.keeping import HELD, Keeping
from core.record.store import Store
from core.types import Marker, Message, SessionState, Stats
from tests.fakes import ListRecorder, estimate, person
from tests.record.events import consented, fused, written

KEPT = person("camera", "history")
WORDS = person("camera", "history", "text")
SAID = Message("user", "a lighthouse", "happy", 0.5, 0.0)


class Slow(ListRecorder):
    """Opens when the gate does."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()

    async def open_session(self, session_id: str, *rest: object) -> None:
        await self.gate.wait()
        self.opened.append(session_id)


class Full(ListRecorder):
    async def open_session(self, *_: object) -> None:
        raise StoreError("the disk is full")


async def _opened(recorder, allowed=KEPT) -> Keeping:
    keeping = Keeping("s1", recorder, allowed)
    assert await keeping.open(0.0, 0.0, {}) is None
    return keeping


async def test_everything_goes_into_an_open_record() -> None:
    recorder = ListRecorder()
    keeping = await _opened(recorder)
    keeping.put(estimate())
    assert (recorder.opened, len(recorder.events), keeping.stored_to_s()) == (["s1"], 1, 1.5)
    await keeping.close()
    assert recorder.closed == ["s1"]


async def test_what_comes_before_the_record_opens_waits_for_it_in_order() -> None:
    recorder = ListRecorder()
    keeping = Keeping("s1", recorder, KEPT)
    for number in range(3):
        keeping.put(Marker(f"m{number}", 0.0))
    keeping.put(Stats(0.0, 0, 0.0, None))
    keeping.put(SessionState((), paused=False, recording=False))
    assert recorder.events == []
    await keeping.open(0.0, 0.0, {})
    keeping.put(Marker("m3", 0.1))
    assert [event.label for event in recorder.events] == ["m0", "m1", "m2", "m3"]


async def test_what_waits_is_bounded() -> None:
    recorder = ListRecorder()
    keeping = Keeping("s1", recorder, KEPT)
    for number in range(HELD + 5):
        keeping.put(Marker(str(number), 0.0))
    await keeping.open(0.0, 0.0, {})
    assert (len(recorder.events), recorder.events[0].label) == (HELD, "5")


async def test_nothing_waits_without_the_scope_and_nothing_is_left_of_it_when_it_is_taken_back() -> None:
    recorder = ListRecorder()
    keeping = Keeping("s1", recorder, person("camera"))
    keeping.put(Marker("before", 0.0))
    keeping.allow(KEPT)
    keeping.put(Marker("allowed", 0.0))
    keeping.allow(person("camera"))
    keeping.allow(KEPT)
    await keeping.open(0.0, 0.0, {})
    assert recorder.events == []


async def test_words_wait_and_are_kept_under_both_scopes_only() -> None:
    recorder = ListRecorder()
    keeping = Keeping("s1", recorder, WORDS)
    keeping.put(SAID)
    keeping.allow(KEPT)
    await keeping.open(0.0, 0.0, {})
    keeping.put(SAID)
    assert recorder.events == []
    keeping.allow(WORDS)
    keeping.put(SAID)
    assert recorder.events == [SAID]


async def test_scope_taken_back_holds_before_anything_is_awaited() -> None:
    recorder = ListRecorder()
    keeping = await _opened(recorder)
    keeping.allow(person("camera"))
    keeping.put(estimate())
    assert (recorder.forgotten, recorder.events, keeping.is_open) == (["s1"], [], False)
    assert keeping.stored_to_s() is None


async def test_deleted_session_is_never_opened_again_whatever_is_allowed_later() -> None:
    recorder = ListRecorder()
    keeping = await _opened(recorder, WORDS)
    keeping.stop()
    keeping.allow(person("camera"))
    keeping.allow(WORDS)
    keeping.put(estimate())
    await keeping.keep_summary("never")
    assert (recorder.forgotten, recorder.events, recorder.summaries) == (["s1"], [], {})
    assert (keeping.is_due, keeping.keeps_words, keeping.is_open) == (False, False, False)


async def test_session_deleted_while_its_record_opens_is_forgotten() -> None:
    recorder = Slow()
    keeping = Keeping("s1", recorder, KEPT)
    opening = asyncio.create_task(keeping.open(0.0, 0.0, {}))
    await asyncio.sleep(0)
    keeping.put(estimate())
    keeping.stop()
    recorder.gate.set()
    await opening
    assert (recorder.forgotten, recorder.events, keeping.is_open) == (["s1"], [], False)


async def test_scope_taken_back_while_the_record_opens_leaves_it_closed() -> None:
    recorder = Slow()
    keeping = Keeping("s1", recorder, KEPT)
    opening = asyncio.create_task(keeping.open(0.0, 0.0, {}))
    await asyncio.sleep(0)
    keeping.allow(person("camera"))
    recorder.gate.set()
    assert await opening is None
    keeping.put(estimate())
    assert (recorder.forgotten, recorder.events, keeping.is_open) == (["s1"], [], False)


async def test_two_media_at_once_open_one_record() -> None:
    recorder = Slow()
    keeping = Keeping("s1", recorder, KEPT)
    opening = asyncio.create_task(keeping.open(0.0, 0.0, {}))
    await asyncio.sleep(0)
    assert not keeping.is_due
    keeping.put(estimate())
    assert await keeping.open(0.0, 0.0, {}) is None
    recorder.gate.set()
    await opening
    assert (recorder.opened, len(recorder.events)) == (["s1"], 1)


async def test_a_record_that_cannot_be_opened_is_told_once_until_consent_is_given_anew() -> None:
    keeping = Keeping("s1", Full(), KEPT)
    fault = await keeping.open(0.0, 1.0, {})
    assert fault is not None
    assert (fault.code, "disk is full" in fault.message) == ("not_kept", True)
    assert not keeping.is_due
    keeping.allow(KEPT)
    assert keeping.is_due


async def test_without_a_recorder_nothing_is_ever_due() -> None:
    keeping = Keeping("s1", None, WORDS)
    keeping.put(estimate())
    assert (keeping.is_due, keeping.keeps_words, await keeping.read_summary()) == (False, False, "")
    assert await keeping.open(0.0, 0.0, {}) is None
    await keeping.close()


async def test_a_summary_is_kept_and_read_under_both_scopes_only() -> None:
    recorder = ListRecorder()
    for allowed in (KEPT, WORDS):
        keeping = Keeping("s1", recorder, allowed)
        await keeping.keep_summary(f"{len(allowed.scopes)} scopes")
        assert await keeping.read_summary() == recorder.summaries.get("someone", "")
    assert recorder.summaries == {"someone": "3 scopes"}


async def test_a_disk_that_refuses_is_told_once_and_once_more_when_it_takes_again() -> None:
    recorder = ListRecorder()
    keeping = Keeping("s1", recorder, KEPT)
    recorder.is_failing = True
    assert keeping.trouble(0.0) is None  # nothing is kept: nothing to say
    await keeping.open(0.0, 0.0, {})
    told = [keeping.trouble(1.0), keeping.trouble(2.0)]
    recorder.is_failing = False
    told += [keeping.trouble(3.0), keeping.trouble(4.0)]
    assert [fault and fault.code for fault in told] == ["history_paused", None, "history_resumed", None]


async def test_a_quota_that_is_reached_is_told_once_with_what_to_do_and_once_when_there_is_room() -> None:
    recorder = ListRecorder(full="person")
    keeping = await _opened(recorder)
    told = [keeping.trouble(1.0), keeping.trouble(2.0)]
    recorder.full = ""
    told += [keeping.trouble(3.0), keeping.trouble(4.0)]
    assert [fault and fault.code for fault in told] == ["quota_reached", None, "history_resumed", None]
    assert told[0]
    assert "export it and delete" in told[0].message


async def test_a_quota_of_all_guests_of_an_address_is_told_as_that() -> None:
    keeping = await _opened(ListRecorder(full="address"))
    told = keeping.trouble(1.0)
    assert told
    assert (told.code, "all guests from one network" in told.message) == ("quota_reached", True)


async def test_a_disk_that_refuses_while_the_quota_is_reached_does_not_say_that_all_is_well() -> None:
    recorder = ListRecorder(full="person", is_failing=True)
    keeping = await _opened(recorder)
    told = [keeping.trouble(1.0)]
    recorder.full = ""
    told.append(keeping.trouble(2.0))
    recorder.is_failing = False
    told.append(keeping.trouble(3.0))
    assert [fault and fault.code for fault in told] == ["quota_reached", "history_paused", "history_resumed"]


# -- a record that opens slowly -------------------------------------------------------------------


async def test_whoever_hangs_up_while_the_record_opens_loses_none_of_it() -> None:
    recorder = Slow()
    keeping = Keeping("s1", recorder, KEPT)
    opening = asyncio.create_task(keeping.open(0.0, 0.0, {}))
    await asyncio.sleep(0)
    keeping.put(estimate())
    opening.cancel()
    await asyncio.wait([opening])
    assert not keeping.is_due, "it is being opened already"
    recorder.gate.set()
    await asyncio.sleep(0.01)
    keeping.put(estimate())
    assert (recorder.opened, len(recorder.events), keeping.is_open) == (["s1"], 2, True)


async def test_session_that_ends_while_the_record_opens_is_kept_and_closed() -> None:
    recorder = Slow()
    keeping = Keeping("s1", recorder, KEPT)
    opening = asyncio.create_task(keeping.open(0.0, 0.0, {}))
    await asyncio.sleep(0)
    keeping.put(estimate())
    ending = asyncio.create_task(keeping.close())
    await asyncio.sleep(0)
    recorder.gate.set()
    await asyncio.gather(opening, ending)
    assert (len(recorder.events), recorder.closed) == (1, ["s1"])


async def test_everything_told_while_a_busy_store_opens_the_record_is_on_disk_up_to_stored_to_s(data_dir) -> None:
    store = Store(data_dir / "attune.duckdb")
    await consented(store, KEPT.user_id)
    is_free = threading.Event()
    busy = store.submit(lambda _connection: is_free.wait(10))
    keeping = Keeping("s1", store, KEPT)
    opening = asyncio.create_task(keeping.open(0.0, 0.0, {}))
    for number in range(HELD):  # two minutes of readings
        keeping.put(fused(float(number)))
        if number % 100 == 0:
            await asyncio.sleep(0)
    assert keeping.stored_to_s() is None
    is_free.set()
    assert await opening is None
    keeping.put(fused(float(HELD)))
    await asyncio.wrap_future(busy)
    await written(store)
    (row,) = await store.read("SELECT count(*) AS n, min(t) AS first, max(t) AS last FROM fused")
    assert (row["n"], row["first"], row["last"]) == (HELD + 1, 0.0, keeping.stored_to_s())
    await keeping.close()
    await asyncio.to_thread(store.close)
