"""Fusion: tables for the rules, properties for what must always hold."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.estimation.fusion import (
    FusionSettings,
    FusionState,
    add,
    forget,
    fuse,
    note_missing,
    pool,
    quality_gain,
    rule_gain,
    weigh,
)
from core.types import EMOTIONS, MODALITIES, Quality
from tests.fakes import estimate, probs

PLAIN = FusionSettings()
RULES = FusionSettings(gain=rule_gain)
"""the rules alone, without what was fitted"""


def _state(*estimates):
    state = FusionState()
    for one in estimates:
        state = add(state, one)
    return state


def test_one_modality_has_the_whole_weight() -> None:
    _, fused = fuse(_state(estimate("happy", 1.0)), 1.0, PLAIN)
    assert fused.weights == {"face": 1.0, "voice": 0.0, "text": 0.0}
    assert EMOTIONS[int(np.argmax(fused.probs))] == "happy"
    assert not fused.abstained
    assert fused.capture_s == 101.0


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, 0.40),
        ({"quality": Quality(0.49)}, 0.40 * 0.70),
        ({"quality": Quality(0.50)}, 0.40),
    ],
)
def test_low_face_quality_weighs_less(changes, expected) -> None:
    state = _state(estimate(at_s=0, **changes), estimate(at_s=0, modality="voice"), estimate(at_s=0, modality="text"))
    assert weigh(state, 0.0, RULES)["face"] == pytest.approx(expected / (expected + 0.6))


@pytest.mark.parametrize(
    ("modality", "reason", "factor"), [("voice", "no_voice_activity", 0.5), ("text", "short_text", 0.7)]
)
def test_quality_rules_of_voice_and_text(modality, reason, factor) -> None:
    ruled = estimate(at_s=0, modality=modality, quality=Quality(0.9, (reason,)))
    weights = weigh(_state(estimate(at_s=0), ruled), 0.0, RULES)
    assert weights[modality] == pytest.approx(0.3 * factor / (0.4 + 0.3 * factor))


@pytest.mark.parametrize(("modality", "half_life_s"), [("face", 1.0), ("voice", 3.0), ("text", 10.0)])
def test_weight_halves_with_each_half_life_then_is_stale(modality, half_life_s) -> None:
    other = "text" if modality != "text" else "face"
    base = RULES.base_weights
    for age in (half_life_s, half_life_s * 2):
        state = _state(estimate(at_s=100, modality=modality), estimate(at_s=100 + age, modality=other))
        aged = base[modality] * 0.5 ** (age / half_life_s)
        assert weigh(state, 100 + age, RULES)[modality] == pytest.approx(aged / (aged + base[other]), rel=1e-5)
    state = _state(estimate(at_s=100, modality=modality))
    assert weigh(state, 100 + half_life_s * 2.01, RULES)[modality] == 0.0


def test_everything_absent_abstains_with_the_lane_s_reason() -> None:
    _, fused = fuse(FusionState(), 0.0, PLAIN)
    assert fused.abstained
    assert fused.reasons == ("no_modality",)
    assert sum(fused.weights.values()) == 0.0
    _, fused = fuse(note_missing(FusionState(), "face", "no_face"), 1.0, PLAIN)
    assert fused.reasons == ("no_face",)


def test_face_that_is_not_the_person_changes_nothing() -> None:
    state = _state(estimate("sad", 1.0), estimate("happy", 2.0, is_subject=False))
    assert state.newest["face"].probs.argmax() == EMOTIONS.index("sad")


def test_withdrawn_modality_counts_no_more() -> None:
    state = forget(_state(estimate(at_s=0), estimate(at_s=0, modality="text")), "face")
    assert weigh(state, 0.0, PLAIN)["face"] == 0.0


def test_smoothing_goes_63_percent_in_one_time_constant() -> None:
    state, _ = fuse(_state(estimate("sad", 0.0)), 0.0, PLAIN)
    _, fused = fuse(add(state, estimate("happy", 0.6)), 0.6, PLAIN)
    before, after = probs("sad")[1], probs("happy")[1]
    assert fused.probs[1] == pytest.approx(before + (after - before) * (1 - math.exp(-1)), abs=1e-4)
    assert fused.probs_raw[1] == pytest.approx(after)


def test_doubt_abstains_and_keeps_the_best_guess() -> None:
    faint = np.array([0.2, 0.3, 0.1, 0.1, 0.1, 0.1, 0.1], np.float32)
    _, fused = fuse(_state(estimate(at_s=0, probs=faint)), 0.0, PLAIN)
    assert fused.abstained
    assert fused.reasons == ("low_confidence",)
    assert fused.probs.argmax() == EMOTIONS.index("happy")


def test_quality_too_low_everywhere_abstains_with_its_reasons() -> None:
    dark = estimate(at_s=0, quality=Quality(0.05, ("low_light", "blurred")))
    _, fused = fuse(_state(dark), 0.0, PLAIN)
    assert fused.abstained
    assert fused.reasons == ("low_light", "blurred")


def test_valence_and_arousal_follow_the_table() -> None:
    for label, valence, arousal in (("happy", 1, 1), ("sad", -1, -1), ("angry", -1, 1), ("fear", -1, 1)):
        _, fused = fuse(_state(estimate(at_s=0, probs=probs(label, 0.99))), 0.0, PLAIN)
        assert math.copysign(1, fused.valence) == valence, label
        assert math.copysign(1, fused.arousal) == arousal, label


def test_pool_of_one_is_that_one() -> None:
    alone = probs("fear", 0.7)
    assert pool(alone[None], np.array([1.0])) == pytest.approx(alone, abs=1e-5)


def test_witnesses_who_agree_are_surer_than_each() -> None:
    rows = np.stack([probs("sad", 0.6)] * 3)
    assert pool(rows, np.full(3, 1 / 3)).max() > 0.8
    assert pool(rows, np.full(3, 1 / 3), sharpness=0.0) == pytest.approx(rows[0], abs=1e-5)


def test_no_modality_rules_an_expression_out_alone() -> None:
    rows = np.stack([np.eye(7, dtype=np.float32)[1], probs("sad", 0.9)])
    mixed = pool(rows, np.array([0.5, 0.5]))
    assert (mixed > 0).all()
    assert mixed.sum() == pytest.approx(1.0, abs=1e-5)


_distributions = st.lists(st.floats(0.01, 1.0), min_size=7, max_size=7).map(
    lambda v: (np.array(v) / np.sum(v)).astype(np.float32)
)
_estimates = st.builds(
    lambda modality, p, at_s, quality: estimate("happy", at_s, modality, probs=p, quality=Quality(quality)),
    st.sampled_from(MODALITIES),
    _distributions,
    st.integers(0, 40).map(lambda tenths: tenths / 10),
    st.floats(0, 1),
)


@given(st.lists(_estimates, max_size=8), st.floats(0, 10))
def test_weights_and_probabilities_always_sum_to_1(estimates, time_s) -> None:
    _, fused = fuse(_state(*estimates), time_s, PLAIN)
    assert sum(fused.weights.values()) == pytest.approx(1.0) or not any(fused.weights.values())
    assert fused.probs.sum() == pytest.approx(1.0, abs=1e-4)
    assert -1 <= fused.valence <= 1
    assert -1 <= fused.arousal <= 1
    assert 0 <= fused.quality <= 1 + 1e-6


@given(st.lists(_estimates, min_size=1, max_size=4, unique_by=lambda e: (e.modality, e.end_s)))
def test_order_of_arrival_does_not_matter(estimates) -> None:
    told = [fuse(_state(*order), 4.0, PLAIN)[1] for order in itertools.permutations(estimates)]
    assert all(np.array_equal(one.probs, told[0].probs) and one.weights == told[0].weights for one in told)


@given(st.floats(0, 1), st.floats(0, 1))
def test_higher_quality_never_weighs_less(one, other) -> None:
    low, high = sorted((one, other))
    text = estimate(at_s=0, modality="text")
    at = {q: weigh(_state(estimate(at_s=0, quality=Quality(q)), text), 0.0, PLAIN)["face"] for q in (low, high)}
    assert at[high] >= at[low]


@given(st.sampled_from(MODALITIES), st.floats(0, 1), st.floats(0, 3))
def test_fitted_gain_never_exceeds_the_rule(modality, quality, power) -> None:
    gain = quality_gain(dict.fromkeys(MODALITIES, power))
    assert 0 <= gain(modality, quality) <= rule_gain(modality, quality)


@given(st.permutations(range(3)), st.lists(_distributions, min_size=3, max_size=3))
def test_pool_does_not_care_for_order(order, rows) -> None:
    weights = np.array([0.5, 0.3, 0.2])
    stacked = np.stack(rows)
    assert pool(stacked[order], weights[order]) == pytest.approx(pool(stacked, weights), abs=1e-5)
