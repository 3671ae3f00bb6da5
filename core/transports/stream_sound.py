"""WebM, MP4 or Ogg as MediaRecorder streams it, to samples; the demuxer keeps its state: messages may be cut anywhere.

It runs in a thread of its own, because the library reads by blocking; bytes and samples stay in memory, and both of
its queues are bounded: what comes in is refused when too much waits, what goes out makes the decoder wait.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Literal, TypeVar

import numpy as np

from core.errors import Limit, MediaError
from core.transports.sample_tables import CheckedStream
from core.transports.sound import LONGEST_CHUNK, MOST_MESSAGE_S, Resampler, check_sound
from core.types import SOUND_RATE_HZ, FloatArray

if TYPE_CHECKING:
    from av import AudioStream

Container = Literal["webm", "mp4"]
Part = TypeVar("Part", FloatArray, MediaError)
Kind = Literal["webm", "mp4", "ogg"]
HEADS: dict[Kind, tuple[int, bytes]] = {"webm": (0, b"\x1a\x45\xdf\xa3"), "mp4": (4, b"ftyp"), "ogg": (0, b"OggS\0\2")}
"""where a container's own mark stands, and the mark: EBML (RFC 8794), ISO base media file (ISO/IEC 14496-12), the first
page of an Ogg stream (RFC 3533)"""
DEMUXER: dict[Kind, str] = {"webm": "matroska,webm", "mp4": "mov,mp4,m4a,3gp,3g2,mj2", "ogg": "ogg"}
CODECS = frozenset({"opus", "vorbis", "aac", "mp3", "alac", "pcm_s16le", "pcm_f32le"})
"""what browsers record; FLAC is none of it and makes 65,536 samples of a dozen bytes"""
HEAD_BYTES = 12
WAITING_BYTES = 2_000_000
"""undecoded bytes of one stream, over two minutes at MediaRecorder's 128 kbit/s; more are refused"""
HIGH, LOW = 30 * SOUND_RATE_HZ, 10 * SOUND_RATE_HZ
"""decoded samples that wait to be taken: at the high mark (2 MB) the decoder waits until the low one is reached"""
MOST_MESSAGE = round(MOST_MESSAGE_S * SOUND_RATE_HZ)
"""decoded samples of one message"""
LEAST = SOUND_RATE_HZ // 100
"""what an error, or a run of fewer samples, counts as"""


def kind_of(data: bytes) -> Kind | None:
    """What these bytes are the begin of, whatever the client calls it; None in the middle of a stream."""
    return next((kind for kind, (place, mark) in HEADS.items() if data[place : place + len(mark)] == mark), None)


class DecodedSound:
    """From decoder threads to the event loop: runs of samples, and what broke a stream off, in their order."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._parts: deque[FloatArray | MediaError] = deque()
        self._changed = threading.Condition()
        self._filled = asyncio.Event()
        self._waiting = 0
        self._is_full = False

    def put(self, part: FloatArray | MediaError, is_wanted: Callable[[], bool]) -> None:
        """From a decoder's thread; waits while too much is there. What is no longer wanted is dropped."""
        with self._changed:
            self._changed.wait_for(lambda: not self._is_full or not is_wanted())
            if not is_wanted():
                return
            self._parts.append(part)
            self._waiting += _weight(part)
            self._is_full = self._waiting >= HIGH
        with suppress(RuntimeError):  # the loop was closed meanwhile, and nobody reads any more
            self._loop.call_soon_threadsafe(self._filled.set)

    def wake(self) -> None:
        """Something is no longer wanted: whoever waits to put it looks again."""
        with self._changed:
            self._changed.notify_all()

    async def get(self) -> FloatArray | MediaError:
        """The next samples, at most LONGEST_CHUNK of what is there, or the error behind them."""
        while True:
            with self._changed:
                if self._parts:
                    return self._take()
                self._filled.clear()
            await self._filled.wait()

    def _take(self) -> FloatArray | MediaError:
        runs: list[FloatArray] = []
        count = 0
        while self._parts and count < LONGEST_CHUNK:
            part = self._parts[0]
            if isinstance(part, MediaError):
                return np.concatenate(runs) if runs else self._without_first(part)
            runs.append(self._without_first(part))
            count += len(part)
        samples = np.concatenate(runs)
        if count > LONGEST_CHUNK:
            self._parts.appendleft(samples[LONGEST_CHUNK:])
            self._waiting += _weight(samples[LONGEST_CHUNK:])
        return samples[:LONGEST_CHUNK]

    def _without_first(self, part: Part) -> Part:
        """`part`, which is taken out; at the low mark the decoder goes on."""
        self._parts.popleft()
        self._waiting -= _weight(part)
        if self._is_full and self._waiting <= LOW:
            self._is_full = False
            self._changed.notify_all()
        return part


