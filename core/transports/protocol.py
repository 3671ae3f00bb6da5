"""The wire format, pure: bytes and text in, messages out; events in, JSON out. The README tells it in words.

Unknown types and fields are ignored. A known type whose fields do not fit raises MessageError,
which the transport answers with an `error` message; the connection goes on.
"""

from __future__ import annotations

import base64
import binascii
import math
import struct
from collections.abc import Callable
from typing import Any, ClassVar

import msgspec
import numpy as np

from core.errors import AppError, SessionError
from core.types import (
    EMOTIONS,
    FOUR_CLASSES,
    ClipProgress,
    Estimate,
    Event,
    Fault,
    FloatArray,
    FusedEstimate,
    Marker,
    SelfReport,
    SessionState,
    Stats,
    four_class,
)

KIND_JPEG = 1
BINARY_HEAD = struct.Struct("<Bd")
"""kind (uint8), client time in seconds (float64 little-endian); the payload follows"""

MAX_LABEL = 200
"""characters of a marker's label"""


class MessageError(SessionError):
    """A message that cannot be understood; the connection goes on."""

    code = "bad_message"


class _Message(msgspec.Struct, frozen=True):
    """Fields that are not declared are ignored."""

    TYPE: ClassVar[str]


class Auth(_Message, frozen=True):
    TYPE = "auth"
    token: str
    resume_token: str | None = None


class Picture(_Message, frozen=True):
    """`frame` is a data URL, `t` the client's clock in seconds."""

    TYPE = "video_frame"
    frame: str
    t: float | None = None


class Pause(_Message, frozen=True):
    TYPE = "pause"


class Resume(_Message, frozen=True):
    TYPE = "resume"


class Stop(_Message, frozen=True):
    TYPE = "stop"


class Ping(_Message, frozen=True):
    TYPE = "ping"
    id: int | float | str | None = None


class Consent(_Message, frozen=True):
    TYPE = "consent"
    scopes: list[str]


class Mark(_Message, frozen=True):
    TYPE = "marker"
    label: str


class Report(_Message, frozen=True):
    """ "Was this right?": what was shown, what the person says; `t` is the session time of the shown estimate."""

    TYPE = "self_report"
    shown: str
    chosen: str
    t: float | None = None


class BinaryFrame(msgspec.Struct, frozen=True):
    kind: int
    capture_s: float
    payload: bytes


ClientMessage = Auth | Picture | Pause | Resume | Stop | Ping | Consent | Mark | Report
_KNOWN: dict[str, type[Any]] = {
    message.TYPE: message for message in (Auth, Picture, Pause, Resume, Stop, Ping, Consent, Mark, Report)
}


def parse_text(text: str | bytes) -> ClientMessage | None:
    """One JSON message; None for a type this server does not know. Raises MessageError."""
    try:
        fields = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MessageError("expected a JSON object with a type; this is not JSON") from error
    if not isinstance(fields, dict) or not isinstance(fields.get("type"), str):
        raise MessageError('expected a JSON object with a "type"; see the wire protocol')
    known = _KNOWN.get(fields["type"])
    if known is None:
        return None
    try:
        message: ClientMessage = msgspec.convert(fields, known)
    except msgspec.ValidationError as error:
        raise MessageError(f"{fields['type']}: {error}") from error
    return _checked(message)


def _checked(message: ClientMessage) -> ClientMessage:
    """What types alone cannot say."""
    time_s = getattr(message, "t", None)
    if time_s is not None and not math.isfinite(time_s):
        raise MessageError("t must be a finite number of seconds")
    if isinstance(message, Mark) and not 0 < len(message.label.strip()) <= MAX_LABEL:
        raise MessageError(f"marker: label must have 1 to {MAX_LABEL} characters")
    if isinstance(message, Report):
        known = (*EMOTIONS, "uncertain")
        if message.shown not in known or message.chosen not in known:
            raise MessageError(f"self_report: shown and chosen must be one of {', '.join(known)}")
    return message


def parse_binary(data: bytes) -> BinaryFrame | None:
    """One binary message; None for a kind this server does not know. Raises MessageError."""
    if len(data) <= BINARY_HEAD.size:
        raise MessageError(
            f"a binary message has {BINARY_HEAD.size} bytes of head and a payload, got {len(data)} bytes"
        )
    kind, capture_s = BINARY_HEAD.unpack_from(data)
    if kind != KIND_JPEG:
        return None
    if not math.isfinite(capture_s):
        raise MessageError("the client time of a binary message must be a finite number of seconds")
    return BinaryFrame(kind, capture_s, data[BINARY_HEAD.size :])


