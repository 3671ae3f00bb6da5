"""What a Piper voice is given, and what its lengths mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models._piper_phonemes import LEAD_S, clauses, ids_of, signs_of, timed_phonemes

KNOWN = {sign: [n] for n, sign in enumerate("_^$ .,?!ˈˌːabdeiklmnopstuɪʊ")}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Well, I hear you!", [("Well", ","), ("I hear you", "!")]),
        ("Dr. Lee has 3.5 cats", [("Dr. Lee has 3.5 cats", ".")]),
        ("It is late. (Really?) Yes.", [("It is late. (Really", "?"), ("Yes", ".")]),
        ('He said "no."', [('He said "no', ".")]),
        ("1,234 and e.g. this; that", [("1,234 and e.g. this", ";"), ("that", ".")]),
        ("... !", []),
        ("", []),
    ],
)
def test_text_is_words_and_the_stops_after_them(text: str, found: list[tuple[str, str]]) -> None:
    assert clauses(text) == found


@given(st.text(alphabet="ab .,!?'\n", max_size=60))
def test_no_word_is_lost(text: str) -> None:
    said = "".join(words for words, _ in clauses(text))
    assert [c for c in said if c.isalpha()] == [c for c in text if c.isalpha()]


def test_signs_the_voice_does_not_know_and_its_own_marks_are_left_out() -> None:
    assert signs_of("^pˈɑm_$ a", KNOWN) == ["p", "ˈ", "m", " ", "a"]


def test_every_sign_has_a_pad_behind_it() -> None:
    pad, begin, end = (KNOWN[mark][0] for mark in "_^$")
    assert ids_of(["m", "a"], KNOWN) == [begin, pad, *KNOWN["m"], pad, *KNOWN["a"], pad, end]


def test_signs_begin_with_their_lengths_a_little_earlier() -> None:
    signs = ["m", "ˈ", "a", "ː", " ", "b", "."]
    found = timed_phonemes(signs, [0.1, 0.1, *[0.05] * 14, 0.1])
    assert [symbol for symbol, _ in found] == ["m", "ˈa", "b", "_"]
    assert [round(start_s + LEAD_S, 3) for _, start_s in found] == [0.2, 0.3, 0.7, 0.8]


@given(st.text(alphabet=" .,?!ˈˌːabdeiklmnopstuɪʊ", max_size=40), st.data())
def test_times_rise(signs: str, data: st.DataObject) -> None:
    count = 2 * len(signs) + 3
    lengths = data.draw(st.lists(st.floats(0.01, 0.2), min_size=count, max_size=count))
    times = [start_s for _, start_s in timed_phonemes(signs, lengths)]
    assert times == sorted(times)
    assert all(start_s >= 0 for start_s in times)
