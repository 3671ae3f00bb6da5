"""From a client's clock to session time, and how fast a client may talk. Pure; time arrives as an argument."""

from __future__ import annotations

from dataclasses import dataclass

LARGEST_GAP_S = 5.0
"""a client time further than this from its arrival is a clock that jumped"""


@dataclass
class TrackClock:
    """Anchors one track at its first input; keeps session times from running backwards."""

    offset_s: float | None = None
    last_s: float = 0.0
    jumps: int = 0
    """how often the track had to be anchored anew"""

    def map(self, capture_s: float | None, arrived_s: float) -> float:
        """Session time of an input captured at `capture_s` (client clock) that arrived at `arrived_s` (session time).

        Without a client time the arrival counts; nothing is later than its arrival. A time that runs backwards, or
        is far from its arrival, anchors the track anew at the arrival. Never before the last one given.
        """
        if capture_s is None:
            time_s = arrived_s
        else:
            if self.offset_s is None:
                self.offset_s = arrived_s - capture_s
            time_s = capture_s + self.offset_s
            if time_s < self.last_s or abs(arrived_s - time_s) > LARGEST_GAP_S:
                self.jumps += 1
                self.offset_s = arrived_s - capture_s
                time_s = arrived_s
            elif time_s > arrived_s:  # the anchor was late: nothing arrives before it happened
                self.offset_s = arrived_s - capture_s
                time_s = arrived_s
        self.last_s = max(self.last_s, time_s)
        return self.last_s


@dataclass
class RateLimit:
    """A bucket of one second's worth of messages."""

    per_s: float
    tokens: float = -1.0
    last_s: float = 0.0

    def take(self, now_s: float) -> bool:
        """Whether one more message is allowed at `now_s` (any steadily growing clock)."""
        if self.tokens < 0:
            self.tokens, self.last_s = self.per_s, now_s
        self.tokens = min(self.per_s, self.tokens + (now_s - self.last_s) * self.per_s)
        self.last_s = now_s
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True