def _weight(part: FloatArray | MediaError) -> int:
    return LEAST if isinstance(part, MediaError) else max(LEAST, len(part))


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


class _Checked:
    """What a pipe gives of an MP4 once its tables were looked at."""

    def __init__(self, pipe: _Pipe) -> None:
        self._pipe = pipe
        self._stream = CheckedStream()
        self._ready = b""
        self.error: MediaError | None = None
        """why nothing more is given; the library may take it for the end"""

    def read(self, size: int) -> bytes:
        """As the pipe does."""
        try:
            while not self._ready and self.error is None and (data := self._pipe.read(size)):
                self._ready = self._stream.take(data)
        except MediaError as error:
            self.error = error
        data, self._ready = self._ready[:size], self._ready[size:]
        return data


class StreamSound:
    """One WebM, MP4 or Ogg stream, decoded into `decoded`: its samples (n,), and at its end what broke it off."""

    def __init__(self, container: Container, decoded: DecodedSound) -> None:
        self.container = container
        """as the client calls it; what it is stands in its first bytes"""
        self.is_over = False
        """nothing more will be decoded: it broke off, or it was closed"""
        self._decoded = decoded
        self._pipe = _Pipe()
        self._head = b""
        self._allowed = 0
        """samples that may be decoded so far: MOST_MESSAGE_S for each message; silence takes almost no bytes"""
        self._thread: threading.Thread | None = None
        self._is_closed = False

    def feed(self, data: bytes) -> None:
        """The next bytes. Raises MediaError when the stream does not begin with its header, Limit when it is behind."""
        self._allowed += MOST_MESSAGE
        if self._thread is None:
            self._head += data
            if len(self._head) < HEAD_BYTES:
                return
            kind = kind_of(self._head)
            if kind is None:
                error = self._not_a_begin()
                self._head = b""
                raise error
            self._thread = threading.Thread(target=self._work, args=(kind,), name="sound-stream", daemon=True)
            self._thread.start()
            data = self._head
        if self._pipe.waiting + len(data) > WAITING_BYTES:
            raise Limit("the sound comes faster than it can be decoded; this piece is left out", code="backlog_full")
        self._pipe.write(data)

    def close(self) -> None:
        """End the thread; what it still finds is dropped."""
        self.is_over = self._is_closed = True
        self._pipe.close()
        self._decoded.wake()

    def _work(self, kind: Kind) -> None:
        """The decoder's own thread: demux, decode, resample, hand over."""
        from av.error import FFmpegError

        try:
            self._decode(kind)
        except MediaError as error:
            self._break_off(error)
        except (FFmpegError, OSError, ValueError) as error:
            message = f"the {self.container} stream cannot be read any further ({error}); begin a new recording"
            self._break_off(MediaError(message, code="broken_sound"))
        finally:
            self.is_over = True

    def _decode(self, kind: Kind) -> None:
        """As `_decode_from` does; what the tables of an MP4 announce comes before what the library says of it."""
        if kind != "mp4":
            return self._decode_from(self._pipe, kind)
        checked = _Checked(self._pipe)
        try:
            self._decode_from(checked, kind)
        finally:
            if checked.error is not None:
                raise checked.error

    def _decode_from(self, pipe: _Pipe | _Checked, kind: Kind) -> None:
        """Until the stream ends or is closed. Raises MediaError, and what the library raises."""
        import av

        resampler = Resampler()
        options = {"format_whitelist": DEMUXER[kind], "probesize": "4096", "analyzeduration": "0"}
        with av.open(pipe, mode="r", options=options, buffer_size=4096) as source:
            track = _best(source.streams.audio)
            count = 0
            for frame in source.decode(track):
                if self._is_closed:
                    return
                samples = resampler.frame(frame)
                count += len(samples)
                if count > self._allowed:
                    raise MediaError(
                        f"a message may hold {MOST_MESSAGE_S:g} s of sound, this one holds more; begin a new recording "
                        "and send it in smaller pieces",
                        code="sound_too_long",
                    )
                self._decoded.put(samples, self._is_wanted)

    def _not_a_begin(self) -> MediaError:
        if self._head[:4] == b"RIFF":
            return MediaError("this is a WAV file; send its samples, as format pcm16", code="no_header")
        return MediaError(
            f"this {self.container} stream starts in the middle; send a recording from its first piece on",
            code="no_header",
        )

    def _break_off(self, error: MediaError) -> None:
        self.is_over = True  # at once: putting may wait
        self._decoded.put(error, self._is_wanted)

    def _is_wanted(self) -> bool:
        return not self._is_closed


def _best(tracks: Iterable[AudioStream]) -> AudioStream:
    """The first that is taken. Raises MediaError."""
    errors = []
    for track in tracks:
        try:
            check_sound(track, CODECS)
        except MediaError as error:
            errors.append(error)
        else:
            return track
    raise errors[0] if errors else MediaError("this stream has no sound", code="no_sound")
