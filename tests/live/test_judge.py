"""From what the lanes tell to what the session tells, with times that the test decides."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.estimation.fusion import FusionSettings
from core.estimation.ordering import InOrder, OnArrival, Ordering, Outcome
from core.live.judge import TICK_S, Judge
from core.types import (
    MODALITIES,
    BaselineState,
    Estimate,
    Event,
    FusedEstimate,
    Modality,
    Preferences,
    Utterance,
    UtteranceEstimate,
)
from tests.fakes import estimate


class Judged:
    """A judge and everything it told."""

    def __init__(self, ordering: Ordering | None = None) -> None:
        self.told: list[Event] = []
        self.judge = Judge(FusionSettings(), ordering or OnArrival(), self.told.append, self._late)

    def _late(self, fused: FusedEstimate, arrived_s: float) -> FusedEstimate:
        return replace(fused, latency_ms=(fused.time_s - arrived_s) * 1000)

    def reads(self, label: str, at_s: float, modality: Modality = "face", arrived_s: float = 0.0) -> None:
        read = estimate(label, at_s, modality)
        self.judge.push(Outcome(modality, at_s, at_s, arrived_s, (read,)))

    def finds_nothing(self, at_s: float, modality: Modality = "face") -> None:
        self.judge.push(Outcome(modality, at_s, at_s, at_s, ()))

    @property
    def fused(self) -> list[FusedEstimate]:
        return [event for event in self.told if isinstance(event, FusedEstimate)]


def test_reading_is_told_then_the_fused_event_it_leads_to_with_its_latency() -> None:
    here = Judged()
    here.reads("happy", 0.25, arrived_s=0.2)
    assert [type(event) for event in here.told] == [Estimate, FusedEstimate]
    assert here.fused[0].latency_ms == pytest.approx(50.0)
    assert here.judge.told_s == {"face": 0.25}
    assert here.judge.readings == 1


def test_passer_by_is_told_and_leads_to_no_fused_event() -> None:
    here = Judged()
    passer = replace(estimate("angry", 0.1), is_subject=False)
    here.judge.push(Outcome("face", 0.1, 0.1, 0.1, (passer,)))
    assert [type(event) for event in here.told] == [Estimate]


@given(st.lists(st.floats(0.01, 3.0), min_size=1, max_size=8))
def test_fused_events_come_every_half_second_at_least_and_in_order(gaps_s: list[float]) -> None:
    here, at_s = Judged(), 0.0
    for gap_s in gaps_s:
        at_s += gap_s
        here.reads("happy", at_s)
    times = [0.0, *(event.time_s for event in here.fused)]
    assert all(0 <= two - one <= TICK_S + 1e-6 for one, two in pairwise(times))
    assert here.judge.due_in_s(at_s) == pytest.approx(TICK_S)


def test_no_event_is_owed_for_the_time_that_is_skipped() -> None:
    here = Judged()
    here.reads("happy", 0.1)
    here.judge.skip_to(100.0)
    here.judge.tick(100.4)
    assert len(here.fused) == 1
    here.judge.tick(100.6)
    assert here.fused[-1].time_s == 100.5


def test_lane_that_finds_nothing_or_fails_is_a_reason() -> None:
    here = Judged()
    here.reads("happy", 0.1)
    here.finds_nothing(5.0)
    here.judge.tick(5.6)
    assert "no_face" in here.fused[-1].reasons
    here.judge.fail("face", "engine_failed", 6.0)
    here.judge.tick(7.0)
    assert here.fused[-1].abstained
    assert "engine_failed" in here.fused[-1].reasons


def test_fault_passes_with_the_next_reading() -> None:
    here = Judged()
    here.judge.fail("face", "engine_failed", 0.1)
    here.reads("happy", 0.2)
    assert "engine_failed" not in here.fused[-1].reasons
    assert not here.fused[-1].abstained


def test_what_is_forgotten_counts_no_more() -> None:
    here = Judged()
    here.reads("happy", 0.1)
    here.judge.forget(["face"])
    here.judge.tick(0.7)
    assert here.fused[-1].weights["face"] == 0


def test_weights_change_from_the_next_fused_event_on_and_what_is_none_stays() -> None:
    here = Judged()
    here.reads("happy", 0.1)
    here.reads("sad", 0.1, "voice")
    before = here.fused[-1].weights
    here.judge.prefer(Preferences(weights={"voice": 0.0}))
    here.judge.prefer(Preferences(smoothing_s=1.0))
    here.judge.tick(0.7)
    assert before["voice"] > 0
    assert here.fused[-1].weights["voice"] == 0
    assert here.judge.settings.smoothing_s == 1.0


@pytest.mark.parametrize("is_final", [True, False])
def test_utterance_is_fused_once_when_its_words_are_final(is_final: bool) -> None:
    here = Judged()
    here.reads("happy", 0.5)
    said = Utterance("well then", 0.0, 1.0, 1.0, 1.0, "en", is_final=is_final, origin="speech")
    here.judge.push(Outcome("text", 1.0, 1.0, 1.0, (said,)))
    fused = [event for event in here.told if isinstance(event, UtteranceEstimate)]
    assert [one.fused.weights["face"] for one in fused] == [1.0] * is_final


@given(st.permutations(range(6)))
def test_replay_tells_the_same_in_whatever_order_the_lanes_are_done(order: list[int]) -> None:
    here = Judged(InOrder(MODALITIES))
    queues: dict[Modality, list[Outcome]] = {
        modality: [Outcome(modality, at_s, at_s, at_s, (estimate("happy", at_s, modality),)) for at_s in times_s]
        for modality, times_s in (("face", (0.2, 0.4, 0.6)), ("voice", (0.3, 0.4, 0.7)))
    }
    here.judge.finish("text")
    for number in order:
        queue = queues["face" if number < 3 else "voice"]
        here.judge.push(queue.pop(0))
    here.judge.rest()
    times = [event.end_s for event in here.told if isinstance(event, Estimate)]
    assert times == sorted(times) == [0.2, 0.3, 0.4, 0.4, 0.6, 0.7]
    assert [event.modality for event in here.told if isinstance(event, Estimate)][2:4] == ["face", "voice"]


def test_baseline_is_told_when_it_begins_every_second_and_when_it_ends() -> None:
    here = Judged()
    here.judge.change_baseline("start", 0.0)
    for step in range(1, 30):
        here.reads("neutral", step / 10)
    here.judge.change_baseline("clear", 3.0)
    told = [event for event in here.told if isinstance(event, BaselineState)]
    assert [event.state for event in told] == ["running", "running", "running", "none"]
    assert [event.done_s for event in told[:3]] == pytest.approx([0.0, 1.0, 2.0])


def test_failure_of_one_lane_keeps_the_order_of_a_replay_moving() -> None:
    here = Judged(InOrder(("face", "voice")))
    here.reads("sad", 0.3)
    assert here.told == []
    here.judge.fail("voice", "engine_failed", 0.3)
    assert len(here.fused) == 1
    here.reads("sad", 0.6)
    here.judge.finish("voice")
    assert len(here.fused) == 2


def test_tick_that_is_overdue_tells_every_event_that_was_owed() -> None:
    here = Judged()
    here.reads("sad", 0.1)
    assert here.judge.due_in_s(2.3) == pytest.approx(-1.7)
    here.judge.tick(2.3)
    assert [round(event.time_s, 3) for event in here.fused] == [0.1, 0.6, 1.1, 1.6, 2.1]
