"""What an engine declares about itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


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
    input: str = ""
    """shape, unit and range of one input"""
    max_batch: int = 1
    languages: tuple[str, ...] = ()
    """BCP-47 primary subtags it knows; empty: any, or none needed"""
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
