"""Adding a part is adding one file: the folder is scanned for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.engines.engine import BackEnd, StreamBackEnd
from core.errors import SettingsError
from core.plugins import discover


def package(folder: Path, monkeypatch: pytest.MonkeyPatch, **files: str) -> str:
    """A package of these files that can be imported, under a name of its own."""
    made = folder / f"parts_{abs(hash(str(folder)))}"
    made.mkdir()
    (made / "__init__.py").write_text("")
    for name, text in files.items():
        (made / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(str(folder))
    return made.name


def part(name: str) -> str:
    return f"class THING:\n    name = {name!r}\n"


def test_parts_are_found_by_their_own_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = package(tmp_path, monkeypatch, a=part("second"), b=part("first"), c="OTHER = 1\n")
    assert list(discover(name, "THING", type)) == ["second", "first"]


def test_files_that_begin_with_an_underscore_are_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = package(tmp_path, monkeypatch, a=part("one"), _b="raise RuntimeError('imported')\n")
    assert set(discover(name, "THING", type)) == {"one"}


def test_two_of_one_name_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = package(tmp_path, monkeypatch, a=part("same"), b=part("same"))
    with pytest.raises(SettingsError, match="'same'"):
        discover(name, "THING", type)


def test_part_of_another_kind_is_refused_by_name_of_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A back-end without `infer`, a page that is a plain word: told when the app starts, not when it is asked."""
    name = package(tmp_path, monkeypatch, a="class Odd:\n    name = 'two'\nTHING = Odd()\n")
    with pytest.raises(SettingsError, match=rf"{name}\.a: THING must be a type, it is a Odd"):
        discover(name, "THING", type)
    with pytest.raises(SettingsError, match="must be a BackEnd or StreamBackEnd"):
        discover(name, "THING", BackEnd, StreamBackEnd)
