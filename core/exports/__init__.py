"""One file format each: rows to a file. The folder is scanned for `EXPORT`, so a new format is a new file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.record.tables import SessionTables

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
    write: Callable[[SessionTables], bytes]
