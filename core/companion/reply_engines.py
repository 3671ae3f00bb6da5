"""The reply engines, as the conversation asks them: one that hangs, breaks off or refuses gives way in time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable

from core.companion.prompt import STYLE_TOKENS, ReplyPrompt, WriteReply
from core.companion.sentences import plain, take_sentences
from core.engines.registry import Engines
from core.errors import AppError, ReplyError

log = logging.getLogger(__name__)

WAIT_S = 1.8
"""for the first piece, and for each next: with the offline reply made, the person waits 2 s at most"""
SUMMARY_S = 5.0
TOKEN_CHARACTERS = 5
"""a reply longer than its style allows ends with the sentence in which that happens"""

Complain = Callable[[str, str], None]
"""code, message for the person"""


class ReplyEngines:
    """Those of the kind reply: the person may choose among the ones that are ready."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines

    @property
    def available(self) -> list[str]:
        """Names of those that are ready."""
        return [engine.spec.name for engine in self._engines.of("reply") if engine.is_ready]

    @property
    def fallback(self) -> str:
        """The one that needs nothing and is asked where another fails."""
        return next(engine.spec.name for engine in self._engines.of("reply") if engine.spec.is_default)

    @property
    def default(self) -> str:
        """The one the settings name while it is ready, else the fallback: words go to no other unasked."""
        first = self._engines.first("reply")
        return self.fallback if first is None or not first.is_ready else first.spec.name

    def _chosen(self, wanted: str | None) -> str:
        return wanted if wanted in self.available else self.default

    async def sentences(
        self, prompt: ReplyPrompt, wanted: str | None, complain: Complain
    ) -> AsyncIterator[tuple[str, str]]:
        """Plain sentences and who made them; a failing engine is told, and the one that needs nothing asked instead."""
        name = self._chosen(wanted)
        told = 0
        if name != self.fallback:
            try:
                async for sentence in self._streamed(name, prompt):
                    told += 1
                    yield sentence, name
            except AppError as error:
                complain(f"reply_{error.code}", f"{name} did not answer ({error.message}); the offline one does")
            if told:
                return
        async for sentence in self._streamed(self.fallback, prompt):
            yield sentence, self.fallback

    async def summarise(self, prompt: ReplyPrompt, wanted: str | None) -> str:
        """By the engine that was talking, else by the fallback; plain, at most 600 characters."""
        for name in dict.fromkeys((self._chosen(wanted), self.fallback)):
            try:
                async with asyncio.timeout(SUMMARY_S):
                    pieces = await self._engines.ask(WriteReply(prompt, is_summary=True), SUMMARY_S, name)
                    text = "".join([piece async for piece in pieces])
            except (AppError, TimeoutError) as error:
                log.warning("no summary by %s (%s)", name, type(error).__name__)
                continue
            if text.strip():
                return plain(text).strip()[:600]
        return ""

    async def _streamed(self, name: str, prompt: ReplyPrompt) -> AsyncIterator[str]:
        """Whole sentences as they come. Raises AppError."""
        buffer, length, most = "", 0, STYLE_TOKENS[prompt.style] * TOKEN_CHARACTERS
        pieces = await self._engines.ask(WriteReply(prompt), WAIT_S, name)
        async for piece in pieces:
            sentences, buffer = take_sentences(buffer + piece)
            for sentence in sentences:
                yield sentence
                length += len(sentence)
            if length + len(buffer) > 3 * most:
                break
            if length > most:
                return
        for sentence in take_sentences(buffer, is_over=True)[0]:
            if length <= most:
                yield sentence
            length += len(sentence)
        if length == 0:
            raise ReplyError("it said nothing")
