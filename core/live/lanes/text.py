"""The text lane: pieces of speech become words, and words, spoken or typed, become a reading. Pure.

The sound of the running utterance waits here until its words are settled, so that a recogniser keeps nothing of it.
Words so far are asked for while somebody speaks; they give way to whatever else the recogniser has to do, the words at
the end never do. An utterance is never lost: where nothing can transcribe it, it is told with empty words, and the
fault beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from core.engines.requests import ClassifyText, TranscribeSpeech, Transcript
from core.errors import AppError
from core.estimation import words
from core.estimation.calibration import softmax
from core.live.lanes.lane import SpeechPiece, Step, Told, ask
from core.live.lanes.queues import Delivery
from core.live.lanes.settling import Settled, and_then
from core.types import SOUND_RATE_HZ, Estimate, Fault, FloatArray, Modality, Preferences, Utterance

PARTIAL_EVERY = SOUND_RATE_HZ // 2
"""samples of new speech after which words so far are asked for again"""
FIRST_PARTIAL = SOUND_RATE_HZ
"""samples, what lies before the first voiced one included, under which words so far would be guesses"""
LONGEST = 30 * SOUND_RATE_HZ
"""samples kept of one utterance; speech is cut before that, so it only bounds what a fault may leave"""


@dataclass(frozen=True, slots=True)
class TextState:
    """What the lane remembers of one stream; picklable."""

    partial: str = ""
    """words of the running utterance as last told"""
    stream_id: str = ""
    """of the running utterance"""
    settled: Settled | None = None
    """its words that are not heard again"""
    heard: tuple[FloatArray, ...] = field(default=(), compare=False)
    """its sound since those, in pieces as they came"""
    asked_at: int = 0
    """samples of it there were when words were last asked for"""
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
        state = _with_sound(state, item)
        if not item.is_last:
            return (yield from self._so_far(state, item))
        utterance, faults, state = yield from self._transcribed(state, item)
        done = TextState(told_faults=state.told_faults)
        after, told = yield from _read(done, utterance)
        return after, [*faults, *told]

    def _so_far(self, state: TextState, piece: SpeechPiece) -> Step[tuple[TextState, list[Told]]]:
        """Words so far, where enough is new and the recogniser has time for them."""
        if piece.settled is not None:
            return self._news(state, piece, piece.settled.said)
        length = sum(map(len, state.heard))
        if length < FIRST_PARTIAL or length - state.asked_at < PARTIAL_EVERY:
            return state, []
        try:
            said = yield from ask(TranscribeSpeech(_joined(state.heard), self.language, is_last=False))
        except AppError as error:
            state, faults = _told_once(state, error, f"transcribe {self.language}", piece.time_s)
            return replace(state, asked_at=length), faults
        if said is None:
            return state, []
        state = replace(state, asked_at=length)
        return (
            self._news(state, piece, and_then(state.settled, said, length).said) if said.text.strip() else (state, [])
        )

    def _news(self, state: TextState, piece: SpeechPiece, said: Transcript) -> tuple[TextState, list[Told]]:
        """The words so far, where they are others than those last told."""
        text = said.text.strip()
        return replace(state, partial=text), [self._utterance(piece, said)] if text != state.partial else []

    def _transcribed(self, state: TextState, piece: SpeechPiece) -> Step[tuple[Utterance, list[Told], TextState]]:
        """The utterance, and a fault where nobody can tell."""
        if piece.text is not None:
            return self._utterance(piece, Transcript(piece.text.strip(), 1.0, "")), [], state
        if piece.said is not None:
            return self._utterance(piece, piece.said), [], state
        sound, unheard = _joined(state.heard), Transcript(state.partial, 0.0, "")
        if state.settled is not None and not len(sound):
            return self._utterance(piece, state.settled.said), [], state
        try:
            said = yield from ask(TranscribeSpeech(sound, self.language, is_last=True))
        except AppError as error:
            state, faults = _told_once(state, error, f"transcribe {self.language}", piece.time_s)
            return self._utterance(piece, unheard), faults, state
        whole = unheard if said is None else and_then(state.settled, said, len(sound)).said
        return self._utterance(piece, whole), [], state

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


def _with_sound(state: TextState, piece: SpeechPiece) -> TextState:
    """With one piece more; one of another utterance begins anew, whether or not the end of the last one came."""
    if piece.stream_id != state.stream_id:
        state = TextState(stream_id=piece.stream_id, told_faults=state.told_faults)
    if piece.settled is not None:
        return replace(state, settled=piece.settled, heard=(), asked_at=0)
    has_room = sum(map(len, state.heard)) < LONGEST
    return replace(state, heard=(*state.heard, piece.samples)) if has_room and len(piece.samples) else state


def _joined(pieces: tuple[FloatArray, ...]) -> FloatArray:
    return np.concatenate(pieces) if pieces else np.zeros(0, np.float32)


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
