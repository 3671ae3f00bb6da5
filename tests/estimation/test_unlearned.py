"""Texts in languages that the net never learned are told from those in learned ones; names and short English stay."""

from __future__ import annotations

import pytest

from core.estimation.unlearned import LISTS, is_unlearned
from core.estimation.words import text_quality
from tests.sources import ROOT

FOREIGN = [line.split("\t") for line in (ROOT / "tests/data/unlearned.tsv").read_text("utf-8").splitlines()]


def test_most_short_sentences_of_each_unlearned_language_are_found():
    missed = [text for _, text in FOREIGN if not is_unlearned(text)]
    assert len(missed) <= len(FOREIGN) // 20, missed


def test_every_list_has_a_sentence_that_it_finds():
    assert {code for code, text in FOREIGN if is_unlearned(text)} == set(LISTS)


@pytest.mark.parametrize(
    "text",
    ["jestem bardzo smutny", "saya sangat sedih", "çok üzgünüm", "tôi rất buồn", "ÇOK ÜZGÜNÜM", "Tôi rất buồn!!"],
)
def test_unlearned_language_lowers_the_quality_and_says_so(text):
    quality = text_quality(text)
    assert "unlearned_language" in quality.reasons
    assert quality.score < 0.5


@pytest.mark.parametrize(
    "text",
    [
        *("", "ok", "hi", "I am so sad", "NO", "he is my best friend", "what", "😭", "12 34", "hello " * 1000),
        *("ich bin so müde", "je suis triste", "estoy muy triste", "ik ben verdrietig", "sono triste", "estou triste"),
        *(
            "jag är så ledsen",
            "Erdoğan",
            "my friend Łukasz is here",
            "Dvořák is great",
            "I met Sana and Ali in Jakarta today",
        ),
    ],
)
def test_learned_languages_and_names_keep_their_quality(text):
    assert not is_unlearned(text)


def test_one_foreign_word_in_an_english_sentence_is_no_foreign_text():
    assert not is_unlearned("she said to me that I am çok wonderful and I thanked her")


def test_other_script_is_told_as_such_alone():
    reasons = text_quality("мне сегодня очень грустно").reasons
    assert "other_script" in reasons
    assert "unlearned_language" not in reasons
