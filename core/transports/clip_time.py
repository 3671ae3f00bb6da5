"""From the times in a clip's tracks to session time; a recording joined behind another goes on behind it."""

from __future__ import annotations

from dataclasses import dataclass, field

BACK_S = 0.2
"""a track whose own times run back by more begins another recording, whose clock starts anew"""


@dataclass
class _TrackTime:
    """How far one track has come."""

    part: int = 0
    """the recording it is in"""
    end_s: float | None = None
    """by its own clock"""


@dataclass
class ClipTime:
    """0 is where the first picture (without pictures: the first sample) lies.

    All tracks of a recording have one clock. The track that gets to the next recording first says where that begins:
    where the furthest of the one before has ended.
    """

    zero_s: float | None
    """None until the first thing is seen"""
    end_s: float = 0.0
    """session time of the end of all so far"""
    _starts_s: list[float] = field(default_factory=lambda: [0.0])
    """of each recording: what its own times are moved by"""
    _tracks: dict[str, _TrackTime] = field(default_factory=dict)

    @property
    def recordings(self) -> int:
        """How many were joined, as far as is known."""
        return len(self._starts_s)

    def map(self, track: str, at_s: float, length_s: float = 0.0) -> float:
        """Session time of what this track has at `at_s` of its own clock; below 0 before the first picture."""
        time = self._tracks.setdefault(track, _TrackTime())
        if self.zero_s is None:
            self.zero_s = at_s
        if time.end_s is not None and at_s < time.end_s - BACK_S:
            time.part, time.end_s = time.part + 1, None
            if time.part == len(self._starts_s):
                self._starts_s.append(self.end_s - (at_s - self.zero_s))
        time.end_s = max(at_s + length_s, time.end_s or at_s)
        time_s = at_s - self.zero_s + self._starts_s[time.part]
        self.end_s = max(self.end_s, time_s + length_s)
        return time_s
