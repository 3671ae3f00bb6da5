"""The declarations of the wire for the front end: as the code has them now, and right for each kind of type."""

from __future__ import annotations

from typing import Literal, NotRequired

import pytest

from core.commands.wire_types import FILE, declarations, main, type_of
from core.transports.wire.session import EngineLine


def test_file_is_as_the_code_has_it():
    made = FILE.read_text(encoding="utf-8")
    assert made == declarations(), "the wire has changed; run: python -m core.commands.wire_types"


@pytest.mark.parametrize(
    ("hint", "expected"),
    [
        (float, "number"),
        (int | float | str | None, "number | string | null"),
        (Literal["start", "end"], '"start" | "end"'),
        (list[EngineLine], "EngineLine[]"),
        (tuple[str, ...], "string[]"),
        (tuple[int, int] | None, "[number, number] | null"),
        (dict[str, float], "Record<string, number>"),
        (NotRequired[bool], "boolean"),
    ],
)
def test_types_of_python_become_types_of_typescript(hint, expected):
    assert type_of(hint) == expected


def test_shape_inside_a_shape_of_a_message_is_declared_too():
    assert "figures?: FigureLine[];" in declarations()
    assert "export interface FigureLine {" in declarations()


def test_fields_that_may_lack_are_marked():
    text = declarations()
    assert "will_retry?: boolean;" in text
    assert "resume_token?: string | null;" in text
    assert "/** fitness of the input, 0 to 1 */" in text


def test_main_writes_the_file(tmp_path, monkeypatch):
    monkeypatch.setattr("core.commands.wire_types.FILE", tmp_path / "wire.d.ts")
    assert main() == 0
    assert (tmp_path / "wire.d.ts").read_text(encoding="utf-8") == declarations()
