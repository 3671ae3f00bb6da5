"""The lanes of one session, joined to a judge: hand-over, faults, consent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from core.errors import EngineFailed, EngineUnavailable
from core.estimation.fusion import FusionSettings
from core.estimation.ordering import OnArrival
from core.live.judge import Judge
from core.live.lanes.lanes import Lanes
from core.live.lanes.queues import KEPT, Delivery
from core.live.parts import SessionParts
from core.live.timing import LIVE, REPLAY
from core.metrics import Metrics
from core.types import Estimate, Event, Fault, Preferences, Utterance
from tests.fakes import ScriptedEngines, ScriptedLane, ScriptedTextLane, ScriptedVoiceLane, picture, sound


@asynccontextmanager
async def _lanes(
    timing: Any = LIVE, engines: Any = None, **made: Any
) -> AsyncIterator[tuple[Lanes, list[Event], SessionParts]]:
    made = made or {"face": ScriptedLane(), "voice": ScriptedVoiceLane(), "text": ScriptedTextLane()}
    makers = {modality: (lambda lane=lane: lane) for modality, lane in made.items()}
    parts = SessionParts(engines or ScriptedEngines(), makers, FusionSettings(), Metrics())
    told: list[Event] = []
    judge = Judge(FusionSettings(), OnArrival(), told.append, lambda fused, _: fused)
    lanes = Lanes(parts, timing, "s1", judge, told.append)
    async with asyncio.TaskGroup() as tasks:
        lanes.start(tasks)
        yield lanes, told, parts
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            if task.get_coro().__qualname__ == "LaneRunner.run":  # type: ignore[union-attr]
                task.cancel()


def _of(told: list[Event], kind: Any) -> list[Any]:
    return [event for event in told if isinstance(event, kind)]


async def test_what_the_voice_hands_on_becomes_words() -> None:
    voice = ScriptedVoiceLane({0.0: ("start",), 0.1: ("end",)})
    async with _lanes(face=ScriptedLane(), voice=voice, text=ScriptedTextLane()) as (lanes, told, _):
        for number in range(2):
            await lanes.offer("voice", sound(number / 10))
        await lanes.idle()
    assert [said.text for said in _of(told, Utterance)] == ["what a day"]


async def test_where_nobody_takes_words_the_voice_is_read_all_the_same() -> None:
    async with _lanes(voice=ScriptedVoiceLane({0.0: ("angry",)})) as (lanes, told, _):
        await lanes.offer("voice", sound(0.0))
        await lanes.idle()
        assert "text" not in lanes
    assert [read.modality for read in _of(told, Estimate)] == ["voice"]


async def test_a_lane_asks_for_its_own_delivery_live_and_gets_every_input_in_a_replay() -> None:
    for timing, deliveries in (
        (LIVE, [Delivery.LATEST, Delivery.KEEP, Delivery.KEEP]),
        (REPLAY, [Delivery.EVERY] * 3),
    ):
        async with _lanes(timing) as (lanes, _, _):
            assert [runner.delivery for runner in lanes._runners.values()] == deliveries


async def test_a_fault_is_told_and_counted_once_per_spell() -> None:
    broken = EngineFailed("net failed")
    face = ScriptedLane({0.0: broken, 0.1: broken, 0.3: broken})
    async with _lanes(REPLAY, face=face) as (lanes, told, parts):
        for number in range(4):
            await lanes.offer("face", picture(number / 10))
        await lanes.idle()
    assert [(fault.code, fault.will_retry) for fault in _of(told, Fault)] == [("engine_failed", True)] * 2
    assert b'attune_faults_total{code="engine_failed"} 2.0' in parts.metrics.page()


async def test_an_engine_that_is_not_there_is_not_tried_again() -> None:
    async with _lanes(face=ScriptedLane({0.0: EngineUnavailable("no weights")})) as (lanes, told, _):
        await lanes.offer("face", picture(0.0))
        await lanes.idle()
    assert [fault.will_retry for fault in _of(told, Fault)] == [False]


async def test_words_that_come_faster_than_they_are_read_are_a_fault_of_the_words() -> None:
    class Gated(ScriptedEngines):
        """Answers all but the words."""

        async def ask(self, request: Any) -> Any:
            if type(request).__name__ == "ClassifyText":
                await asyncio.Event().wait()
            return await super().ask(request)

    async with _lanes(voice=ScriptedVoiceLane(), text=ScriptedTextLane(), engines=Gated()) as (lanes, told, _):
        for number in range(KEPT + 3):
            await lanes.offer("voice", sound(number / 10))
            await asyncio.sleep(0)
        await lanes._runners["voice"].idle()
        assert lanes.dropped >= 1
    assert {(fault.modality, fault.code) for fault in _of(told, Fault)} == {("text", "backlog_full")}


async def test_clearing_counts_at_once_and_names_a_new_stream() -> None:
    started: list[str] = []

    class Named(ScriptedLane):
        def start(self, stream_id: str) -> Any:
            started.append(stream_id)
            return object()

    engines = ScriptedEngines()
    engines.gate = asyncio.Event()
    async with _lanes(face=Named(), engines=engines) as (lanes, told, _):
        await lanes.offer("face", picture(0.0))
        await asyncio.sleep(0)
        lanes.clear()
        engines.gate.set()
        await lanes.idle()
        assert (told, started) == ([], ["s1.1", "s1.2"])


async def test_the_words_of_a_voice_that_may_not_be_heard_go_with_it() -> None:
    async with _lanes() as (lanes, _, _):
        assert lanes.without_consent({"camera", "microphone"}) == []
        assert lanes.without_consent({"microphone"}) == ["face"]
        assert lanes.without_consent({"camera", "history"}) == ["voice", "text"]
        assert lanes.without_consent(set()) == ["face", "voice", "text"]


async def test_preferences_reach_every_lane() -> None:
    voice, text = ScriptedVoiceLane(), ScriptedTextLane()
    async with _lanes(voice=voice, text=text) as (lanes, _, _):
        wanted = Preferences(language="nl")
        lanes.prefer(wanted)
    assert (voice.preferred, text.preferred) == (wanted, wanted)
