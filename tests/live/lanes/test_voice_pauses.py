"""The voice lane in a pause: it asks for the words so far, and they decide how much silence ends the utterance."""

from __future__ import annotations

import pickle
from itertools import pairwise

import numpy as np
import pytest

from core.engines.requests import TranscribeSpeech, Transcript
from core.errors import EngineFailed
from core.live.lanes.lane import EndSpeech, SpeechPiece
from core.live.lanes.voice import VoiceLane
from core.types import AudioChunk, Preferences, SpeechState
from tests.live.lanes.test_voice import RATE, Engines, hear, hear_all, of, talk

OVER = Transcript("I went home today.", 0.95, "ears", 0.98)
OPEN = Transcript("I went home because", 0.95, "ears", 0.1)
UNKNOWN = Transcript("I went home today.", 0.95, "ears", 0.4)
FRAME_S = 0.032


class Ears(Engines):
    """Hears what the script says, one answer a pause, the last one again and again."""

    def __init__(self, *answers: Transcript | Exception) -> None:
        super().__init__()
        self.answers = list(answers)
        self.asked: list[TranscribeSpeech] = []

    def answer(self, request):
        if not isinstance(request, TranscribeSpeech):
            return super().answer(request)
        self.asked.append(request)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def told_at(sound, ears, lane=None):
    """(state, session time of it, session time at which it was told) of each begin and end, in steps of a frame."""
    lane = lane or VoiceLane()
    state, told = lane.start("stream"), []
    for begin in range(0, len(sound), 512):
        at_s = begin / RATE
        chunk = AudioChunk(sound[begin : begin + 512], at_s, at_s, at_s + FRAME_S)
        state, events = hear(lane, state, chunk, ears)
        told += [(event.state, event.time_s, at_s + FRAME_S) for event in of(events, SpeechState)]
    return told


@pytest.mark.parametrize(
    ("said", "patience_s"),
    [(OVER, 0.35), (UNKNOWN, 0.7), (OPEN, 1.2), (EngineFailed("too late"), 0.7), (Transcript("", 0.3, "ears"), 0.7)],
)
def test_words_decide_how_much_silence_ends_the_utterance(said, patience_s) -> None:
    _, end = told_at(talk(0.5, 1, 2), Ears(said))
    assert end[0] == "end"
    assert end[1] == pytest.approx(1.5, abs=0.04), "the end lies where speech ended, whenever it is decided"
    assert end[2] - end[1] == pytest.approx(patience_s, abs=0.04)


@pytest.mark.parametrize(("said", "patience_s"), [(OVER, 0.6), (UNKNOWN, 1.2), (OPEN, 2.06)])
def test_the_persons_setting_shifts_all_of_them(said, patience_s) -> None:
    lane = VoiceLane().prefer(Preferences(patience_s=1.2))
    _, end = told_at(talk(0.5, 1, 3), Ears(said), lane)
    assert end[2] - end[1] == pytest.approx(patience_s, abs=0.04)


def test_speech_that_goes_on_in_time_joins_the_same_utterance_and_the_next_pause_is_asked_anew() -> None:
    ears = Ears(OPEN, OVER)
    states = told_at(talk(0.5, 1, 1, 1, 2), ears)
    assert [state for state, *_ in states] == ["start", "end"]
    assert states[1][1] == pytest.approx(3.5, abs=0.05)
    assert states[1][2] - states[1][1] == pytest.approx(0.35, abs=0.05)
    assert [len(request.samples) / RATE for request in ears.asked] == pytest.approx([1.5, 3.5], abs=0.1)


def test_a_short_pause_within_the_short_patience_parts_nothing() -> None:
    assert [state for state, *_ in told_at(talk(0.5, 1, 0.25, 1, 2), Ears(OVER))] == ["start", "end"]


