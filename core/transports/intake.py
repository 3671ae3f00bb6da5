"""From socket messages to media of a session: size, rate and consent first, then decoding of sound, then time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from core.errors import AppError, Limit, MediaError, Refused
from core.live.session import Session
from core.settings import Settings
from core.transports.clock import RateLimit, TrackClock
from core.transports.protocol import (
    KIND_PCM,
    ClientMessage,
    Picture,
    Sound,
    parse_binary,
    parse_text,
    picture_bytes,
    sound_bytes,
)
from core.transports.sound import Drift, PcmSound, SoundTrack
from core.transports.stream_sound import DecodedSound, StreamSound, begins
from core.types import SOUND_RATE_HZ, AudioChunk, EncodedFrame, Fault, FloatArray

SMALL_BYTES = 4096
"""text up to this size is taken for control and has a rate of its own, so a flood of pictures cannot hide a stop"""
TELL_AGAIN_S = 5.0

Parsed = ClientMessage | EncodedFrame | AudioChunk


class Intake:
    """One connection's way in. Raises AppError for what is turned away; `once` keeps the answers few."""

    def __init__(self, session: Session, settings: Settings, tell: Callable[[AppError], None]) -> None:
        """`tell` is called for what goes wrong later than in `parse`: a recording that breaks off."""
        self._session = session
        self._largest = int(settings.max_message_mb * 1e6)
        self._rates = {name: RateLimit(settings.max_messages_per_s) for name in ("picture", "sound", "control")}
        self._clock = TrackClock()
        self._told_s: dict[str, float] = {}
        self._tell = tell
        self._pcm = PcmSound()
        self._stream: StreamSound | None = None
        self._track = SoundTrack()
        self._drift = Drift()
        self._decoded = DecodedSound()

    def parse(self, message: dict[str, Any]) -> Parsed | None:
        """One message as the socket gave it; None for what needs no handling now. Raises AppError."""
        data: str | bytes = message.get("bytes") or message.get("text") or ""
        self._admit(data)
        if isinstance(data, bytes):
            return self._binary(data)
        parsed = parse_text(data)
        if isinstance(parsed, Picture):
            self._session.check("face")
            return self._picture(picture_bytes(parsed), parsed.t)
        if isinstance(parsed, Sound):
            self._session.check("voice")
            return self._sound(parsed)
        return parsed

    def _admit(self, data: str | bytes) -> None:
        if len(data) > self._largest:
            raise Limit(
                f"a message may have {self._largest / 1e6:.1f} MB, this one has {len(data) / 1e6:.1f} MB; send a "
                "smaller picture (640x480 is plenty)",
                code="too_large",
            )
        rate = self._rates[_kind(data)]
        if not rate.take(time.monotonic()):
            raise Limit(f"more than {rate.per_s:.0f} messages a second; the rest is left out", code="rate_limited")

    def _binary(self, data: bytes) -> EncodedFrame | AudioChunk | None:
        if data[0] == KIND_PCM:
            self._session.check("voice")
        else:
            self._session.check("face")
        frame = parse_binary(data)
        if frame is None:
            return None
        if frame.kind == KIND_PCM:
            return self._recorded(self._as_pcm(SOUND_RATE_HZ, 1).feed(frame.payload), frame.capture_s)
        return self._picture(frame.payload, frame.capture_s)

    def _picture(self, data: bytes, capture_s: float | None) -> EncodedFrame:
        self._session.begin()
        arrived_s = self._session.now_s()
        time_s = self._clock.map(capture_s, arrived_s)
        self._drift.note("picture", capture_s, arrived_s)
        return EncodedFrame(data, time_s, time_s if capture_s is None else capture_s, arrived_s)

    # -- sound --------------------------------------------------------------------------------------

    def _sound(self, message: Sound) -> AudioChunk | None:
        """PCM at once; a container's samples come through `decoded` when its thread has them."""
        data = sound_bytes(message)
        if message.format == "pcm16":
            return self._recorded(self._as_pcm(message.rate_hz, message.channels).feed(data), message.t)
        stream = self._stream
        if stream is None or stream.is_over or stream.container != message.format or begins(data, message.format):
            self.close()
            stream = self._stream = StreamSound(message.format, self._decoded)
            self._track.next_capture_s = message.t
        try:
            stream.feed(data)
        except MediaError:
            self.close()
            raise
        return None

    def _as_pcm(self, rate_hz: int, channels: int) -> PcmSound:
        if (self._pcm.rate_hz, self._pcm.channels) != (rate_hz, channels):
            self._pcm = PcmSound(rate_hz, channels)
        return self._pcm

    def _recorded(self, samples: FloatArray, capture_s: float | None) -> AudioChunk | None:
        self._session.begin()
        arrived_s = self._session.now_s()
        if capture_s is not None:
            self._drift.note("sound", capture_s + len(samples) / SOUND_RATE_HZ, arrived_s)
            self._session.drift_ms = self._drift.ms
            if self._drift.is_news():
                self._session.tell(_drifted(self._drift, arrived_s))
        return self._track.chunk(samples, capture_s, arrived_s) if len(samples) else None

    async def decoded(self) -> AudioChunk:
        """The next samples of a recording that is being streamed."""
        while True:
            samples = await self._decoded.get()
            if isinstance(samples, MediaError):
                self._tell(samples)
            elif len(samples):
                return self._track.chunk(samples, None, self._session.now_s())

    def close(self) -> None:
        """End the thread of a streamed recording."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    # -- answers ------------------------------------------------------------------------------------

    def once(self, error: AppError) -> bool:
        """Count what was turned away; whether it is to be told now (the first of its kind, then rarely)."""
        self._session.refused += 1
        now_s = time.monotonic()
        last_s = self._told_s.get(error.code)
        if last_s is not None and (isinstance(error, Refused) or now_s - last_s < TELL_AGAIN_S):
            return False
        self._told_s[error.code] = now_s
        return True

    def tell_anew(self) -> None:
        """Consent or pause changed: a refusal after it is worth a word again."""
        self._told_s.clear()


def _kind(data: str | bytes) -> str:
    """Whose share of the rate a message takes: sound is never starved by pictures."""
    if isinstance(data, bytes):
        return "sound" if data[:1] == bytes([KIND_PCM]) else "picture"
    if '"audio_chunk"' in data[:200]:
        return "sound"
    return "control" if len(data) <= SMALL_BYTES else "picture"


def _drifted(drift: Drift, time_s: float) -> Fault:
    apart_ms = abs(drift.ms or 0.0)
    later, earlier = ("sound", "picture") if (drift.ms or 0.0) > 0 else ("picture", "sound")
    message = f"the clock of the {later} runs {apart_ms:.0f} ms behind that of the {earlier}; start the media anew"
    return Fault("clock_drift", message, time_s, "voice", will_retry=True)
