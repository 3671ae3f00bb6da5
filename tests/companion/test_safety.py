"""Clear statements are met with help, ways of speaking are not."""

from __future__ import annotations

import pytest

from core.companion.safety import ANSWERS, answer, detect

SELF_HARM = [
    "I want to kill myself",
    "I’M GOING TO KILL MYSELF.",
    "sometimes i think about hurting myself",
    "I don't want to live anymore",
    "I just want to die",
    "I wish I was dead",
    "I have been feeling suicidal",
    "everyone would be better off, I want to end my life",
    "ik wil dood",
    "Ik wil niet meer leven",
    "ik denk aan zelfmoord",
    "ik wil er een einde aan maken",
    "Ich will nicht mehr leben",
    "ich möchte sterben",
    "Ich bringe mich um",
    "ich will mich umbringen",
    "Je veux mourir",
    "j'ai envie d'en finir, je veux me suicider",
    "je ne veux plus vivre",
    "je pense à mettre fin à mes jours",
    "quiero morir",
    "Quiero suicidarme",
    "ya no quiero vivir más",
    "tengo ganas de matarme",
    "me quiero matar",
    "ik ga mezelf ombrengen",
    "I keep cutting myself",
    "I think about killing myself every day",
]
DANGER = [
    "he is going to hit me",
    "my husband beats me",
    "he is going to kill me",
    "he wants to kill me",
    "someone is threatening me",
    "I am being abused",
    "mijn man slaat me",
    "Hij bedreigt mij",
    "mein Freund schlägt mich",
    "ich bin in Gefahr",
    "mon mari me frappe",
    "il me menace",
    "mi marido me pega",
    "mi ex me amenaza",
]
NEITHER = [
    "this homework kills me",
    "I'm dying to see it",
    "I am dead tired",
    "I nearly died of embarrassment",
    "my dog died yesterday",
    "I don't want to die",
    "I would never hurt myself",
    "I will beat him at chess",
    "ik wil niet dood",
    "ich will nicht sterben",
    "no quiero morir",
    "je ne veux pas mourir",
    "je veux pas mourir",
    "my phone is going to die",
    "my grandmother is going to die",
    "I cut myself shaving",
    "I hurt myself at football",
    "ik keek een film over zelfmoord",
    "mein Onkel hat Selbstmord begangen",
    "ich will mich nicht umbringen",
    "I am not suicidal",
    "ik lach me dood",
    "mijn oma is dood",
    "ich lache mich tot",
    "das bringt mich noch zum Lachen",
    "je suis mort de rire",
    "me muero de risa",
    "me muero de hambre",
    "I killed it at the presentation",
    "the film was about murder",
    "",
    "ok",
]


@pytest.mark.parametrize("text", SELF_HARM)
def test_clear_word_of_self_harm_is_met_with_help(text: str) -> None:
    assert detect(text, "en") == "self_harm"


@pytest.mark.parametrize("text", DANGER)
def test_clear_word_of_danger_is_met_with_help(text: str) -> None:
    assert detect(text, "en") == "danger"


@pytest.mark.parametrize("text", NEITHER)
def test_ways_of_speaking_raise_no_alarm(text: str) -> None:
    assert detect(text, "en") is None


@pytest.mark.parametrize("language", ["en", "nl", "de", "fr", "es"])
@pytest.mark.parametrize("danger", ["self_harm", "danger"])
def test_answer_names_people_who_help_and_says_what_it_is(language: str, danger) -> None:
    told = answer(danger, language)
    assert sum(c.isdigit() for c in told) >= 6
    assert "program" in told.lower()
    assert "?" in told


def test_other_languages_are_answered_in_english() -> None:
    assert answer("self_harm", "it") == ANSWERS["en"]["self_harm"]
    assert answer("self_harm", "de-AT") == ANSWERS["de"]["self_harm"]


def test_endless_text_is_looked_through_at_both_ends() -> None:
    assert detect("i am " * 50_000 + " i want to kill myself", "en") == "self_harm"
    assert detect("ich " * 50_000, "de") is None


@pytest.mark.parametrize(
    ("text", "danger"),
    [
        ("a close friend of mine was badly beaten at a party", "danger"),
        ("we were surrounded and threatened by soldiers", "danger"),
        ("he had drunk too much and beaten me", "danger"),
        ("I saw a father beating up his child", "danger"),
        ("I was threatened with a knife", "danger"),
        ("there is this desire to kill myself", "self_harm"),
        ("I feel selfish for continuing to hurt myself", "self_harm"),
        ("after my suicide attempt I felt ashamed", "self_harm"),
        ("in the long run it would be better for everybody else without me", "self_harm"),
        ("ik voel een verlangen om mezelf te doden", "self_harm"),
        ("da ist ein Wunsch, mich umzubringen", "self_harm"),
        ("j'ai le désir de me tuer", "self_harm"),
    ],
)
def test_ways_of_telling_that_others_use_are_met_with_help(text: str, danger: str) -> None:
    assert detect(text, "en") == danger
