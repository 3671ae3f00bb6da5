"""Replies from Groq's cloud through its own client. Off until a key is given and a person chooses it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from core.companion.chat_format import chat_messages, summary_messages
from core.companion.prompt import STYLE_TOKENS, WriteReply
from core.engines.spec import EngineSpec
from core.errors import EngineUnavailable, ReplyError
from core.settings import Settings

NAME = "reply_groq"
INSTALL = "set ATTUNE_GROQ_API_KEY"
TIMEOUT_S = 10.0
SUMMARY_TOKENS = 150


class GroqReplies:
    """One client; nothing of a conversation is kept here."""

    name = NAME
    spec = EngineSpec(
        name=NAME,
        kind="reply",
        version="1",
        licence="the model's own; Groq's terms",
        description="a language model in Groq's cloud; words are sent there",
        packages=("groq",),
        install=INSTALL,
        input="persona, estimate with its doubts, and the last turns as text",
        grade="full-size",
        runs_in="network",
        leaves_machine=True,
    )

    def __init__(self) -> None:
        self._client: Any = None
        self._model = ""

    def load(self, settings: Settings) -> None:
        """Raises EngineUnavailable without a key."""
        key = settings.groq_api_key.get_secret_value()
        if not key:
            raise EngineUnavailable(f"Groq needs a key; {INSTALL}")
        from groq import AsyncGroq, DefaultAsyncHttpxClient

        self._client = AsyncGroq(
            api_key=key,
            base_url=settings.groq_base_url or None,
            timeout=TIMEOUT_S,
            max_retries=0,
            http_client=DefaultAsyncHttpxClient(trust_env=False),  # words go where the person was told, by no proxy
        )
        self._model = settings.groq_model

    async def close(self) -> None:
        """Let go of the connections."""
        if self._client is not None:
            await self._client.close()

    def stream(self, request: WriteReply) -> AsyncIterator[str]:
        """Pieces as they are streamed. Raises ReplyError."""
        prompt = request.prompt
        if request.is_summary:
            return self._stream(summary_messages(prompt), SUMMARY_TOKENS)
        return self._stream(chat_messages(prompt), STYLE_TOKENS[prompt.style])

    async def _stream(self, messages: list[dict[str, str]], tokens: int) -> AsyncIterator[str]:
        import groq

        try:
            stream = await self._client.chat.completions.create(
                model=self._model, messages=messages, stream=True, max_tokens=tokens, temperature=0.7
            )
            async with stream:
                async for chunk in stream:
                    piece = chunk.choices[0].delta.content if chunk.choices else None
                    if piece:
                        yield piece
        except groq.RateLimitError as error:
            raise ReplyError("Groq says: too many requests") from error
        except groq.APIError as error:
            raise ReplyError(f"Groq cannot be reached or refused ({type(error).__name__})") from error


ENGINE = GroqReplies()
