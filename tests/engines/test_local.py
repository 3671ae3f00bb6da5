"""One worker: batches, failures, deadlines, the end."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.engines.kinds import KINDS
from core.engines.local import GIVING_WAY_SHARE, MAX_WAITING, MOST_CROWDED, MOST_LEFT_BEHIND, LocalEngine, crowding
from core.engines.requests import DecodePicture, TranscribeSpeech
from core.errors import EngineFailed, EngineUnavailable, Limit, MediaError
from core.settings import Settings
from tests.fakes import ScriptedEngine

DEADLINE_S = 5.0


@pytest.fixture
async def running() -> AsyncIterator[Callable[[Any], LocalEngine]]:
    """A loaded engine around a back-end; closed at the end."""
    made: list[tuple[LocalEngine, Any]] = []

    def make(back_end: Any) -> LocalEngine:
        engine = LocalEngine(back_end, Settings())
        engine.load()
        made.append((engine, back_end))
        return engine

    yield make
    for engine, back_end in made:
        back_end.may_go.set()
        await engine.close()


async def test_waiting_requests_are_answered_in_one_batch_each_with_its_own(running) -> None:
    back_end = ScriptedEngine(lambda request: request.data * 2, max_batch=4)
    engine = running(back_end)
    back_end.may_go.clear()
    asked = [asyncio.create_task(engine.ask(DecodePicture(bytes([n])), DEADLINE_S)) for n in range(6)]
    await asyncio.sleep(0.05)
    back_end.may_go.set()
    assert await asyncio.gather(*asked) == [bytes([n]) * 2 for n in range(6)]
    assert max(back_end.batches) == 4


@pytest.mark.skipif(sys.platform != "linux", reason="a thread's own niceness is Linux's")
@pytest.mark.parametrize("kind", ["face", "transcribe"])
async def test_a_worker_whose_answers_can_wait_stands_back(running, kind) -> None:
    engine = running(
        ScriptedEngine(lambda _request: os.getpriority(os.PRIO_PROCESS, threading.get_native_id()), kind=kind)
    )
    own = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    assert await engine.ask(DecodePicture(b""), DEADLINE_S) == min(19, own + KINDS[kind].stands_back)
    assert (KINDS[kind].stands_back > 0) == (kind == "transcribe")


async def test_an_engine_that_throws_answers_engine_failed_and_goes_on(running) -> None:
    def answer(request: DecodePicture) -> str:
        if request.data == b"bad":
            raise ValueError("boom")
        return "fine"

    engine = running(ScriptedEngine(answer, max_batch=1))
    with pytest.raises(EngineFailed, match="scripted failed"):
        await engine.ask(DecodePicture(b"bad"), DEADLINE_S)
    assert await engine.ask(DecodePicture(b"good"), DEADLINE_S) == "fine"


async def test_one_bad_input_in_a_batch_fails_alone(running) -> None:
    engine = running(ScriptedEngine(lambda r: MediaError("no picture") if r.data == b"bad" else "fine", max_batch=4))
    asked = (engine.ask(DecodePicture(data), DEADLINE_S) for data in (b"a", b"bad", b"c"))
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert answers[0] == answers[2] == "fine"
    assert isinstance(answers[1], MediaError)


async def test_an_answer_too_few_fails_the_batch_and_not_the_worker(running) -> None:
    class Forgetful(ScriptedEngine):
        def infer(self, requests: Any) -> list[Any]:
            return super().infer(requests)[:-1] if requests[0].data == b"bad" else super().infer(requests)

    engine = running(Forgetful(lambda r: "fine", max_batch=1))
    with pytest.raises(EngineFailed):
        await engine.ask(DecodePicture(b"bad"), DEADLINE_S)
    assert await engine.ask(DecodePicture(b"good"), DEADLINE_S) == "fine"


async def test_an_engine_that_cannot_load_says_why_each_time(running) -> None:
    class Missing(ScriptedEngine):
        def load(self, settings: Settings) -> None:
            raise EngineUnavailable("weights are missing; run make train")

    engine = running(Missing(lambda r: r))
    assert not engine.is_ready
    for _ in range(2):
        with pytest.raises(EngineUnavailable, match="make train"):
            await engine.ask(DecodePicture(b""), DEADLINE_S)


@pytest.mark.parametrize("broken", [OSError("libomp.so: no such file"), ImportError("cyclic"), ValueError("opset 99")])
async def test_a_library_that_breaks_on_loading_is_that_engines_fault(running, broken) -> None:
    class Broken(ScriptedEngine):
        def load(self, settings: Settings) -> None:
            raise broken

    engine = running(Broken(lambda r: r))
    with pytest.raises(EngineUnavailable, match=type(broken).__name__):
        await engine.ask(DecodePicture(b""), DEADLINE_S)


async def test_a_deadline_ends_the_wait_and_what_nobody_waits_for_is_not_computed(running) -> None:
    back_end = ScriptedEngine(lambda request: request.data, max_batch=1)
    engine = running(back_end)
    back_end.may_go.clear()
    slow = asyncio.create_task(engine.ask(DecodePicture(b"slow"), DEADLINE_S))
    await asyncio.to_thread(back_end.is_at_work.wait, 5)
    with pytest.raises(EngineFailed, match=r"within 0\.05 s") as failed:
        await engine.ask(DecodePicture(b"given up"), 0.05)
    assert failed.value.code == "engine_timeout"
    back_end.may_go.set()
    assert await slow == b"slow"
    assert await engine.ask(DecodePicture(b"next"), DEADLINE_S) == b"next"
    assert back_end.batches == [1, 1], "the one that was given up was never asked of the model"


async def test_a_model_that_hangs_is_left_behind_and_the_next_request_is_answered(running) -> None:
    back_end = ScriptedEngine(lambda request: request.data, max_batch=1)
    engine = running(back_end)
    back_end.may_go.clear()
    with pytest.raises(EngineFailed) as failed:
        await engine.ask(DecodePicture(b"hangs"), 0.1)
    assert failed.value.code == "engine_timeout"
    hung, back_end.may_go = back_end.may_go, threading.Event()
    back_end.may_go.set()
    assert await engine.ask(DecodePicture(b"next"), DEADLINE_S) == b"next"
    hung.set()
    assert await engine.ask(DecodePicture(b"last"), DEADLINE_S) == b"last"
    await asyncio.sleep(0.05)
    assert [thread.name for thread in threading.enumerate()].count("engine-scripted") == 1, "it ends when it comes back"


async def test_slow_work_taken_for_hung_is_answered_all_the_same_and_counts_no_longer(running) -> None:
    back_end = ScriptedEngine(lambda request: request.data, max_batch=1)
    engine = running(back_end)
    back_end.may_go.clear()
    slow = asyncio.create_task(engine.ask(DecodePicture(b"slow"), DEADLINE_S))
    await asyncio.to_thread(back_end.is_at_work.wait, 5)
    with pytest.raises(EngineFailed):
        await engine.ask(DecodePicture(b"given up"), 0.001)
    back_end.may_go.set()
    assert await slow == b"slow"
    while engine._left_behind:
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("runs_in", ["thread", "process"])
async def test_workers_left_behind_are_bounded_and_none_where_a_process_is_watched(running, runs_in) -> None:
    back_end = ScriptedEngine(lambda request: request.data, max_batch=1)
    back_end.spec = replace(back_end.spec, runs_in=runs_in)
    engine = running(back_end)
    back_end.may_go.clear()
    for _ in range(MOST_LEFT_BEHIND + 3):
        with pytest.raises(EngineFailed):
            await engine.ask(DecodePicture(b"hangs"), 0.05)
    assert engine._left_behind == (MOST_LEFT_BEHIND if runs_in == "thread" else 0)


async def test_more_than_can_wait_is_refused_and_loses_nothing(running) -> None:
    back_end = ScriptedEngine(lambda request: request.data, max_batch=64)
    engine = running(back_end)
    back_end.may_go.clear()
    first = asyncio.create_task(engine.ask(DecodePicture(b"x"), DEADLINE_S))
    await asyncio.to_thread(back_end.is_at_work.wait, 5)
    rest = [asyncio.create_task(engine.ask(DecodePicture(b"x"), DEADLINE_S)) for _ in range(MAX_WAITING)]
    await asyncio.sleep(0)  # each of them has put its request into the queue
    with pytest.raises(Limit, match="overloaded"):
        await engine.ask(DecodePicture(b"one too many"), DEADLINE_S)
    back_end.may_go.set()
    assert await asyncio.gather(first, *rest) == [b"x"] * (MAX_WAITING + 1)


def _said(*, is_last: bool) -> TranscribeSpeech:
    return TranscribeSpeech(np.zeros(10, np.float32), "en", is_last)


async def test_words_so_far_give_way_while_the_engine_is_at_work_and_the_last_words_wait(running) -> None:
    back_end = ScriptedEngine(lambda request: "last" if request.is_last else "so far", max_batch=1)
    engine = running(back_end)
    back_end.may_go.clear()
    first = asyncio.create_task(engine.ask(_said(is_last=True), DEADLINE_S))
    await asyncio.to_thread(back_end.is_at_work.wait, 5)
    assert await engine.ask(_said(is_last=False), DEADLINE_S) is None
    second = asyncio.create_task(engine.ask(_said(is_last=True), DEADLINE_S))
    await asyncio.sleep(0)
    assert await engine.ask(_said(is_last=False), DEADLINE_S) is None
    back_end.may_go.set()
    assert await asyncio.gather(first, second) == ["last", "last"]
    assert back_end.batches == [1, 1], "what gave way was never asked of the model"


async def test_what_gives_way_takes_a_share_of_the_time_and_no_more(running) -> None:
    def answer(request: TranscribeSpeech) -> str:
        time.sleep(0 if request.is_last else 0.05)
        return "heard"

    engine = running(ScriptedEngine(answer, max_batch=1))
    began = time.monotonic()
    assert await engine.ask(_said(is_last=False), DEADLINE_S) == "heard"
    while await engine.ask(_said(is_last=False), DEADLINE_S) is None:
        assert await engine.ask(_said(is_last=True), DEADLINE_S) == "heard", "the last words never wait for it"
        await asyncio.sleep(0.005)
    assert time.monotonic() - began >= 0.05 / GIVING_WAY_SHARE


async def test_closing_tells_those_who_wait_and_ends_the_thread(running) -> None:
    back_end = ScriptedEngine(lambda r: r, max_batch=1)
    engine = running(back_end)
    back_end.may_go.clear()
    asked = [asyncio.create_task(engine.ask(DecodePicture(b"x"), DEADLINE_S)) for _ in range(3)]
    await asyncio.to_thread(back_end.is_at_work.wait, 5)
    asyncio.get_running_loop().call_later(0.1, back_end.may_go.set)
    await engine.close()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert any(isinstance(answer, EngineUnavailable) for answer in answers)
    assert not engine.is_ready
    assert "engine-scripted" not in {thread.name for thread in threading.enumerate()}


@pytest.mark.parametrize(
    ("took_s", "cpu_s", "expected"),
    [(0.2, 0.2, 1.0), (0.6, 0.2, 3.0), (0.19, 0.2, 1.0), (9.0, 0.1, MOST_CROWDED), (0.5, 0.001, 1.0), (0.5, 0.0, 1.0)],
)
def test_what_gives_way_waits_longer_where_the_cores_are_wanted(took_s: float, cpu_s: float, expected: float) -> None:
    assert crowding(took_s, cpu_s) == pytest.approx(expected)
