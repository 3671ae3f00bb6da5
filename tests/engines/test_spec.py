"""What an engine declares: which languages it takes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.engines.spec import EngineSpec, figures_of


def spec(*languages: str) -> EngineSpec:
    return EngineSpec("x", "transcribe", "1", "MIT", "for tests", languages=languages)


@pytest.mark.parametrize("tag", ["en", "EN", "en-GB", "en_us"])
def test_a_region_is_of_its_language(tag: str) -> None:
    assert spec("en").knows(tag)


@pytest.mark.parametrize("tag", ["nl", "eng", ""])
def test_another_language_is_not(tag: str) -> None:
    assert not spec("en").knows(tag)


def test_without_languages_any_will_do() -> None:
    assert spec().knows("xx")


def test_an_engine_with_one_voice_has_no_other() -> None:
    female = replace(spec(), voices=("female",))
    assert female.has_voice("female")
    assert not female.has_voice("male")
    assert spec().has_voice("male")


@pytest.mark.parametrize("text", ["I lost 3 keys, café!", "", "😀 ½ 5 °C", "𝐇𝐞𝐥𝐥𝐨 Ｗorld", "it's"])
def test_numbers_signs_and_letters_in_another_dress_are_no_other_script(text: str) -> None:
    assert replace(spec(), scripts=("LATIN",)).reads(text)


@pytest.mark.parametrize("text", ["Привет", "my friend 你好", "α", "שלום", "ok はい"])
def test_one_letter_of_another_script_cannot_be_read(text: str) -> None:
    assert not replace(spec(), scripts=("LATIN",)).reads(text)
    assert spec().reads(text)


ROW = {"on": "others", "at_home": False, "measure": "recall", "value": 0.5, "low": 0.4, "high": 0.6, "count": 9}


def test_figures_come_from_what_was_measured_those_at_home_first() -> None:
    told = figures_of({"measured": [ROW, ROW | {"on": "own", "at_home": True}]})
    assert [(one.on, one.at_home, one.value) for one in told] == [("own", True, 0.5), ("others", False, 0.5)]


@pytest.mark.parametrize("measured", [None, 3, "x", [3], [{"on": "others"}], [ROW | {"more": 1}]])
def test_what_is_no_figure_is_left_out(measured: object) -> None:
    assert figures_of({"measured": measured}) == ()