def test_words_of_the_pause_that_ended_it_are_handed_on_and_those_of_an_earlier_one_are_not() -> None:
    ears = Ears(UNKNOWN, OVER)
    _, told = hear_all(talk(0.5, 1, 0.5, 1, 2), [1600], ears)
    (last,) = [piece for piece in of(told, SpeechPiece) if piece.is_last]
    assert last.said == OVER

    lane, ears = VoiceLane(), Ears(OPEN)
    state, _ = hear_all(talk(0.5, 1, 0.5, 1), [1600], ears, lane)
    _, events = hear(lane, state, EndSpeech(3.0, 3.0, 3.0), ears)
    (last,) = [piece for piece in of(events, SpeechPiece) if piece.is_last]
    assert last.said is None, "more was said since"


def test_what_is_asked_in_the_pause_is_what_the_text_lane_has_of_the_utterance() -> None:
    ears = Ears(OVER)
    _, told = hear_all(talk(0.5, 2, 2), [1600], ears)
    joined = np.concatenate([piece.samples for piece in of(told, SpeechPiece) if piece.stream_id])
    (asked,) = ears.asked
    assert np.array_equal(asked.samples, joined[: len(asked.samples)])
    assert len(joined) - len(asked.samples) <= RATE // 4


def test_words_of_a_long_utterance_are_asked_for_from_its_beginning() -> None:
    ears = Ears(OVER)
    hear_all(talk(0.5, 14, 2), [1600], ears)
    assert len(ears.asked[0].samples) / RATE == pytest.approx(14.5, abs=0.1)


@pytest.mark.parametrize("sizes", [[512], [160], [4800, 7, 333], [160_000]])
def test_the_cut_into_chunks_changes_nothing_that_is_asked_or_decided(sizes) -> None:
    sound = talk(0.5, 1, 0.5, 1, 1.1, 1, 2)
    answers = (OPEN, OVER, UNKNOWN)
    (one, other), runs = (Ears(*answers), Ears(*answers)), []
    for ears, cut in ((one, [1024]), (other, sizes)):
        runs.append([(e.state, round(e.time_s, 3)) for e in of(hear_all(sound, cut, ears)[1], SpeechState)])
    assert runs[0] == runs[1]
    assert len(one.asked) == len(other.asked) == 3


def test_an_answer_is_worth_no_more_than_the_end_that_comes_without_it() -> None:
    ears = Ears(OVER)
    told_at(talk(0.5, 1, 2), ears, VoiceLane(patience_s=1.0))
    assert ears.asked[0].late_s == pytest.approx(1.0 - 0.224)
    assert not ears.asked[0].gives_way


def test_a_language_without_a_table_waits_as_it_always_did_and_asks_nobody() -> None:
    ears = Ears(OVER)
    _, end = told_at(talk(0.5, 1, 2), ears, VoiceLane(language="pl"))
    assert end[2] - end[1] == pytest.approx(0.7, abs=0.04)
    assert ears.asked == []


def test_ends_never_come_before_starts_whatever_the_words_say() -> None:
    for answers in ((OVER,), (OPEN, OVER), (UNKNOWN, OPEN, OVER)):
        states = told_at(talk(0.5, 0.4, 0.4, 0.4, 0.8, 0.4, 1.3, 0.4, 2), Ears(*answers))
        assert [state for state, *_ in states] == ["start", "end"] * (len(states) // 2)
        assert all(before[1] <= after[1] and before[2] <= after[2] for before, after in pairwise(states))


def test_the_state_survives_being_stored_in_the_middle_of_a_pause() -> None:
    lane, ears, sound = VoiceLane(), Ears(OPEN), talk(0.5, 1, 2)
    state, _ = hear_all(sound[: 2 * RATE], [1600], ears, lane)
    state = pickle.loads(pickle.dumps(state))  # noqa: S301 - our own bytes
    _, events = hear(lane, state, AudioChunk(sound[2 * RATE :], 2.0, 102.0, 4.0), ears)
    assert len(ears.asked) == 1
    assert [event.state for event in of(events, SpeechState)] == ["end"]
