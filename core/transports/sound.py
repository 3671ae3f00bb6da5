"""Sound as clients send it to mono float32 at 16 kHz: PCM16 of any rate, and WebM or MP4 as MediaRecorder streams it.

A stream's demuxer keeps its state between messages, so they may be cut anywhere. It runs in a thread of its own,
because the library reads by blocking; bytes and samples stay in memory.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from core.errors import Limit, MediaError
from core.transports.clock import TrackClock
from core.types import SOUND_RATE_HZ, AudioChunk, FloatArray

log = logging.getLogger(__name__)

Container = Literal["webm", "mp4"]
HEADS: dict[Container, tuple[int, bytes]] = {"webm": (0, b"\x1a\x45\xdf\xa3"), "mp4": (4, b"ftyp")}
"""where a container's own mark stands, and the mark: EBML (RFC 8794), ISO base media file (ISO/IEC 14496-12)"""
DEMUXER: dict[Container, str] = {"webm": "matroska,webm", "mp4": "mov,mp4,m4a,3gp,3g2,mj2"}
HEAD_BYTES = 12
WAITING_BYTES = 2_000_000
"""undecoded bytes of one stream: over two minutes at MediaRecorder's 128 kbit/s"""
STEADY_S = 0.05
"""a chunk this near to where the one before ended follows it; samples tell time better than messages"""
MOST_DRIFT_S = 0.2
LAGS = 50
LEAST_LAGS = 20


class PcmSound:
    """PCM16 little-endian of one rate and channel count; the resampler's filter goes on from message to message."""

    def __init__(self, rate_hz: int = SOUND_RATE_HZ, channels: int = 1) -> None:
        self.rate_hz, self.channels = rate_hz, channels
        self._resample = Resampler()

    def feed(self, data: bytes) -> FloatArray:
        """Samples (n,) mono at 16 kHz. Raises MediaError for bytes that are no whole number of samples."""
        width = 2 * self.channels
        if not data or len(data) % width:
            raise MediaError(
                f"expected PCM16 of {self.channels} channel(s), a multiple of {width} bytes, got {len(data)} bytes; "
                "this message is left out",
                code="odd_sound",
            )
        samples = np.frombuffer(data, dtype="<i2").reshape(-1, self.channels)
        if self.rate_hz == SOUND_RATE_HZ:
            return np.asarray(samples.astype(np.float32).mean(axis=1) / 32768, dtype=np.float32)
        return self._resample.pcm(samples, self.rate_hz)


