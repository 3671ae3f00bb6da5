"""One fusion over the span of an utterance, computed once when its words are there.

Each modality speaks with one voice: the mean of its readings in the span, weighted by their quality and by how much
each has heard. Age does not count, since all of them are about the same sentence; everything else is as in `fusion`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.estimation import fusion
from core.estimation.fusion import FusionSettings, FusionState
from core.modalities import MODALITY_FACTS, is_of_person
from core.types import MODALITIES, Estimate, FloatArray, Quality, Utterance, UtteranceEstimate

MARGIN_S = 0.25
"""a face read this shortly before or after the words still belongs to them"""
LEAST_WEIGHT = 0.01
"""a reading of no quality at all counts this much, so that a span of such readings still has a mean"""


def fuse_utterance(estimates: Sequence[Estimate], utterance: Utterance, settings: FusionSettings) -> UtteranceEstimate:
    """The fused estimate of one utterance from the readings around it, in any order.

    Typed words have no span to speak of: the face and voice of their moment are those within MARGIN_S of it.
    """
    state = FusionState()
    for modality in MODALITIES:
        inside = [e for e in estimates if e.modality == modality and _belongs(e, utterance)]
        if inside:
            state = fusion.add(state, _mean(inside, utterance))
    _, fused = fusion.fuse(state, utterance.end_s, settings)
    fused = replace(fused, capture_s=utterance.capture_s)
    return UtteranceEstimate(utterance.start_s, utterance.end_s, fused, utterance.origin)


def _belongs(estimate: Estimate, utterance: Utterance) -> bool:
    """Faces that are not the person never do; words only when they are these words."""
    if not is_of_person(estimate):
        return False
    if MODALITY_FACTS[estimate.modality].medium == "words":
        return estimate.end_s == utterance.end_s and estimate.start_s == utterance.start_s
    return estimate.end_s >= utterance.start_s - MARGIN_S and estimate.start_s <= utterance.end_s + MARGIN_S


def _mean(estimates: Sequence[Estimate], utterance: Utterance) -> Estimate:
    """One reading for all, dated to the end of the utterance; reasons are those of at least half of them."""
    ordered = sorted(estimates, key=lambda e: (e.start_s, e.end_s, e.capture_s))
    weights = np.array([_weight(e) for e in ordered])
    reasons = dict.fromkeys(reason for e in ordered for reason in e.quality.reasons)
    lasting = tuple(r for r in reasons if 2 * sum(r in e.quality.reasons for e in ordered) >= len(ordered))
    score = float(np.average([e.quality.score for e in ordered], weights=weights))
    return replace(
        ordered[-1],
        start_s=utterance.start_s,
        end_s=utterance.end_s,
        probs_raw=_average([e.probs_raw for e in ordered], weights),
        probs=_average([e.probs for e in ordered], weights),
        quality=Quality(score, lasting),
    )


def _weight(estimate: Estimate) -> float:
    """Of a reading among others of its modality: what heard two seconds knows more than what heard half of one.

    Pictures are of a moment and all alike.
    """
    heard_s = estimate.end_s - estimate.start_s
    return max(LEAST_WEIGHT, estimate.quality.score) * (heard_s if heard_s > 0 else 1.0)


def _average(rows: Sequence[FloatArray], weights: np.ndarray) -> FloatArray:
    mean = np.average(np.stack(rows), axis=0, weights=weights)
    return np.asarray(mean / mean.sum(), dtype=np.float32)
