"""Frames of statements, on a language small enough to see."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.companion.danger.grammar import GAP, REPEATS, Frames, Language, plain
from core.companion.danger.languages import LANGUAGES


def language(*rows: str, unless: tuple[str, ...] = ()) -> Language:
    return Language(
        spellings=(("hes", "he is"),),
        negations="not|never",
        negations_after="nay",
        classes={"who": "he|she|my {kin}", "kin": "uncle|aunt"},
        contexts={"play": "chess"},
        idioms=("beats me to",),
        frames=(Frames("danger", unless, rows),),
    )


def finds(row: str, text: str, **changes: tuple[str, ...]) -> bool:
    return bool(list(language(row, **changes).dangers(text)))


@pytest.mark.parametrize("text", ["he hits me", "She HITS me!", "well, my aunt hits me", "hé hits me"])
def test_classes_and_classes_within_them_are_filled(text: str) -> None:
    assert finds("{who} hits me", text)


@pytest.mark.parametrize("text", ["the hits me", "he hits men", "he hits, me", "he hits. me", "we hit me"])
def test_frame_fits_whole_words_of_one_clause(text: str) -> None:
    assert not finds("{who} hits me", text)


def test_place_may_be_left_out_or_repeated() -> None:
    assert finds("he ?just hits me", "he hits me")
    assert finds("he ?just hits me", "he just hits me")
    assert not finds("he ?just hits me", "he just just hits me")
    assert finds("he *just hits me", "he " + "just " * REPEATS + "hits me")
    assert not finds("he *just hits me", "he " + "just " * (REPEATS + 1) + "hits me")


def test_gap_holds_few_words_and_no_negation() -> None:
    assert finds("he ~ hits me", "he " + "word " * GAP + "hits me")
    assert not finds("he ~ hits me", "he " + "word " * (GAP + 1) + "hits me")
    assert not finds("he ~ hits me", "he would never hits me")


def test_what_stands_before_or_after_can_forbid_a_frame() -> None:
    assert not finds("he hits me !up", "he hits me up")
    assert finds("he hits me !up", "he hits me down")
    assert not finds("<when he hits me", "when he hits me")


def test_denial_beside_a_statement_undoes_it() -> None:
    assert not finds("hits me", "he never hits me")
    assert not finds("hits me", "he hits me nay")


def test_surroundings_of_the_same_sentence_explain_it() -> None:
    assert not finds("he beats me", "he beats me again, in chess", unless=("play",))
    assert finds("he beats me", "I like chess. He beats me", unless=("play",))
    assert finds("he beats me", "he beats me in chess")


def test_idiom_is_cut_out_first_and_spellings_are_set_right() -> None:
    assert not finds("he beats me", "he beats me to it")
    assert finds("he is angry", "hes angry")


def test_plain_text_has_no_accents_and_two_ends() -> None:
    assert plain("C’était ÑANDÚ, groß") == "c'etait nandu, gross"
    assert len(plain("a" * 50_000)) < 9_000


@pytest.mark.parametrize("code", LANGUAGES)
@given(text=st.text(max_size=300))
def test_any_text_can_be_looked_at(code: str, text: str) -> None:
    assert set(LANGUAGES[code].dangers(text)) <= {"self_harm", "danger"}
