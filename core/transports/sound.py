"""Sound as clients send it to mono float32 at 16 kHz: what is taken, PCM16 of any rate, resampling, and its time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.errors import MediaError
from core.transports.clock import TrackClock
from core.transports.mixing import Mixer
from core.transports.wire.media import HIGHEST_RATE_HZ, LOWEST_RATE_HZ, MOST_CHANNELS
from core.types import SOUND_RATE_HZ, AudioChunk, FloatArray

if TYPE_CHECKING:
    from av import AudioFrame, AudioResampler, AudioStream, VideoStream

MOST_MESSAGE_S = 60.0
"""sound of one message, and of one decoded frame; recorders send a hundredth of it at a time"""
LONGEST_CHUNK = SOUND_RATE_HZ
"""samples handed to a session at a time, 1 s: what a lane keeps waiting stays small, and none holds the loop long"""
STEADY_S = 0.05
"""a chunk this near to where the one before ended follows it; samples tell time better than messages"""
LOOSE_S = 0.5
"""where only arrival tells time, messages come at odd moments: a later chunk up to this far away follows too"""
MOST_DRIFT_S = 0.2
LAGS = 50
LEAST_LAGS = 20


def check_sound(track: AudioStream, codecs: Set[str]) -> None:
    """Whether a container's sound track, not yet decoded, is one we take. Raises MediaError."""
    codec = codec_of(track)
    if codec not in codecs:
        raise MediaError(
            f"expected sound as {', '.join(sorted(codecs))}, got {codec}; record it in another format", "sound_codec"
        )
    check_rate(track.rate, track.layout.nb_channels)


def codec_of(track: AudioStream | VideoStream) -> str:
    """The codec's name; PyAV has no decoder to ask where the library does not know the codec."""
    context: object = track.codec_context
    return "unknown" if context is None else track.codec_context.codec.canonical_name


def check_rate(rate_hz: int, channels: int) -> None:
    """Raises MediaError for what no recorder makes: from 1 Hz the resampler would blow it up by 16,000."""
    if not LOWEST_RATE_HZ <= rate_hz <= HIGHEST_RATE_HZ or channels > MOST_CHANNELS:
        raise MediaError(
            f"expected sound of {LOWEST_RATE_HZ} to {HIGHEST_RATE_HZ} Hz and at most {MOST_CHANNELS} channels, "
            f"got {rate_hz} Hz and {channels}; record it anew",
            code="sound_rate",
        )


def cut(chunk: AudioChunk) -> Iterator[AudioChunk]:
    """The same sound in chunks of at most LONGEST_CHUNK, each with its time."""
    for start in range(0, len(chunk.samples), LONGEST_CHUNK):
        later_s = start / SOUND_RATE_HZ
        samples = chunk.samples[start : start + LONGEST_CHUNK]
        yield AudioChunk(samples, chunk.start_s + later_s, chunk.capture_s + later_s, chunk.arrived_s)


class PcmSound:
    """PCM16 little-endian of one rate and channel count; the resampler's filter goes on from message to message."""

    def __init__(self, rate_hz: int = SOUND_RATE_HZ, channels: int = 1) -> None:
        self.rate_hz, self.channels = rate_hz, channels
        self._mixer = Mixer()
        self._resample = Resampler()

    def feed(self, data: bytes) -> FloatArray:
        """Samples (n,) mono at 16 kHz. Raises MediaError for no whole number of samples, or too many."""
        width = 2 * self.channels
        if not data or len(data) % width:
            raise MediaError(
                f"expected PCM16 of {self.channels} channel(s), a multiple of {width} bytes, got {len(data)} bytes; "
                "this message is left out",
                code="odd_sound",
            )
        if (seconds := len(data) / width / self.rate_hz) > MOST_MESSAGE_S:
            raise MediaError(
                f"a message may hold {MOST_MESSAGE_S:g} s of sound, this one has {seconds:.0f} s; send smaller pieces",
                code="sound_too_long",
            )
        samples = np.frombuffer(data, dtype="<i2").reshape(-1, self.channels)
        seconds_apart = range(0, len(samples), self.rate_hz)  # at a time: resampling holds the interpreter
        return np.concatenate([self._mono(samples[start : start + self.rate_hz]) for start in seconds_apart])

    def _mono(self, samples: NDArray[np.int16]) -> FloatArray:
        """(n, channels) of this rate to (m,)."""
        channels: FloatArray = samples.T.astype(np.float32) / np.float32(32768)
        mono = self._mixer.mono(channels, self.rate_hz)
        return mono if self.rate_hz == SOUND_RATE_HZ else self._resample.mono(mono, self.rate_hz)


