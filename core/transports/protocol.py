"""What a client sends, pure: bytes and text in, messages out. The README tells it in words; `wire_events` writes.

Unknown types and fields are ignored. A known type whose fields do not fit raises MessageError,
which the transport answers with an `error` message; the connection goes on.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
import struct
from collections.abc import Callable
from typing import Any, ClassVar, Literal, get_args

import msgspec

from core.errors import SessionError
from core.types import EMOTIONS, MODALITIES, Modality, Preferences

KIND_JPEG, KIND_PCM = 1, 2
BINARY_HEAD = struct.Struct("<Bd")
"""kind (uint8), client time in seconds (float64 little-endian); the payload follows"""

MAX_LABEL = 200
"""characters of a marker's label"""
MAX_TEXT = 200_000
"""characters of typed text that are taken; the text model reads the first 2,000"""
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
"""BCP-47, as far as its shape goes"""


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
    delete: bool = False
    """also delete what the scopes taken back have covered"""


class Mark(_Message, frozen=True):
    TYPE = "marker"
    label: str


class Report(_Message, frozen=True):
    """ "Was this right?": what was shown, what the person says; `t` is the session time of the shown estimate."""

    TYPE = "self_report"
    shown: str
    chosen: str
    t: float | None = None


class Sound(_Message, frozen=True):
    """Base64 of WebM/Opus or MP4/AAC as MediaRecorder makes it, or of PCM16; `t` of its first sample."""

    TYPE = "audio_chunk"
    audio: str
    format: Literal["webm", "mp4", "pcm16"] = "webm"
    rate_hz: int = 16_000
    channels: int = 1
    t: float | None = None


class SpeechEnd(_Message, frozen=True):
    """The speaker has finished; `text` where the client's own recogniser heard the words."""

    TYPE = "speech_end"
    text: str | None = None


class Text(_Message, frozen=True):
    TYPE = "text"
    text: str


class Prefer(_Message, frozen=True):
    """From `voice` on: how the companion speaks, what it is like, which engine answers, and whether it answers."""

    TYPE = "preferences"
    weights: dict[str, float] | None = None
    smoothing_s: float | None = None
    patience_s: float | None = None
    language: str | None = None
    voice: Literal["female", "male"] | None = None
    personality: Literal["therapist", "coach"] | None = None
    style: Literal["brief", "balanced", "detailed"] | None = None
    reply_engine: str | None = None
    replies: bool | None = None


class Greeting(_Message, frozen=True):
    """The companion is asked to say hello."""

    TYPE = "request_greeting"


class ReplyHeard(_Message, frozen=True):
    """So many seconds of this part have been played; sent when it begins, every half second, and when it ends."""

    TYPE = "reply_heard"
    turn: int
    part: int
    seconds: float


class CancelReply(_Message, frozen=True):
    """The companion is asked to stop speaking."""

    TYPE = "cancel_reply"


class Baseline(_Message, frozen=True):
    TYPE = "baseline"
    action: Literal["start", "stop", "clear"]


class BinaryFrame(msgspec.Struct, frozen=True):
    kind: int
    capture_s: float
    payload: bytes


Talk = Text | SpeechEnd | Prefer | Greeting | ReplyHeard | CancelReply
Control = Pause | Resume | Stop | Ping | Consent | Mark | Report | Baseline | Talk
ClientMessage = Auth | Picture | Sound | Control
_KNOWN: dict[str, type[Any]] = {message.TYPE: message for message in (Auth, Picture, Sound, *get_args(Control))}


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
    check = _CHECKS.get(type(message))
    if check is not None:
        check(message)
    return message


def _check_mark(message: Mark) -> None:
    if not 0 < len(message.label.strip()) <= MAX_LABEL:
        raise MessageError(f"marker: label must have 1 to {MAX_LABEL} characters")


def _check_report(message: Report) -> None:
    known = (*EMOTIONS, "uncertain")
    if message.shown not in known or message.chosen not in known:
        raise MessageError(f"self_report: shown and chosen must be one of {', '.join(known)}")


def _check_sound(message: Sound) -> None:
    if not 8_000 <= message.rate_hz <= 192_000 or not 1 <= message.channels <= 8:
        raise MessageError(
            f"audio_chunk: expected 8000 to 192000 Hz and 1 to 8 channels, got {message.rate_hz} Hz and "
            f"{message.channels}"
        )


def _check_text(message: Text) -> None:
    if not message.text.strip():
        raise MessageError("text: expected words, got nothing but spaces")
    if len(message.text) > MAX_TEXT:
        raise MessageError(f"text: {len(message.text)} characters are too many; send {MAX_TEXT} at most")


def _check_speech_end(message: SpeechEnd) -> None:
    if message.text is not None and len(message.text) > MAX_TEXT:
        raise MessageError(f"speech_end: {len(message.text)} characters are too many; send {MAX_TEXT} at most")


def _check_heard(message: ReplyHeard) -> None:
    if not (math.isfinite(message.seconds) and message.seconds >= 0):
        raise MessageError(f"reply_heard: seconds must be a number from 0 on, got {message.seconds}")


def _check_prefer(message: Prefer) -> None:
    preferences(message)


_CHECKS: dict[type[Any], Callable[[Any], None]] = {
    Mark: _check_mark,
    Report: _check_report,
    Sound: _check_sound,
    Text: _check_text,
    SpeechEnd: _check_speech_end,
    Prefer: _check_prefer,
    ReplyHeard: _check_heard,
}


def preferences(message: Prefer) -> Preferences:
    """What the person set. Raises MessageError."""
    weights = _weights(message.weights) if message.weights is not None else None
    for name, value, low, high in (
        ("smoothing_s", message.smoothing_s, 0.0, 5.0),
        ("patience_s", message.patience_s, 0.3, 2.0),
    ):
        if value is not None and not low <= value <= high:
            raise MessageError(f"preferences: {name} must lie in {low:g} to {high:g} seconds, got {value}")
    if message.language is not None and not LANGUAGE.fullmatch(message.language):
        raise MessageError(f'preferences: language must look like "en" or "pt-BR", got {message.language!r:.40}')
    return Preferences(
        weights,
        message.smoothing_s,
        message.patience_s,
        message.language,
        message.voice,
        message.personality,
        message.style,
        message.reply_engine,
        message.replies,
    )


def _weights(given: dict[str, float]) -> dict[Modality, float]:
    if unknown := set(given) - set(MODALITIES):
        raise MessageError(f"preferences: weights are of {', '.join(MODALITIES)}; got {sorted(unknown)[0]!r:.40}")
    if not all(0 <= weight <= 1 for weight in given.values()):
        raise MessageError("preferences: each weight must lie in 0 to 1")
    if len(given) == len(MODALITIES) and not any(given.values()):
        raise MessageError("preferences: at least one weight must be above 0")
    return {modality: float(given[modality]) for modality in MODALITIES if modality in given}


def parse_binary(data: bytes) -> BinaryFrame | None:
    """One binary message; None for a kind this server does not know. Raises MessageError."""
    if len(data) <= BINARY_HEAD.size:
        raise MessageError(
            f"a binary message has {BINARY_HEAD.size} bytes of head and a payload, got {len(data)} bytes"
        )
    kind, capture_s = BINARY_HEAD.unpack_from(data)
    if kind not in (KIND_JPEG, KIND_PCM):
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


def sound_bytes(message: Sound) -> bytes:
    """The bytes inside the base64 of an audio_chunk, a data URL or bare. Raises MessageError."""
    _, comma, body = message.audio.partition(",")
    try:
        return base64.b64decode(body if comma else message.audio, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MessageError("audio_chunk: audio is not valid base64") from error
