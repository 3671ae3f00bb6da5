"""Which engine answers: by kind, language and name; what the app can do without."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.engines.kinds import KINDS
from core.engines.local import LocalEngine
from core.engines.registry import Engines, choose_engines, find_engines
from core.engines.requests import DecodePicture, SpeakText, TranscribeSpeech
from core.errors import EngineUnavailable, SettingsError
from core.settings import Settings
from tests.fakes import ScriptedEngine

FOUND = find_engines()


def transcriber(name: str, *languages: str, fails: bool = False) -> Any:
    back_end = ScriptedEngine(lambda _request: name, kind="transcribe")
    back_end.name = name
    back_end.spec = replace(back_end.spec, name=name, languages=languages)
    if fails:

        def load(_settings: Settings) -> None:
            raise EngineUnavailable("its package is missing; run: pip install it")

        back_end.load = load
    return back_end


def said_in(language: str) -> TranscribeSpeech:
    return TranscribeSpeech(np.zeros(10, np.float32), language, is_last=True)


@pytest.fixture
async def engines() -> AsyncIterator[Any]:
    made: list[Engines] = []

    def make(*back_ends: Any) -> Engines:
        made.append(Engines([LocalEngine(one, Settings()) for one in back_ends]))
        made[-1].load()
        return made[-1]

    yield make
    await asyncio.gather(*(one.close() for one in made))


async def test_the_language_of_a_request_picks_the_engine(engines) -> None:
    every = engines(transcriber("english", "en"), transcriber("many", "en", "nl", "de"))
    assert await every.ask(said_in("en-GB")) == "english"
    assert await every.ask(said_in("nl")) == "many"


async def test_an_engine_that_did_not_load_is_passed_over_while_another_can(engines) -> None:
    every = engines(transcriber("broken", "en", fails=True), transcriber("many", "en", "nl"))
    assert await every.ask(said_in("en")) == "many"


async def test_the_only_engine_that_did_not_load_says_why(engines) -> None:
    with pytest.raises(EngineUnavailable, match="pip install it"):
        await engines(transcriber("broken", "en", fails=True)).ask(said_in("en"))


async def test_a_language_nobody_knows_says_what_goes_on_and_what_is_known(engines) -> None:
    with pytest.raises(EngineUnavailable, match=r"type instead.*'pl'.*only en"):
        await engines(transcriber("english", "en")).ask(said_in("pl"))


def speaker(name: str, **declared: Any) -> Any:
    back_end = ScriptedEngine(lambda _request: name, kind="speak")
    back_end.name = name
    back_end.spec = replace(back_end.spec, name=name, **declared)
    return back_end


async def test_voice_and_script_pick_the_engine_too(engines) -> None:
    every = engines(speaker("heart", languages=("en",), voices=("female",), scripts=("LATIN",)), speaker("any"))
    assert await every.ask(SpeakText("hello", "en")) == "heart"
    assert await every.ask(SpeakText("hello", "en", "male")) == "any"
    assert await every.ask(SpeakText("Привет", "en")) == "any"
    assert [engine.spec.name for engine in every.able(SpeakText("hello", "en"))] == ["heart", "any"]


async def test_a_voice_or_a_script_nobody_has_says_what_goes_on(engines) -> None:
    every = engines(speaker("heart", languages=("en",), voices=("female",), scripts=("LATIN",)))
    for request in (SpeakText("hello", "en", "male"), SpeakText("Привет", "en")):
        with pytest.raises(EngineUnavailable, match=r"shown as text.*voice.*script in 'en'"):
            await every.ask(request)


async def test_a_named_engine_that_did_not_load_says_why_though_another_is_ready(engines) -> None:
    with pytest.raises(EngineUnavailable, match="pip install it"):
        await engines(transcriber("broken", "en", fails=True), transcriber("many")).ask(said_in("en"), name="broken")


async def test_a_name_is_asked_by_name(engines) -> None:
    every = engines(transcriber("one"), transcriber("two"))
    assert await every.ask(said_in("en"), name="two") == "two"
    with pytest.raises(EngineUnavailable):
        await every.ask(said_in("en"), name="three")


async def test_a_kind_that_is_not_set_says_the_setting_and_what_goes_on(engines) -> None:
    every = engines(ScriptedEngine(lambda r: r.data, kind="decode"))
    assert await every.ask(DecodePicture(b"x")) == b"x"
    with pytest.raises(EngineUnavailable, match=r"transcribe_engine.*type instead"):
        await every.ask(said_in("en"))
    absent = {one["kind"] for one in every.describe() if not one["name"]}
    assert absent == {kind.name for kind in KINDS.values() if kind.is_optional}


async def test_description_is_declared_by_the_spec(engines) -> None:
    told = engines(transcriber("many", "en", "nl")).describe()[0]
    assert told["languages"] == ["en", "nl"]
    assert (told["available"], told["is_optional"], told["is_default"]) == (True, True, True)
    assert (told["runs_in"], told["grade"], told["max_batch"]) == ("thread", "embedded", 4)


def test_default_settings_choose_the_engines_of_each_kind_in_their_order() -> None:
    chosen = choose_engines(FOUND, Settings())
    assert {kind for kind in KINDS if len(chosen.of(kind)) == 1} == set(KINDS) - {
        "reply",
        "speak",
        "transcribe",
        "turn",
    }
    assert [engine.spec.name for engine in chosen.of("speak")] == ["speak_hibari", "speak_espeak"]
    assert [one.spec.name for one in chosen.of("transcribe")] == ["transcribe_moonshine", "transcribe_whisper_base"]
    assert chosen.of("reply")[0].spec.name == "reply_offline"
    assert len(chosen.of("reply")) == sum(one.spec.kind == "reply" for one in FOUND.values())


def test_several_names_are_taken_in_their_order() -> None:
    names = "transcribe_whisper, transcribe_moonshine"
    chosen = choose_engines(FOUND, Settings(transcribe_engine=names))
    assert [one.spec.name for one in chosen.of("transcribe")] == names.split(", ")


@pytest.mark.parametrize("setting", ["none", ""])
def test_a_kind_one_can_do_without_is_left_out(setting: str) -> None:
    assert not choose_engines(FOUND, Settings(voice_engine=setting)).of("voice")


def test_what_is_left_out_by_default_is_no_warning(caplog) -> None:
    assert not choose_engines(FOUND, Settings()).of("turn")
    assert not [record for record in caplog.records if record.levelname == "WARNING"]
    choose_engines(FOUND, Settings(voice_engine="none"))
    assert "voice_engine" in caplog.text


@pytest.mark.parametrize("kind", ["detect", "face", "speech", "reply"])
def test_a_kind_nobody_can_do_without_is_not(kind: str) -> None:
    with pytest.raises(SettingsError, match=f"{kind}_engine"):
        choose_engines(FOUND, Settings(**{f"{kind}_engine": "none"}))


def test_an_unknown_engine_name_lists_the_known_ones() -> None:
    with pytest.raises(SettingsError, match="face_compact"):
        choose_engines(FOUND, Settings(face_engine="mind_reader"))


def test_an_engine_of_a_kind_nobody_knows_is_refused() -> None:
    stranger = ScriptedEngine(lambda r: r, kind="smell")
    with pytest.raises(SettingsError, match="smell"):
        choose_engines({**FOUND, "stranger": stranger}, Settings())


def test_every_engine_fits_its_declaration() -> None:
    for name, back_end in FOUND.items():
        assert back_end.spec.name == name == back_end.name
        assert back_end.spec.runs_in != "network" or back_end.spec.leaves_machine


async def test_description_names_as_default_the_one_that_is_used_where_nobody_chooses(engines) -> None:
    default = transcriber("default", "en")
    default.spec = replace(default.spec, is_default=True)
    told = engines(transcriber("preferred", "en", fails=True), transcriber("another", "en"), default).describe()
    assert {one["name"]: one["is_default"] for one in told if one["name"]} == {
        "preferred": False,
        "another": False,
        "default": True,
    }
