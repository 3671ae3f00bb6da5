"""What words say of the end of a turn."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.estimation.end_of_turn import (
    LIKELY_CLOSING,
    LONGER,
    SOUNDS_OPEN,
    SURE_CLOSING,
    TABLES,
    Ending,
    ending,
    knows,
    patience_s,
    with_sound,
)
from core.estimation.words import UNSURE_TRANSCRIPT

OVER = """
I went home today. | How are you? | Stop! | Ten of clubs. | Yes. | We bought bread, milk, and eggs.
I'd like to do better at that. | It was late. We went home. | What are you talking about?
It's nice, isn't it | You like it, don't you?
"""
OPEN = """
I went home because | I went home, because. | I saw the. | It's my. | We were, um. | And, uh | I wanted to say that,
I went to | We bought bread, milk, eggs. | Apples, pears, | My number is five, five, zero. | I know, sort of.
It was the best of times, it was the worst of times. | I wonder if... | I thought - | And so I went home,
"""
NOT_SURE = """
I went home today. | How are you? | It is what it is. | Where are you from.
"""


def parts(text: str) -> list[str]:
    return [part.strip() for line in text.strip().splitlines() for part in line.split(" | ")]


@pytest.mark.parametrize("text", parts(OVER))
def test_words_that_end_a_sentence_end_the_turn_soon(text: str) -> None:
    assert ending(text, "en", 0.95, 0.97) is Ending.OVER


@pytest.mark.parametrize("text", parts(OPEN))
@pytest.mark.parametrize("language", ["en", "en-GB"])
def test_words_after_which_something_must_follow_wait_long(text: str, language: str) -> None:
    assert ending(text, language, 0.95, 0.2) is Ending.OPEN


@pytest.mark.parametrize("text", ["I saw the.", "We were, um.", "We bought bread, milk, eggs.", "My number is 5 5 0."])
def test_a_recogniser_that_is_sure_of_its_mark_does_not_outweigh_the_words(text: str) -> None:
    assert ending(text, "en", 0.95, 1.0) is Ending.OPEN


@pytest.mark.parametrize("text", parts(NOT_SURE))
@pytest.mark.parametrize("closing", [None, LIKELY_CLOSING - 0.01])
def test_a_mark_that_nobody_is_sure_of_changes_nothing(text: str, closing: float | None) -> None:
    found = ending(text, "en", 0.95, closing)
    assert found in {Ending.UNKNOWN, Ending.OPEN}
    assert found is Ending.UNKNOWN or text.endswith(("is.", "from."))


@pytest.mark.parametrize("closing", [LIKELY_CLOSING, SURE_CLOSING - 0.01])
def test_a_mark_that_is_half_believed_waits_a_little_less(closing: float) -> None:
    assert ending("I went home today.", "en", 0.95, closing) is Ending.LIKELY
    assert ending("I went home because.", "en", 0.95, closing) is Ending.OPEN


@pytest.mark.parametrize("text", ["Than he was.", "Where are you from?", "He was late then."])
def test_words_that_are_mostly_followed_need_a_surer_mark(text: str) -> None:
    assert ending(text, "en", 0.95, 0.9) is Ending.OPEN
    assert ending(text, "en", 0.95, 0.97) is Ending.OVER


@pytest.mark.parametrize("text", ["", "  ", "...", "?", "123abc 你好"])
@pytest.mark.parametrize("language", ["en", "pl", "", "x-nobody"])
def test_nothing_readable_changes_nothing(text: str, language: str) -> None:
    assert ending(text, language, 1.0, None) is Ending.UNKNOWN


def test_another_language_and_words_badly_heard_change_nothing() -> None:
    assert not knows("pl-PL")
    assert ending("Poszedłem do domu.", "pl", 0.99, 0.99) is Ending.UNKNOWN
    assert ending("I went home.", "en", UNSURE_TRANSCRIPT - 0.01, 0.99) is Ending.UNKNOWN
    assert ending("I went home because", "en", UNSURE_TRANSCRIPT - 0.01, 0.0) is Ending.UNKNOWN


def test_the_usual_patience_is_a_third_of_a_second_or_more_than_one() -> None:
    assert [round(patience_s(found, 0.7), 3) for found in Ending] == [0.35, 0.56, 1.2, 0.7]


@given(st.text(max_size=200), st.floats(0, 1), st.none() | st.floats(0, 1), st.floats(0.3, 2))
def test_any_words_have_an_ending_and_none_waits_less_than_half_of_the_persons_own(text, confidence, closing, own_s):
    found = ending(text, "en", confidence, closing)
    assert own_s * 0.5 <= patience_s(found, own_s) <= own_s * 12 / 7 + 1e-9


@pytest.mark.parametrize("language", sorted(TABLES))
def test_a_table_is_written_as_words_are_compared(language: str) -> None:
    table = TABLES[language]
    single = table.open_words | table.mostly_open | table.joining | table.numbers
    assert all(word == word.lower() and " " not in word for word in single)
    assert all(run == run.lower() for run in (*table.open_runs, *table.tags))
    assert not table.open_words & table.mostly_open


@given(st.sampled_from(Ending), st.floats(0, 1))
def test_what_sounds_open_is_waited_for_longer_unless_the_words_are_sure(found: Ending, probability: float) -> None:
    before, after = patience_s(found, 1.0), patience_s(with_sound(found, probability), 1.0)
    is_longer = probability < SOUNDS_OPEN and found in {Ending.LIKELY, Ending.UNKNOWN}
    assert after > before if is_longer else after == before


def test_the_sound_is_asked_exactly_where_it_may_change_something() -> None:
    assert {found for found in Ending if with_sound(found, 0.0) is not found} == set(LONGER)


@pytest.mark.parametrize("text", ["I am from the heart of our district.", "What can your country do for you?"])
def test_what_could_be_a_whole_sentence_is_likely_over_until_its_mark_is_sure(text: str) -> None:
    assert ending(text, "en", 0.93, SURE_CLOSING - 0.01) is Ending.LIKELY


@pytest.mark.parametrize("text", ["Where I chase my own.", "There are several.", "He is the former."])
def test_an_adjective_that_wants_a_noun_leaves_the_sentence_open(text: str) -> None:
    assert ending(text, "en", 0.93, 0.72) is Ending.OPEN
    assert ending(text, "en", 0.93, SURE_CLOSING) is Ending.OVER
