"""Words of a text and their places in the table."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from models._text_features import MAX_TOKENS, PLACES, WIDTH, is_mark, places_of, read_text, split_words, tidy


def test_words_marks_and_emoticons_stand_alone():
    assert split_words("I'm SOOOOO happy :) 😭 2024!!") == ["i'm", "sooo", "happy", ":)", "😭", "0", "!!"]
    assert is_mark("!!")
    assert not is_mark(":)")


def test_places_stay_within_the_table():
    rows = read_text("Vandaag ben ik onvoorstelbaar gelukkig! " * 100)
    assert rows.shape == (MAX_TOKENS, WIDTH)
    assert rows.min() >= 0
    assert rows.max() < PLACES


@given(st.text(max_size=300))
def test_any_text_becomes_rows_within_the_table(text: str) -> None:
    rows = read_text(text)
    assert 1 <= len(rows) <= MAX_TOKENS
    assert rows.shape[1] == WIDTH
    assert 0 <= rows.min() <= rows.max() < PLACES


@given(st.text(max_size=100))
def test_tidying_twice_changes_nothing_more(text: str) -> None:
    assert split_words(tidy(text)) == split_words(text)


def test_word_and_its_typo_share_letter_groups() -> None:
    word, typo, other = (set(places_of(token)[1:]) for token in ("happiness", "hapiness", "umbrella"))
    assert len(word & typo) > 4
    assert not word & other


def test_number_whatever_its_value_is_one_word() -> None:
    assert split_words("7 300") == ["0", "0"]
    assert len(places_of("0")) == 1


def test_text_without_a_token_is_one_row_of_nothing() -> None:
    assert not read_text("   ").any()
