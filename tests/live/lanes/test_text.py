"""The text lane: pieces of speech become words, words become a reading, and no utterance is lost."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.engines.requests import ClassifyText, Scores, TranscribeSpeech, Transcript
from core.errors import AppError, EngineFailed, EngineUnavailable
from core.live.lanes.lane import SpeechPiece, Told
from core.live.lanes.text import TextLane, TextState
from core.types import EMOTIONS, Estimate, Fault, Preferences, Utterance

SAD = Scores(4 * np.eye(7, dtype=np.float32)[[EMOTIONS.index("sad")]], 1.0, "net")
PIECE = SpeechPiece("u1", np.zeros(1600, np.float32), 1.0, 2.0, 2.1, 102.0, 2.2)
TYPED = Utterance("I miss her", 3.0, 3.0, 103.0, 3.1, "en", is_final=True, origin="typed")


def told_of(
    lane: TextLane, state: TextState, item: SpeechPiece | Utterance, answers: Mapping[type, Any]
) -> tuple[TextState, list[Told], list[Any]]:
    """One step with an answer, or an error, for each kind of request; also what was asked."""
    step, asked = lane.step(state, item), []
    try:
        request = next(step)
        while True:
            asked.append(request)
            answer = answers[type(request)]
            request = step.throw(answer) if isinstance(answer, AppError) else step.send(answer)
    except StopIteration as end:
        return *end.value, asked


def heard(text: str) -> Mapping[type, Any]:
    return {TranscribeSpeech: Transcript(text, 0.8, "ears"), ClassifyText: SAD}


def test_words_are_told_as_they_grow_and_only_when_they_do() -> None:
    lane, state, told = TextLane(), TextState(), []
    for text in ("I", "I", "I miss", ""):
        state, events, _ = told_of(lane, state, PIECE, heard(text))
        told += events
    assert [(said.text, said.is_final) for said in told] == [("I", False), ("I miss", False)]


def test_last_piece_gives_the_words_then_what_they_read_as() -> None:
    state, told, _ = told_of(TextLane(), TextState("I miss"), replace(PIECE, is_last=True), heard("I miss her"))
    assert [type(event) for event in told] == [Utterance, Estimate]
    said, read = told
    assert (said.text, said.is_final, said.origin, said.engine) == ("I miss her", True, "speech", "ears")
    assert (said.start_s, said.end_s, said.capture_s) == (1.0, 2.0, 102.0)
    assert EMOTIONS[int(read.probs.argmax())] == "sad"
    assert read.probs.sum() == pytest.approx(1, abs=1e-5)
    assert state == TextState()


def test_typed_words_are_read_without_a_transcriber() -> None:
    _, told, asked = told_of(TextLane(), TextState(), TYPED, {ClassifyText: SAD})
    assert told[0] is TYPED
    assert [type(request) for request in asked] == [ClassifyText]


def test_words_the_client_knows_are_not_transcribed() -> None:
    own = replace(PIECE, is_last=True, text="  I miss her ")
    _, told, asked = told_of(TextLane(), TextState(), own, {ClassifyText: SAD})
    assert told[0].text == "I miss her"
    assert [type(request) for request in asked] == [ClassifyText]


def test_word_that_there_is_no_speech_up_to_here_tells_nothing() -> None:
    assert told_of(TextLane(), TextState(), replace(PIECE, stream_id=""), {}) == (TextState(), [], [])


def test_without_words_nothing_is_read() -> None:
    _, told, asked = told_of(TextLane(), TextState(), replace(PIECE, is_last=True), heard("  "))
    assert [event.text for event in told] == [""]
    assert ClassifyText not in map(type, asked)


def test_utterance_nobody_could_transcribe_is_told_with_the_fault_beside_it_once() -> None:
    answers = {TranscribeSpeech: EngineUnavailable("type instead"), ClassifyText: SAD}
    lane, last = TextLane(), replace(PIECE, is_last=True)
    state, told, _ = told_of(lane, TextState(), last, answers)
    assert [type(event) for event in told] == [Fault, Utterance]
    _, again, _ = told_of(lane, state, last, answers)
    assert [type(event) for event in again] == [Utterance]


def test_words_nobody_could_read_are_told_all_the_same() -> None:
    failing = {ClassifyText: EngineFailed("boom")}
    state, told, _ = told_of(TextLane(), TextState(), TYPED, failing)
    assert [type(event) for event in told] == [Fault, Utterance]
    assert told_of(TextLane(), state, TYPED, failing)[1] == [TYPED]
    state, _, _ = told_of(TextLane(), state, TYPED, {ClassifyText: SAD})
    assert len(told_of(TextLane(), state, TYPED, failing)[1]) == 2, "after it was well, a failure is news again"


def test_language_is_the_one_the_person_set() -> None:
    lane = TextLane().prefer(Preferences(language="nl"))
    assert lane.prefer(Preferences(voice="male")) is lane
    _, told, asked = told_of(lane, lane.start("s1"), replace(PIECE, is_last=True), heard("ik mis haar"))
    assert {request.language for request in asked} == {"nl"}
    assert told[0].language == "nl"


def test_state_can_go_on_elsewhere() -> None:
    state, _, _ = told_of(TextLane(), TextState(), PIECE, heard("I miss"))
    assert pickle.loads(pickle.dumps(state)) == state  # noqa: S301 - our own bytes
