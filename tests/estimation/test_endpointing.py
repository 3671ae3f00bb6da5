"""Where speech begins and ends, frame by frame."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.estimation.endpointing import (
    LEAST_FRAMES,
    LONGEST_FRAMES,
    Segmenting,
    end_now,
    hear,
    patience_frames,
)


def turns_of(probabilities, patience=22, state=None):
    state, told = state or Segmenting(), []
    for probability in probabilities:
        state, turns = hear(state, probability, patience)
        told += turns
    return state, [(turn.kind, turn.frame) for turn in told]


def test_begin_and_end_are_the_first_and_after_the_last_voiced_frame() -> None:
    _, told = turns_of([0.0] * 10 + [0.9] * 30 + [0.0] * 40)
    assert told == [("start", 10), ("end", 40)]


def test_a_click_is_no_speech() -> None:
    assert turns_of(([0.9] * (LEAST_FRAMES - 1) + [0.0] * 20) * 5)[1] == []


def test_a_pause_shorter_than_the_patience_is_part_of_the_sentence() -> None:
    _, told = turns_of([0.9] * 20 + [0.1] * 15 + [0.9] * 20 + [0.0] * 30)
    assert told == [("start", 0), ("end", 55)]


def test_a_voice_that_drops_a_little_goes_on() -> None:
    _, told = turns_of([0.9] * 10 + [0.4] * 50 + [0.0] * 30)
    assert told == [("start", 0), ("end", 60)]


@pytest.mark.parametrize(
    ("speech", "pause", "is_cut"), [(450, 20, False), (520, 20, True), (600, 8, False), (690, 1, True)]
)
def test_long_speech_is_cut_at_a_pause_that_may_be_the_shorter_the_longer_it_lasts(speech, pause, is_cut) -> None:
    _, told = turns_of([0.9] * speech + [0.0] * pause + [0.9] * 5)
    assert told == ([("start", 0), ("end", speech)] if is_cut else [("start", 0)])


def test_speech_with_pauses_is_never_cut_in_a_word() -> None:
    _, told = turns_of(([0.9] * 60 + [0.0] * 4) * 40)
    ends = [frame for kind, frame in told if kind == "end"]
    assert len(ends) >= 3
    assert all(frame % 64 == 60 for frame in ends)


def test_an_endless_one_is_cut() -> None:
    _, told = turns_of([0.9] * (2 * LONGEST_FRAMES + 50))
    assert [kind for kind, _ in told] == ["start", "end", "start", "end", "start"]


def test_it_can_be_ended_at_once_and_only_when_somebody_speaks() -> None:
    state, _ = turns_of([0.9] * 20)
    after, turns = end_now(state)
    assert [(turn.kind, turn.frame) for turn in turns] == [("end", 20)]
    assert end_now(after)[1] == ()


@given(st.lists(st.floats(0, 1), max_size=300), st.floats(0.3, 2))
def test_begins_and_ends_take_turns_in_order_of_time(probabilities, patience_s) -> None:
    _, told = turns_of(probabilities, patience_frames(patience_s))
    assert [kind for kind, _ in told] == ["start", "end"][: len(told)] + (["start", "end"] * len(told))[
        : max(0, len(told) - 2)
    ]
    frames = [frame for _, frame in told]
    assert frames == sorted(frames)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=120), st.data())
def test_the_state_may_be_stored_anywhere(probabilities, data) -> None:
    cut = data.draw(st.integers(0, len(probabilities)))
    whole = turns_of(probabilities)[1]
    state, first = turns_of(probabilities[:cut])
    _, second = turns_of(probabilities[cut:], state=pickle.loads(pickle.dumps(state)))  # noqa: S301 - our own bytes
    assert first + second == whole
