"""The neutral baseline: collected from the person's own good readings, applied with measure, removable."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.estimation import baseline
from core.estimation.baseline import LARGEST_OFFSET, TOTAL_S, Baseline
from core.modalities import MODALITY_FACTS
from core.types import Quality
from tests.fakes import estimate, probs


def collected(label="sad", count=100, share=0.6, **changes):
    state = baseline.start(Baseline(), 0.0)
    for number in range(count):
        reading = estimate(label, number / 10, probs=probs(label, share), **changes)
        state = baseline.advance(baseline.observe(state, reading), number / 10)
    return baseline.advance(state, TOTAL_S)


def test_a_resting_face_that_reads_as_sad_reads_as_neutral_afterwards() -> None:
    after = baseline.apply(collected(), estimate("sad", probs=probs("sad", 0.6)))
    assert after.probs.argmax() == 0
    assert after.probs.sum() == pytest.approx(1)
    assert np.array_equal(after.probs_raw, probs("sad"))


def test_a_face_that_reads_as_neutral_anyway_is_left_alone() -> None:
    calm = estimate("neutral", probs=probs("neutral", 0.85))
    assert baseline.apply(collected("neutral", share=0.85), calm).probs[0] >= calm.probs[0] - 1e-6


def test_a_class_the_engine_does_not_know_moves_no_other() -> None:
    odd = np.array([0.4, 0.1, 0.4, 0.05, 0.05, 0.0, 0.0], np.float32)
    state = baseline.start(Baseline(), 0.0)
    for number in range(60):
        state = baseline.observe(state, estimate("sad", number / 10, probs=odd))
    offset = baseline.stop(state, 30.0).offsets["face"]
    assert offset[5] == offset[6] == 0
    assert offset[2] < 0 < offset[0]


def test_a_clear_expression_stays_what_it_is() -> None:
    after = baseline.apply(collected(), estimate("happy", probs=probs("happy", 0.95)))
    assert after.probs.argmax() == 1


def test_before_it_is_ready_and_after_it_is_cleared_nothing_changes() -> None:
    reading = estimate("sad")
    running = baseline.observe(baseline.start(Baseline(), 0.0), reading)
    assert baseline.apply(running, reading) is reading
    assert baseline.apply(baseline.clear(collected()), reading) is reading


@pytest.mark.parametrize(
    "changes", [{"is_subject": False}, {"quality": Quality(0.1)}, {"modality": "voice", "quality": Quality(0.0)}]
)
def test_readings_that_are_not_the_person_s_own_good_ones_do_not_count(changes) -> None:
    assert collected(**changes).offsets == {}


def test_too_few_readings_give_no_offset_and_say_what_to_do() -> None:
    state = collected(count=MODALITY_FACTS["face"].baseline_enough - 1)
    told = baseline.describe(state, TOTAL_S)
    assert (told.state, told.modalities) == ("none", ())
    assert "do it again" in told.message


@pytest.mark.parametrize("modality", ["face", "voice", "text"])
def test_fewer_readings_say_less_and_the_offset_grows_with_each(modality) -> None:
    """Just enough are half or less of what ten thousand say; in between it only grows."""
    enough = MODALITY_FACTS[modality].baseline_enough
    state, offsets = baseline.start(Baseline(), 0.0), []
    for number in range(1, 10_001):
        state = baseline.observe(state, estimate("sad", 0.0, modality, probs=probs("sad", 0.6)))
        if number in {enough, 2 * enough, 8 * enough, 10_000}:
            offsets.append(float(baseline.stop(state, 1.0).offsets[modality][0]))
    assert offsets == sorted(offsets)
    shrink = MODALITY_FACTS[modality].baseline_shrink
    assert offsets[0] == pytest.approx(offsets[-1] * enough / (enough + shrink), rel=0.02)
    assert enough / (enough + shrink) <= 0.7


def test_it_runs_for_its_time_and_can_be_finished_early() -> None:
    state = baseline.start(Baseline(), 5.0)
    assert baseline.describe(baseline.advance(state, 20.0), 20.0).done_s == 15.0
    for number in range(60):
        state = baseline.observe(state, estimate("neutral", 5 + number / 10))
    assert baseline.describe(baseline.stop(state, 12.0), 12.0).modalities == ("face",)


def test_the_one_in_force_holds_while_a_new_one_runs_into_nothing() -> None:
    before = collected()
    again = baseline.advance(baseline.start(before, 50.0), 50.0 + TOTAL_S)
    assert again.offsets.keys() == before.offsets.keys()


@given(st.lists(st.floats(0, 1), min_size=7, max_size=7).filter(lambda v: sum(v) > 0.1))
def test_no_baseline_moves_the_odds_further_than_its_bound(values) -> None:
    state = baseline.start(Baseline(), 0.0)
    odd = np.array(values, np.float32) / np.float32(sum(values))
    for number in range(60):
        state = baseline.observe(state, estimate("happy", number / 10, probs=odd))
    offset = baseline.stop(state, 30.0).offsets["face"]
    assert np.isfinite(offset).all()
    assert np.abs(offset).max() <= LARGEST_OFFSET


def test_what_was_impossible_stays_so() -> None:
    impossible = probs("happy", 1.0)
    assert baseline.apply(collected(), estimate("happy", probs=impossible)).probs[5] == 0
