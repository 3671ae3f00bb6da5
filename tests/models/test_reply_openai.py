"""Replies from a server of the chat format: its address, its stream, and what goes wrong with it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.companion.reply_engines import ReplyEngines
from core.engines.registry import Engines
from core.engines.streamed import StreamedEngine
from core.errors import ReplyError
from core.settings import Settings
from models.reply_groq import GroqReplies
from models.reply_offline import OfflineReplies
from models.reply_openai import OpenAIReplies, is_this_machine, read_line
from tests.chat_server import ChatServer
from tests.models.chat_engines import PROMPT, groq, openai, said


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


@pytest.mark.parametrize("make", [openai, groq])
async def test_words_go_to_the_server_that_was_named_and_through_nobody_s_proxy(
    server: ChatServer, monkeypatch: pytest.MonkeyPatch, make: Callable[[ChatServer], OpenAIReplies | GroqReplies]
) -> None:
    """What the environment says of proxies would send words, and the key, where nobody was told of."""
    with ChatServer().running() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.address)
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        assert await said(make(server))
    assert (len(server.asked), len(proxy.asked)) == (1, 0)


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
