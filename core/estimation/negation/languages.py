"""The languages whose negations the rules read, each from a table beside this file. Pure but for that, at import."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from importlib.resources import files

import msgspec

from core.estimation.negation.grammar import Idiom, Language, read_namings
from core.types import EMOTIONS


class _Table(msgspec.Struct, forbid_unknown_fields=True):
    """A file: lists as text, an alternative a line."""

    back: bool
    macros: dict[str, str]
    lists: dict[str, str]
    feelings: dict[str, str]


def read(text: str) -> Language:
    """A language from the text of its file; msgspec.ValidationError, KeyError or re.error where it is no table."""
    table = msgspec.convert(tomllib.loads(text), _Table)
    words = {label: "|".join(_lines(table.feelings[label])) for label in EMOTIONS if label in table.feelings}
    macros = table.macros | {"named": f"(?:{'|'.join(words.values())})"}
    lists = {name: [_filled(line, macros) for line in _lines(rows)] for name, rows in table.lists.items()}
    language = Language(
        idle=_alternatives(lists["idle"]),
        most=_alternatives(lists["most"]),
        turns=_alternatives(lists["turns"]),
        unreal=_alternatives(lists["unreal"]),
        ended=_alternatives(lists["ended"]),
        clause=re.compile("|".join(lists["clause"])),
        idioms=tuple(map(_idiom, lists["idioms"])),
        feelings=tuple(_alternatives([words.get(label, r"(?!)")]) for label in EMOTIONS),
        turns_back=table.back,
    )
    read_namings("", language)  # its patterns take a moment to make: here, and not at the first words of a session
    return language


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _filled(line: str, macros: Mapping[str, str]) -> str:
    for name in macros:
        line = line.replace(f"{{{name}}}", macros[name])
    return line


def _alternatives(lines: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(lines)})(?!\w)")


def _idiom(line: str) -> Idiom:
    pattern, _, label = line.partition(" => ")
    return Idiom(_alternatives([pattern]), EMOTIONS.index(label))


LANGUAGES: dict[str, Language] = {
    table.name.removesuffix(".toml"): read(table.read_text(encoding="utf-8"))
    for table in files(__package__).iterdir()
    if table.name.endswith(".toml")
}
"""by the first part of BCP-47"""