def picture_bytes(message: Picture) -> bytes:
    """The picture inside a data URL, or inside bare base64. Raises MessageError."""
    head, comma, body = message.frame.partition(",")
    if comma and not head.startswith("data:image/"):
        raise MessageError("video_frame: frame must be a data URL of a JPEG, PNG or WebP picture")
    try:
        return base64.b64decode(body if comma else head, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MessageError("video_frame: frame is not valid base64") from error


# -- server to client ---------------------------------------------------------------------------------


def encode(message: dict[str, Any]) -> str:
    """JSON text of one message."""
    return msgspec.json.encode(message).decode()


def error_message(error: AppError, fatal: bool = False) -> dict[str, Any]:
    """`fatal` tells that the connection ends with it."""
    return {"type": "error", "code": error.code, "message": error.message, "fatal": fatal}


def event_message(event: Event) -> dict[str, Any]:
    """One event as the wire tells it; probabilities with four digits, times with milliseconds."""
    return _WRITERS[type(event)](event)


def _probabilities(probs: FloatArray) -> dict[str, Any]:
    four = four_class(probs)
    best_four, best = int(np.argmax(four)), int(np.argmax(probs))
    return {
        "emotion": FOUR_CLASSES[best_four],
        "confidence": _p(four[best_four]),
        "probabilities": [_p(p) for p in four],
        "expression": EMOTIONS[best],
        "expressions": {label: _p(p) for label, p in zip(EMOTIONS, probs, strict=True)},
    }


def _p(value: float) -> float:
    return round(float(value), 4)


def _s(value: float) -> float:
    return round(float(value), 3)


def _estimate(event: Estimate) -> dict[str, Any]:
    message = {
        "type": f"{event.modality}_emotion",
        **_probabilities(event.probs),
        "quality": _p(event.quality.score),
        "reasons": list(event.quality.reasons),
        "t": _s(event.end_s),
        "capture_t": _s(event.capture_s),
        "infer_ms": round(event.infer_ms, 1),
        "engine": event.engine,
    }
    if event.box_px is not None and event.frame_px is not None:
        message |= {"box": [round(v, 1) for v in event.box_px], "frame": list(event.frame_px)}
        message |= {"face_id": event.face_id, "is_subject": event.is_subject}
    return message


def _fused(event: FusedEstimate) -> dict[str, Any]:
    return {
        "type": "fused_emotion",
        **_probabilities(event.probs),
        "intensity": _p(event.intensity),
        "weights": {modality: _p(weight) for modality, weight in event.weights.items()},
        "trends": event.trends,
        "abstained": event.abstained,
        "reasons": list(event.reasons),
        "valence": _p(event.valence),
        "arousal": _p(event.arousal),
        "quality": _p(event.quality),
        "t": _s(event.time_s),
        "capture_t": _s(event.capture_s),
        "infer_ms": 0.0,
        "latency_ms": round(event.latency_ms, 1),
        "engine": "fusion",
    }


def _state(event: SessionState) -> dict[str, Any]:
    return {
        "type": "state",
        "scopes": list(event.scopes),
        "paused": event.paused,
        "recording": event.recording,
        "ended": event.ended,
    }


def _stats(event: Stats) -> dict[str, Any]:
    return {
        "type": "stats",
        "fps": round(event.fps, 1),
        "dropped": event.dropped,
        "latency_ms": round(event.latency_ms, 1),
        "stored_to_s": event.stored_to_s,
    }


def _fault(event: Fault) -> dict[str, Any]:
    return {
        "type": "error",
        "code": event.code,
        "message": event.message,
        "fatal": False,
        "modality": event.modality,
        "t": _s(event.time_s),
        "will_retry": event.will_retry,
    }


def _clip_progress(event: ClipProgress) -> dict[str, Any]:
    return {
        "type": "clip_progress",
        "done_s": _s(event.done_s),
        "total_s": _s(event.total_s),
        "is_final": event.is_final,
    }


def _marker(event: Marker) -> dict[str, Any]:
    return {"type": "marker", "label": event.label, "t": _s(event.time_s)}


def _self_report(event: SelfReport) -> dict[str, Any]:
    return {"type": "self_report", "shown": event.shown, "chosen": event.chosen, "t": _s(event.time_s)}


_WRITERS: dict[type[Any], Callable[[Any], dict[str, Any]]] = {
    Estimate: _estimate,
    FusedEstimate: _fused,
    SessionState: _state,
    Stats: _stats,
    Fault: _fault,
    ClipProgress: _clip_progress,
    Marker: _marker,
    SelfReport: _self_report,
}
