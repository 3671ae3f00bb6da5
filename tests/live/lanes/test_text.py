"""The text lane: pieces of speech and typed lines become words and their readings."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.engines.requests import ClassifyText, Scores, TranscribeSpeech, Transcript
from core.errors import EngineFailed, EngineUnavailable
from core.live.lanes.lane import SpeechPiece, driven
from core.live.lanes.text import FIRST_PARTIAL, LONGEST, PARTIAL_EVERY, TextLane, TextState
from core.types import Estimate, Fault, Preferences, Utterance

HAPPY = Scores(np.array([[0, 3, 0, 0, 0, 0, 0]], np.float32), 1.0, "scripted")


class Engines:
    """Says what the script says, one answer a request; errors are raised in the lane."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[Any] = []

    def drive(self, lane: TextLane, state: TextState, item: Any) -> tuple[TextState, list[Any]]:
        def answer(request: Any) -> Any:
            self.asked.append(request)
            return self.answers.pop(0)

        return driven(lane.step(state, item), answer)


def _piece(
    *, is_last: bool = True, text: str | None = None, stream_id: str = "s-1", samples: int = FIRST_PARTIAL
) -> SpeechPiece:
    return SpeechPiece(stream_id, np.ones(samples, np.float32), 1.0, 2.0, 2.1, 102.0, 2.2, is_last, text)


def _typed(text: str, language: str = "en") -> Utterance:
    return Utterance(text, 5.0, 5.0, 105.0, 5.1, language, is_final=True, origin="typed")


def _run(item: Any, *answers: Any, lane: TextLane | None = None, state: TextState | None = None) -> Any:
    lane = lane or TextLane()
    engines = Engines(*answers)
    state, told = engines.drive(lane, state or lane.start("stream"), item)
    assert engines.answers == [], "asked too little"
    return state, told, engines.asked


def test_speech_is_transcribed_and_then_read() -> None:
    _, told, asked = _run(_piece(), Transcript(" what a day ", 0.8, "whisper"), HAPPY)
    said, read = told
    assert isinstance(asked[0], TranscribeSpeech)
    assert asked[1] == ClassifyText(("what a day",), "en")
    assert (said.text, said.confidence, said.engine, said.is_final) == ("what a day", 0.8, "whisper", True)
    assert (said.start_s, said.end_s, said.capture_s, said.origin) == (1.0, 2.0, 102.0, "speech")
    assert (read.modality, read.start_s, read.end_s, read.engine, read.arrived_s) == ("text", 1.0, 2.0, "scripted", 2.2)
    assert read.probs.sum() == pytest.approx(1)
    assert read.probs.argmax() == 1


def test_words_that_the_client_knows_are_not_transcribed() -> None:
    _, (said, _), asked = _run(_piece(text="hello there"), HAPPY)
    assert (said.text, said.confidence) == ("hello there", 1.0)
    assert isinstance(asked[0], ClassifyText)


def test_words_that_were_heard_in_the_pause_are_not_transcribed_again() -> None:
    heard = Transcript("what a day.", 0.9, "ears", 0.97)
    _, told, asked = _run(replace(_piece(), said=heard), HAPPY)
    assert [type(request) for request in asked] == [ClassifyText]
    assert (told[0].text, told[0].confidence, told[0].engine, told[0].is_final) == ("what a day.", 0.9, "ears", True)
    _, told, _ = _run(replace(_piece(text="client's"), said=heard), HAPPY)
    assert told[0].text == "client's"


def test_typed_words_are_told_as_they_are() -> None:
    typed = _typed("good morning everybody")
    _, told, _ = _run(typed, HAPPY)
    assert told[0] is typed
    assert isinstance(told[1], Estimate)


def test_the_rules_that_changed_a_reading_leave_their_codes() -> None:
    _, (_, read), _ = _run(_typed("I am not happy at all"), HAPPY)
    assert read.rules == ("negation",)
    assert read.probs[1] < read.probs_raw[1]
    _, (_, plain), _ = _run(_typed("the weather stays like this"), HAPPY)
    assert plain.rules == ()


def test_between_utterances_nothing_is_asked() -> None:
    state, told, asked = _run(_piece(stream_id=""))
    assert (told, asked, state) == ([], [], TextState())


def test_words_so_far_are_told_when_they_are_news() -> None:
    state, told, _ = _run(_piece(is_last=False), Transcript("what", 0.5, "x"))
    assert [(event.text, event.is_final) for event in told] == [("what", False)]
    for text in ("what", ""):
        state, told, _ = _run(_piece(is_last=False), Transcript(text, 0.5, "x"), state=state)
        assert told == []


def test_a_recogniser_hears_the_utterance_from_its_beginning() -> None:
    state, _, asked = _run(_piece(is_last=False), Transcript("what", 0.5, "x"))
    assert (len(asked[0].samples), asked[0].is_last, asked[0].gives_way) == (FIRST_PARTIAL, False, True)
    _, _, asked = _run(_piece(samples=400), Transcript("what a day", 0.9, "x"), HAPPY, state=state)
    assert (len(asked[0].samples), asked[0].is_last, asked[0].gives_way) == (FIRST_PARTIAL + 400, True, False)


