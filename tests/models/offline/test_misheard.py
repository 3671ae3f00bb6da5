"""500 badly heard turns, read one by one: nothing of them comes back that is no sentence.

`tests/data/misheard.tsv`: 300 English ones are what Moonshine made of eSpeak's voices in noise (10, 5, 2 and 0 dB),
with its confidence, also where it would tell nothing; 50 each of the other languages are written sentences with
one or two words left out, doubled, exchanged or changed, taken as certain. `quote` is the clause that the grammar alone
would say back, whatever the confidence; `read` is how it read to a person.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.companion.prompt import HEARD_BADLY, HEARD_WELL, PastTurn, ReplyPrompt, TurnReading
from models._offline.clauses.languages import GRAMMARS
from models._offline.taking_up import take_up
from models.reply_offline import LANGUAGES, compose, summarise

TABLE = Path(__file__).parents[2] / "data" / "misheard.tsv"


@dataclass(frozen=True)
class Misheard:
    language: str
    made_by: str
    confidence: float
    heard: str
    said: str
    quote: str
    read: str


def rows() -> list[Misheard]:
    lines = [line.split("\t") for line in TABLE.read_text(encoding="utf-8").splitlines()[1:]]
    return [Misheard(one[0], one[1], float(one[2]), *one[3:]) for one in lines]


ROWS = rows()


def reply(one: Misheard, confidence: float, style: str = "balanced") -> str:
    reading = TurnReading("sad", 0.8, 0.6)
    return " ".join(
        compose(ReplyPrompt(one.heard, one.language, "therapist", style, (), reading, confidence=confidence))
    )


def quoted(text: str, language: str) -> list[str]:
    left, right = LANGUAGES[language].quotes
    return re.findall(f"{left}(.+?){right}(?![a-z])", text)


def test_five_hundred_were_read() -> None:
    assert len(ROWS) == 500
    assert {one.language for one in ROWS} == set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_said_back_but_what_passes_the_grammar(language: str) -> None:
    for one in (row for row in ROWS if row.language == language):
        for style in ("brief", "detailed"):
            for words in quoted(reply(one, 1.0, style), language):
                assert GRAMMARS[language].is_sentence(words), (words, one)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_not_well_heard_is_not_said_back(language: str) -> None:
    for one in (row for row in ROWS if row.language == language):
        for confidence in (0.0, HEARD_BADLY, HEARD_WELL - 0.01):
            assert quoted(reply(one, confidence), language) == [], one


def test_each_clause_the_grammar_lets_through_has_been_read() -> None:
    """A rule that lets more through asks for another reading of the list."""
    for one in ROWS:
        assert take_up(one.heard, LANGUAGES[one.language], one.language).clause == one.quote, one
        assert (one.read in {"right", "wrong"}) == bool(one.quote)


def test_none_that_read_wrong_is_said_back() -> None:
    wrong = [one for one in ROWS if one.read == "wrong"]
    print(f"of {len(ROWS)}: {sum(bool(one.quote) for one in ROWS)} pass the grammar, {len(wrong)} of them read wrong")
    print(f"said back: {sum(bool(quoted(reply(one, one.confidence), one.language)) for one in ROWS)}")
    for one in wrong:
        assert quoted(reply(one, one.confidence), one.language) == [], one


def test_badly_heard_words_are_neither_remembered_nor_summed_up() -> None:
    turns = (PastTurn("user", "forward ten meters", confidence=0.6), PastTurn("assistant", "Sorry, what was that?"))
    badly = (
        *turns,
        PastTurn("user", "my friend is getting married", confidence=0.6),
        PastTurn("assistant", "All right."),
    )
    said = " ".join(compose(ReplyPrompt("the train was late again", "en", style="detailed", turns=badly)))
    assert "married" not in said
    assert "forward" not in said
    assert summarise(ReplyPrompt("", "en", turns=badly)) == ""
