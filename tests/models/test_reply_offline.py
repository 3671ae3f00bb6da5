"""The offline responder in scripted dialogues: never twice the same sentence, always the person's own words."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from core.companion.prompt import STYLE_TOKENS, PastTurn, ReplyPrompt, TurnReading, WriteReply
from core.settings import Settings
from models._offline.clauses.languages import GRAMMARS
from models._offline.taking_up import content_words, take_up
from models.reply_offline import ENGINE, LANGUAGES, compose

DATA = Path(__file__).parents[1] / "data"
DIALOGUES = json.loads((DATA / "dialogues.json").read_text(encoding="utf-8"))
MISHEARD = json.loads((DATA / "dialogues_misheard.json").read_text(encoding="utf-8"))
"""30 turns more of each language, as a recogniser heard them, with its confidence (`offline/test_misheard.py`)"""
EXPRESSIONS = ("neutral", "sad", "angry", "neutral", "happy", "fear", "surprise")
SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


def reading(number: int) -> TurnReading:
    reasons = ("face_voice_conflict", "possible_masking") if number % 9 == 5 else ()
    return TurnReading(EXPRESSIONS[number % 7], 0.7, 0.6, number % 8 == 3, reasons)


def prompt(text: str, language: str = "en", **changes) -> ReplyPrompt:
    fields = {"personality": "therapist", "style": "brief", "reading": TurnReading("neutral", 0.7, 0.2)} | changes
    return ReplyPrompt(text, language, **fields)


def hold(language: str, personality: str, style: str) -> list[tuple[str, list[str]]]:
    """The whole scripted dialogue, 30 turns well heard and 30 misheard: what was said and what came back."""
    turns: list[PastTurn] = []
    told = []
    for number, (text, sure) in enumerate([*((text, 1.0) for text in DIALOGUES[language]), *MISHEARD[language]]):
        said = ReplyPrompt(text, language, personality, style, tuple(turns), reading(number), confidence=sure)
        reply = compose(said)
        told.append((text, reply))
        turns += [PastTurn("user", text, confidence=sure), PastTurn("assistant", " ".join(reply))]
    return told


def bare(sentence: str) -> str:
    return " ".join(re.findall(r"\w+", sentence.lower()))


@pytest.mark.parametrize("style", list(STYLE_TOKENS))
@pytest.mark.parametrize("personality", ["therapist", "coach"])
@pytest.mark.parametrize("language", list(LANGUAGES))
class TestDialogue:
    def test_no_sentence_comes_twice(self, language, personality, style) -> None:
        said = [bare(one) for _, reply in hold(language, personality, style) for one in reply]
        assert len(said) >= 60
        assert len(set(said)) == len(said), [one for one in said if said.count(one) > 1]

    def test_each_plain_sentence_is_taken_up(self, language, personality, style) -> None:
        phrases = LANGUAGES[language]
        for text, reply in hold(language, personality, style)[:30]:
            clause = take_up(text, phrases, language).clause
            is_small_talk = set(content_words(text, phrases)) <= {"know", "weiß", "niet"}
            if clause and not is_small_talk and not re.search(phrases.who_words, text.lower()):
                answered = " ".join(reply).lower()
                assert any(word in answered for word in content_words(clause, phrases)), (text, reply)

    def test_nothing_misheard_is_said_back_but_sentences(self, language, personality, style) -> None:
        left, right = LANGUAGES[language].quotes
        told = hold(language, personality, style)
        assert len(told) == 60
        for text, reply in told:
            for words in re.findall(f"{left}(.+?){right}(?![a-z])", " ".join(reply)):
                assert GRAMMARS[language].is_sentence(words), (text, words)

    def test_length_fits_the_style(self, language, personality, style) -> None:
        for _, reply in hold(language, personality, style):
            assert 1 <= len(reply) <= 6
            assert len(" ".join(reply)) <= STYLE_TOKENS[style] * 4 + 120


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_personalities_and_styles_differ(language: str) -> None:
    text = DIALOGUES[language][1]
    replies = {
        (p, s): compose(prompt(text, language, personality=p, style=s))
        for p in ("therapist", "coach")
        for s in STYLE_TOKENS
    }
    assert replies["therapist", "brief"] != replies["coach", "brief"]
    for personality in ("therapist", "coach"):
        told = {style: hold(language, personality, style)[:30] for style in STYLE_TOKENS}
        lengths = [sum(len(" ".join(reply)) for _, reply in told[style]) for style in STYLE_TOKENS]
        assert lengths[0] < lengths[1] < lengths[2]


def test_i_becomes_you() -> None:
    things = ("keys", "phone", "hat", "coat", "umbrella", "wallet", "scarf", "ticket", "watch", "passport")
    told = [" ".join(compose(prompt(f"I lost my {thing} at work"))) for thing in things]
    assert any(re.search(r"You lost your \w+ at work", one) for one in told)


def test_clear_expression_colours_the_reply_and_doubt_is_said() -> None:
    text = "my landlord wrote me a letter"
    tones = {
        "sad": compose(prompt(text, reading=TurnReading("sad", 0.8, 0.8)))[0],
        "happy": compose(prompt(text, reading=TurnReading("happy", 0.8, 0.8)))[0],
        "unsure": compose(prompt(text, reading=TurnReading("sad", 0.3, 0.3, abstained=True)))[0],
        "torn": compose(prompt(text, reading=TurnReading("happy", 0.8, 0.8, reasons=("face_voice_conflict",))))[0],
    }
    assert len(set(tones.values())) == 4
    assert "you are sad" not in tones["sad"].lower()


def test_earlier_words_come_back() -> None:
    turns = (PastTurn("user", "my garden is flooded"), PastTurn("assistant", "I hear you."))
    assert "garden" in " ".join(compose(prompt("the insurance will not pay", turns=turns, style="balanced")))


def test_what_was_badly_heard_is_asked_for_once_and_then_answered_by_its_tone() -> None:
    first = compose(prompt("forward ten meters", confidence=0.7))
    assert " ".join(first) in LANGUAGES["en"].again
    turns = (PastTurn("user", "forward ten meters", confidence=0.7), PastTurn("assistant", " ".join(first)))
    second = compose(prompt("forward ten meters", turns=turns, reading=TurnReading("sad", 0.8, 0.8), confidence=0.7))
    assert second[0] in LANGUAGES["en"].alone["heavy"] + LANGUAGES["en"].alone["plain"]


@pytest.mark.parametrize("style", STYLE_TOKENS)
@pytest.mark.parametrize("personality", ["therapist", "coach"])
def test_fragment_is_never_built_into_a_sentence(personality: str, style: str) -> None:
    for confidence in (1.0, 0.8, 0.6):
        said = " ".join(
            compose(prompt("forward ten meters", confidence=confidence, personality=personality, style=style))
        )
        assert not {"forward", "ten", "meters"} & set(re.findall(r"\w+", said.lower())) - {"ten"}
        assert "“" not in said


def test_greeting_uses_the_summary() -> None:
    assert "It was about “garden”." in compose(prompt("", is_greeting=True, summary="It was about “garden”."))[0]
    assert compose(prompt("", is_greeting=True)) != compose(prompt("", is_greeting=True, personality="coach"))


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("en", "are you a therapist?"),
        ("nl", "ben je een robot?"),
        ("de", "bist du ein Mensch?"),
        ("fr", "êtes-vous humain ?"),
        ("es", "¿eres humano?"),
    ],
)
def test_it_says_what_it_is(language: str, question: str) -> None:
    reply = " ".join(compose(prompt(question, language))).lower()
    assert any(word in reply for word in ("program", "software", "logiciel"))


def test_other_language_is_told_once_in_english() -> None:
    first = compose(prompt("mi sono perso in città", "it"))
    turns = (PastTurn("user", "mi sono perso"), PastTurn("assistant", " ".join(first)))
    assert "I speak English" in first[0]
    assert "I speak English" not in " ".join(compose(prompt("ho fame adesso", "it", turns=turns)))


@pytest.mark.parametrize(
    "text",
    [
        "x" * 10_000,
        "word " * 2_000,
        "<script>alert('x')</script>",
        "{t} {q} {you} {0} %s",
        "\x00\u202e",
        "😀😀",
        "",
        "你好吗",
        "“" * 50,
    ],
)
def test_odd_turns_get_a_short_plain_reply(text: str) -> None:
    reply = " ".join(compose(prompt(text)))
    assert 5 < len(reply) < 600
    assert "<" not in reply
    assert "{" not in reply


def test_same_prompt_gives_the_same_reply() -> None:
    assert compose(prompt("the bus was late")) == compose(prompt("the bus was late"))


async def test_engine_streams_sentences_and_sums_up() -> None:
    ENGINE.load(Settings())
    pieces = [piece async for piece in ENGINE.stream(WriteReply(prompt("I lost my keys", style="balanced")))]
    assert len(pieces) >= 2
    turns = (PastTurn("user", "I lost my keys at work"), PastTurn("assistant", "Oh."), PastTurn("user", "ok"))
    summary = "".join([piece async for piece in ENGINE.stream(WriteReply(prompt("", turns=turns), is_summary=True))])
    assert "I lost my keys at work" in summary
