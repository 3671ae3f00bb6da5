"""The one line that /ws/predict tells, several times a second; names as other clients of this kind expect them."""

from __future__ import annotations

from typing import TypedDict

import numpy as np

from core.transports.wire.message import four_digits, one_digit
from core.types import EMOTIONS, Estimate, FusedEstimate


class PredictionLine(TypedDict):
    """Null stands for what is missing."""

    emotion: str | None
    """best of the seven: neutral, happy, sad, angry, fear, disgust or surprise"""
    confidence: float | None
    """probability of that expression, all modalities fused"""
    fer_conf: float | None
    """of the best expression of the newest face reading, while it counts"""
    ser_conf: float | None
    """of the best expression of the newest voice reading, while it counts"""
    timestamp: int
    """whole seconds since the connection was made"""
    fps: float
    """face readings a second, over the last two"""


def prediction(
    fused: FusedEstimate, face: Estimate | None, voice: Estimate | None, since_s: float, fps: float
) -> PredictionLine:
    """`face` and `voice` are the newest readings; one without weight in the fusion is not told."""
    is_there = any(fused.weights.values())
    return {
        "emotion": EMOTIONS[int(np.argmax(fused.probs))] if is_there else None,
        "confidence": four_digits(fused.confidence) if is_there else None,
        "fer_conf": _confidence(face, fused),
        "ser_conf": _confidence(voice, fused),
        "timestamp": int(since_s),
        "fps": one_digit(fps),
    }


def _confidence(newest: Estimate | None, fused: FusedEstimate) -> float | None:
    if newest is None or fused.weights[newest.modality] <= 0:
        return None
    return four_digits(float(newest.probs.max()))
