"""The tables of the languages are whole, and a broken one says so."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

import core.estimation.negation.languages as module
from core.estimation.negation.languages import LANGUAGES, read
from core.types import EMOTIONS

FOLDER = Path(module.__file__).parent


@pytest.mark.parametrize("code", sorted(LANGUAGES))
def test_each_table_names_all_expressions_but_neutral(code):
    for label, pattern in zip(EMOTIONS, LANGUAGES[code].feelings, strict=True):
        assert (pattern.pattern.count("|") > 2) == (label != "neutral"), label


@pytest.mark.parametrize("code", sorted(LANGUAGES))
def test_no_pattern_of_a_table_fits_nothing_at_all(code):
    language = LANGUAGES[code]
    for pattern in (language.idle, language.most, language.turns, language.unreal, language.ended):
        assert all(match.group() for match in pattern.finditer("a b, c. d"))


def test_macros_are_filled_wherever_they_stand():
    assert not any(re.search(r"\{[a-z]+\}", LANGUAGES[code].most.pattern) for code in LANGUAGES)


def test_table_with_a_list_missing_is_refused():
    with pytest.raises(KeyError, match="idioms"):
        read((FOLDER / "en.toml").read_text().replace("\nidioms = ", "\nphrases = "))


def test_table_with_an_unknown_part_is_refused():
    with pytest.raises(msgspec.ValidationError):
        read("front = true\n" + (FOLDER / "en.toml").read_text())
