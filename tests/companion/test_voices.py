"""Who says a sentence: the first that can; one that fails or hangs gives way, is told, and rests for a while."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest

from core.companion import voices
from core.companion.voices import REST_S, Voices
from core.engines.local import LocalEngine
from core.engines.registry import Engines
from core.engines.requests import SpeakText
from core.errors import EngineFailed, EngineUnavailable
from core.settings import Settings
from tests.fakes import ScriptedEngine

HELLO = SpeakText("hello", "en")


class Stage:
    """Two voices, a clock, and what the person was told."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.told: list[str] = []
        self.asked: list[str] = []
        self.answers: dict[str, Any] = {"pleasant": "pleasant", "plain": "plain"}
        self.gate = threading.Event()
        every = [self._voice("pleasant", languages=("en",), voices=("female",)), self._voice("plain")]
        self.engines = Engines(LocalEngine(one, Settings()) for one in every)
        self.engines.load()
        self.voices = Voices(self.engines, lambda: self.now_s)

    def _voice(self, name: str, **declared: Any) -> Any:
        def answer(_request: SpeakText) -> Any:
            self.asked.append(name)
            found = self.answers[name]
            return found() if isinstance(found, Callable) else found

        back_end = ScriptedEngine(answer, kind="speak")
        back_end.name, back_end.spec = name, replace(back_end.spec, name=name, **declared)
        return back_end

    async def say(self, request: SpeakText = HELLO) -> Any:
        return await self.voices.say(request, lambda code, message: self.told.append(f"{code}: {message}"))


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    made = Stage()
    yield made
    made.gate.set()
    await made.engines.close()


async def test_the_first_that_can_says_it(stage: Stage) -> None:
    assert await stage.say() == "pleasant"
    assert await stage.say(replace(HELLO, voice="male")) == "plain"
    assert await stage.say(replace(HELLO, language="nl")) == "plain"
    assert stage.told == []


async def test_one_that_fails_gives_way_and_the_person_is_told(stage: Stage) -> None:
    stage.answers["pleasant"] = EngineFailed("its process ended")
    assert await stage.say() == "plain"
    assert stage.told == ["voice_engine_failed: pleasant did not speak (its process ended); plain does for a while"]


async def test_one_that_hangs_gives_way_in_time(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voices, "WAIT_S", 0.05)
    stage.answers["pleasant"] = stage.gate.wait
    assert await stage.say() == "plain"
    assert stage.told[0].startswith("voice_engine_timeout")


async def test_one_that_failed_is_not_asked_again_until_it_has_rested(stage: Stage) -> None:
    stage.answers["pleasant"] = EngineFailed("broken")
    await stage.say()
    stage.answers["pleasant"] = "pleasant"
    stage.now_s += REST_S - 1
    assert await stage.say() == "plain"
    assert stage.asked.count("pleasant") == 1
    stage.now_s += 1
    assert await stage.say() == "pleasant"


async def test_where_all_rest_the_last_error_is_the_answer(stage: Stage) -> None:
    stage.answers |= {"pleasant": EngineFailed("broken"), "plain": EngineUnavailable("gone")}
    for _ in range(2):
        with pytest.raises(EngineUnavailable, match="gone"):
            await stage.say()
    assert stage.asked.count("plain") == 2


async def test_without_any_voice_the_setting_is_told() -> None:
    with pytest.raises(EngineUnavailable, match="speak_engine"):
        await Voices(Engines([])).say(HELLO, lambda _code, _message: None)
