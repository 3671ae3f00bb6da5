"""From an engine's logits to probabilities that mean what they say.

Temperature scaling: Guo et al., "On Calibration of Modern Neural Networks", ICML 2017. One positive number per
engine, fitted on validation data; it never changes which class is first.
"""

from __future__ import annotations

import numpy as np

from core.types import FloatArray

LEAST_LOG = float(np.finfo(np.float32).min)
"""Where float32 ends; only a logit of -inf gives less."""


def log_softmax(logits: FloatArray, temperature: float = 1.0) -> FloatArray:
    """Log-probabilities along the last axis, float32, same shape.

    A logit of -inf (a class the engine does not know) stays -inf; where all are, every class is as likely.
    Raises ValueError when the temperature is not positive and finite.
    """
    if not 0 < temperature < float("inf"):
        raise ValueError(f"expected a positive, finite temperature, got {temperature}")
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    highest = scaled.max(axis=-1, keepdims=True)
    scaled = np.where(np.isneginf(highest), 0.0, scaled)
    shifted = scaled - np.where(np.isneginf(highest), 0.0, highest)
    logs = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    result: FloatArray = np.where(np.isneginf(logs), logs, np.maximum(logs, LEAST_LOG)).astype(np.float32)
    return result


def softmax(logits: FloatArray, temperature: float = 1.0) -> FloatArray:
    """Probabilities along the last axis, float32, same shape, summing to 1; see log_softmax."""
    result: FloatArray = np.exp(log_softmax(logits, temperature))
    total: FloatArray = result.sum(axis=-1, keepdims=True)
    return result / total
