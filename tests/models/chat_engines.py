"""Both engines of the chat format, loaded against a local server."""

from __future__ import annotations

from pydantic import SecretStr

from core.companion.prompt import ReplyPrompt, TurnReading, WriteReply
from core.settings import Settings
from models.reply_groq import GroqReplies
from models.reply_openai import OpenAIReplies
from tests.chat_server import ChatServer

PROMPT = ReplyPrompt("I lost my keys", "en", reading=TurnReading("sad", 0.8, 0.7))
SECRET = "sk-very-secret"  # noqa: S105 - no secret at all


def openai(server: ChatServer) -> OpenAIReplies:
    engine = OpenAIReplies()
    engine.load(Settings(reply_base_url=f"{server.address}/v1", reply_model="tiny", reply_api_key=SecretStr(SECRET)))
    return engine


def groq(server: ChatServer) -> GroqReplies:
    engine = GroqReplies()
    engine.load(Settings(groq_api_key=SecretStr(SECRET), groq_base_url=server.address))
    return engine


async def said(engine, prompt: ReplyPrompt = PROMPT) -> list[str]:
    return [piece async for piece in engine.stream(WriteReply(prompt))]
