"""The languages danger is looked for in, each read from a table beside this file."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec

from core.companion.danger.grammar import Danger, Frames, Language


class _Frames(msgspec.Struct, forbid_unknown_fields=True):
    kind: Danger
    unless: tuple[str, ...]
    rows: str


class _Table(msgspec.Struct, forbid_unknown_fields=True):
    """A file: lists as text, an entry a line."""

    spellings: str
    """`pattern => what it stands for`"""
    negations: str
    negations_after: str
    idioms: str
    classes: dict[str, str]
    contexts: dict[str, str]
    frames: list[_Frames]


def read(text: str) -> Language:
    """A language from the text of its file; msgspec.ValidationError where a part is missing or unknown."""
    table = msgspec.convert(tomllib.loads(text), _Table)
    language = Language(
        spellings=tuple(map(_spelling, _lines(table.spellings))),
        negations=table.negations,
        negations_after=table.negations_after,
        classes={name: _words(words) for name, words in table.classes.items()},
        contexts={name: _words(words) for name, words in table.contexts.items()},
        idioms=_lines(table.idioms),
        frames=tuple(Frames(one.kind, one.unless, _lines(one.rows)) for one in table.frames),
    )
    for _ in language.dangers(""):  # its patterns take 0.2 s to make: here, and not at the first turn of a talk
        pass
    return language


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _words(text: str) -> str:
    """Alternatives, on as many lines as they need."""
    return "|".join(line.strip("|") for line in _lines(text))


def _spelling(line: str) -> tuple[str, str]:
    pattern, _, meant = line.partition(" => ")
    return pattern, meant


LANGUAGES: dict[str, Language] = {
    path.stem: read(path.read_text(encoding="utf-8")) for path in sorted(Path(__file__).parent.glob("*.toml"))
}
"""by the first part of BCP-47"""
