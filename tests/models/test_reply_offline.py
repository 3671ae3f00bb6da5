"""The offline responder in scripted dialogues: never twice the same sentence, always the person's own words."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from core.companion.prompt import STYLE_TOKENS, PastTurn, ReplyPrompt, TurnReading, WriteReply
from core.settings import Settings
from models.reply_offline import ENGINE, LANGUAGES, compose, content_words

DIALOGUES = json.loads((Path(__file__).parents[1] / "data/dialogues.json").read_text(encoding="utf-8"))
EXPRESSIONS = ("neutral", "sad", "angry", "neutral", "happy", "fear", "surprise")
SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


def reading(number: int) -> TurnReading:
    reasons = ("face_voice_conflict", "possible_masking") if number % 9 == 5 else ()
    return TurnReading(EXPRESSIONS[number % 7], 0.7, 0.6, number % 8 == 3, reasons)


def prompt(text: str, language: str = "en", **changes) -> ReplyPrompt:
    fields = {"personality": "therapist", "style": "brief", "reading": TurnReading("neutral", 0.7, 0.2)} | changes
    return ReplyPrompt(text, language, **fields)


def hold(language: str, personality: str, style: str) -> list[tuple[str, list[str]]]:
    """The whole scripted dialogue: what was said and what came back."""
    turns: list[PastTurn] = []
    told = []
    for number, text in enumerate(DIALOGUES[language]):
        said = ReplyPrompt(text, language, personality, style, tuple(turns), reading(number))
        reply = compose(said)
        told.append((text, reply))
        turns += [PastTurn("user", text), PastTurn("assistant", " ".join(reply))]
    return told


def bare(sentence: str) -> str:
    return " ".join(re.findall(r"\w+", sentence.lower()))


@pytest.mark.parametrize("style", list(STYLE_TOKENS))
@pytest.mark.parametrize("personality", ["therapist", "coach"])
@pytest.mark.parametrize("language", list(LANGUAGES))
class TestDialogue:
    def test_no_sentence_comes_twice(self, language, personality, style) -> None:
        said = [bare(one) for _, reply in hold(language, personality, style) for one in reply]
        assert len(said) >= 30
        assert len(set(said)) == len(said), [one for one in said if said.count(one) > 1]

    def test_each_reply_takes_up_the_person_s_words(self, language, personality, style) -> None:
        phrases = LANGUAGES[language]
        for text, reply in hold(language, personality, style):
            content = content_words(text, phrases)
            is_small_talk = set(content) <= phrases.hello_words | phrases.bye_words | phrases.thanks_words
            if content and not is_small_talk and not re.search(phrases.who_words, text.lower()):
                answered = " ".join(reply).lower()
                assert any(word in answered for word in content), (text, reply)

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
        lengths = [len(" ".join(replies[personality, style])) for style in STYLE_TOKENS]
        assert lengths == sorted(lengths)
        assert lengths[0] < lengths[-1]


def test_i_becomes_you() -> None:
    told = [" ".join(compose(prompt(f"I lost my keys at house {n}"))) for n in range(30)]
    assert any("You lost your keys at" in one for one in told)


def test_clear_expression_colours_the_reply_and_doubt_is_said() -> None:
    text = "the letter from the landlord"
    tones = {
        "sad": compose(prompt(text, reading=TurnReading("sad", 0.8, 0.8)))[0],
        "happy": compose(prompt(text, reading=TurnReading("happy", 0.8, 0.8)))[0],
        "unsure": compose(prompt(text, reading=TurnReading("sad", 0.3, 0.3, abstained=True)))[0],
        "torn": compose(prompt(text, reading=TurnReading("happy", 0.8, 0.8, reasons=("face_voice_conflict",))))[0],
    }
    assert len(set(tones.values())) == 4
    assert "you are sad" not in tones["sad"].lower()


def test_earlier_words_come_back() -> None:
    turns = (PastTurn("user", "my garden is flooded"), PastTurn("assistant", "“garden”, then."))
    assert "garden" in " ".join(compose(prompt("the insurance will not pay", turns=turns, style="balanced")))


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
    assert "lost my keys" in summary
