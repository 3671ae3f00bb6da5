"""Words and replies: what is said or typed, what the companion answers, and how far it was heard."""

from __future__ import annotations

from typing import Literal, TypedDict

from core.transports.wire.message import FromClient, MessageError, check_time, four_digits, three_digits, two_digits
from core.types import Message, Reply, ReplyCancelled, ReplyResumed, SpeechLasting, SpeechState, Utterance

MAX_TEXT = 200_000
"""characters of typed text that are taken; the text model reads the first 2,000"""
MOST_JSON = 6 * MAX_TEXT + 16_384
"""characters of a message with so many, each of them written as \\uXXXX"""


class Text(FromClient, frozen=True):
    """Typed words; needs no scope but to be sent."""

    TYPE = "text"
    MOST_CHARS = MOST_JSON
    text: str
    """200,000 characters at most; the first 2,000 are read"""


class SpeechEnd(FromClient, frozen=True):
    """The speaker has finished."""

    TYPE = "speech_end"
    MOST_CHARS = MOST_JSON
    text: str | None = None
    """the words, where the client's own recogniser heard them"""


class Greeting(FromClient, frozen=True):
    """The companion is asked to say hello, with the summary of earlier sessions where one is kept."""

    TYPE = "request_greeting"


class ReplyHeard(FromClient, frozen=True):
    """So much of a part has been played; sent when it begins, every half second, and when it ends.

    The history keeps only what was heard; a client that never sends it is taken to have heard everything.
    """

    TYPE = "reply_heard"
    turn: int
    """as in llm_response"""
    part: int
    """as in llm_response"""
    seconds: float
    """of its sound, from 0"""


class CancelReply(FromClient, frozen=True):
    """The companion is asked to stop speaking."""

    TYPE = "cancel_reply"


class SpeechMessage(TypedDict):
    """Somebody began or ceased to speak. Pause the playback of a reply on `start`."""

    type: Literal["speech"]
    state: Literal["start", "end"]
    """which of the two"""
    t: float
    """session time of the first or last voiced sample, not of the decision"""


class SpeechLastingMessage(TypedDict):
    """Speech has outlasted a murmur; once an utterance."""

    type: Literal["speech_lasting"]
    t: float
    """seconds of session time"""


class TranscriptMessage(TypedDict):
    """Words of one stretch of speech, or typed."""

    type: Literal["transcript"]
    text: str
    """empty: speech that nobody could transcribe"""
    is_final: bool
    """false while more of it is heard"""
    start_s: float
    """seconds of session time"""
    end_s: float
    """seconds of session time"""
    language: str
    """BCP-47"""
    origin: Literal["speech", "typed"]
    """where the words come from"""
    confidence: float
    """the transcriber's own, 0 to 1; 1 for typed text"""
    engine: str
    """what transcribed it; empty for typed text"""


class VisemeLine(TypedDict):
    """How a talking face looks at one moment of a sound."""

    t: float
    """seconds since the start of that sound"""
    blend: dict[str, float]
    """weights 0 to 1 by ARKit name (jawOpen, mouthFunnel) and Oculus name (viseme_aa, viseme_PP)"""


class LlmResponseMessage(TypedDict):
    """One or more sentences of the companion's turn, whichever engine answers."""

    type: Literal["llm_response"]
    turn: int
    """counts the companion's turns of a session from 1"""
    part: int
    """counts the parts of a turn from 0"""
    is_final: bool
    """the last of its turn; it may be empty"""
    text: str
    """what is said"""
    emotion: str
    """of the seven, for the companion's face"""
    intensity: float
    """0 to 1, for the companion's face"""
    audio_url: str | None
    """WAV under an unguessable address, for 60 s; null: the words are the reply"""
    duration_s: float
    """seconds of its sound; 0 without"""
    visemes: list[VisemeLine]
    """30 a second; empty without sound"""
    engine: str
    """which engine answered"""
    t: float
    """seconds of session time"""


