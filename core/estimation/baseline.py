"""The person's neutral baseline: how this person reads while nothing is expressed, taken out of later readings.

Thirty quiet seconds give, per modality, the mean of the calibrated log-probabilities. Where an expression stood higher
against neutral there than in a reading that is rightly called neutral (NEUTRAL_SHARE on neutral, the rest even), the
excess is taken away: half from that expression, half given to neutral. What stood lower stays as it is, so a face that
reads as neutral anyway never becomes less so. Offsets are added to later log-probabilities, after the temperature and
before the fusion: a change of the class prior (Saerens, Latinne and Decaestecker 2002, "Adjusting the outputs of a
classifier to new a priori probabilities") with the person's rest in place of the training set's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from core.modalities import MODALITY_FACTS, is_of_person
from core.types import EMOTIONS, MODALITIES, BaselineState, Estimate, FloatArray, Modality

TOTAL_S = 30.0
LEAST_QUALITY = 0.3
"""poorer readings say more of the light or the microphone than of the person"""
NEUTRAL_SHARE = 0.70
LARGEST_OFFSET = 1.5
"""in nats, either way: odds against neutral change by 20 times at most, so a strange baseline cannot force an answer"""
LEAST_LOG = math.log(1e-4)
"""probabilities below 0.0001 are as good as that; one certain reading does not outweigh the others"""

_REFERENCE = np.full(len(EMOTIONS), math.log((1 - NEUTRAL_SHARE) / (len(EMOTIONS) - 1)))
_REFERENCE[0] = math.log(NEUTRAL_SHARE)

FIRST = MODALITIES[0]
"""whose advice is given where nothing was read at all"""


@dataclass(frozen=True, slots=True)
class Collected:
    """What has been read of one modality so far."""

    count: int = 0
    log_sum: FloatArray = field(default_factory=lambda: np.zeros(len(EMOTIONS), dtype=np.float32))
    """(7,) sum of log-probabilities"""


@dataclass(frozen=True, slots=True)
class Baseline:
    """A value, passed in and out."""

    offsets: Mapping[Modality, FloatArray] = field(default_factory=dict)
    """(7,) added to the log-probabilities of that modality"""
    started_s: float | None = None
    """session time at which the running one began; None when none is running"""
    seen: Mapping[Modality, Collected] = field(default_factory=dict)
    missed: tuple[Modality, ...] = ()
    """those of which the last run saw something, but not enough"""
    has_run: bool = False


def start(baseline: Baseline, time_s: float) -> Baseline:
    """Begin anew; the offsets in force hold until the new ones are ready."""
    return replace(baseline, started_s=time_s, seen={}, missed=())


def clear(_baseline: Baseline) -> Baseline:
    """No offsets, nothing running."""
    return Baseline()


def stop(baseline: Baseline, _time_s: float) -> Baseline:
    """Finish early with what there is; modalities with too few readings keep the offset they had."""
    if baseline.started_s is None:
        return baseline
    enough = {m: c for m, c in baseline.seen.items() if c.count >= MODALITY_FACTS[m].baseline_enough}
    offsets = dict(baseline.offsets) | {m: _offset(m, c) for m, c in enough.items()}
    missed = tuple(m for m in baseline.seen if m not in enough)
    return Baseline(offsets=offsets, missed=missed, has_run=True)


def advance(baseline: Baseline, time_s: float) -> Baseline:
    """Finish when its time is over."""
    is_over = baseline.started_s is not None and time_s - baseline.started_s >= TOTAL_S
    return stop(baseline, time_s) if is_over else baseline


def observe(baseline: Baseline, estimate: Estimate) -> Baseline:
    """Take in a reading, as it is before any offset; only the person's own, and only good ones."""
    if baseline.started_s is None or not is_of_person(estimate) or estimate.quality.score < LEAST_QUALITY:
        return baseline
    before = baseline.seen.get(estimate.modality, Collected())
    logs = np.log(np.maximum(estimate.probs, math.exp(LEAST_LOG))).astype(np.float32)
    after = Collected(before.count + 1, before.log_sum + logs)
    return replace(baseline, seen={**baseline.seen, estimate.modality: after})


def apply(baseline: Baseline, estimate: Estimate) -> Estimate:
    """The reading with this person's offset taken in; `probs_raw` stays, and what was impossible stays impossible."""
    offset = baseline.offsets.get(estimate.modality)
    if offset is None:
        return estimate
    shifted = estimate.probs.astype(np.float64) * np.exp(offset)
    return replace(estimate, probs=(shifted / shifted.sum()).astype(np.float32))


def _offset(modality: Modality, collected: Collected) -> FloatArray:
    mean = collected.log_sum / collected.count
    trust = collected.count / (collected.count + MODALITY_FACTS[modality].baseline_shrink)
    excess = trust * np.clip(mean - mean[0] - (_REFERENCE - _REFERENCE[0]), 0.0, 2 * LARGEST_OFFSET)
    offset = -excess / 2
    offset[0] = excess.max() / 2
    return np.asarray(offset, dtype=np.float32)


def describe(baseline: Baseline, time_s: float) -> BaselineState:
    """For the person: how far it is, what holds, and what to do where something is missing."""
    modalities = tuple(m for m in MODALITIES if m in baseline.offsets)
    if baseline.started_s is not None:
        done_s = min(TOTAL_S, max(0.0, time_s - baseline.started_s))
        return BaselineState("running", done_s, TOTAL_S, modalities, _advice(baseline), time_s)
    if not modalities:
        return BaselineState("none", 0.0, TOTAL_S, (), _shortfall(baseline), time_s)
    return BaselineState("ready", TOTAL_S, TOTAL_S, modalities, _shortfall(baseline), time_s)


def _advice(baseline: Baseline) -> str:
    """While it runs: what has hardly been seen yet."""
    has_media = any(MODALITY_FACTS[modality].medium != "words" for modality in baseline.seen)
    return "" if has_media else MODALITY_FACTS[FIRST].baseline_advice


def _shortfall(baseline: Baseline) -> str:
    """After it ran: what there was too little of."""
    if not baseline.has_run:
        return ""
    if baseline.missed:
        missed = [MODALITY_FACTS[modality] for modality in baseline.missed]
        return f"too little for the {', '.join(f'{m.word} ({m.baseline_advice})' for m in missed)}; do it again"
    advice = MODALITY_FACTS[FIRST].baseline_advice
    return "" if baseline.offsets else f"nothing could be measured: {advice}, then do it again"
