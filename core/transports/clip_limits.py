"""What decoding a clip may cost: seconds of one clip, and memory of all that are in work at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from core.errors import Limit, MediaError
from core.transports.decoded_picture import LEAST_BITS, MOST_BYTES, MOST_PX

if TYPE_CHECKING:
    from av import VideoCodecContext

DECODER_THREADS = 2
"""each holds a picture more in memory"""
HELD = 30
"""pictures' worth of bytes that a decoder keeps at most, measured: H.264's 16 references, those in work, and beside
each its motion vectors, half a byte a pixel; 5K with 16 references took 840 MB"""
GROWN_PX = 1920 * 1088
"""a picture may become so large on its way, however small it was at first: a shared screen, a window that is opened"""
SPARE_BYTES = 40_000_000
"""of a clip besides its pictures and its own bytes: the library's queues, sound, what is scaled"""
MOST_AT_ONCE = 1_000_000_000
"""bytes of all clips in work: the largest that is read (HELD * MOST_BYTES) beside a file of 100 MB, or two of 4K;
two of the largest took 1.7 GB"""


class DecodeTime:
    """Seconds that decoding one clip may take in all; what passes between two things it gives does not count."""

    def __init__(self, limit_s: float = float("inf"), clock: Callable[[], float] = time.monotonic) -> None:
        self._limit_s = limit_s
        self._clock = clock
        self._spent_s = 0.0
        self._since_s: float | None = None

    def go_on(self) -> None:
        """Decoding begins, or goes on."""
        self._since_s = self._clock()

    def rest(self) -> None:
        """Something was given, and is worked on elsewhere."""
        self._spent_s, self._since_s = self.spent_s, None

    @property
    def spent_s(self) -> float:
        """So far."""
        return self._spent_s + (0.0 if self._since_s is None else self._clock() - self._since_s)

    def check(self) -> None:
        """Raises MediaError when it is used up."""
        if self.spent_s > self._limit_s:
            message = f"decoding this clip took {self._limit_s:g} s, all that a clip may take; export it smaller"
            raise MediaError(message, "clip_too_slow")


class ClipMemory:
    """Bytes that all clips in work may take together."""

    def __init__(self, most: int = MOST_AT_ONCE) -> None:
        self._left = most
        self._most = most

    @contextmanager
    def place(self, size: int) -> Iterator[None]:
        """For a clip that takes so many bytes; one alone always finds room. Raises Limit "busy"."""
        if size > self._left < self._most:
            raise Limit("another large clip is in work; try again when it has ended, or send a smaller one", "busy")
        self._left -= size
        try:
            yield
        finally:
            self._left += size


def bound_pictures(decoder: VideoCodecContext) -> int:
    """Bytes that this decoder may hold from now on; larger pictures than were declared it refuses, if they come."""
    most_px = min(MOST_PX, max(decoder.width * decoder.height, GROWN_PX))
    decoder.thread_type, decoder.thread_count = "AUTO", DECODER_THREADS
    decoder.options = {"max_pixels": str(most_px)}
    return HELD * min(MOST_BYTES, most_px * _bits(decoder) // 8)


def _bits(decoder: VideoCodecContext) -> int:
    """Of a pixel."""
    return max(LEAST_BITS, decoder.format.padded_bits_per_pixel if decoder.format else 0)
