"""Codes of errors as Markdown: for each class its status, what it means, and every code that is raised with it."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import core
from core import errors
from core.errors import AppError, SettingsError

ROOT = Path(errors.__file__).parent
TREE = re.compile(r"^ +(\w+) +(?:\d{3}  )?(\S.*)$", re.MULTILINE)
"""a line of the tree at the head of core/errors.py: class, status, meaning"""
CODE_PLACE = {"Fault": 0}
"""of the code among the arguments; an error's comes after its message"""


def error_codes() -> str:
    """One line a class by its status; then the faults, which a running session tells."""
    meanings = {name: said.strip() for name, said in TREE.findall(errors.__doc__ or "")}
    lines = ["| status | codes | what it means |", "|---|---|---|"]
    codes = _codes_by_class()
    for kind in sorted(_classes(), key=lambda found: (found.status, found.__name__)):
        told = ", ".join(f"`{code}`" for code in sorted(codes.get(kind.__name__, set()) | {kind.code}))
        meaning = meanings.get(kind.__name__) or (kind.__doc__ or "").strip().split("\n")[0].rstrip(".")
        lines.append(f"| {kind.status} | {told} | {meaning} |")
    faults = ", ".join(f"`{code}`" for code in sorted(codes["Fault"]))
    lines.append(f"| none | {faults} | faults of a running session, which goes on |")
    return "\n".join(lines)


def _classes() -> list[type[AppError]]:
    """Every error that a client may be told, wherever in core it is defined."""
    for found in pkgutil.walk_packages(core.__path__, "core."):
        if not found.name.startswith("core.commands"):
            importlib.import_module(found.name)

    def below(kind: type[AppError]) -> Iterator[type[AppError]]:
        for one in kind.__subclasses__():
            yield one
            yield from below(one)

    return [kind for kind in below(AppError) if kind.__module__.startswith("core.") and kind is not SettingsError]


def _codes_by_class() -> dict[str, set[str]]:
    """Class name -> the codes that are given where it is made."""
    found: dict[str, set[str]] = {}
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                found.setdefault(node.func.id, set()).update(_code_of(node))
    return found


def _code_of(call: ast.Call) -> list[str]:
    place = CODE_PLACE.get(getattr(call.func, "id", ""), 1)
    given = [keyword.value for keyword in call.keywords if keyword.arg == "code"] + call.args[place : place + 1]
    return [node.value for node in given if isinstance(node, ast.Constant) and isinstance(node.value, str)]
