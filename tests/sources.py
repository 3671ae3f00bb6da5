"""The source files of the house, for tests about its shape."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDERS = ("core", "models", "pages")


@cache
def _paths() -> tuple[Path, ...]:
    return (ROOT / "app.py", *(path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))))


def sources() -> list[Path]:
    """app.py and every Python file of the three folders."""
    return list(_paths())


def module(path: Path) -> str:
    """The dotted name it is imported by."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def parsed(path: Path) -> ast.Module:
    """A source file, parsed; dozens of tests look at each, and none changes it."""
    return ast.parse(path.read_text("utf-8"))
