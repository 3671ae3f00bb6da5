"""What was read: one modality, all of them fused, an utterance; and what the person says to it."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict, cast

from core.modalities import MODALITY_FACTS
from core.transports.wire.message import FromClient, MessageError, four_digits, one_digit, three_digits
from core.types import (
    EMOTIONS,
    FOUR_CLASSES,
    BaselineState,
    Estimate,
    FloatArray,
    FusedEstimate,
    Marker,
    SelfReport,
    UtteranceEstimate,
    four_class,
)

ReadingType = Literal["face_emotion", "voice_emotion", "text_emotion"]
MAX_LABEL = 200
"""characters of a marker's label"""
LONGEST_MARK_S = 86_400.0


class Mark(FromClient, frozen=True):
    """A mark in the session: a moment, or a stretch of it."""

    TYPE = "marker"
    label: str
    """1 to 200 characters"""
    t: float | None = None
    """session time at which it begins, 0 to now; left out, now"""
    duration: float = 0.0
    """seconds it lasts, 0 (a moment) to 86400; it may reach beyond now"""


class Report(FromClient, frozen=True):
    """The answer to "was this right?"."""

    TYPE = "self_report"
    shown: str
    """the expression that was on the screen, or "uncertain" """
    chosen: str
    """what the person says it was; equal to shown when it was right"""
    t: float | None = None
    """session time of the shown estimate; left out, now"""


class Baseline(FromClient, frozen=True):
    """The person's neutral baseline: half a minute of a calm face and voice that readings are compared with."""

    TYPE = "baseline"
    action: Literal["start", "stop", "clear"]
    """begin, leave off, or forget it"""


class Probabilities(TypedDict):
    """What every reading begins with."""

    emotion: str
    """best of the four classes: Neutral, Happy, Sad or Angry"""
    confidence: float
    """probability of that class"""
    probabilities: list[float]
    """of the four classes in this order, summing to 1"""
    expression: str
    """best of the seven: neutral, happy, sad, angry, fear, disgust or surprise"""
    expressions: dict[str, float]
    """probability of each of the seven, summing to 1"""


class EstimateMessage(Probabilities):
    """One reading of one modality."""

    type: ReadingType
    quality: float
    """fitness of the input, 0 to 1"""
    reasons: list[str]
    """reason codes of what lowers the quality; of words also the rules that changed the reading, such as "negation" """
    t: float
    """seconds of session time, of the newest input in it"""
    capture_t: float
    """the client's own clock at that input, echoed"""
    infer_ms: float
    """milliseconds in the engines, waiting included"""
    engine: str
    """which engine read it"""
    start_t: NotRequired[float]
    """voice and text: session time at which the input begins"""
    box: NotRequired[list[float]]
    """face: x1, y1, x2, y2 in pixels of the picture"""
    frame: NotRequired[list[int]]
    """face: width and height of the picture in pixels"""
    face_id: NotRequired[int | None]
    """face: which of the followed faces; geometry alone, no identity"""
    is_subject: NotRequired[bool]
    """face: this is "the person", whose readings are fused"""


class FusedFields(Probabilities):
    """What every fusion tells; the labels hold the best guess when it abstains."""

    intensity: float
    """probability of the strongest expression that is not neutral, 0 to 1"""
    weights: dict[str, float]
    """share of each modality; they sum to 1, or are all 0"""
    trends: dict[str, str]
    """for each expression rising, steady or falling over the last 10 s; of an utterance all steady"""
    abstained: bool
    """the answer is "not sure" """
    reasons: list[str]
    """reason codes of an abstention or a disagreement; of an utterance, those of at least half of it"""
    valence: float
    """-1 to 1, derived from the probabilities"""
    arousal: float
    """-1 to 1, derived from the probabilities"""
    quality: float
    """of the inputs, by their shares, 0 to 1"""
    t: float
    """seconds of session time of this fusion, which may come by time alone; of an utterance, its end"""
    capture_t: float
    """the client's own clock at the newest reading in it, echoed"""
    infer_ms: float
    """always 0: a fusion asks no engine"""
    latency_ms: float
    """milliseconds from the arrival of the newest input to this event; 0 where time alone made it"""
    engine: str
    """always "fusion" """


class FusedMessage(FusedFields):
    """Late, quality-aware fusion of the newest reading of each modality."""

    type: Literal["fused_emotion"]


class UtteranceEmotionMessage(FusedFields):
    """One fusion over the span of an utterance, once, after its words."""

    type: Literal["utterance_emotion"]
    start_s: float
    """session time of its beginning"""
    end_s: float
    """session time of its end"""
    origin: Literal["speech", "typed"]
    """where the words come from"""


class BaselineMessage(TypedDict):
    """How far the neutral baseline has come, and for which modalities it holds."""

    type: Literal["baseline"]
    state: Literal["none", "running", "ready"]
    """running while it is learned"""
    done_s: float
    """seconds"""
    total_s: float
    """seconds"""
    modalities: list[str]
    """those with an offset in force"""
    message: str
    """what to do next where something is missing"""
    t: float
    """seconds of session time"""


