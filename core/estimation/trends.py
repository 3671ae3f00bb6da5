"""Is an expression rising, steady or falling? A straight line through its last ten seconds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.types import EMOTIONS, FloatArray

SPAN_S = 10.0
STEP_S = 0.5
"""one sample kept per half second: 21 samples for a span"""
CHANGE = 0.10
"""a fitted change over the samples of more than this probability counts as rising or falling"""
SHORTEST_S = 2.0
"""under this much history everything is steady"""


@dataclass(frozen=True, slots=True)
class Trend:
    """The samples of the last SPAN_S seconds, oldest first."""

    times_s: tuple[float, ...] = ()
    probs: tuple[FloatArray, ...] = ()
    """each (7,)"""


def add(trend: Trend, time_s: float, probs: FloatArray) -> Trend:
    """Keep `probs` (7,) if STEP_S has passed since the last kept sample; forget what is older than SPAN_S."""
    if trend.times_s and time_s - trend.times_s[-1] < STEP_S:
        return trend
    kept = [(t, p) for t, p in zip(trend.times_s, trend.probs, strict=True) if time_s - t <= SPAN_S]
    kept.append((time_s, probs))
    return Trend(tuple(t for t, _ in kept), tuple(p for _, p in kept))


def words(trend: Trend) -> dict[str, str]:
    """Per expression "rising", "steady" or "falling"."""
    if not trend.times_s or trend.times_s[-1] - trend.times_s[0] < SHORTEST_S:
        return dict.fromkeys(EMOTIONS, "steady")
    times = np.asarray(trend.times_s)
    around = times - times.mean()
    slopes = around @ np.stack(trend.probs) / (around @ around)
    changes = slopes * (times[-1] - times[0])
    return {
        label: "rising" if change > CHANGE else "falling" if change < -CHANGE else "steady"
        for label, change in zip(EMOTIONS, changes, strict=True)
    }
