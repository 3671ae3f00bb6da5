"""How much one connection may bring in a second: messages, bytes, sound, beginnings of recordings."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

from core.errors import Limit, TooLarge
from core.settings import Settings
from core.transports.clock import RateLimit

Track = Literal["picture", "sound", "control"]
TRACKS: tuple[Track, ...] = ("picture", "sound", "control")

BYTES_PER_S = 10e6
"""thirty pictures of 300 KB; what comes above is left out before it is parsed, for parsing holds the event loop"""
SOUND_PER_S = 4.0
"""seconds of sound: a client that catches up after a stall sends faster than time goes"""
SOUND_BURST_S = 40.0
"""so many seconds of it at once: 160 s, more than a lane keeps waiting"""
RECORDINGS_PER_S = 10.0
"""new streams, each with a thread and a decoder of its own; some clients send each quarter of a second as one"""


class Volume:
    """One connection's. Raises TooLarge and Limit for what is left out."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._largest = int(settings.max_message_mb * 1e6)
        self._rates = {track: RateLimit(settings.max_messages_per_s) for track in TRACKS}
        self._bytes = RateLimit(max(BYTES_PER_S, 2.0 * self._largest))
        self._sound = RateLimit(SOUND_PER_S, SOUND_BURST_S)
        self._recordings = RateLimit(RECORDINGS_PER_S)

    def message(self, track: Track, size: int) -> None:
        """Before anything of it is read. What people type and press passes however many bytes came before."""
        if size > self._largest:
            raise TooLarge(
                f"a message may have {self._largest / 1e6:.1f} MB, this one has {size / 1e6:.1f} MB; send a "
                "smaller picture (640x480 is plenty)"
            )
        rate = self._rates[track]
        if not rate.take(self._clock()):
            raise Limit(f"more than {rate.per_s:.0f} messages a second; the rest is left out", code="rate_limited")
        if track != "control" and not self._bytes.take(self._clock(), size):
            limit = f"{self._bytes.per_s / 1e6:.0f} MB a second"
            raise Limit(f"more than {limit}; the rest is left out, send smaller pictures", code="rate_limited")

    def sound(self, seconds: float) -> None:
        """Of PCM, before it is mixed."""
        if not self._sound.take(self._clock(), seconds):
            raise Limit(
                f"sound comes more than {SOUND_PER_S:g} times as fast as time goes; this piece is left out",
                code="rate_limited",
            )

    def wait_s(self, seconds: float) -> float:
        """How long decoded sound has to wait before it is handed on; its decoder waits behind it."""
        return self._sound.owe(self._clock(), seconds)

    def recording(self) -> None:
        """Before a decoder is begun."""
        if not self._recordings.take(self._clock()):
            message = f"more than {RECORDINGS_PER_S:.0f} recordings begun in a second; send one, cut in pieces"
            raise Limit(message, code="rate_limited")
