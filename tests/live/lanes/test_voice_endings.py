"""The voice lane where an engine hears whether a turn is over: what it is asked, what it changes, and when it fails."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from core.engines.requests import DetectEndOfTurn, EndOfTurn, Transcript
from core.errors import EngineFailed, EngineUnavailable
from core.live.lanes.voice import LATE, REMEMBERED, VoiceLane
from core.types import AudioChunk, Fault, SpeechState
from tests.live.lanes.test_voice import RATE, hear, hear_all, of, talk
from tests.live.lanes.test_voice_pauses import OPEN, OVER, UNKNOWN, Ears, told_at

LANE = VoiceLane(hears_endings=True)
LIKELY = Transcript("I went home today.", 0.95, "ears", 0.8)
CLOSED, GOING_ON, UNDECIDED = EndOfTurn(0.98, "sound"), EndOfTurn(0.02, "sound"), EndOfTurn(0.7, "sound")


class BothEars(Ears):
    """Words as scripted, and always the same of how it sounds."""

    def __init__(self, sound: EndOfTurn | Exception, *answers) -> None:
        super().__init__(*answers)
        self.sound = sound
        self.listened: list[DetectEndOfTurn] = []

    def answer(self, request):
        if not isinstance(request, DetectEndOfTurn):
            return super().answer(request)
        self.listened.append(request)
        return self.sound


def waited_s(sound: EndOfTurn | Exception, said, lane: VoiceLane = LANE) -> float:
    _, end = told_at(talk(0.5, 1, 2), BothEars(sound, said), lane)
    return end[2] - end[1]


@pytest.mark.parametrize(
    ("sound", "said", "patience_s"),
    [
        (CLOSED, UNKNOWN, 0.7),
        (UNDECIDED, UNKNOWN, 0.7),
        (GOING_ON, UNKNOWN, 1.2),
        (CLOSED, LIKELY, 0.56),
        (GOING_ON, LIKELY, 0.7),
        (GOING_ON, OVER, 0.35),
        (CLOSED, OPEN, 1.2),
    ],
)
def test_the_sound_lengthens_what_the_words_leave_open(sound, said, patience_s) -> None:
    assert waited_s(sound, said) == pytest.approx(patience_s, abs=0.04)


@pytest.mark.parametrize("said", [OPEN, OVER])
def test_after_words_that_leave_nothing_open_nobody_is_asked(said) -> None:
    ears = BothEars(CLOSED, said)
    told_at(talk(0.5, 1, 2), ears, LANE)
    assert ears.listened == []


@pytest.mark.parametrize("error", [EngineFailed("broke"), EngineUnavailable("missing"), EngineFailed("late", LATE)])
@pytest.mark.parametrize(("said", "patience_s"), [(OVER, 0.35), (UNKNOWN, 0.7), (OPEN, 1.2)])
def test_without_an_answer_the_words_alone_count(error, said, patience_s) -> None:
    assert waited_s(error, said) == pytest.approx(patience_s, abs=0.04)


@pytest.mark.parametrize(("code", "faults"), [("engine_failed", 1), (LATE, 0)])
def test_a_failing_engine_is_told_once_and_a_late_one_never(code: str, faults: int) -> None:
    _, told = hear_all(talk(0.5, 1, 1, 1, 1, 1, 2), [1600], BothEars(EngineFailed("no", code), UNKNOWN), LANE)
    assert [fault.modality for fault in of(told, Fault)] == ["voice"] * faults
    assert [event.state for event in of(told, SpeechState)] == ["start", "end"] * 3


def test_one_that_answers_again_and_fails_again_is_told_again() -> None:
    ears, lane, told = BothEars(EngineFailed("no"), UNKNOWN), LANE, []
    state = lane.start("stream")
    for turn, sound in enumerate((EngineFailed("no"), UNDECIDED, EngineFailed("no"))):
        ears.sound = sound
        state, events = hear(lane, state, AudioChunk(talk(0.5, 1, 1), 2.5 * turn, 2.5 * turn, 2.5 * turn), ears)
        told += events
    assert len(of(told, Fault)) == 2


def test_where_none_is_set_nobody_is_asked() -> None:
    ears = BothEars(CLOSED, UNKNOWN)
    _, end = told_at(talk(0.5, 1, 2), ears)
    assert ears.listened == []
    assert end[2] - end[1] == pytest.approx(0.7, abs=0.04)


def test_it_hears_the_utterance_with_the_beginning_of_the_pause_and_is_waited_for_no_longer_than_the_pause() -> None:
    ears = BothEars(UNDECIDED, UNKNOWN)
    told_at(talk(0.5, 1, 2), ears, LANE)
    (asked,) = ears.listened
    assert len(asked.samples) == len(ears.asked[0].samples)
    assert asked.late_s == pytest.approx(0.7 - 0.224)
    assert asked.language == "en"


@pytest.mark.parametrize("sizes", [[512], [160], [4800, 7, 333], [160_000]])
def test_after_settled_words_it_hears_what_is_remembered_however_the_sound_was_cut(sizes) -> None:
    sound, then = talk(0.5, 6, 0.3, 1, 2), Transcript("We slept at once.", 0.95, "ears", 0.4)
    one, other = BothEars(UNDECIDED, LIKELY, then), BothEars(UNDECIDED, LIKELY, then)
    for ears, cut in ((one, [1024]), (other, sizes)):
        hear_all(sound, cut, ears, LANE)
    assert len(one.listened) == 2
    assert len(one.asked[1].samples) < REMEMBERED == len(one.listened[1].samples)
    for asked, again in zip(one.listened, other.listened, strict=True):
        assert np.array_equal(asked.samples, again.samples)


def test_the_state_says_after_being_stored_that_the_fault_was_told() -> None:
    ears = BothEars(EngineFailed("no"), UNKNOWN)
    state, _ = hear_all(talk(0.5, 1, 1), [1600], ears, LANE)
    state = pickle.loads(pickle.dumps(state))  # noqa: S301 - our own bytes
    _, events = hear(LANE, state, AudioChunk(talk(0, 1, 1), 2.5, 2.5, 4.5), ears)
    assert of(events, Fault) == []
    assert len(ears.listened) == 2


def test_a_second_of_sound_is_enough_whatever_came_before_the_utterance() -> None:
    ears = BothEars(UNDECIDED, UNKNOWN)
    told_at(talk(6, 1, 2), ears, LANE)
    assert len(ears.listened[0].samples) / RATE == pytest.approx(1.5, abs=0.1)
