"""Disagreement of modalities: what is told, and what is not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.estimation.conflict import CONFLICT_ABOVE, CONFLICT_QUALITY, conflicts, divergence, masking
from core.types import EMOTIONS, Quality
from tests.fakes import estimate, probs


def told(face: str, other: str, modality: str = "voice", strength: float = 0.95, **face_changes) -> tuple[str, ...]:
    return conflicts(
        {
            "face": estimate(face, 0.0, probs=probs(face, strength), **face_changes),
            modality: estimate(other, 0.0, modality, probs=probs(other, strength)),
        }
    )


@pytest.mark.parametrize("modality", ["voice", "text"])
@pytest.mark.parametrize(("face", "other"), [("happy", "sad"), ("happy", "angry"), ("sad", "happy")])
def test_smile_over_pain_is_a_conflict_and_possible_masking(face: str, other: str, modality: str) -> None:
    assert told(face, other, modality) == (f"face_{modality}_conflict", "possible_masking")


def test_two_negative_stories_conflict_without_masking() -> None:
    assert told("sad", "angry") == ("face_voice_conflict",)


def test_same_story_is_no_conflict() -> None:
    assert told("sad", "sad") == ()


def test_faint_readings_do_not_contradict() -> None:
    assert told("happy", "sad", strength=0.4) == ()


def test_conflict_needs_two_well_seen_modalities() -> None:
    assert told("happy", "sad", quality=Quality(0.4)) == ()


def test_just_good_enough_is_good_enough_to_contradict() -> None:
    assert told("happy", "sad", quality=Quality(CONFLICT_QUALITY)) != ()


def test_masking_needs_a_face() -> None:
    found = conflicts({m: estimate(e, 0.0, m, probs=probs(e, 0.97)) for m, e in (("voice", "happy"), ("text", "sad"))})
    assert found == ("voice_text_conflict",)


def test_every_pair_has_a_threshold() -> None:
    assert set(CONFLICT_ABOVE) == {("face", "voice"), ("face", "text"), ("voice", "text")}


def test_divergence_is_0_for_equals_and_1_for_strangers() -> None:
    one, other = np.eye(7, dtype=np.float32)[:2]
    assert divergence(one, one) == pytest.approx(0.0)
    assert divergence(one, other) == pytest.approx(1.0)


_distributions = st.lists(st.floats(0.01, 1.0), min_size=7, max_size=7).map(
    lambda v: (np.array(v) / np.sum(v)).astype(np.float32)
)


@given(_distributions, _distributions)
def test_both_measures_are_symmetric_and_bounded(one, other) -> None:
    assert divergence(one, other) == pytest.approx(divergence(other, one), abs=1e-5)
    assert -1e-6 <= divergence(one, other) <= 1
    assert masking(one, other) == pytest.approx(masking(other, one))
    assert 0 <= masking(one, other) <= 1


def test_neutral_masks_nothing() -> None:
    neutral = np.eye(7, dtype=np.float32)[EMOTIONS.index("neutral")]
    assert masking(neutral, probs("sad", 0.99)) == pytest.approx(0.0, abs=1e-6)
