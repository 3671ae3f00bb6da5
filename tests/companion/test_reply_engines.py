"""Which engine replies: the chosen one where it can, the one that needs nothing where it cannot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from core.companion import reply_engines
from core.companion.prompt import STYLE_TOKENS, ReplyPrompt, WriteReply
from core.companion.reply_engines import TOKEN_CHARACTERS, ReplyEngines
from core.engines.registry import Engines
from core.engines.spec import EngineSpec
from core.engines.streamed import StreamedEngine
from core.errors import EngineUnavailable, ReplyError
from core.settings import Settings

PROMPT = ReplyPrompt("I lost my keys", "en")
Script = tuple[str | float | Exception, ...]


class Pieces:
    """Says its script: pieces, waits in seconds, errors."""

    def __init__(self, name: str, *script: str | float | Exception, missing: str = "") -> None:
        self.name = name
        self.spec = EngineSpec(name, "reply", "1", "MIT", "for tests", is_default=name == "offline")
        self.script = script
        self.missing = missing

    def load(self, settings: Settings) -> None:
        if self.missing:
            raise EngineUnavailable(self.missing)

    async def stream(self, request: WriteReply) -> AsyncIterator[str]:
        for step in self.script:
            if isinstance(step, Exception):
                raise step
            if isinstance(step, float):
                await asyncio.sleep(step)
            else:
                yield step

    async def close(self) -> None: ...


def engines(*back_ends: Pieces) -> ReplyEngines:
    made = Engines([StreamedEngine(back_end, Settings()) for back_end in back_ends])
    made.load()
    return ReplyEngines(made)


async def said(replies: ReplyEngines, wanted: str | None, told: list[str] | None = None) -> list[tuple[str, str]]:
    complain = [] if told is None else told
    return [pair async for pair in replies.sentences(PROMPT, wanted, lambda code, _message: complain.append(code))]


OFFLINE = Pieces("offline", "I hear you. ")


async def test_chosen_engine_replies_in_whole_sentences() -> None:
    cloud = Pieces("cloud", "You lost ", "your keys. Where", " was that?")
    assert await said(engines(cloud, OFFLINE), "cloud") == [
        ("You lost your keys.", "cloud"),
        ("Where was that?", "cloud"),
    ]


@pytest.mark.parametrize("script", [(ReplyError("refused"),), (RuntimeError("boom"),), (5.0, "late"), ("   ",)])
async def test_engine_that_fails_hangs_or_says_nothing_gives_way(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reply_engines, "WAIT_S", 0.05)
    told: list[str] = []
    assert await said(engines(Pieces("cloud", *script), OFFLINE), "cloud", told) == [("I hear you.", "offline")]
    assert len(told) == 1


async def test_engine_that_breaks_off_is_not_answered_over() -> None:
    cloud = Pieces("cloud", "You lost your keys. And", ReplyError("broke off"))
    assert await said(engines(cloud, OFFLINE), "cloud", told := []) == [("You lost your keys.", "cloud")]
    assert told == ["reply_reply"]


async def test_engine_that_cannot_load_is_not_among_those_to_choose() -> None:
    replies = engines(Pieces("cloud", "hello.", missing="no key"), OFFLINE)
    assert replies.available == ["offline"]
    assert await said(replies, "cloud") == [("I hear you.", "offline")]


async def test_first_of_the_engines_replies_where_none_is_wanted() -> None:
    assert await said(engines(Pieces("local", "Yes."), OFFLINE), None) == [("Yes.", "local")]


async def test_endless_reply_ends_with_its_style() -> None:
    endless = Pieces("cloud", *(f"This is sentence {n}. " for n in range(1000)))
    sentences = await said(engines(endless, OFFLINE), "cloud")
    assert 1 < len(sentences) < 40
    assert sum(len(text) for text, _ in sentences) < 2 * STYLE_TOKENS["brief"] * TOKEN_CHARACTERS


@pytest.mark.parametrize("script", [(ReplyError("refused"),), ("  ",)])
async def test_summary_comes_from_the_one_that_can(script: Script) -> None:
    replies = engines(Pieces("cloud", *script), Pieces("offline", "It was about keys."))
    assert await replies.summarise(replace(PROMPT, text=""), "cloud") == "It was about keys."


async def test_summary_of_nothing_is_empty_and_a_long_one_is_cut() -> None:
    assert await engines(Pieces("offline", "")).summarise(PROMPT, None) == ""
    assert len(await engines(Pieces("offline", "word " * 1000)).summarise(PROMPT, None)) == 600


async def test_one_that_nobody_chose_never_takes_the_place_of_one_that_is_missing() -> None:
    """A cloud engine with a key stands ready beside it: words may go there only where a person chose it."""
    replies = engines(
        Pieces("chosen", missing="no server is named"), Pieces("cloud", "From afar."), Pieces("offline", "From here.")
    )
    assert replies.default == "offline"
    for wanted in (None, "chosen", "nobody"):
        assert [name async for _, name in replies.sentences(PROMPT, wanted, lambda _code, _message: None)] == [
            "offline"
        ]
    assert [name async for _, name in replies.sentences(PROMPT, "cloud", lambda _code, _message: None)] == ["cloud"]
