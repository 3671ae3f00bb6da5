"""Whether two modalities tell different stories, and whether one smiles while the other does not. Pure.

The thresholds are fitted on composed validation triples (`python -m models.training.evaluate_fusion --fit`): so high
that pairs which carry the same label are rarely told apart by mistake.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np

from core.modalities import MODALITY_FACTS
from core.types import EMOTIONS, MODALITIES, Estimate, FloatArray, Modality

CONFLICT_QUALITY = 0.5
"""a modality of less quality contradicts nobody"""
CONFLICT_ABOVE: Mapping[tuple[Modality, Modality], float] = {
    ("face", "voice"): 0.66,
    ("face", "text"): 0.76,
    ("voice", "text"): 0.53,
}
"""Jensen-Shannon divergence in bits (0 equal, 1 disjoint; Lin 1991): 10 % of the pairs of one label lie above.
A pair that has not been fitted is never told to disagree."""
MASKING_ABOVE = 0.52
"""see `masking`: 2 % of the pairs of one label lie above"""

POSITIVE = np.array([label == "happy" for label in EMOTIONS])
NEGATIVE = np.array([label in ("sad", "angry", "fear", "disgust") for label in EMOTIONS])
"""(7,) neutral and surprise are neither"""


def conflicts(used: Mapping[Modality, Estimate]) -> tuple[str, ...]:
    """Codes such as "face_voice_conflict"; "possible_masking" where what can be put on (a face)
    and what is heard are of opposite sign.
    """
    good = [m for m in MODALITIES if m in used and used[m].quality.score >= CONFLICT_QUALITY]
    found: list[str] = []
    for one, other in combinations(good, 2):
        first, second = used[one].probs, used[other].probs
        may_mask = MODALITY_FACTS[one].can_mask != MODALITY_FACTS[other].can_mask
        is_masking = may_mask and masking(first, second) > MASKING_ABOVE
        if is_masking or divergence(first, second) > CONFLICT_ABOVE.get((one, other), 1.0):
            found.append(f"{one}_{other}_conflict")
        if is_masking:
            found.append("possible_masking")
    return tuple(dict.fromkeys(found))


def masking(one: FloatArray, other: FloatArray) -> float:
    """Probability 0..1 that one of two readings (7,) is positive and the other negative, taken as independent."""
    joy = float(one[POSITIVE].sum() * other[NEGATIVE].sum())
    return max(joy, float(one[NEGATIVE].sum() * other[POSITIVE].sum()))


def divergence(one: FloatArray, other: FloatArray) -> float:
    """Jensen-Shannon divergence of two distributions (n,), in bits: 0 equal, 1 disjoint."""
    middle = np.asarray((one + other) / 2, dtype=np.float32)
    return (_relative_entropy(one, middle) + _relative_entropy(other, middle)) / 2


def _relative_entropy(one: FloatArray, other: FloatArray) -> float:
    present = one > 0
    return float(np.sum(one[present] * np.log2(one[present] / other[present])))
