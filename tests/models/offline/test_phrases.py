"""Every language says the same kinds of things, in lines that can be filled."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from string import Formatter

import pytest

from models._offline.phrases import Phrases
from models.reply_offline import LANGUAGES, TONES

EVERY = pytest.mark.parametrize("phrases", LANGUAGES.values(), ids=LANGUAGES)
PLACES = {"q", "old", "you"}


def lines(phrases: Phrases) -> Iterator[str]:
    """Every sentence that may be said."""
    for field in fields(phrases):
        value = getattr(phrases, field.name)
        if isinstance(value, Mapping):
            yield from (line for part in value.values() for line in part)
        elif isinstance(value, tuple) and field.name != "quotes":
            yield from value


@EVERY
def test_every_tone_and_both_personalities_have_lines(phrases: Phrases) -> None:
    assert set(phrases.mirror) == set(phrases.alone) == {*TONES.values(), "unsure", "torn"}
    for kinds in (phrases.open, phrases.ask, phrases.deepen, phrases.short, phrases.greet):
        assert set(kinds) == {"therapist", "coach"}
        assert all(kinds.values())


@EVERY
def test_lines_name_only_places_that_are_filled(phrases: Phrases) -> None:
    named = {name for line in lines(phrases) for _, name, _, _ in Formatter().parse(line) if name is not None}
    assert named <= PLACES
    assert {name for _, name, _, _ in Formatter().parse(phrases.summary) if name} == {"t"}


@EVERY
def test_no_line_stands_twice(phrases: Phrases) -> None:
    said = list(lines(phrases))
    assert {line for line in said if said.count(line) > 1} == set()


@EVERY
def test_only_english_turns_a_clause_to_the_second_person(phrases: Phrases) -> None:
    uses_you = any("{you}" in line for line in lines(phrases))
    assert uses_you == (phrases is LANGUAGES["en"])


@EVERY
def test_patterns_can_be_read(phrases: Phrases) -> None:
    assert re.compile(phrases.who_words)
    assert phrases.question_words.startswith("^")


@EVERY
def test_no_line_claims_to_know_a_feeling(phrases: Phrases) -> None:
    claims = re.compile(
        r"\b(?:you are|je bent|du bist|vous êtes|estás) (?:sad|angry|verdrietig|boos|traurig|wütend|triste)"
    )
    assert [line for line in lines(phrases) if claims.search(line.lower())] == []
