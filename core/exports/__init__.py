"""One file format each: rows to a file. The folder is scanned for `EXPORT`, so a new format is a new file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from core.record.tables import Tables

SCHEMA_VERSION = 1
"""of the tables as they leave the house (core/record/tables.py); raised when a column changes its meaning"""


@dataclass(frozen=True, slots=True)
class Export:
    name: str
    """what an address names it by"""
    title: str
    """what people read"""
    media_type: str
    suffix: str
    parts: Callable[[Tables], Iterator[bytes]]
    """the file, piece after piece, written from batches: neither rows nor file are ever held whole"""

    def write(self, tables: Tables) -> bytes:
        """The whole file, where it is known to be small."""
        return b"".join(self.parts(tables))
