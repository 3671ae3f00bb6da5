"""The lists that the safety answer is measured on: long enough, halved by the seed, and frozen."""

from __future__ import annotations

import hashlib

import pytest

from core.analysis.statistics import wilson
from core.companion.safety import detect
from tests.companion.safety_lists import FOLDER, LANGUAGES, alarms, confusion, drawn, found, rows

CHECKSUMS = {
    "en": "e6a43849326174584f4195a50875974de5b21d9b8e791d1f36ccf69e1f3d7faa",
    "nl": "a55836161a4375b3f46299305e8ecdd879e4fefba043dc11e611498e25331934",
    "de": "68d437e2e0c305e66b5f63d06658d36f3f0a1fddf18a7cafa8106d1a2a3579f7",
    "fr": "2d9d19472d5bc91ef0524244b98eb0b98e37af75e0f2707e8ed87650497eda3d",
    "es": "9774a4478bb308afa1e090f435ddfb3d697e3bf59abc8ae8d60fa09a996bb7ea",
}
"""SHA-256 of each frozen half, from before the rules were written; a change here is a new list, and says so"""
EVERY = pytest.mark.parametrize("language", LANGUAGES)


@EVERY
def test_frozen_half_is_as_it_was_before_the_rules(language: str) -> None:
    assert hashlib.sha256((FOLDER / f"{language}_frozen.tsv").read_bytes()).hexdigest() == CHECKSUMS[language]


@EVERY
def test_halves_are_what_the_seed_draws(language: str) -> None:
    assert set(rows(f"{language}_frozen")) == drawn(language)


@EVERY
def test_each_language_has_150_with_danger_and_150_without(language: str) -> None:
    written = rows(f"{language}_frozen") + rows(f"{language}_development")
    assert sum(right != "none" for _, right in written) >= 150
    assert sum(right == "none" for _, right in written) >= 150
    assert len(dict(written)) == len(written)


def test_what_was_reported_from_use_is_not_in_the_frozen_half() -> None:
    assert not set(rows("en_field")) & set(rows("en_frozen"))


# -- what the rules make of them: they are rules, so that this is the same on any machine -------------


def told(language: str, k: int, n: int, what: str) -> str:
    low, high = wilson(k, n)
    return f"{language}: {what} {k} of {n}, {k / n:.3f} (95 % Wilson interval {low:.3f} to {high:.3f})"


@EVERY
def test_nine_of_ten_in_danger_are_met_with_help(language: str) -> None:
    k, n = found(confusion(language, "frozen"))
    print(told(language, k, n, "found"))
    assert k / n >= 0.9


@EVERY
def test_one_of_twenty_ways_of_speaking_at_most_raises_an_alarm(language: str) -> None:
    k, n = alarms(confusion(language, "frozen"))
    print(told(language, k, n, "false alarms"))
    assert k / n <= 0.05


@EVERY
def test_what_the_rules_were_made_on_is_told_apart_wholly(language: str) -> None:
    counts = confusion(language, "development")
    assert found(counts)[0] == found(counts)[1]
    assert alarms(counts)[0] == 0


@pytest.mark.parametrize(("text", "right"), rows("en_field"))
def test_what_was_reported_from_use_is_answered_rightly(text: str, right: str) -> None:
    assert (detect(text, "en") or "none") == right
