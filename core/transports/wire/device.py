"""What the person's own device read, in place of picture and sound, which then stay there."""

from __future__ import annotations

import re

import numpy as np

from core.modalities import MODALITY_FACTS
from core.transports.wire.message import FromClient, MessageError
from core.types import EMOTIONS, Estimate, Modality, Quality

MAX_REASONS = 8
REASON = re.compile(r"[a-z0-9_]{1,40}")
ENGINE_NAME = re.compile(r"[A-Za-z0-9._+/-]{1,60}")


class Reading(FromClient, frozen=True):
    """A reading of one modality that the client made itself, under the scope `device`; fused like any other."""

    TYPE = "reading"
    modality: Modality
    """what was read"""
    expressions: dict[str, float]
    """probability of each of the seven, summing to 1; those left out are 0"""
    quality: float
    """fitness of the input, 0 to 1"""
    reasons: tuple[str, ...] = ()
    """up to 8 short codes of what lowers the quality, such as "low_light" """
    t: float | None = None
    """the client's own clock at the newest input in it, in seconds; left out, now"""
    box: tuple[float, float, float, float] | None = None
    """face: x1, y1, x2, y2 in pixels of the picture"""
    frame: tuple[int, int] | None = None
    """face: width and height of the picture in pixels"""
    face_id: int | None = None
    """face: which of the followed faces, 0 or more"""
    is_subject: bool = True
    """face: this is "the person", whose readings are fused"""
    engine: str = "unnamed"
    """what read it, up to 60 letters, digits or any of . _ + - /; told as "browser:<engine>" """


def check_reading(message: Reading) -> None:
    """What it says in words; its numbers and its time are judged by the session (core/live/device.py)."""
    if unknown := set(message.expressions) - set(EMOTIONS):
        known = ", ".join(EMOTIONS)
        raise MessageError(f"reading: expressions are of {known}; got {min(unknown)!r:.40}", "bad_reading")
    if len(message.reasons) > MAX_REASONS or not all(REASON.fullmatch(reason) for reason in message.reasons):
        raise MessageError(f'reading: expected up to {MAX_REASONS} reasons such as "low_light"', "bad_reading")
    if not ENGINE_NAME.fullmatch(message.engine):
        raise MessageError("reading: engine must be 1 to 60 letters, digits, or any of . _ + - /", "bad_reading")


def reading(message: Reading, time_s: float, capture_s: float, arrived_s: float) -> Estimate:
    """The device's reading as an estimate, at session time `time_s`; its numbers are not checked yet."""
    probs = np.array([message.expressions.get(label, 0.0) for label in EMOTIONS], dtype=np.float32)
    return Estimate(
        message.modality,
        time_s,
        time_s,
        capture_s,
        probs,
        probs,
        Quality(message.quality, message.reasons),
        message.engine,
        infer_ms=0.0,
        box_px=message.box,
        frame_px=message.frame,
        face_id=message.face_id,
        is_subject=message.is_subject and MODALITY_FACTS[message.modality].has_subject,
        arrived_s=arrived_s,
    )