class Resampler:
    """To mono float32 at 16 kHz, low-passed (libswresample); a change of rate or layout begins it anew."""

    def __init__(self) -> None:
        self._resampler: Any = None
        self._shape: tuple[Any, ...] = ()

    def pcm(self, samples: Any, rate_hz: int) -> FloatArray:
        """int16 (n, channels) to (m,)."""
        import av

        mono = np.ascontiguousarray(samples.astype(np.int32).mean(axis=1).astype(np.int16))
        frame: Any = av.AudioFrame.from_ndarray(mono.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = rate_hz
        return self.frame(frame)

    def frame(self, frame: Any) -> FloatArray:
        """A decoded frame to (m,), clean of what is not a number."""
        import av

        shape = (frame.sample_rate, frame.layout.name, frame.format.name)
        if shape != self._shape:
            self._resampler, self._shape = av.AudioResampler(format="flt", layout="mono", rate=SOUND_RATE_HZ), shape
        frame.pts = None
        parts = [out.to_ndarray().ravel() for out in self._resampler.resample(frame)]
        samples = np.concatenate(parts) if parts else np.zeros(0, dtype=np.float32)
        clean: FloatArray = np.clip(np.nan_to_num(samples), -1.0, 1.0).astype(np.float32)
        return clean


class _Pipe:
    """Bytes from the event loop to a reader that blocks."""

    def __init__(self) -> None:
        self.waiting = 0
        self._parts: deque[bytes] = deque()
        self._changed = threading.Condition()
        self._is_closed = False

    def write(self, data: bytes) -> None:
        with self._changed:
            self._parts.append(data)
            self.waiting += len(data)
            self._changed.notify()

    def close(self) -> None:
        with self._changed:
            self._is_closed = True
            self._changed.notify()

    def read(self, size: int) -> bytes:
        """What is there, at most `size` bytes; waits for the first; empty at the end."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._parts) or self._is_closed)
            if not self._parts:
                return b""
            part = self._parts.popleft()
            if len(part) > size:
                self._parts.appendleft(part[size:])
            self.waiting -= min(size, len(part))
            return part[:size]


class StreamSound:
    """One WebM or MP4 stream. `deliver` is called on the loop with samples (n,), `fail` with what broke it off."""

    def __init__(
        self, container: Container, deliver: Callable[[FloatArray], None], fail: Callable[[MediaError], None]
    ) -> None:
        self.container = container
        self._deliver, self._fail = deliver, fail
        self._loop = asyncio.get_running_loop()
        self._pipe = _Pipe()
        self._head = b""
        self._thread: threading.Thread | None = None
        self._is_closed = False

    def feed(self, data: bytes) -> None:
        """The next bytes. Raises MediaError when the stream does not begin with its header, Limit when it is behind."""
        if self._thread is None:
            self._head += data
            if len(self._head) < HEAD_BYTES:
                return
            if not begins(self._head, self.container):
                self._head = b""
                raise MediaError(
                    f"this {self.container} stream starts in the middle; send a recording from its first piece on",
                    code="no_header",
                )
            self._thread = threading.Thread(target=self._work, name="sound-stream", daemon=True)
            self._thread.start()
            data = self._head
        if self._pipe.waiting + len(data) > WAITING_BYTES:
            raise Limit("the sound comes faster than it can be decoded; this piece is left out", code="backlog_full")
        self._pipe.write(data)

    def close(self) -> None:
        """End the thread; what it still finds is dropped."""
        self._is_closed = True
        self._pipe.close()

    def _work(self) -> None:
        """The decoder's own thread: demux, decode, resample, hand over."""
        import av
        from av.error import FFmpegError

        resampler = Resampler()
        options = {"format_whitelist": DEMUXER[self.container], "probesize": "4096", "analyzeduration": "0"}
        try:
            source: Any = av.open(self._pipe, mode="r", options=options, buffer_size=4096)
            with source:
                if not source.streams.audio:
                    raise MediaError("this stream has no sound", code="no_sound")
                for frame in source.decode(source.streams.audio[0]):
                    self._hand_over(self._deliver, resampler.frame(frame))
        except MediaError as error:
            self._hand_over(self._fail, error)
        except (FFmpegError, OSError, ValueError) as error:
            message = f"the {self.container} stream cannot be read any further ({error}); begin a new recording"
            self._hand_over(self._fail, MediaError(message, code="broken_sound"))

    def _hand_over(self, take: Callable[[Any], None], what: Any) -> None:
        if not self._is_closed and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(take, what)


def begins(data: bytes, container: Container) -> bool:
    """Whether these bytes are the begin of a stream of this kind."""
    place, mark = HEADS[container]
    return data[place : place + len(mark)] == mark


@dataclass
class SoundTrack:
    """From runs of samples to chunks with session time. Samples tell time; messages anchor it."""

    clock: TrackClock = field(default_factory=TrackClock)
    end_s: float | None = None
    next_capture_s: float | None = None

    def chunk(self, samples: FloatArray, capture_s: float | None, arrived_s: float) -> AudioChunk:
        """`capture_s` is the client's time of the first sample; without it the samples before tell."""
        length_s = len(samples) / SOUND_RATE_HZ
        known_s = self.next_capture_s if capture_s is None else capture_s
        start_s = self.clock.map(known_s, max(0.0, arrived_s - length_s))
        if self.end_s is not None and abs(start_s - self.end_s) <= STEADY_S:
            start_s = self.end_s
        self.end_s = start_s + length_s
        told_s = start_s if known_s is None else known_s
        self.next_capture_s = told_s + length_s
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
        sound, picture = (float(np.median(self.lags_s[track])) for track in ("sound", "picture"))
        return (sound - picture) * 1000

    def is_news(self) -> bool:
        """Whether it has just come to more than MOST_DRIFT_S; true once."""
        drift_ms = self.ms
        if self.is_told or drift_ms is None or abs(drift_ms) <= MOST_DRIFT_S * 1000:
            return False
        self.is_told = True
        return True
