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

from core.types import EMOTIONS, MODALITIES, BaselineState, Estimate, FloatArray, Modality

TOTAL_S = 30.0
LEAST_QUALITY = 0.3
"""poorer readings say more of the light or the microphone than of the person"""
ENOUGH: Mapping[Modality, int] = {"face": 20, "voice": 4, "text": 2}
"""readings under which a modality gets no offset: 2 s of a face at 10 pictures/s, 3.5 s of speech, two sentences"""
SHRINK: Mapping[Modality, int] = {"face": 20, "voice": 6, "text": 4}
"""an offset counts n / (n + this) of its size: few readings are trusted less"""
NEUTRAL_SHARE = 0.70
LARGEST_OFFSET = 1.5
"""in nats, either way: odds against neutral change by 20 times at most, so a strange baseline cannot force an answer"""
LEAST_LOG = math.log(1e-4)
"""probabilities below 0.0001 are as good as that; one certain reading does not outweigh the others"""

_REFERENCE = np.full(len(EMOTIONS), math.log((1 - NEUTRAL_SHARE) / (len(EMOTIONS) - 1)))
_REFERENCE[0] = math.log(NEUTRAL_SHARE)

ADVICE: Mapping[Modality, str] = {
    "face": "keep your face in the picture, in good light",
    "voice": "say something calm, such as the days of the week",
    "text": "type or say a sentence or two about something plain",
}


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
    enough = {m: c for m, c in baseline.seen.items() if c.count >= ENOUGH[m]}
    offsets = dict(baseline.offsets) | {m: _offset(m, c) for m, c in enough.items()}
    missed = tuple(m for m in baseline.seen if m not in enough)
    return Baseline(offsets=offsets, missed=missed, has_run=True)


def advance(baseline: Baseline, time_s: float) -> Baseline:
    """Finish when its time is over."""
    is_over = baseline.started_s is not None and time_s - baseline.started_s >= TOTAL_S
    return stop(baseline, time_s) if is_over else baseline


def observe(baseline: Baseline, estimate: Estimate) -> Baseline:
    """Take in a reading, as it is before any offset; only the person's own, and only good ones."""
    is_other = estimate.modality == "face" and not estimate.is_subject
    if baseline.started_s is None or is_other or estimate.quality.score < LEAST_QUALITY:
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
    trust = collected.count / (collected.count + SHRINK[modality])
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
    if baseline.seen.get("face", Collected()).count == 0 and "voice" not in baseline.seen:
        return ADVICE["face"]
    return ""


def _shortfall(baseline: Baseline) -> str:
    """After it ran: what there was too little of."""
    if not baseline.has_run:
        return ""
    if baseline.missed:
        return "too little for the " + ", ".join(f"{m} ({ADVICE[m]})" for m in baseline.missed) + "; do it again"
    return "" if baseline.offsets else f"nothing could be measured: {ADVICE['face']}, then do it again"
