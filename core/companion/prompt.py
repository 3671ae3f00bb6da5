"""What a reply engine is asked: the words, what was read in them, and the talk so far. Pure."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import ClassVar, Literal

from core.engines.requests import Request
from core.types import EMOTIONS, FusedEstimate

Personality = Literal["therapist", "coach"]
Style = Literal["brief", "balanced", "detailed"]

STYLE_TOKENS: dict[Style, int] = {"brief": 60, "balanced": 150, "detailed": 250}
"""the longest reply of each style"""
HEARD_BADLY = 0.75
"""transcript confidence under which a turn is asked for again, or answered by its tone alone"""
HEARD_WELL = 0.9
"""Transcript confidence from which words may be said back. Of 936 utterances of validation material (RAVDESS 15-16,
TESS OAF, 14 read clips; clean and in white noise of 20, 10 and 5 dB; by Moonshine) those heard word for word were, by
confidence: under 0.75 14 %, to 0.85 39 %, to 0.9 74 %, to 0.95 91 %, above 95 %."""
REMEMBERED_TURNS = 80
"""turns a prompt holds at most, both sides together; an engine with a token budget drops the oldest"""


@dataclass(frozen=True, slots=True)
class PastTurn:
    role: Literal["user", "assistant"]
    text: str
    """of the assistant: only what was heard"""
    expression: str = ""
    """seven-class label the person's turn was read as; empty where it was not read"""
    confidence: float = 1.0
    """of its transcript; 1 for typed text"""


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


def reading_of(fused: FusedEstimate) -> TurnReading:
    """What a reply is told of the fusion over an utterance."""
    expression = EMOTIONS[int(fused.probs.argmax())]
    return TurnReading(expression, fused.confidence, fused.intensity, fused.abstained, fused.reasons)


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
    confidence: float = 1.0
    """of the transcript, 0 to 1, the transcriber's own; 1 for typed text"""


@dataclass(frozen=True, slots=True)
class WriteReply(Request[AsyncIterator[str]]):
    """Answered in pieces of text as they come, plain words without markup; ReplyError where that fails."""

    kind: ClassVar[str] = "reply"
    prompt: ReplyPrompt
    is_summary: bool = False
    """instead of a reply at most three sentences on what was talked about, for the next session's greeting"""
