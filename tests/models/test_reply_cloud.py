"""The engines that speak to a chat server, against a local one with the real API."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace

import pytest
from pydantic import SecretStr

from core.companion.chat_format import LONGEST_TURN, chat_messages
from core.companion.prompt import PastTurn, ReplyPrompt, TurnReading, WriteReply
from core.companion.reply_engines import ReplyEngines
from core.engines.registry import Engines
from core.engines.streamed import StreamedEngine
from core.errors import EngineUnavailable, ReplyError
from core.settings import Settings
from models.reply_groq import GroqReplies
from models.reply_offline import OfflineReplies
from models.reply_openai import OpenAIReplies, is_this_machine, read_line
from tests.chat_server import ChatServer

PROMPT = ReplyPrompt("I lost my keys", "en", reading=TurnReading("sad", 0.8, 0.7))
SECRET = "sk-very-secret"  # noqa: S105 - no secret at all


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with ChatServer().running() as running:
        yield running


def openai(server: ChatServer) -> OpenAIReplies:
    engine = OpenAIReplies()
    engine.load(Settings(reply_base_url=f"{server.address}/v1", reply_model="tiny", reply_api_key=SecretStr(SECRET)))
    return engine


def groq(server: ChatServer) -> GroqReplies:
    engine = GroqReplies()
    engine.load(Settings(groq_api_key=SecretStr(SECRET), groq_base_url=server.address))
    return engine


ENGINES = pytest.mark.parametrize("make", [openai, groq])


async def said(engine, prompt: ReplyPrompt = PROMPT) -> list[str]:
    return [piece async for piece in engine.stream(WriteReply(prompt))]


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


@pytest.mark.parametrize("mode", ["breaks", "not chat", "filters"])
async def test_broken_streams_are_reply_errors(server: ChatServer, mode: str) -> None:
    server.mode = mode
    with pytest.raises(ReplyError):
        await said(openai(server))


async def test_server_that_is_gone_is_a_reply_error() -> None:
    with ChatServer().running() as server:
        engine = openai(server)
    with pytest.raises(ReplyError, match="cannot be reached"):
        await said(engine)


@pytest.mark.parametrize("mode", ["429", "hangs", "breaks"])
async def test_person_gets_an_answer_whatever_the_server_does(server: ChatServer, mode: str) -> None:
    server.mode = mode
    engine, told = openai(server), []
    settings = Settings(reply_base_url=f"{server.address}/v1")
    engines = Engines([StreamedEngine(one, settings) for one in (engine, OfflineReplies())])
    engines.load()
    complain = lambda code, _message: told.append(code)  # noqa: E731
    sentences = [s async for s in ReplyEngines(engines).sentences(PROMPT, engine.name, complain)]
    assert sentences
    assert len(told) == 1
    if mode == "429":
        assert {name for _, name in sentences} == {"reply_offline"}


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


@pytest.mark.parametrize(
    ("host", "here"),
    [("localhost", True), ("127.0.0.1", True), ("::1", True), ("192.168.0.2", False), ("localhost.evil.org", False)],
)
def test_only_loopback_is_this_machine(host: str, here: bool) -> None:
    assert is_this_machine(host) is here


@pytest.mark.parametrize(
    ("line", "piece"),
    [
        (": keep-alive", ""),
        ("", ""),
        ("data: [DONE]", None),
        ('data: {"choices": []}', ""),
        ('data: {"choices": [{"delta": {"content": "hi"}}]}', "hi"),
        ('data: {"choices": [{"delta": {"content": null}}]}', ""),
    ],
)
def test_lines_of_the_stream(line: str, piece: str | None) -> None:
    assert read_line(line) == piece


@pytest.mark.parametrize("line", ["data: {", "data: 7", 'data: {"error": {"message": "x"}}', 'data: {"choices": 3}'])
def test_lines_that_are_no_chat(line: str) -> None:
    with pytest.raises(ReplyError):
        read_line(line)


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


@ENGINES
async def test_closing_lets_go_of_the_connections_and_may_be_done_twice(server: ChatServer, make) -> None:
    engine = make(server)
    await said(engine)
    await engine.close()
    await engine.close()
    with pytest.raises((ReplyError, RuntimeError)):
        await said(engine)
