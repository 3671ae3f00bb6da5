"""What a companion's engines are asked: a reply in words, and words as sound. The turn itself is in `reply.py`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal, Protocol

from core.settings import Settings
from core.types import EngineSpec

Personality = Literal["therapist", "coach"]
Style = Literal["brief", "balanced", "detailed"]
VoiceName = Literal["female", "male"]

STYLE_TOKENS: dict[Style, int] = {"brief": 60, "balanced": 150, "detailed": 250}
"""the longest reply of each style"""
REMEMBERED_TURNS = 80
"""turns a prompt holds at most, both sides together; an engine with a token budget drops the oldest"""


@dataclass(frozen=True, slots=True)
class PastTurn:
    role: Literal["user", "assistant"]
    text: str
    """of the assistant: only what was heard"""
    expression: str = ""
    """seven-class label the person's turn was read as; empty where it was not read"""


@dataclass(frozen=True, slots=True)
class TurnReading:
    """What the utterance-level fusion read in a turn."""

    expression: str
    """one of EMOTIONS: the best guess, also when abstained"""
    confidence: float
    """0 to 1"""
    intensity: float
    """0 to 1"""
    abstained: bool = False
    reasons: tuple[str, ...] = ()
    """such as "face_voice_conflict", "possible_masking", "low_confidence" """


@dataclass(frozen=True, slots=True)
class ReplyPrompt:
    """Everything an engine may use for one reply."""

    text: str
    """what the person just said; empty for a greeting"""
    language: str
    """BCP-47"""
    personality: Personality = "therapist"
    style: Style = "brief"
    turns: tuple[PastTurn, ...] = ()
    """before this one, oldest first"""
    reading: TurnReading | None = None
    summary: str = ""
    """of earlier sessions; empty where there is none or it may not be kept"""
    is_greeting: bool = False


class ReplyEngine(Protocol):
    """One back-end: `models/reply_<name>.py` defines ENGINE with these. It keeps nothing of a person's stream."""

    name: str
    spec: EngineSpec

    def load(self, settings: Settings) -> None:
        """Raises EngineUnavailable saying what is missing and what brings it."""

    def write(self, prompt: ReplyPrompt) -> AsyncIterator[str]:
        """The reply in pieces of text as they come, plain words without markup. Raises ReplyError."""

    def summarise(self, prompt: ReplyPrompt) -> AsyncIterator[str]:
        """At most three sentences on what was talked about, for the next session's greeting; `text` is empty."""
