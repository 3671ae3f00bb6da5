"""Hibari's signs to IPA with times, and pieces that lose nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.companion.visemes import visemes_of
from models._hibari_phonemes import LEAD_S, UNIT_S, pieces, timed_phonemes


def test_signs_begin_with_their_units_a_little_earlier() -> None:
    found = timed_phonemes("mˈA bI.", [4, 2, 1, 4, 2, 3, 5, 6, 1])
    starts = [round((start_s + LEAD_S) / UNIT_S) for _, start_s in found]
    assert [symbol for symbol, _ in found] == ["m", "ˈeɪ", "b", "aɪ", "_"]
    assert starts == [4, 6, 13, 16, 21], "a stress mark begins its vowel, a space belongs to the sound before it"


@pytest.mark.parametrize("signs", ["a", "a.", "a...", ". a.", "“a” (b), —c!", "a , ,b"])
def test_stops_are_one_pause_and_the_mouth_shuts_at_the_end(signs: str) -> None:
    found = [symbol for symbol, _ in timed_phonemes(signs, [3] * (len(signs) + 2))]
    assert found[0] != "_"
    assert found[-1] == "_"
    assert "__" not in "".join(found)


def test_a_stress_before_a_stop_is_not_the_next_vowels() -> None:
    assert [symbol for symbol, _ in timed_phonemes("aˈ.b", [1] * 6)] == ["a", "_", "b", "_"]


def test_stops_alone_say_nothing() -> None:
    assert timed_phonemes("...", [1] * 5) == []
    assert list(pieces("... — !")) == []


SIGNS = 'AIOQWYTᵊᵻʤʧabdfhijklmnpstuvwzæðŋɑɔəɛɜɡɪɹɾʃʊʌʒθɐˈˌ ;:,.!?—…"()“”'


@given(st.text(alphabet=SIGNS, max_size=60), st.data())
def test_times_rise_and_every_symbol_has_a_mouth(signs: str, data: st.DataObject) -> None:
    units = data.draw(st.lists(st.integers(1, 12), min_size=len(signs) + 2, max_size=len(signs) + 2))
    found = timed_phonemes(signs, units)
    times = [start_s for _, start_s in found]
    assert times == sorted(times)
    assert all(0 <= start_s <= sum(units) * UNIT_S for start_s in times)
    assert all(visemes_of(symbol) for symbol, _ in found)


@pytest.mark.parametrize(
    ("sign", "mouths"), [("A", "E I"), ("I", "aa I"), ("O", "O U"), ("W", "aa U"), ("Y", "O I"), ("T", "DD")]
)
def test_signs_that_are_no_ipa_have_the_mouth_of_their_sound(sign: str, mouths: str) -> None:
    ((symbol, _), _) = timed_phonemes(sign, [1, 1, 1])
    assert visemes_of(symbol) == tuple(mouths.split())


def test_long_text_is_cut_where_a_clause_ends_else_between_words_else_anywhere() -> None:
    assert list(pieces("aaa, bbb ccc. ddd", 10)) == ["aaa,", "bbb ccc.", "ddd"]
    assert list(pieces("aaa bbb ccc", 8)) == ["aaa bbb", "ccc"]
    assert list(pieces("a" * 25, 10)) == ["a" * 10, "a" * 10, "a" * 5]


@given(st.text(alphabet="ab ,.", max_size=80), st.integers(1, 12))
def test_pieces_lose_nothing_and_are_never_longer(signs: str, longest: int) -> None:
    made = list(pieces(signs, longest))
    assert [c for c in "".join(made) if c.isalpha()] == [c for c in signs if c.isalpha()]
    assert all(len(piece) <= longest for piece in made)
