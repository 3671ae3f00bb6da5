"""What an engine declares about itself."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal


@dataclass(frozen=True, slots=True)
class Figure:
    """How often a model's weights were right, measured."""

    on: str
    """what on, for people"""
    at_home: bool
    """other persons or texts of a collection that taught it; else of one that never did"""
    measure: str
    """what is counted, for people"""
    value: float
    """0..1"""
    low: float
    """of the 95 % interval"""
    high: float
    count: int
    """pictures, recordings or texts"""


@dataclass(frozen=True, slots=True)
class EngineSpec:
    """What an engine is; behaviour is read from here, never from its name."""

    name: str
    kind: str
    """one of the table in core/engines/kinds.py"""
    version: str
    licence: str
    description: str
    packages: tuple[str, ...] = ()
    """importable names it needs; a missing one is reported with the command that installs it"""
    install: str = ""
    """the command or setting that brings it"""
    checksum: str = ""
    """sha256 of its weights"""
    figures: tuple[Figure, ...] = ()
    """measured on these weights, those at home first"""
    input: str = ""
    """shape, unit and range of one input"""
    max_batch: int = 1
    languages: tuple[str, ...] = ()
    """BCP-47 primary subtags it knows; empty: any, or none needed"""
    voices: tuple[str, ...] = ()
    """of one that speaks, as VoiceName; empty: any"""
    scripts: tuple[str, ...] = ()
    """whose letters it can read, by the first word of their names in Unicode ("LATIN"); empty: any"""
    grade: Literal["rough", "embedded", "full-size"] = "embedded"
    """"rough": worth a warning beside what it gives"""
    runs_in: Literal["thread", "process", "network"] = "thread"
    """of this server, a process of its own, or somebody's server"""
    leaves_machine: bool = False
    """what it is given is sent away"""
    is_default: bool = False

    def knows(self, language: str) -> bool:
        """Whether it takes this language, a BCP-47 tag such as "pt-BR"."""
        return not self.languages or language.replace("_", "-").split("-")[0].lower() in self.languages

    def has_voice(self, voice: str) -> bool:
        """Whether it can speak so."""
        return not self.voices or voice in self.voices

    def reads(self, text: str) -> bool:
        """Whether every letter is of a script that it knows; letters in another dress (bold, wide) count as plain."""
        letters = (c for c in unicodedata.normalize("NFKC", text) if c.isalpha()) if self.scripts else ()
        return all(unicodedata.name(c, "").split(" ")[0] in self.scripts for c in letters)


def figures_of(facts: Mapping[str, object]) -> tuple[Figure, ...]:
    """What a sidecar says was measured, at home first; a row that is none is left out."""
    rows, names = facts.get("measured"), {field.name for field in fields(Figure)}
    told = [row for row in rows if isinstance(row, dict) and set(row) == names] if isinstance(rows, list) else []
    whole = [Figure(**row) for row in told]
    return tuple(sorted(whole, key=lambda figure: not figure.at_home))
