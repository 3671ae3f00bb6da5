"""What the server tells, pure: events in, JSON out. The README tells it in words; `protocol` reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np

from core.errors import AppError
from core.types import (
    EMOTIONS,
    FOUR_CLASSES,
    BaselineState,
    ClipProgress,
    Estimate,
    Event,
    Fault,
    FloatArray,
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
    four_class,
)


def encode(message: dict[str, Any]) -> str:
    """JSON text of one message."""
    return msgspec.json.encode(message).decode()


def error_message(error: AppError, fatal: bool = False) -> dict[str, Any]:
    """`fatal` tells that the connection ends with it."""
    return {"type": "error", "code": error.code, "message": error.message, "fatal": fatal}


def event_message(event: Event) -> dict[str, Any]:
    """One event as the wire tells it; probabilities with four digits, times with milliseconds."""
    return _WRITERS[type(event)](event)


def _probabilities(probs: FloatArray) -> dict[str, Any]:
    four = four_class(probs)
    best_four, best = int(np.argmax(four)), int(np.argmax(probs))
    return {
        "emotion": FOUR_CLASSES[best_four],
        "confidence": _p(four[best_four]),
        "probabilities": [_p(p) for p in four],
        "expression": EMOTIONS[best],
        "expressions": {label: _p(p) for label, p in zip(EMOTIONS, probs, strict=True)},
    }


def _p(value: float) -> float:
    return round(float(value), 4)


def _s(value: float) -> float:
    return round(float(value), 3)


def _estimate(event: Estimate) -> dict[str, Any]:
    message = {
        "type": f"{event.modality}_emotion",
        **_probabilities(event.probs),
        "quality": _p(event.quality.score),
        "reasons": list(event.quality.reasons),
        "t": _s(event.end_s),
        "capture_t": _s(event.capture_s),
        "infer_ms": round(event.infer_ms, 1),
        "engine": event.engine,
    }
    if event.modality != "face":
        message["start_t"] = _s(event.start_s)
    if event.box_px is not None and event.frame_px is not None:
        message |= {"box": [round(v, 1) for v in event.box_px], "frame": list(event.frame_px)}
        message |= {"face_id": event.face_id, "is_subject": event.is_subject}
    return message


def _fused(event: FusedEstimate) -> dict[str, Any]:
    return {
        "type": "fused_emotion",
        **_probabilities(event.probs),
        "intensity": _p(event.intensity),
        "weights": {modality: _p(weight) for modality, weight in event.weights.items()},
        "trends": event.trends,
        "abstained": event.abstained,
        "reasons": list(event.reasons),
        "valence": _p(event.valence),
        "arousal": _p(event.arousal),
        "quality": _p(event.quality),
        "t": _s(event.time_s),
        "capture_t": _s(event.capture_s),
        "infer_ms": 0.0,
        "latency_ms": round(event.latency_ms, 1),
        "engine": "fusion",
    }


def _utterance_emotion(event: UtteranceEstimate) -> dict[str, Any]:
    """The fields of fused_emotion under another type, and the span they speak for."""
    span = {"start_s": _s(event.start_s), "end_s": _s(event.end_s), "origin": event.origin}
    return {**_fused(event.fused), "type": "utterance_emotion", **span}


def _speech(event: SpeechState) -> dict[str, Any]:
    return {"type": "speech", "state": event.state, "t": _s(event.time_s)}


def _transcript(event: Utterance) -> dict[str, Any]:
    return {
        "type": "transcript",
        "text": event.text,
        "is_final": event.is_final,
        "start_s": _s(event.start_s),
        "end_s": _s(event.end_s),
        "language": event.language,
        "origin": event.origin,
        "confidence": _p(event.confidence),
        "engine": event.engine,
    }


def _baseline(event: BaselineState) -> dict[str, Any]:
    return {
        "type": "baseline",
        "state": event.state,
        "done_s": _s(event.done_s),
        "total_s": _s(event.total_s),
        "modalities": list(event.modalities),
        "message": event.message,
        "t": _s(event.time_s),
    }


def _state(event: SessionState) -> dict[str, Any]:
    return {
        "type": "state",
        "scopes": list(event.scopes),
        "paused": event.paused,
        "recording": event.recording,
        "ended": event.ended,
    }


def _stats(event: Stats) -> dict[str, Any]:
    return {
        "type": "stats",
        "fps": round(event.fps, 1),
        "dropped": event.dropped,
        "latency_ms": round(event.latency_ms, 1),
        "stored_to_s": event.stored_to_s,
        "drift_ms": None if event.drift_ms is None else round(event.drift_ms, 1),
    }


def _fault(event: Fault) -> dict[str, Any]:
    return {
        "type": "error",
        "code": event.code,
        "message": event.message,
        "fatal": False,
        "modality": event.modality,
        "t": _s(event.time_s),
        "will_retry": event.will_retry,
    }


def _clip_progress(event: ClipProgress) -> dict[str, Any]:
    return {
        "type": "clip_progress",
        "done_s": _s(event.done_s),
        "total_s": _s(event.total_s),
        "is_final": event.is_final,
    }


def _marker(event: Marker) -> dict[str, Any]:
    return {"type": "marker", "label": event.label, "t": _s(event.time_s)}


def _self_report(event: SelfReport) -> dict[str, Any]:
    return {"type": "self_report", "shown": event.shown, "chosen": event.chosen, "t": _s(event.time_s)}


def _reply(event: Reply) -> dict[str, Any]:
    return {
        "type": "llm_response",
        "turn": event.turn,
        "part": event.part,
        "is_final": event.is_final,
        "text": event.text,
        "emotion": event.emotion,
        "intensity": _p(event.intensity),
        "audio_url": event.audio_url,
        "duration_s": _s(event.duration_s),
        "visemes": [{"t": _s(f.time_s), "blend": {k: _two(v) for k, v in f.blend.items()}} for f in event.visemes],
        "engine": event.engine,
        "t": _s(event.time_s),
    }


def _two(value: float) -> float:
    return round(float(value), 2)


def _cancelled(event: ReplyCancelled) -> dict[str, Any]:
    return {"type": "reply_cancelled", "turn": event.turn, "heard": event.heard, "t": _s(event.time_s)}


def _resumed(event: ReplyResumed) -> dict[str, Any]:
    return {"type": "reply_resumed", "turn": event.turn, "t": _s(event.time_s)}


def _message(event: Message) -> dict[str, Any]:
    return {
        "type": "message",
        "role": event.role,
        "text": event.text,
        "expression": event.expression,
        "intensity": _p(event.intensity),
        "t": _s(event.time_s),
    }


_WRITERS: dict[type[Any], Callable[[Any], dict[str, Any]]] = {
    Estimate: _estimate,
    FusedEstimate: _fused,
    UtteranceEstimate: _utterance_emotion,
    SpeechState: _speech,
    Utterance: _transcript,
    BaselineState: _baseline,
    SessionState: _state,
    Stats: _stats,
    Fault: _fault,
    ClipProgress: _clip_progress,
    Marker: _marker,
    SelfReport: _self_report,
    Reply: _reply,
    ReplyCancelled: _cancelled,
    ReplyResumed: _resumed,
    Message: _message,
    SpeechLasting: lambda event: {"type": "speech_lasting", "t": _s(event.time_s)},
}
