"""From a client's clock to session time, and how fast a client may talk. Pure; time arrives as an argument.

What arrives late tells nothing of a clock, so a track's offset is the least delay that was seen, and stays through a
stall. A clock is anchored anew only by what a network cannot do: time that runs back, or a delay that has risen and
stays, steadily. One whose time does not run with ours (a frame number, say) is given up, and arrival counts.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

BACK_S = 1.0
"""a client time this far before the one before is a clock that was set back; less is disorder on the way"""
PIECE_S = 0.5
"""the least delay is taken over so long, which leaves jitter out"""
STEADY_PIECES = 6
LATE_S = 1.0
STEADY_S = 0.25
"""a delay that is LATE_S above the least one and has kept within STEADY_S for STEADY_PIECES is no stall: that is made
up for, or goes on growing"""
MOST_SKEW = 0.05
"""seconds a second by which a clock may run fast or slow; quartz is off by 0.0001, 25 pictures told as 30 by 0.2"""
LEAST_STEPS = 4
LOST_S, GAINED_S = 1.0, 3.0
"""a clock is given up once it has lost or gained so much in LEAST_STEPS or more from piece to piece that all point one
way; gained more, because a queue that empties at the beginning looks like it for a while"""


@dataclass(frozen=True, slots=True)
class _Delay:
    """From a client time to session time, in seconds: what the clocks are apart, and how long the way took."""

    arrived_s: float
    delay_s: float


@dataclass(frozen=True, slots=True)
class _Run:
    """Pieces in which a clock has gone on losing (direction 1) or gaining (-1) against ours."""

    direction: int = 0
    steps: int = 0
    elapsed_s: float = 0.0
    lost_s: float = 0.0

    def after(self, before: _Delay, piece: _Delay, offset_s: float) -> _Run:
        """With one step more. What comes down to `offset_s`, the least delay so far, only makes up for a stall."""
        elapsed_s, lost_s = piece.arrived_s - before.arrived_s, piece.delay_s - before.delay_s
        is_running_along = abs(lost_s) <= MOST_SKEW * elapsed_s or (lost_s < 0 and piece.delay_s > offset_s)
        if is_running_along:
            return _Run()
        direction = 1 if lost_s > 0 else -1
        if direction != self.direction:
            return _Run(direction, 1, elapsed_s, lost_s)
        return _Run(direction, self.steps + 1, self.elapsed_s + elapsed_s, self.lost_s + lost_s)

    @property
    def rate(self) -> float | None:
        """Seconds of the client's clock a second, where it is too far from 1 for too long."""
        enough_s = LOST_S if self.direction > 0 else GAINED_S
        is_broken = self.steps >= LEAST_STEPS and abs(self.lost_s) >= enough_s
        return 1 - self.lost_s / self.elapsed_s if is_broken else None


@dataclass
class TrackClock:
    """One track's clock in session time, which never runs back."""

    offset_s: float | None = None
    """session time less client time"""
    rate: float | None = None
    """seconds of client time a second, once the clock was given up; None while it is trusted"""
    _last_s: float = 0.0
    _capture_s: float = 0.0
    _piece_began_s: float = 0.0
    _least: _Delay | None = None
    """of the running piece"""
    _pieces: deque[_Delay] = field(default_factory=lambda: deque(maxlen=STEADY_PIECES))
    _run: _Run = field(default_factory=_Run)
    _is_told: bool = False

    def map(self, capture_s: float | None, arrived_s: float) -> float:
        """Session time of an input captured at `capture_s` (client clock) that arrived at `arrived_s` (session time).

        Without a client time, or with a clock that was given up, the arrival counts. Nothing is later than its
        arrival (where arrivals do not run back), and nothing before the last one given.
        """
        time_s = arrived_s
        if capture_s is not None and self.rate is None:
            time_s = min(arrived_s, capture_s + self._offset_at(capture_s, arrived_s))
        self._last_s = max(self._last_s, time_s)
        return self._last_s

    def is_news(self) -> bool:
        """Whether the clock has just been given up; true once."""
        if self.rate is None or self._is_told:
            return False
        self._is_told = True
        return True

    def _offset_at(self, capture_s: float, arrived_s: float) -> float:
        """The offset, with what this input tells of it."""
        delay_s = arrived_s - capture_s
        if self.offset_s is None or capture_s < self._capture_s - BACK_S:
            self._begin_anew()
            self.offset_s = delay_s
        self._capture_s = capture_s
        self._note(_Delay(arrived_s, delay_s), self.offset_s)
        if self.rate is not None:
            return delay_s
        risen_s = self._steady_delay_s()
        if risen_s is not None and risen_s - self.offset_s >= LATE_S:
            self.offset_s = risen_s
        self.offset_s = min(self.offset_s, delay_s)
        return self.offset_s

    def _begin_anew(self) -> None:
        """Delays by another clock tell nothing of this one."""
        self._least, self._run = None, _Run()
        self._pieces.clear()

    def _note(self, delay: _Delay, offset_s: float) -> None:
        """Into the running piece, or into the next, which ends that one."""
        if self._least is not None and delay.arrived_s - self._piece_began_s < PIECE_S:
            self._least = min(self._least, delay, key=lambda noted: noted.delay_s)
            return
        if self._least is not None:
            if self._pieces:
                self._run = self._run.after(self._pieces[-1], self._least, offset_s)
                self.rate = self._run.rate
            self._pieces.append(self._least)
        self._piece_began_s, self._least = delay.arrived_s, delay

    def _steady_delay_s(self) -> float | None:
        """The delay that has stayed as it is through all the pieces; None where it has not."""
        delays_s = [piece.delay_s for piece in self._pieces]
        is_steady = len(delays_s) == STEADY_PIECES and max(delays_s) - min(delays_s) <= STEADY_S
        return min(delays_s) if is_steady else None


@dataclass
class RateLimit:
    """A bucket of one second's worth of messages, or of whatever is counted."""

    per_s: float
    burst_s: float = 1.0
    """how many seconds' worth the bucket holds"""
    tokens: float | None = None
    """None before the first is asked for: full"""
    last_s: float = 0.0

    def take(self, now_s: float, count: float = 1.0) -> bool:
        """Whether so many more are allowed at `now_s` (any steadily growing clock)."""
        tokens = self._filled(now_s)
        if tokens < count:
            return False
        self.tokens = tokens - count
        return True

    def owe(self, now_s: float, count: float) -> float:
        """Take so many whatever is there; seconds after which they would have been allowed."""
        self.tokens = self._filled(now_s) - count
        return max(0.0, -self.tokens / self.per_s)

    def _filled(self, now_s: float) -> float:
        most = self.per_s * self.burst_s
        tokens = most if self.tokens is None else min(most, self.tokens + (now_s - self.last_s) * self.per_s)
        self.tokens, self.last_s = tokens, now_s
        return tokens
