"""Replies from Groq's cloud, against a local server: off without a key, and its errors told as the house's."""

from __future__ import annotations

import pytest

from core.errors import EngineUnavailable, ReplyError
from core.settings import Settings
from models.reply_groq import ENGINE, GroqReplies
from tests.chat_server import ChatServer
from tests.models.chat_engines import groq, said


def test_engine_says_that_words_leave_the_machine() -> None:
    assert ENGINE.spec.leaves_machine
    assert ENGINE.spec.runs_in == "network"
    assert not ENGINE.spec.is_default


def test_without_a_key_it_is_off() -> None:
    with pytest.raises(EngineUnavailable, match="ATTUNE_GROQ_API_KEY"):
        GroqReplies().load(Settings())


@pytest.mark.parametrize(("mode", "told"), [("429", "too many requests"), ("500", "InternalServerError")])
async def test_refusal_is_told_in_words_and_not_tried_again(server: ChatServer, mode: str, told: str) -> None:
    server.mode = mode
    with pytest.raises(ReplyError, match=told):
        await said(groq(server))
    assert len(server.asked) == 1


async def test_server_that_is_gone_is_a_reply_error() -> None:
    with ChatServer().running() as server:
        engine = groq(server)
    with pytest.raises(ReplyError, match="cannot be reached"):
        await said(engine)


async def test_one_that_was_never_loaded_can_be_closed() -> None:
    await GroqReplies().close()