class Resampler:
    """To mono float32 at 16 kHz, low-passed (libswresample); a change of rate or layout begins it anew.

    The channels come out of the library as they are; its own mixing cancels what is inverted between them.
    """

    def __init__(self) -> None:
        self._resampler: AudioResampler | None = None
        self._shape: tuple[object, ...] = ()
        self._mixer = Mixer()

    def mono(self, samples: FloatArray, rate_hz: int) -> FloatArray:
        """(n,) at this rate to (m,)."""
        import av

        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples.reshape(1, -1)), format="fltp", layout="mono")
        frame.sample_rate = rate_hz
        return self.frame(frame)

    def frame(self, frame: AudioFrame) -> FloatArray:
        """A decoded frame to (m,), clean of what is not a number. Raises MediaError for one no recorder makes."""
        import av

        check_rate(frame.sample_rate, frame.layout.nb_channels)
        if frame.samples > MOST_MESSAGE_S * frame.sample_rate:
            raise MediaError(f"a piece of sound is longer than {MOST_MESSAGE_S:g} s; record it anew", "sound_too_long")
        shape = (frame.sample_rate, frame.layout.name, frame.format.name)
        if self._resampler is None or shape != self._shape:
            self._shape = shape
            self._resampler = av.AudioResampler(format="flt", layout=frame.layout.name, rate=SOUND_RATE_HZ)
        frame.pts = None
        parts = [out.to_ndarray().ravel() for out in self._resampler.resample(frame)]
        samples = np.concatenate(parts) if parts else np.zeros(0, dtype=np.float32)
        clean = np.clip(np.nan_to_num(samples), -1.0, 1.0).astype(np.float32)
        return self._mixer.mono(clean.reshape(-1, frame.layout.nb_channels).T)


@dataclass
class SoundTrack:
    """From runs of samples to chunks with session time. Samples tell time; messages anchor it."""

    clock: TrackClock = field(default_factory=TrackClock)
    start_s: float = 0.0
    """session time of the newest chunk's first sample"""
    end_s: float | None = None
    next_capture_s: float | None = None

    def chunk(self, samples: FloatArray, capture_s: float | None, arrived_s: float) -> AudioChunk:
        """`capture_s` is the client's time of the first sample; without it the samples before tell.

        A chunk arrives after its last sample. None begins before session time 0, nor before the one before it.
        """
        length_s = len(samples) / SOUND_RATE_HZ
        known_s = self.next_capture_s if capture_s is None else capture_s
        end_s = self.clock.map(None if known_s is None else known_s + length_s, arrived_s)
        start_s = max(end_s - length_s, self.start_s)
        loose_s = STEADY_S if self.clock.rate is None else LOOSE_S
        if self.end_s is not None and -STEADY_S <= start_s - self.end_s <= loose_s:
            start_s = self.end_s
        told_s = start_s if known_s is None else known_s
        self.start_s, self.end_s, self.next_capture_s = start_s, start_s + length_s, told_s + length_s
        return AudioChunk(samples, start_s, told_s, arrived_s)


@dataclass
class Drift:
    """How far the client's clocks of sound and picture have come apart, from when each arrives against its own time."""

    lags_s: dict[str, deque[float]] = field(
        default_factory=lambda: {"picture": deque(maxlen=LAGS), "sound": deque(maxlen=LAGS)}
    )
    is_told: bool = False

    def note(self, track: str, capture_s: float | None, arrived_s: float) -> None:
        """An input of this track, captured at this client time, arrived at this session time."""
        if capture_s is not None:
            self.lags_s[track].append(arrived_s - capture_s)

    @property
    def ms(self) -> float | None:
        """Positive: the sound comes later than the picture of the same moment. None until both are known."""
        if min(map(len, self.lags_s.values())) < LEAST_LAGS:
            return None
        sound, picture = (min(self.lags_s[track]) for track in ("sound", "picture"))  # what a delay adds is no drift
        return (sound - picture) * 1000

    def is_news(self) -> bool:
        """Whether it has just come to more than MOST_DRIFT_S; true once."""
        drift_ms = self.ms
        if self.is_told or drift_ms is None or abs(drift_ms) <= MOST_DRIFT_S * 1000:
            return False
        self.is_told = True
        return True
