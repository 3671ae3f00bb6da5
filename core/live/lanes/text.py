"""The text lane: pieces of speech become words, and words, spoken or typed, become a reading. Pure.

An utterance is never lost: where nothing can transcribe it, it is told with empty words, and the fault beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.engines.requests import ClassifyText, TranscribeSpeech, Transcript
from core.errors import AppError
from core.estimation import words
from core.estimation.calibration import softmax
from core.live.lanes.delivery import Delivery
from core.live.lanes.lane import SpeechPiece, Step, Told, ask
from core.types import Estimate, Fault, Modality, Preferences, Utterance


@dataclass(frozen=True, slots=True)
class TextState:
    """What the lane remembers of one stream; picklable."""

    partial: str = ""
    """words of the running utterance as last told"""
    told_faults: tuple[str, ...] = ()
    """what cannot be used and was told: once per engine and language, not once per utterance"""


@dataclass(frozen=True, slots=True)
class TextLane:
    """Lane of the words: SpeechPiece or Utterance (typed) in; utterances and their readings out."""

    language: str = "en"
    """BCP-47"""
    modality: Modality = "text"
    delivery: Delivery = Delivery.KEEP
    hands_to: Modality | None = None

    def start(self, _stream_id: str) -> TextState:
        """Nothing said yet."""
        return TextState()

    def prefer(self, preferences: Preferences) -> TextLane:
        """The language may be set."""
        return self if preferences.language is None else replace(self, language=preferences.language)

    def step(self, state: TextState, item: SpeechPiece | Utterance) -> Step[tuple[TextState, list[Told]]]:
        """The next piece of an utterance, or a whole one that was typed."""
        if isinstance(item, Utterance):
            return (yield from _read(state, item))
        if not item.stream_id:
            return state, []
        state, utterance, faults = yield from self._transcribed(state, item)
        if not utterance.is_final:
            is_news = bool(utterance.text) and utterance.text != state.partial
            told: list[Told] = [*faults, utterance] if is_news else list(faults)
            return replace(state, partial=utterance.text), told
        state, told = yield from _read(replace(state, partial=""), utterance)
        return state, [*faults, *told]

    def _transcribed(self, state: TextState, piece: SpeechPiece) -> Step[tuple[TextState, Utterance, list[Told]]]:
        """The utterance as far as it is known, and a fault where nobody can tell."""
        if piece.text is not None:
            return state, self._utterance(piece, Transcript(piece.text.strip(), 1.0, "")), []
        try:
            said = yield from ask(TranscribeSpeech(piece.stream_id, piece.samples, self.language, piece.is_last))
        except AppError as error:
            state, faults = _told_once(state, error, f"transcribe {self.language}", piece.time_s)
            return state, self._utterance(piece, Transcript(state.partial, 0.0, "")), faults
        return state, self._utterance(piece, said), []

    def _utterance(self, piece: SpeechPiece, said: Transcript) -> Utterance:
        return Utterance(
            said.text.strip(),
            piece.start_s,
            max(piece.start_s, piece.end_s),
            piece.capture_s,
            piece.arrived_s,
            self.language,
            is_final=piece.is_last,
            origin="speech",
            confidence=said.confidence,
            engine=said.engine,
        )


def _read(state: TextState, utterance: Utterance) -> Step[tuple[TextState, list[Told]]]:
    """The words themselves, then what they read as; nothing can be read where there are none."""
    quality = words.text_quality(utterance.text, utterance.confidence)
    if not utterance.text:
        return state, [utterance]
    try:
        scores = yield from ask(ClassifyText((utterance.text,), utterance.language))
    except AppError as error:
        state, faults = _told_once(state, error, "text", utterance.end_s)
        return state, [*faults, utterance]
    adjusted = words.adjust(utterance.text, utterance.language, softmax(scores.logits[0], scores.temperature))
    estimate = Estimate(
        "text",
        utterance.start_s,
        utterance.end_s,
        utterance.capture_s,
        probs_raw=softmax(scores.logits[0]),
        probs=adjusted.probs,
        quality=quality,
        engine=scores.engine,
        infer_ms=0.0,
        arrived_s=utterance.arrived_s,
        rules=adjusted.rules,
    )
    return replace(state, told_faults=()), [utterance, estimate]


def _told_once(state: TextState, error: AppError, what: str, time_s: float) -> tuple[TextState, list[Told]]:
    key = f"{what}: {error.code}"
    if key in state.told_faults:
        return state, []
    fault = Fault(error.code, error.message, time_s, "text")
    return replace(state, told_faults=(*state.told_faults[-7:], key)), [fault]