def test_words_so_far_are_asked_for_when_enough_is_new() -> None:
    state, _, _ = _run(_piece(is_last=False, samples=FIRST_PARTIAL - 1))
    state, _, asked = _run(_piece(is_last=False, samples=1), Transcript("", 0.2, "x"), state=state)
    assert len(asked) == 1
    state, _, _ = _run(_piece(is_last=False, samples=PARTIAL_EVERY - 1), state=state)
    _, _, asked = _run(_piece(is_last=False, samples=1), Transcript("what", 0.5, "x"), state=state)
    assert len(asked[0].samples) == FIRST_PARTIAL + PARTIAL_EVERY


def test_words_so_far_that_gave_way_are_asked_for_with_the_next_piece() -> None:
    state, told, _ = _run(_piece(is_last=False), None)
    assert told == []
    _, (said,), asked = _run(_piece(is_last=False, samples=10), Transcript("what", 0.5, "x"), state=state)
    assert (len(asked[0].samples), said.text, said.is_final) == (FIRST_PARTIAL + 10, "what", False)


@pytest.mark.parametrize("is_ended", [True, False])
def test_nothing_of_one_utterance_is_heard_in_the_next(is_ended: bool) -> None:
    state, _, _ = _run(_piece(is_last=False), Transcript("what a", 0.5, "x"))
    if is_ended:
        state, _, _ = _run(_piece(samples=0), Transcript("what a day", 0.9, "x"), HAPPY, state=state)
    _, told, asked = _run(_piece(stream_id="s-2", samples=500), EngineFailed("it broke"), state=state)
    assert len(asked[0].samples) == 500
    assert told[-1].text == ""


def test_what_is_kept_of_an_utterance_is_bounded() -> None:
    state = TextLane().start("stream")
    for _ in range(8):
        state, _, _ = _run(_piece(is_last=False, samples=LONGEST // 4), None, state=state)
    assert sum(map(len, state.heard)) <= LONGEST


def test_speech_that_nobody_can_transcribe_is_told_without_words_and_the_fault_once() -> None:
    broken = EngineUnavailable("no transcriber; pip install one")
    state, told, _ = _run(_piece(), broken)
    fault, said = told
    assert (fault.code, fault.modality, said.text, said.is_final) == ("engine_unavailable", "text", "", True)
    _, told, _ = _run(_piece(), broken, state=state)
    assert [type(event) for event in told] == [Utterance]
    _, told, _ = _run(_piece(), broken, state=state, lane=TextLane(language="nl"))
    assert [type(event) for event in told] == [Fault, Utterance], "another language is another fault"


def test_a_transcriber_that_fails_in_mid_utterance_leaves_the_words_so_far() -> None:
    state, _, _ = _run(_piece(is_last=False), Transcript("what a", 0.5, "x"))
    _, told, _ = _run(_piece(), EngineFailed("it broke"), HAPPY, state=state)
    assert [event.text for event in told if isinstance(event, Utterance)] == ["what a"]


def test_words_that_nobody_can_read_are_told_all_the_same() -> None:
    state, told, _ = _run(_typed("hello"), EngineFailed("it broke"))
    assert [type(event) for event in told] == [Fault, Utterance]
    state, told, _ = _run(_typed("hello"), EngineFailed("it broke"), state=state)
    assert [type(event) for event in told] == [Utterance]
    state, _, _ = _run(_typed("hello"), HAPPY, state=state)
    _, told, _ = _run(_typed("hello"), EngineFailed("it broke"), state=state)
    assert isinstance(told[0], Fault), "after it has worked, its failure is news"


def test_what_was_told_of_faults_is_bounded() -> None:
    state = TextState()
    for number in range(100):
        broken = EngineFailed("it broke", f"code_{number}")
        state, _, _ = _run(_typed("hello"), broken, state=state)
    assert len(state.told_faults) == 8


def test_the_language_may_be_set() -> None:
    lane = TextLane().prefer(Preferences(language="nl"))
    _, told, asked = _run(_piece(), Transcript("dag", 1.0, "x"), HAPPY, lane=lane)
    assert (asked[0].language, told[0].language) == ("nl", "nl")
    assert lane.prefer(Preferences()) is lane


def test_the_state_survives_being_stored_in_the_middle_of_an_utterance() -> None:
    state, _, _ = _run(_piece(is_last=False), Transcript("what a", 0.5, "x"))
    state, _, _ = _run(_piece(is_last=False), EngineFailed("it broke"), state=state)
    again = pickle.loads(pickle.dumps(state))  # noqa: S301 - our own bytes
    assert again == state
    assert np.array_equal(np.concatenate(again.heard), np.concatenate(state.heard))
    last = Transcript("what a day", 0.9, "x")
    before, after = (_run(_piece(), last, HAPPY, state=one)[1] for one in (state, again))
    assert before[0] == after[0]
    assert np.array_equal(before[1].probs, after[1].probs)
