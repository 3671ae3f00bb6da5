"""What a back-end promises: each file of models/ defines one that the house can use as it says."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest

from core.engines.engine import StreamBackEnd
from core.engines.kinds import KINDS
from core.engines.registry import find_engines

FOUND = find_engines()
EVERY = pytest.mark.parametrize("engine", FOUND.values(), ids=FOUND)


@EVERY
def test_back_end_is_named_after_its_file_and_its_kind(engine: Any) -> None:
    assert engine.name == engine.spec.name == type(engine).__module__.removeprefix("models.")
    assert engine.name.startswith(f"{engine.spec.kind}_")
    assert engine.spec.kind in KINDS


@EVERY
def test_replies_are_streamed_and_everything_else_is_batched(engine: Any) -> None:
    assert isinstance(engine, StreamBackEnd) == (engine.spec.kind == "reply")
    assert hasattr(engine, "infer") != isinstance(engine, StreamBackEnd)
    assert engine.spec.max_batch >= 1


@EVERY
def test_back_end_says_what_it_is_and_what_brings_it(engine: Any) -> None:
    assert engine.spec.licence
    assert engine.spec.description
    assert engine.spec.input
    assert not engine.spec.packages or engine.spec.install, "a missing package is told with the command"
    assert all(re.fullmatch(r"\w+", package) for package in engine.spec.packages)


@EVERY
def test_closing_is_awaited_where_a_stream_is_and_only_there(engine: Any) -> None:
    close = getattr(engine, "close", None)
    assert inspect.iscoroutinefunction(close) == isinstance(engine, StreamBackEnd)


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if not kind.setting or name == "reply"])
def test_kind_without_a_setting_has_one_default(kind: str) -> None:
    assert [engine.spec.is_default for engine in FOUND.values() if engine.spec.kind == kind].count(True) == 1
