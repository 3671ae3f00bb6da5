"""The lanes of one session: who is handed what, and what is told when one fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest

from core.errors import AppError, EngineFailed, EngineUnavailable
from core.estimation.fusion import FusionSettings
from core.estimation.ordering import OnArrival
from core.live.judge import Judge
from core.live.lanes.lanes import Lanes
from core.live.parts import SessionParts
from core.live.timing import REPLAY
from core.metrics import Metrics
from core.types import Estimate, Event, Fault, Modality, Preferences, Utterance
from tests.fakes import ScriptedEngines, ScriptedLane, ScriptedTextLane, ScriptedVoiceLane, picture, sound

SPOKEN = {0.0: ("start",), 0.1: ("angry",), 0.2: ("end",)}


class Joined:
    """Three scripted lanes with a judge, and everything they told."""

    def __init__(self, script: Mapping[float, str | AppError | None] | None = None) -> None:
        self.told: list[Event] = []
        self.judge = Judge(FusionSettings(), OnArrival(), self.told.append, lambda fused, _arrived_s: fused)
        self.text = ScriptedTextLane()
        lanes = {
            "face": lambda: ScriptedLane(script or {}),
            "voice": lambda: ScriptedVoiceLane(SPOKEN),
            "text": lambda: self.text,
        }
        self.metrics = Metrics()
        parts = SessionParts(ScriptedEngines(), lanes, FusionSettings(), self.metrics)
        self.lanes = Lanes(parts, REPLAY, "s1", self.judge, self.told.append)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Joined]:
        task = asyncio.create_task(self._run())
        yield self
        task.cancel()
        await asyncio.wait([task])

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            self.lanes.start(tasks)

    async def see(self, *times_s: float) -> None:
        for at_s in times_s:
            await self.lanes.offer("face", picture(at_s))
        await self.lanes.idle()

    def of(self, kind: type) -> list:
        return [event for event in self.told if isinstance(event, kind)]


async def test_what_was_said_goes_on_to_the_lane_that_reads_words() -> None:
    async with Joined().running() as here:
        for at_s in SPOKEN:
            await here.lanes.offer("voice", sound(at_s))
        await here.lanes.idle()
        assert [said.text for said in here.of(Utterance)] == ["what a day"]
        assert {read.modality for read in here.of(Estimate)} == {"voice", "text"}


@pytest.mark.parametrize(("error", "will_retry"), [(EngineFailed("boom"), True), (EngineUnavailable("gone"), False)])
async def test_failing_lane_is_told_once_a_spell(error: AppError, will_retry: bool) -> None:
    async with Joined({0.1: error, 0.2: error, 0.4: error}).running() as here:
        await here.see(0.1, 0.2, 0.3, 0.4)
        faults = here.of(Fault)
        assert [(fault.time_s, fault.modality) for fault in faults] == [(0.1, "face"), (0.4, "face")]
        assert {fault.will_retry for fault in faults} == {will_retry}
        assert len(here.of(Estimate)) == 1


async def test_what_is_cleared_counts_no_more() -> None:
    async with Joined().running() as here:
        await here.see(0.1)
        here.lanes.clear(["face"])
        here.judge.tick(0.7)
        assert here.told[-1].weights["face"] == 0


@pytest.mark.parametrize(
    ("scopes", "gone"),
    [
        (("camera", "microphone"), []),
        (("microphone",), ["face"]),
        (("camera",), ["voice", "text"]),
        ((), ["face", "voice", "text"]),
    ],
)
def test_with_the_voice_goes_what_was_said(scopes: tuple[str, ...], gone: list[Modality]) -> None:
    assert Joined().lanes.without_consent(scopes) == gone


def test_every_lane_hears_what_the_person_prefers() -> None:
    here = Joined()
    here.lanes.prefer(wanted := Preferences(language="nl"))
    assert here.text.preferred is wanted


def test_only_the_lanes_that_were_made_are_there() -> None:
    lanes = Joined().lanes
    assert "voice" in lanes
    assert "smell" not in lanes
    assert lanes.dropped == 0
