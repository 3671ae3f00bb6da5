"""Late, quality-aware fusion: a pure function of the newest estimate of each modality and the time.

Weights: base x quality gain x rules x freshness, renormalised to 1. Under these weights the log-probabilities are
pooled (Genest and Zidek 1986, "Combining probability distributions"), the more sharply the more modalities really
speak: what three strangers say alike is surer than what one says. The result is smoothed over media time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from core.estimation import trends
from core.estimation.conflict import conflicts
from core.estimation.freshness import freshness
from core.estimation.trends import Trend
from core.modalities import MODALITY_FACTS, is_of_person
from core.types import EMOTIONS, MODALITIES, Estimate, FloatArray, FusedEstimate, Modality

LOW_QUALITY = 0.5
"""under it `ModalityFacts.low_quality_gain` holds"""

USABLE_QUALITY = 0.15
"""when no modality reaches this the answer is "not sure", with the reasons of each"""

PLEASURE_AROUSAL = np.array(
    [(0.0, 0.0), (0.81, 0.51), (-0.63, -0.27), (-0.51, 0.59), (-0.64, 0.60), (-0.60, 0.35), (0.40, 0.67)],
    dtype=np.float32,
)
"""(7, 2) pleasure and arousal of neutral (the origin), happy, sad, angry, fearful, disgusted, surprised:
Russell and Mehrabian 1977, "Evidence for a three-factor theory of emotions", Table 4"""

QualityGain = Callable[[Modality, float], float]


def rule_gain(modality: Modality, quality: float) -> float:
    """The default gain of a quality in 0..1, and the floor of any fitted one: a poor face weighs 0.70."""
    return MODALITY_FACTS[modality].low_quality_gain if quality < LOW_QUALITY else 1.0


QUALITY_EXPONENTS: Mapping[Modality, float] = {m: facts.quality_exponent for m, facts in MODALITY_FACTS.items()}
SHARPNESS = 0.8
"""power of the effective number of modalities that multiplies the pooled log-probabilities: at 0 the pool is their
plain mean, at 1 three equal ones count as independent witnesses"""
LEAST_PROBABILITY = 1e-4
"""no modality rules an expression out on its own"""
# These three are fitted by `python -m models.training.evaluate_fusion --fit` on composed validation triples.


def quality_gain(exponents: Mapping[Modality, float]) -> QualityGain:
    """The rule, times quality to a power: never falls as quality rises, never above the rule."""
    return lambda modality, quality: rule_gain(modality, quality) * max(quality, 0.0) ** exponents[modality]


@dataclass(frozen=True, slots=True)
class FusionSettings:
    """What may be set; everything else is a constant above."""

    base_weights: Mapping[Modality, float] = field(
        default_factory=lambda: {m: facts.base_weight for m, facts in MODALITY_FACTS.items()}
    )
    smoothing_s: float = 0.6
    abstain_below: float = 0.50
    """under it a guess is wrong at least as often as right, fitted like the above"""
    gain: QualityGain = field(default_factory=lambda: quality_gain(QUALITY_EXPONENTS))


@dataclass(frozen=True, slots=True)
class FusionState:
    """What fusion remembers of one stream; a value, passed in and out."""

    newest: Mapping[Modality, Estimate] = field(default_factory=dict)
    missing: Mapping[Modality, str] = field(default_factory=dict)
    """why a lane that ran found nothing, such as "no_face" """
    smoothed: FloatArray | None = None
    smoothed_at_s: float = 0.0
    trend: Trend = field(default_factory=Trend)


def add(state: FusionState, estimate: Estimate) -> FusionState:
    """Take in an estimate; an older one than is known changes nothing, nor does a face that is not the person."""
    if not is_of_person(estimate):
        return state
    known = state.newest.get(estimate.modality)
    if known is not None and known.end_s > estimate.end_s:
        return state
    missing = {m: why for m, why in state.missing.items() if m != estimate.modality}
    return replace(state, newest={**state.newest, estimate.modality: estimate}, missing=missing)


def note_missing(state: FusionState, modality: Modality, reason: str) -> FusionState:
    """A lane looked and found nothing; the reading before it fades by its age."""
    return replace(state, missing={**state.missing, modality: reason})


def forget(state: FusionState, modality: Modality) -> FusionState:
    """Leave a modality out at once: its scope was withdrawn or its device stopped."""
    newest = {m: e for m, e in state.newest.items() if m != modality}
    missing = {m: why for m, why in state.missing.items() if m != modality}
    return replace(state, newest=newest, missing=missing)


def weigh(state: FusionState, time_s: float, settings: FusionSettings) -> dict[Modality, float]:
    """Share of each modality at `time_s`: they sum to 1, or are all 0 when none is usable."""
    raw = {m: _raw_weight(state.newest.get(m), m, time_s, settings) for m in MODALITIES}
    total = sum(raw.values())
    return {m: weight / total if total > 0 else 0.0 for m, weight in raw.items()}


def _raw_weight(estimate: Estimate | None, modality: Modality, time_s: float, settings: FusionSettings) -> float:
    if estimate is None:
        return 0.0
    weight = settings.base_weights.get(modality, 0.0) * settings.gain(modality, estimate.quality.score)
    for reason, factor in MODALITY_FACTS[modality].reason_gains.items():
        if reason in estimate.quality.reasons:
            weight *= factor
    return weight * freshness(modality, time_s - estimate.end_s)


def pool(probs: FloatArray, weights: NDArray[np.float64], sharpness: float = SHARPNESS) -> FloatArray:
    """Distributions (m, 7) under weights (m,) that sum to 1 to one distribution (7,)."""
    voices = 1.0 / float(np.square(weights).sum())
    logs = voices**sharpness * (weights @ np.log(np.maximum(probs, LEAST_PROBABILITY)))
    mixed = np.exp(logs - logs.max())
    return np.asarray(mixed / mixed.sum(), dtype=np.float32)


def fuse(state: FusionState, time_s: float, settings: FusionSettings) -> tuple[FusionState, FusedEstimate]:
    """The fused estimate at `time_s` (session time, never before the last one) and the state after it."""
    weights = weigh(state, time_s, settings)
    used = {m: state.newest[m] for m in MODALITIES if weights[m] > 0}
    if not used:
        return replace(state, smoothed=None), _nothing(state, time_s, weights)
    raw = pool(np.stack([e.probs for e in used.values()]), np.array([weights[m] for m in used]))
    probs = _smooth(state, raw, time_s, settings.smoothing_s)
    trend = trends.add(state.trend, time_s, probs)
    after = replace(state, smoothed=probs, smoothed_at_s=time_s, trend=trend)
    doubts = _doubts(used, float(probs.max()), settings)
    newest = max(used.values(), key=lambda e: e.end_s)
    valence, arousal = (float(v) for v in probs @ PLEASURE_AROUSAL)
    fused = FusedEstimate(
        time_s=time_s,
        capture_s=newest.capture_s,
        probs_raw=raw,
        probs=probs,
        valence=valence,
        arousal=arousal,
        confidence=float(probs.max()),
        intensity=float(probs[1:].max()),
        weights=weights,
        trends=trends.words(trend),
        quality=sum(weights[m] * e.quality.score for m, e in used.items()),
        abstained=bool(doubts),
        reasons=doubts + conflicts(used),
    )
    return after, fused


def _smooth(state: FusionState, raw: FloatArray, time_s: float, constant_s: float) -> FloatArray:
    """Exponential in media time: after `constant_s` a step has gone 63 % of its way."""
    if state.smoothed is None or constant_s <= 0:
        return raw
    share = 1.0 - math.exp(-max(0.0, time_s - state.smoothed_at_s) / constant_s)
    mixed = state.smoothed + share * (raw - state.smoothed)
    return np.asarray(mixed / mixed.sum(), dtype=np.float32)


def _doubts(used: Mapping[Modality, Estimate], best: float, settings: FusionSettings) -> tuple[str, ...]:
    """Why the answer is "not sure"; empty when it is given."""
    seen_well = any(e.quality.score >= USABLE_QUALITY for e in used.values())
    if seen_well and best >= settings.abstain_below:
        return ()
    wrong = dict.fromkeys(reason for e in used.values() for reason in e.quality.reasons)
    return tuple(wrong) if not seen_well and wrong else ("low_confidence", *wrong)


def _nothing(state: FusionState, time_s: float, weights: dict[Modality, float]) -> FusedEstimate:
    """No usable modality: abstained, all expressions equally likely."""
    even = np.full(len(EMOTIONS), 1 / len(EMOTIONS), dtype=np.float32)
    newest = max(state.newest.values(), key=lambda e: e.end_s, default=None)
    reasons = tuple(dict.fromkeys(state.missing.values())) or ("stale" if state.newest else "no_modality",)
    valence, arousal = (float(v) for v in even @ PLEASURE_AROUSAL)
    return FusedEstimate(
        time_s=time_s,
        capture_s=newest.capture_s if newest else 0.0,
        probs_raw=even,
        probs=even,
        valence=valence,
        arousal=arousal,
        confidence=float(even[0]),
        intensity=float(even[0]),
        weights=weights,
        trends=dict.fromkeys(EMOTIONS, "steady"),
        quality=0.0,
        abstained=True,
        reasons=reasons,
    )
