"""Rules over kinds of words, on a language small enough to see."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models._offline.clauses.grammar import LEAST, LONGEST, ClauseGrammar, parsed
from models._offline.clauses.languages import GRAMMARS


def fits(rule: str, clause: str, **rules: str) -> bool:
    grammar = ClauseGrammar(
        contractions=((r"\bI'm\b", "I am"),),
        words={"i": "i", "am": "m", "the": "D", "old": "A", "light": "AN", "dog": "N", "barks": "v"},
        endings=((r"\w+ly", "R"),),
        name="N",
        odd="dog old",
        rules={"sentence": rule, **rules},
    )
    return grammar.is_sentence(clause)


@pytest.mark.parametrize("clause", ["the old dog barks", "the light dog barks", "the light barks", "The old Rex barks"])
def test_word_may_be_of_several_kinds(clause: str) -> None:
    assert fits("D A* N v", clause)


@pytest.mark.parametrize("clause", ["old dog barks", "the old barks", "the dog dog barks", "the dog", "the cat barks"])
def test_what_no_rule_covers_is_refused(clause: str) -> None:
    assert not fits("D A* N v", clause)


def test_rules_name_each_other_and_themselves() -> None:
    assert fits("{np} v R?", "the old dog barks loudly", np="D {many}", many="N | A {many}")


def test_choice_repetition_and_brackets() -> None:
    assert fits("(D | i) (m A | N v) R+", "the dog barks loudly really")
    assert fits("(D | i) (m A | N v) R+", "I'm old really")
    assert not fits("(D | i) (m A | N v) R+", "the dog barks")


@pytest.mark.parametrize("text", ["(D", "D)", "(D | (N)"])
def test_brackets_that_do_not_match_are_told(text: str) -> None:
    with pytest.raises(ValueError, match="rule"):
        parsed(text)


def test_short_long_repeated_quoted_and_odd_rows_are_refused() -> None:
    assert not fits("D* N*", "the dog")
    assert not fits("D* R*", "the " + "really truly " * LONGEST)
    assert not fits("D R R v", "the really really barks")
    assert not fits("D N v R", 'the "dog" barks loudly')
    assert not fits("D N A v", "the dog old barks")


@pytest.mark.parametrize("code", GRAMMARS)
@given(text=st.text(max_size=200))
def test_any_text_is_judged(code: str, text: str) -> None:
    if GRAMMARS[code].is_sentence(text):
        assert len(text.split()) >= LEAST - 1  # "it's late" are three words
