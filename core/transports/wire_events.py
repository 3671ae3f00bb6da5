"""What the server tells, pure: events in, JSON out. `wire/` holds the messages and their writers, `protocol` reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from core.errors import AppError
from core.transports.wire import conversation, readings, session
from core.types import (
    BaselineState,
    ClipProgress,
    Estimate,
    Event,
    Fault,
    FusedEstimate,
    Marker,
    Message,
    Reply,
    ReplyCancelled,
    ReplyResumed,
    SelfReport,
    SessionState,
    SpeechLasting,
    SpeechState,
    Stats,
    Utterance,
    UtteranceEstimate,
)

SERVER_MESSAGES: tuple[type[Mapping[str, object]], ...] = (
    session.ReadyMessage,
    session.StateMessage,
    session.StatsMessage,
    session.ClipProgressMessage,
    session.PongMessage,
    session.ErrorMessage,
    readings.EstimateMessage,
    readings.FusedMessage,
    readings.UtteranceEmotionMessage,
    readings.BaselineMessage,
    readings.MarkerMessage,
    readings.SelfReportMessage,
    conversation.SpeechMessage,
    conversation.SpeechLastingMessage,
    conversation.TranscriptMessage,
    conversation.LlmResponseMessage,
    conversation.ReplyCancelledMessage,
    conversation.ReplyResumedMessage,
    conversation.LineMessage,
)
"""the shape of every message a server may send"""

_WRITERS: dict[type[Event], Callable[[Any], Mapping[str, object]]] = {
    Estimate: readings.estimate,
    FusedEstimate: readings.fused,
    UtteranceEstimate: readings.utterance_emotion,
    BaselineState: readings.baseline,
    Marker: readings.marker,
    SelfReport: readings.self_report,
    SessionState: session.state,
    Stats: session.stats,
    Fault: session.fault,
    ClipProgress: session.clip_progress,
    SpeechState: conversation.speech,
    SpeechLasting: conversation.speech_lasting,
    Utterance: conversation.transcript,
    Reply: conversation.llm_response,
    ReplyCancelled: conversation.reply_cancelled,
    ReplyResumed: conversation.reply_resumed,
    Message: conversation.line,
}


def encode(message: object) -> str:
    """JSON text of one message."""
    return msgspec.json.encode(message).decode()


def error_message(error: AppError, fatal: bool = False) -> dict[str, object]:
    """`fatal` tells that the connection ends with it."""
    return {**session.error(error, fatal)}


def event_message(event: Event) -> Mapping[str, object]:
    """One event as the wire tells it; probabilities with four digits, times with milliseconds."""
    return _WRITERS[type(event)](event)
