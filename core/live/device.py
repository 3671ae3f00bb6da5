"""Readings that the person's own device made: what they must be like, before they count like any other."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import replace

import numpy as np

from core.errors import Limit, SessionError
from core.types import EMOTIONS, Estimate

READINGS_PER_S = 30
"""of all modalities together"""
SUM_TOLERANCE = 0.035
"""seven probabilities told with two digits each are off by at most 7 x 0.005"""
MOST_PX = 16_384
"""sides of the largest picture a browser gives"""
MOST_FACES = 2**31 - 1
ORIGIN = "browser:"
"""before the engine's name, so that nobody takes such a reading for one of our own engines"""


class ReadingError(SessionError):
    """A reading that cannot be one; the session goes on."""

    code = "bad_reading"


class DeviceReadings:
    """One session's gate for them."""

    def __init__(self) -> None:
        self._recent_s: deque[float] = deque(maxlen=READINGS_PER_S)

    def admit(self, estimate: Estimate, now_s: float, told_s: float) -> Estimate:
        """The reading as it counts: probabilities that sum to 1, its origin in the engine's name.

        `now_s` is session time, `told_s` the time of the newest reading of its modality. Raises ReadingError for one
        that cannot be, Limit for more than READINGS_PER_S.
        """
        check_reading(estimate)
        if not told_s <= estimate.end_s <= now_s:
            raise ReadingError(
                f"reading: its time must lie between {told_s:.3f} s, the newest {estimate.modality} reading, and now "
                f"({now_s:.3f} s); got {estimate.end_s:.3f} s"
            )
        if len(self._recent_s) == READINGS_PER_S and now_s - self._recent_s[0] < 1.0:
            raise Limit(f"more than {READINGS_PER_S} readings a second; the rest is left out", "too_many_readings")
        self._recent_s.append(now_s)
        probs = (estimate.probs / estimate.probs.sum()).astype(np.float32)
        return replace(estimate, probs_raw=probs, probs=probs, engine=ORIGIN + estimate.engine)


def check_reading(estimate: Estimate) -> None:
    """Sum, ranges and box. Raises ReadingError."""
    probs, quality = estimate.probs, estimate.quality.score
    if probs.shape != (len(EMOTIONS),) or not np.isfinite(probs).all() or (probs < 0).any() or (probs > 1).any():
        raise ReadingError(f"reading: expected up to {len(EMOTIONS)} expressions with a probability from 0 to 1 each")
    if abs(float(probs.sum()) - 1) > SUM_TOLERANCE:
        raise ReadingError(f"reading: the probabilities must sum to 1, these sum to {float(probs.sum()):.3f}")
    if not 0 <= quality <= 1:
        raise ReadingError(f"reading: quality must lie in 0 to 1, got {quality}")
    if not estimate.start_s <= estimate.end_s or not math.isfinite(estimate.capture_s):
        raise ReadingError("reading: its times must be finite, and it cannot end before it began")
    if estimate.face_id is not None and not 0 <= estimate.face_id <= MOST_FACES:
        raise ReadingError(f"reading: face_id must lie in 0 to {MOST_FACES}, got {estimate.face_id}")
    _check_box(estimate)


def _check_box(estimate: Estimate) -> None:
    """A face lies, at least in part, in its picture."""
    width, height = estimate.frame_px or (MOST_PX, MOST_PX)
    if not (0 < width <= MOST_PX and 0 < height <= MOST_PX):
        raise ReadingError(f"reading: frame must be the picture's width and height, up to {MOST_PX} px each")
    if estimate.box_px is None:
        return
    left, top, right, bottom = estimate.box_px
    is_sane = all(abs(edge) <= MOST_PX for edge in estimate.box_px) and left < right and top < bottom
    if not is_sane or right <= 0 or bottom <= 0 or left >= width or top >= height:
        raise ReadingError(
            f"reading: box must be x1, y1, x2, y2 in px of a {width}x{height} picture, got {list(estimate.box_px)}"
        )
