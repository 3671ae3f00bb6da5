"""What counts as a wrong word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.training.word_error import counted, errors, normalised, word_error

WORDS = st.lists(st.sampled_from("abcd"), max_size=8)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Mr. Quilter, the ill-disposed!", "mister quilter the ill disposed"),
        ("Don\u2019t say it's 10", "dont say its ten"),
        ("42 and 30 and 105", "forty two and thirty and one zero five"),
        ("  ", ""),
    ],
)
def test_words_are_written_in_one_way(text: str, words: str) -> None:
    assert normalised(text) == words.split()


def test_other_languages_keep_their_letters_and_numbers() -> None:
    assert normalised("Żyć, 10 języków!", "pl") == ["żyć", "10", "języków"]
    assert normalised("Número, contraseña", "es") == ["numero", "contrasena"]


@pytest.mark.parametrize(
    ("said", "heard", "wrong"),
    [
        ("a b c", "a b c", 0),
        ("a b c", "a x c", 1),
        ("a b c", "a c", 1),
        ("a b c", "a b x c", 1),
        ("a b", "", 2),
        ("", "a", 1),
    ],
)
def test_an_error_is_a_word_put_in_left_out_or_changed(said: str, heard: str, wrong: int) -> None:
    assert errors(said.split(), heard.split()) == wrong


@given(WORDS, WORDS, WORDS)
def test_errors_are_a_distance(one, other, third) -> None:
    assert errors(one, other) == errors(other, one)
    assert (errors(one, other) == 0) == (one == other)
    assert errors(one, third) <= errors(one, other) + errors(other, third)


def test_all_errors_over_all_words_with_an_interval_around_them() -> None:
    recordings = [counted("one two three four", heard) for heard in ("1 2 3 4", "1 2 3 5", "1 2", "")] * 20
    told = word_error(recordings, seed=1)
    assert told.value == pytest.approx((0 + 1 + 2 + 4) / 16)
    assert told.low < told.value < told.high
    assert word_error([(0, 4)] * 5, seed=1).high == 0
