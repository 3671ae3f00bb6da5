"""What an engine declares: which languages it takes."""

from __future__ import annotations

import pytest

from core.engines.spec import EngineSpec


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
