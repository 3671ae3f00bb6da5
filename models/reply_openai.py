"""Replies from any server that speaks OpenAI's chat format: Ollama, llama.cpp, vLLM, or a cloud with a key.

The stream is server-sent events, as in platform.openai.com/docs/api-reference/chat/streaming.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from core.companion.chat_format import chat_messages, summary_messages
from core.companion.prompt import STYLE_TOKENS, WriteReply
from core.engines.spec import EngineSpec
from core.errors import EngineUnavailable, ReplyError
from core.settings import Settings

NAME = "reply_openai"
INSTALL = "set ATTUNE_REPLY_BASE_URL, for example http://localhost:11434/v1 for Ollama, and ATTUNE_REPLY_MODEL"
CONNECT_S, READ_S = 1.5, 10.0
"""the one who waits for the pieces gives up sooner; these only free the connection"""
SUMMARY_TOKENS = 150
LONGEST_LINE = 100_000


class OpenAIReplies:
    """One connection pool; nothing of a conversation is kept here."""

    name = NAME

    def __init__(self) -> None:
        self.spec = EngineSpec(
            name=NAME,
            kind="reply",
            version="1",
            licence="the model's own",
            description="a language model on an OpenAI-compatible server",
            packages=("httpx",),
            install=INSTALL,
            input="persona, estimate with its doubts, and the last turns as text",
            grade="full-size",
            runs_in="network",
            leaves_machine=True,
        )
        self._client: Any = None
        self._model = ""

    def load(self, settings: Settings) -> None:
        """Raises EngineUnavailable without an address, or with one that is none."""
        address = urlsplit(settings.reply_base_url)
        if not settings.reply_base_url:
            raise EngineUnavailable(f"no server is named; {INSTALL}")
        if address.scheme not in {"http", "https"} or not address.hostname:
            raise EngineUnavailable(f"expected an http(s) address, got {settings.reply_base_url!r}; {INSTALL}")
        import httpx

        key = settings.reply_api_key.get_secret_value()
        self._client = httpx.AsyncClient(
            base_url=settings.reply_base_url.rstrip("/") + "/",
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx.Timeout(READ_S, connect=CONNECT_S),
            trust_env=False,
        )
        self._model = settings.reply_model
        leaves = not is_this_machine(address.hostname)
        note = (
            f"{self._model} on {address.hostname}; words are sent there"
            if leaves
            else f"{self._model}, on this machine"
        )
        self.spec = replace(self.spec, leaves_machine=leaves, description=note)

    async def close(self) -> None:
        """Let go of the connections."""
        if self._client is not None:
            await self._client.aclose()

    def stream(self, request: WriteReply) -> AsyncIterator[str]:
        """Pieces as the server streams them. Raises ReplyError."""
        prompt = request.prompt
        if request.is_summary:
            return self._stream(summary_messages(prompt), SUMMARY_TOKENS)
        return self._stream(chat_messages(prompt), STYLE_TOKENS[prompt.style])

    async def _stream(self, messages: list[dict[str, str]], tokens: int) -> AsyncIterator[str]:
        import httpx

        body = {"model": self._model, "messages": messages, "stream": True, "max_tokens": tokens, "temperature": 0.7}
        try:
            async with self._client.stream("POST", "chat/completions", json=body) as answer:
                if answer.status_code >= 400:
                    raise ReplyError(
                        f"the server says {answer.status_code} ({_MEANING.get(answer.status_code, 'error')})"
                    )
                async for line in answer.aiter_lines():
                    piece = read_line(line)
                    if piece is None:
                        return
                    if piece:
                        yield piece
                raise ReplyError("the stream broke off")
        except httpx.HTTPError as error:
            raise ReplyError(f"the server cannot be reached or broke off ({type(error).__name__})") from error


_MEANING = {401: "the key is not accepted", 404: "no such model or address", 429: "too many requests"}


def read_line(line: str) -> str | None:
    """The text in one line of the stream, "" where it holds none, None at its end. Raises ReplyError."""
    if not line.startswith("data:"):
        return ""
    data = line[5:].strip()
    if data == "[DONE]":
        return None
    try:
        parsed = json.loads(data[:LONGEST_LINE])
        if isinstance(parsed, dict) and "error" in parsed:
            raise ReplyError("the server reports an error in its stream")
        choice = parsed["choices"][0] if parsed["choices"] else {}
        if choice.get("finish_reason") == "content_filter":
            raise ReplyError("the model refused")
        return str(choice.get("delta", {}).get("content") or "")
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise ReplyError("the server's stream is not in the chat format") from error


def is_this_machine(host: str) -> bool:
    """Loopback, by name or by number; any other host may be somebody else's."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


ENGINE = OpenAIReplies()
