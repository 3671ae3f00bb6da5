"""One turn of the companion while it is made and played: its parts, and how much of it was heard. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.companion.sentences import heard_of

WHOLE_S = 0.15
"""a part is heard to its end when no more than this is missing"""


@dataclass
class Part:
    text: str
    duration_s: float
    told_s: float
    heard_s: float = 0.0


@dataclass
class Turn:
    """A reply while it is made and played."""

    number: int
    expression: str
    intensity: float
    parts: list[Part] = field(default_factory=list)
    is_made: bool = False
    """all its sentences have been told"""
    reported: bool = False
    """the client tells what it plays"""
    begun_s: float = 0.0
    """when it was first heard, as the client tells"""
    newest_s: float = 0.0
    """when the client last told of it"""

    def heard(self) -> str:
        """The words that were played; all of them where the client does not tell."""
        parts = [heard_of(p.text, p.heard_s if self.reported else p.duration_s, p.duration_s) for p in self.parts]
        return " ".join(part for part in parts if part)

    def span_s(self, now_s: float) -> tuple[float, float]:
        """From when to when its words were heard; where the client does not tell, part after part from its telling."""
        if self.reported:
            return self.begun_s, self.newest_s
        end_s = 0.0
        for part in self.parts:
            end_s = max(end_s, part.told_s) + part.duration_s
        return min(now_s, self.parts[0].told_s), min(now_s, end_s)

    def is_heard(self) -> bool:
        return self.is_made and all(p.heard_s >= p.duration_s - WHOLE_S for p in self.parts)
