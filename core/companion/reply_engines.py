"""The reply engines behind one door: one that hangs, breaks off or refuses gives way to the offline one in time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from core.companion.prompt import STYLE_TOKENS, ReplyEngine, ReplyPrompt
from core.companion.sentences import plain, take_sentences
from core.errors import AppError, ReplyError, SettingsError
from core.settings import Settings

log = logging.getLogger(__name__)

OFFLINE = "reply_offline"
"""always there; what others fall back to"""
WAIT_S = 1.8
"""for the first piece, and for each next: with the offline reply made, the person waits 2 s at most"""
SUMMARY_S = 5.0
TOKEN_CHARACTERS = 5
"""a reply longer than its style allows ends with the sentence in which that happens"""

Complain = Callable[[str, str], None]
"""code, message for the person"""


class ReplyEngines:
    """All that were found; `available` are those that loaded."""

    def __init__(self, found: Mapping[str, ReplyEngine], settings: Settings) -> None:
        self._found = dict(found)
        self._settings = settings
        self._faults: dict[str, str] = {}
        self.available: dict[str, ReplyEngine] = {}

    def load(self) -> None:
        """Load each; one that cannot be used says why in `describe`."""
        for name, engine in self._found.items():
            try:
                engine.load(self._settings)
            except AppError as error:
                self._faults[name] = error.message
                log.info("reply engine %s is not available: %s", name, error.message)
            else:
                self.available[name] = engine

    @property
    def default(self) -> str:
        """The one the settings name, else the offline one."""
        chosen = self._settings.reply_engine
        return chosen if chosen in self.available else OFFLINE

    def describe(self) -> list[dict[str, Any]]:
        """For `ready.engines`: beside the usual, whether it is chosen at first and whether words leave the machine."""
        return [
            {
                "name": name,
                "kind": "reply",
                "version": engine.spec.version,
                "licence": engine.spec.licence,
                "available": name in self.available,
                "facts": engine.spec.facts,
                "note": self._faults.get(name) or engine.spec.description,
                "leaves_machine": engine.spec.leaves_machine,
                "is_default": name == self.default,
            }
            for name, engine in self._found.items()
        ]

    async def sentences(
        self, prompt: ReplyPrompt, wanted: str | None, complain: Complain
    ) -> AsyncIterator[tuple[str, str]]:
        """Plain sentences and who made them; a failing engine is told, and the offline one asked instead."""
        name = wanted if wanted in self.available else self.default
        told = 0
        if name != OFFLINE:
            try:
                async for sentence in self._streamed(name, prompt):
                    told += 1
                    yield sentence, name
            except ReplyError as error:
                complain(f"reply_{error.code}", f"{name} did not answer ({error.message}); the offline one does")
            if told:
                return
        async for sentence in self._streamed(OFFLINE, prompt):
            yield sentence, OFFLINE

    async def summarise(self, prompt: ReplyPrompt, wanted: str | None) -> str:
        """By the engine that was talking, else by the offline one; plain, at most 600 characters."""
        name = wanted if wanted in self.available else self.default
        for engine in dict.fromkeys((name, OFFLINE)):
            try:
                async with asyncio.timeout(SUMMARY_S):
                    text = "".join([piece async for piece in self.available[engine].summarise(prompt)])
            except (ReplyError, TimeoutError) as error:
                log.warning("no summary by %s (%s)", engine, type(error).__name__)
                continue
            if text.strip():
                return plain(text).strip()[:600]
        return ""

    async def _streamed(self, name: str, prompt: ReplyPrompt) -> AsyncIterator[str]:
        """Whole sentences as they come. Raises ReplyError."""
        buffer, length, most = "", 0, STYLE_TOKENS[prompt.style] * TOKEN_CHARACTERS
        async for piece in self._pieces(name, prompt):
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

    async def _pieces(self, name: str, prompt: ReplyPrompt) -> AsyncIterator[str]:
        """The engine's door: silence for too long and whatever it throws become a ReplyError."""
        stream = self.available[name].write(prompt)
        try:
            while True:
                try:
                    async with asyncio.timeout(WAIT_S):
                        piece = await anext(stream)
                except StopAsyncIteration:
                    return
                yield piece
        except TimeoutError:
            raise ReplyError(f"nothing came for {WAIT_S:.1f} s", "timeout") from None
        except AppError:
            raise
        except Exception as error:
            log.exception("reply engine %s failed", name)
            raise ReplyError(f"it failed ({type(error).__name__})") from error
        finally:
            if callable(close := getattr(stream, "aclose", None)):
                await close()


def choose_replies(found: Mapping[str, Any], settings: Settings) -> ReplyEngines:
    """Every engine that answers: the person may choose among them. Raises SettingsError for an unknown name."""
    replies = {name: engine for name, engine in found.items() if engine.spec.kind == "reply"}
    if settings.reply_engine not in replies:
        raise SettingsError(f"reply_engine is {settings.reply_engine!r}; known are: {', '.join(sorted(replies))}")
    return ReplyEngines(replies, settings)
