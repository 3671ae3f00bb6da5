"""How much a reading still counts at its age, and when it is stale. Pure."""

from __future__ import annotations

import math

from core.modalities import MODALITY_FACTS
from core.types import Modality

STALE_HALF_LIVES = 2.0
"""older than this (a quarter of its weight) a reading counts as absent: face 2 s, voice 6 s, text 20 s"""


def freshness(modality: Modality, age_s: float) -> float:
    """1 for a reading of now, half of it after each half-life of its modality, 0 once it is stale."""
    if age_s > stale_after_s(modality):
        return 0.0
    return math.pow(0.5, max(0.0, age_s) / MODALITY_FACTS[modality].half_life_s)


def stale_after_s(modality: Modality) -> float:
    """Older than this it counts as absent."""
    return STALE_HALF_LIVES * MODALITY_FACTS[modality].half_life_s