class MarkerMessage(TypedDict):
    """A mark that was set, by this client or another."""

    type: Literal["marker"]
    label: str
    """as it was sent"""
    t: float
    """seconds of session time"""
    duration: float
    """seconds it lasts; 0 is a moment"""


class SelfReportMessage(TypedDict):
    """A `self_report` that was taken."""

    type: Literal["self_report"]
    shown: str
    """as it was sent"""
    chosen: str
    """as it was sent"""
    t: float
    """seconds of session time"""


def check_mark(message: Mark) -> None:
    """Raises MessageError for a label of nothing, or of too much, and for what lasts too long."""
    if not 0 < len(message.label.strip()) <= MAX_LABEL:
        raise MessageError(f"marker: label must have 1 to {MAX_LABEL} characters")
    if not 0 <= message.duration <= LONGEST_MARK_S:
        raise MessageError(f"marker: duration must lie in 0 to {LONGEST_MARK_S:.0f} seconds, got {message.duration}")


def check_report(message: Report) -> None:
    """Raises MessageError for what is no expression."""
    known = (*EMOTIONS, "uncertain")
    if message.shown not in known or message.chosen not in known:
        raise MessageError(f"self_report: shown and chosen must be one of {', '.join(known)}")


def _probabilities(probs: FloatArray) -> Probabilities:
    four: list[float] = four_class(probs).tolist()
    seven: list[float] = probs.tolist()
    best_four = four.index(max(four))
    return {
        "emotion": FOUR_CLASSES[best_four],
        "confidence": four_digits(four[best_four]),
        "probabilities": [four_digits(p) for p in four],
        "expression": EMOTIONS[seven.index(max(seven))],
        "expressions": {label: four_digits(p) for label, p in zip(EMOTIONS, seven, strict=True)},
    }


def estimate(event: Estimate) -> EstimateMessage:
    """The reading of one modality; a face tells box and frame where it has them."""
    read = _probabilities(event.probs)
    message: EstimateMessage = {  # written out: a spread may hide fields that a face alone has, says the type checker
        "type": cast("ReadingType", f"{event.modality}_emotion"),
        "emotion": read["emotion"],
        "confidence": read["confidence"],
        "probabilities": read["probabilities"],
        "expression": read["expression"],
        "expressions": read["expressions"],
        "quality": four_digits(event.quality.score),
        "reasons": [*event.quality.reasons, *event.rules],
        "t": three_digits(event.end_s),
        "capture_t": three_digits(event.capture_s),
        "infer_ms": one_digit(event.infer_ms),
        "engine": event.engine,
    }
    if MODALITY_FACTS[event.modality].medium != "picture":
        message["start_t"] = three_digits(event.start_s)
        return message
    if event.box_px is not None:
        message["box"] = [one_digit(v) for v in event.box_px]
    if event.frame_px is not None:
        message["frame"] = list(event.frame_px)
    message["face_id"] = event.face_id
    message["is_subject"] = event.is_subject
    return message


def fused(event: FusedEstimate) -> FusedMessage:
    """The fusion of this moment."""
    return {
        "type": "fused_emotion",
        **_probabilities(event.probs),
        "intensity": four_digits(event.intensity),
        "weights": {modality: four_digits(weight) for modality, weight in event.weights.items()},
        "trends": event.trends,
        "abstained": event.abstained,
        "reasons": list(event.reasons),
        "valence": four_digits(event.valence),
        "arousal": four_digits(event.arousal),
        "quality": four_digits(event.quality),
        "t": three_digits(event.time_s),
        "capture_t": three_digits(event.capture_s),
        "infer_ms": 0.0,
        "latency_ms": one_digit(event.latency_ms),
        "engine": "fusion",
    }


def utterance_emotion(event: UtteranceEstimate) -> UtteranceEmotionMessage:
    """The fields of fused_emotion under another type, and the span they speak for."""
    return {
        **fused(event.fused),
        "type": "utterance_emotion",
        "start_s": three_digits(event.start_s),
        "end_s": three_digits(event.end_s),
        "origin": event.origin,
    }


def baseline(event: BaselineState) -> BaselineMessage:
    """Seconds done of seconds wanted."""
    return {
        "type": "baseline",
        "state": event.state,
        "done_s": three_digits(event.done_s),
        "total_s": three_digits(event.total_s),
        "modalities": list(event.modalities),
        "message": event.message,
        "t": three_digits(event.time_s),
    }


def marker(event: Marker) -> MarkerMessage:
    """A mark, its time and how long it lasts."""
    return {
        "type": "marker",
        "label": event.label,
        "t": three_digits(event.time_s),
        "duration": three_digits(event.duration_s),
    }


def self_report(event: SelfReport) -> SelfReportMessage:
    """The person's own word."""
    return {"type": "self_report", "shown": event.shown, "chosen": event.chosen, "t": three_digits(event.time_s)}
