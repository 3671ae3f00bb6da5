"""What a language model is told: persona, style, language, doubt, memory, and as many turns as fit."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from core.companion.chat_format import LEAST_TURNS, LONGEST_TURN, chat_messages, summary_messages
from core.companion.prompt import STYLE_TOKENS, PastTurn, ReplyPrompt, Style, TurnReading

PROMPT = ReplyPrompt("I lost my keys", "en", reading=TurnReading("sad", 0.8, 0.7))


def test_prompt_holds_twenty_turns_within_its_budget() -> None:
    turns = tuple(PastTurn("user" if n % 2 == 0 else "assistant", f"turn {n} " + "word " * 400) for n in range(60))
    messages = chat_messages(replace(PROMPT, turns=turns, text="x" * 10_000, style="detailed"))
    assert len(messages) >= 22
    assert sum(len(message["content"]) for message in messages) < 4 * 4096
    assert messages[-2]["content"].startswith("turn 59")
    assert len(messages[-1]["content"]) == LONGEST_TURN


def test_prompt_says_persona_style_language_doubt_and_memory() -> None:
    torn = TurnReading("happy", 0.6, 0.5, reasons=("face_voice_conflict", "possible_masking"))
    prompt = ReplyPrompt("well", "nl", "coach", "detailed", (), torn, summary="It was about the garden.")
    system = chat_messages(prompt)[0]["content"]
    for part in ("small next step", "four to six", "Dutch", "disagree", "garden", "never state as a fact"):
        assert part in system, part
    assert "not sure" in chat_messages(replace(prompt, reading=replace(torn, abstained=True)))[0]["content"]
    assert "Greet" in chat_messages(replace(prompt, is_greeting=True))[-1]["content"]


@given(st.lists(st.text(max_size=2000), max_size=40), st.sampled_from(list(STYLE_TOKENS)), st.text(max_size=5000))
def test_whatever_was_said_the_newest_turns_are_sent_in_order(texts: list[str], style: Style, last: str) -> None:
    turns = tuple(PastTurn("user" if n % 2 == 0 else "assistant", text) for n, text in enumerate(texts))
    system, *sent, asked = chat_messages(replace(PROMPT, turns=turns, style=style, text=last))
    assert (system["role"], asked["role"]) == ("system", "user")
    assert asked["content"] == last[:LONGEST_TURN]
    kept = [(turn.role, turn.text) for turn in turns if turn.text][len([t for t in texts if t]) - len(sent) :]
    assert len(sent) >= min(LEAST_TURNS, sum(bool(text) for text in texts[-LEAST_TURNS:]))
    assert all(role == m["role"] and text.startswith(m["content"]) for (role, text), m in zip(kept, sent, strict=True))


def test_note_for_the_next_greeting_is_asked_in_the_person_s_language() -> None:
    asked, talk = summary_messages(replace(PROMPT, language="fr-CA", turns=(PastTurn("user", "my garden"),)))
    assert "three plain sentences, in French" in asked["content"]
    assert talk["content"] == "user: my garden"


def test_language_without_a_name_is_told_by_its_code() -> None:
    assert "the language with the code tlh" in chat_messages(replace(PROMPT, language="tlh"))[0]["content"]


def test_without_a_reading_nothing_is_said_of_one() -> None:
    assert "Estimate of the expression" not in chat_messages(replace(PROMPT, reading=None))[0]["content"]


def test_model_is_told_how_well_the_last_turn_was_heard() -> None:
    system = {sure: chat_messages(replace(PROMPT, confidence=sure))[0]["content"] for sure in (0.6, 0.8, 0.95, 1.0)}
    assert "badly heard" in system[0.6]
    assert "misheard" in system[0.8]
    assert system[0.95] == system[1.0]
