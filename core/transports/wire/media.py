"""Pictures and sound on their way in: JSON with base64, or the binary frame that is preferred."""

from __future__ import annotations

import base64
import binascii
import struct
from typing import Literal

import msgspec

from core.transports.wire.message import FromClient, MessageError, check_time

KIND_JPEG, KIND_PCM = 1, 2
BINARY_HEAD = struct.Struct("<Bd")
"""kind (uint8), client time in seconds (float64 little-endian); the payload follows"""
LOWEST_RATE_HZ, HIGHEST_RATE_HZ = 8_000, 192_000
MOST_CHANNELS = 8
PIECE = 1 << 18
"""characters of base64 decoded at a time, 3 ms: decoding holds the interpreter, 40 ms for the largest message"""


class Picture(FromClient, frozen=True):
    """One picture; the binary frame is smaller."""

    TYPE = "video_frame"
    MOST_CHARS = None
    frame: str
    """data URL of a JPEG, PNG or WebP, or its bare base64"""
    t: float | None = None
    """the client's own clock in seconds; left out, the time of arrival stands"""


class Sound(FromClient, frozen=True):
    """Sound: a recording as MediaRecorder streams it, cut anywhere, from its header on; or PCM16.

    A message holds a minute of it at most.
    """

    TYPE = "audio_chunk"
    MOST_CHARS = None
    audio: str
    """base64, bare or as a data URL"""
    format: Literal["webm", "mp4", "pcm16"] = "webm"
    """a recording, which is read for what its first bytes say (WebM, MP4 or Ogg), or little-endian int16 samples"""
    rate_hz: int = 16_000
    """of pcm16: 8,000 to 192,000"""
    channels: int = 1
    """of pcm16, interleaved: 1 to 8"""
    t: float | None = None
    """the client's own clock in seconds, of the first sample"""


class BinaryFrame(msgspec.Struct, frozen=True):
    """Little-endian and without padding; a kind that is not known is ignored."""

    kind: int
    """1 byte: 1 = a picture (JPEG, PNG or WebP), 2 = sound (PCM16 little-endian, mono, 16 kHz)"""
    capture_s: float
    """8 bytes, float64: the client's own clock in seconds, of the first sample where it is sound"""
    payload: bytes
    """all that follows"""


def check_sound(message: Sound) -> None:
    """Raises MessageError for a rate or a number of channels that nothing records."""
    is_rate_fit = LOWEST_RATE_HZ <= message.rate_hz <= HIGHEST_RATE_HZ
    if not is_rate_fit or not 1 <= message.channels <= MOST_CHANNELS:
        raise MessageError(
            f"audio_chunk: expected {LOWEST_RATE_HZ} to {HIGHEST_RATE_HZ} Hz and 1 to {MOST_CHANNELS} channels, "
            f"got {message.rate_hz} Hz and {message.channels}"
        )


def parse_binary(data: bytes) -> BinaryFrame | None:
    """One binary message; None for a kind this server does not know. Raises MessageError."""
    if len(data) <= BINARY_HEAD.size:
        raise MessageError(
            f"a binary message has {BINARY_HEAD.size} bytes of head and a payload, got {len(data)} bytes"
        )
    kind, capture_s = BINARY_HEAD.unpack_from(data)
    if kind not in (KIND_JPEG, KIND_PCM):
        return None
    check_time(capture_s, "the client time of a binary message")
    return BinaryFrame(kind, capture_s, data[BINARY_HEAD.size :])


def picture_bytes(message: Picture) -> bytes:
    """The picture inside a data URL, or inside bare base64. Raises MessageError."""
    head, comma, body = message.frame.partition(",")
    if comma and not head.startswith("data:image/"):
        raise MessageError("video_frame: frame must be a data URL of a JPEG, PNG or WebP picture")
    try:
        return _from_base64(body if comma else head)
    except (binascii.Error, ValueError) as error:
        raise MessageError("video_frame: frame is not valid base64") from error


def sound_bytes(message: Sound) -> bytes:
    """The bytes inside the base64 of an audio_chunk, a data URL or bare. Raises MessageError."""
    _, comma, body = message.audio.partition(",")
    try:
        return _from_base64(body if comma else message.audio)
    except (binascii.Error, ValueError) as error:
        raise MessageError("audio_chunk: audio is not valid base64") from error


def _from_base64(text: str) -> bytes:
    """Raises ValueError."""
    return b"".join(base64.b64decode(text[at : at + PIECE], validate=True) for at in range(0, len(text), PIECE))
