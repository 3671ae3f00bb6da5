"""The engines that speak to a chat server, against a local one with the real API."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from core.companion.prompt import PastTurn, WriteReply
from core.errors import EngineUnavailable, ReplyError
from core.settings import Settings
from models.reply_groq import GroqReplies
from models.reply_openai import OpenAIReplies
from tests.chat_server import ChatServer
from tests.models.chat_engines import PROMPT, SECRET, groq, openai, said

ENGINES = pytest.mark.parametrize("make", [openai, groq])


@ENGINES
async def test_pieces_come_as_they_are_streamed(server: ChatServer, make) -> None:
    assert await said(make(server)) == ["I hear ", "you. ", "Tell me ", "more."]
    asked = server.asked[0]
    assert asked["path"].endswith("/chat/completions")
    assert asked["stream"] is True
    assert asked["max_tokens"] == 60
    assert asked["messages"][-1] == {"role": "user", "content": "I lost my keys"}
    assert "sad (80%)" in asked["messages"][0]["content"]
    assert server.keys[0] == f"Bearer {SECRET}"


@ENGINES
async def test_summary_is_asked_of_the_same_server(server: ChatServer, make) -> None:
    turns = (PastTurn("user", "I lost my keys"), PastTurn("assistant", "Oh."))
    summary = [piece async for piece in make(server).stream(WriteReply(replace(PROMPT, text="", turns=turns), True))]
    assert "".join(summary) == "I hear you. Tell me more."
    assert "I lost my keys" in server.asked[0]["messages"][1]["content"]


@ENGINES
@pytest.mark.parametrize("mode", ["401", "404", "429", "500"])
async def test_refusals_are_reply_errors(server: ChatServer, make, mode: str, caplog) -> None:
    server.mode = mode
    with caplog.at_level(logging.DEBUG, logger="models"), pytest.raises(ReplyError):
        await said(make(server))
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    ("engine", "settings", "message"),
    [
        (OpenAIReplies(), Settings(), "ATTUNE_REPLY_BASE_URL"),
        (OpenAIReplies(), Settings(reply_base_url="localhost:11434"), "http"),
        (OpenAIReplies(), Settings(reply_base_url="file:///etc/passwd"), "http"),
        (GroqReplies(), Settings(), "ATTUNE_GROQ_API_KEY"),
    ],
)
def test_engine_without_its_setting_says_which(engine, settings: Settings, message: str) -> None:
    with pytest.raises(EngineUnavailable, match=message):
        engine.load(settings)


def test_words_that_leave_the_machine_are_known(server: ChatServer) -> None:
    assert not openai(server).spec.leaves_machine
    assert groq(server).spec.leaves_machine
    away = OpenAIReplies()
    away.load(Settings(reply_base_url="https://api.example.org/v1"))
    assert away.spec.leaves_machine
    assert "api.example.org" in away.spec.description


@ENGINES
async def test_closing_lets_go_of_the_connections_and_may_be_done_twice(server: ChatServer, make) -> None:
    engine = make(server)
    await said(engine)
    await engine.close()
    await engine.close()
    with pytest.raises((ReplyError, RuntimeError)):
        await said(engine)
