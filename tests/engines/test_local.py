from __future__ import annotations

import asyncio

import pytest

import models
from core.engines.local import LocalEngine
from core.engines.registry import Engines, choose_engines
from core.engines.requests import DecodePicture
from core.errors import EngineFailed, EngineUnavailable, MediaError, SettingsError
from core.metrics import Metrics
from core.plugins import discover
from core.settings import Settings
from tests.fakes import ScriptedEngine


@pytest.fixture
def settings() -> Settings:
    return Settings()


def _running(engine, settings) -> LocalEngine:
    local = LocalEngine(engine, settings)
    local.load()
    return local


async def test_waiting_requests_are_answered_in_one_batch_each_with_its_own(settings) -> None:
    engine = ScriptedEngine(lambda request: request.data * 2, max_batch=4)
    local = _running(engine, settings)
    engine.may_go.clear()
    asked = [asyncio.create_task(local.ask(DecodePicture(bytes([n])))) for n in range(6)]
    await asyncio.sleep(0.05)
    engine.may_go.set()
    assert await asyncio.gather(*asked) == [bytes([n]) * 2 for n in range(6)]
    assert max(engine.batches) == 4
    local.close()


async def test_an_engine_that_throws_answers_engine_failed_and_goes_on(settings) -> None:
    def answer(request):
        if request.data == b"bad":
            raise ValueError("boom")
        return "fine"

    local = _running(ScriptedEngine(answer, max_batch=1), settings)
    with pytest.raises(EngineFailed, match="scripted failed"):
        await local.ask(DecodePicture(b"bad"))
    assert await local.ask(DecodePicture(b"good")) == "fine"
    local.close()


async def test_one_bad_input_in_a_batch_fails_alone(settings) -> None:
    engine = ScriptedEngine(lambda r: MediaError("not a picture") if r.data == b"bad" else "fine", max_batch=4)
    local = _running(engine, settings)
    answers = await asyncio.gather(*(local.ask(DecodePicture(d)) for d in (b"a", b"bad", b"c")), return_exceptions=True)
    assert answers[0] == answers[2] == "fine"
    assert isinstance(answers[1], MediaError)
    local.close()


async def test_an_engine_that_cannot_load_says_why_each_time(settings) -> None:
    class Missing(ScriptedEngine):
        def load(self, settings: Settings) -> None:
            raise EngineUnavailable("weights are missing; run make train")

    local = _running(Missing(lambda r: r), settings)
    with pytest.raises(EngineUnavailable, match="make train"):
        await local.ask(DecodePicture(b""))
    assert (
        Engines({"face": local}).describe()[0] | {"available": False, "note": "weights are missing; run make train"}
        == (Engines({"face": local}).describe()[0])
    )


async def test_closing_tells_those_who_wait(settings) -> None:
    engine = ScriptedEngine(lambda r: r, max_batch=1)
    local = _running(engine, settings)
    engine.may_go.clear()
    asked = [asyncio.create_task(local.ask(DecodePicture(b"x"))) for _ in range(3)]
    await asyncio.sleep(0.05)
    asyncio.get_running_loop().call_later(0.1, engine.may_go.set)
    await asyncio.to_thread(local.close)
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert any(isinstance(a, EngineUnavailable) for a in answers)


def test_an_unknown_engine_name_lists_the_known_ones() -> None:
    found = discover(models.__name__, "ENGINE")
    with pytest.raises(SettingsError, match="face_compact"):
        choose_engines(found, Settings(face_engine="mind_reader"), Metrics())
