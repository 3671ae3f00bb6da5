"""One that answers in pieces: deadlines for each piece, failures, the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from core.companion.prompt import ReplyPrompt, WriteReply
from core.engines.spec import EngineSpec
from core.engines.streamed import StreamedEngine
from core.errors import EngineFailed, EngineUnavailable, ReplyError
from core.settings import Settings

REQUEST = WriteReply(ReplyPrompt("hello", "en"))


class Pieces:
    """Says its script: pieces, waits in seconds, errors."""

    name = "pieces"
    spec = EngineSpec("pieces", "reply", "1", "MIT", "for tests")

    def __init__(self, *script: str | float | Exception) -> None:
        self.script = script
        self.closed = 0
        self.is_stopped = False

    def load(self, settings: Settings) -> None:
        """Nothing to bring."""

    async def stream(self, request: Any) -> AsyncIterator[str]:
        try:
            for step in self.script:
                if isinstance(step, Exception):
                    raise step
                if isinstance(step, float):
                    await asyncio.sleep(step)
                else:
                    yield step
        finally:
            self.is_stopped = True

    async def close(self) -> None:
        self.closed += 1


def loaded(*script: str | float | Exception) -> StreamedEngine:
    engine = StreamedEngine(Pieces(*script), Settings())
    engine.load()
    return engine


async def said(engine: StreamedEngine, deadline_s: float = 1.0) -> list[str]:
    return [piece async for piece in await engine.ask(REQUEST, deadline_s)]


async def test_pieces_come_one_by_one() -> None:
    assert await said(loaded("a", "b")) == ["a", "b"]


async def test_the_deadline_is_for_each_piece_and_frees_the_stream() -> None:
    assert await said(loaded("a", 0.6, "b", 0.6, "c"), deadline_s=1.0) == ["a", "b", "c"]
    engine = loaded("a", 5.0, "never")
    with pytest.raises(EngineFailed) as failed:
        await said(engine, deadline_s=0.05)
    assert failed.value.code == "engine_timeout"
    assert engine.back_end.is_stopped


@pytest.mark.parametrize(
    ("error", "becomes"), [(ReplyError("refused"), ReplyError), (RuntimeError("boom"), EngineFailed)]
)
async def test_what_it_throws_becomes_an_app_error(error: Exception, becomes: type[Exception]) -> None:
    with pytest.raises(becomes):
        await said(loaded("a", error))


async def test_one_that_cannot_load_says_why_when_it_is_asked() -> None:
    class Missing(Pieces):
        def load(self, settings: Settings) -> None:
            raise EngineUnavailable("no key; set ATTUNE_KEY")

    engine = StreamedEngine(Missing(), Settings())
    engine.load()
    assert not engine.is_ready
    with pytest.raises(EngineUnavailable, match="ATTUNE_KEY"):
        await engine.ask(REQUEST, 1.0)
    await engine.close()
    assert engine.back_end.closed == 0


@pytest.mark.parametrize("broken", [OSError("libssl.so: no such file"), ImportError("cyclic"), KeyError("model")])
async def test_a_library_that_breaks_on_loading_is_that_engines_fault(broken: Exception) -> None:
    class Broken(Pieces):
        def load(self, settings: Settings) -> None:
            raise broken

    engine = StreamedEngine(Broken(), Settings())
    engine.load()
    with pytest.raises(EngineUnavailable, match=type(broken).__name__):
        await engine.ask(REQUEST, 1.0)


async def test_closing_closes_the_back_end_once() -> None:
    engine = loaded("a")
    await engine.close()
    await engine.close()
    assert engine.back_end.closed == 1
    with pytest.raises(EngineUnavailable):
        await engine.ask(REQUEST, 1.0)