class ReplyCancelledMessage(TypedDict):
    """The person spoke for over 0.6 s, said something, or pressed stop."""

    type: Literal["reply_cancelled"]
    turn: int
    """as in llm_response"""
    heard: str
    """the words of the turn that were played"""
    t: float
    """seconds of session time"""


class ReplyResumedMessage(TypedDict):
    """It was a murmur ("mhm"): playback goes on where it paused."""

    type: Literal["reply_resumed"]
    turn: int
    """as in llm_response"""
    t: float
    """seconds of session time"""


class LineMessage(TypedDict):
    """A line of the conversation as its history has it."""

    type: Literal["message"]
    role: Literal["user", "assistant"]
    """the person, or the companion"""
    text: str
    """what was said, or what was heard of a reply"""
    expression: str
    """of the seven: read in the person's turn, or shown with the reply; empty where there was none"""
    intensity: float
    """0 to 1"""
    t: float
    """seconds of session time"""


def check_text(message: Text) -> None:
    """Raises MessageError for nothing, or for too much."""
    if not message.text.strip():
        raise MessageError("text: expected words, got nothing but spaces")
    if len(message.text) > MAX_TEXT:
        raise MessageError(f"text: {len(message.text)} characters are too many; send {MAX_TEXT} at most")


def check_speech_end(message: SpeechEnd) -> None:
    """Raises MessageError for too many words."""
    if message.text is not None and len(message.text) > MAX_TEXT:
        raise MessageError(f"speech_end: {len(message.text)} characters are too many; send {MAX_TEXT} at most")


def check_heard(message: ReplyHeard) -> None:
    """Raises MessageError for a time that is none."""
    check_time(message.seconds, "reply_heard: seconds")
    if message.seconds < 0:
        raise MessageError(f"reply_heard: seconds must be a number from 0 on, got {message.seconds}")


def speech(event: SpeechState) -> SpeechMessage:
    """Start or end."""
    return {"type": "speech", "state": event.state, "t": three_digits(event.time_s)}


def speech_lasting(event: SpeechLasting) -> SpeechLastingMessage:
    """No murmur any more."""
    return {"type": "speech_lasting", "t": three_digits(event.time_s)}


def transcript(event: Utterance) -> TranscriptMessage:
    """The words and their span."""
    return {
        "type": "transcript",
        "text": event.text,
        "is_final": event.is_final,
        "start_s": three_digits(event.start_s),
        "end_s": three_digits(event.end_s),
        "language": event.language,
        "origin": event.origin,
        "confidence": four_digits(event.confidence),
        "engine": event.engine,
    }


def llm_response(event: Reply) -> LlmResponseMessage:
    """A part of a reply with its sound and its face."""
    return {
        "type": "llm_response",
        "turn": event.turn,
        "part": event.part,
        "is_final": event.is_final,
        "text": event.text,
        "emotion": event.emotion,
        "intensity": four_digits(event.intensity),
        "audio_url": event.audio_url,
        "duration_s": three_digits(event.duration_s),
        "visemes": [
            {"t": three_digits(frame.time_s), "blend": {name: two_digits(share) for name, share in frame.blend.items()}}
            for frame in event.visemes
        ],
        "engine": event.engine,
        "t": three_digits(event.time_s),
    }


def reply_cancelled(event: ReplyCancelled) -> ReplyCancelledMessage:
    """The rest of the turn is not said."""
    return {"type": "reply_cancelled", "turn": event.turn, "heard": event.heard, "t": three_digits(event.time_s)}


def reply_resumed(event: ReplyResumed) -> ReplyResumedMessage:
    """The turn goes on."""
    return {"type": "reply_resumed", "turn": event.turn, "t": three_digits(event.time_s)}


def line(event: Message) -> LineMessage:
    """Who said what."""
    return {
        "type": "message",
        "role": event.role,
        "text": event.text,
        "expression": event.expression,
        "intensity": four_digits(event.intensity),
        "t": three_digits(event.time_s),
    }
