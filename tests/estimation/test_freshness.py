"""How a reading's weight falls with its age."""

from __future__ import annotations

import pytest

from core.estimation.freshness import freshness, stale_after_s
from core.modalities import MODALITY_FACTS
from core.types import MODALITIES, Modality


@pytest.mark.parametrize("modality", MODALITIES)
def test_weight_halves_with_each_half_life_until_it_is_stale(modality: Modality) -> None:
    half_life_s = MODALITY_FACTS[modality].half_life_s
    assert freshness(modality, 0.0) == 1.0
    assert freshness(modality, half_life_s) == 0.5
    assert freshness(modality, stale_after_s(modality)) == 0.25
    assert freshness(modality, stale_after_s(modality) + 0.01) == 0.0


def test_a_reading_ahead_of_the_clock_is_of_now() -> None:
    assert freshness("face", -0.3) == 1.0


def test_a_face_is_stale_first_and_words_last() -> None:
    assert [stale_after_s(modality) for modality in ("face", "voice", "text")] == [2.0, 6.0, 20.0]
