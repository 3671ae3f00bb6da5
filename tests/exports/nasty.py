"""Texts that can break a format, and what is in a ZIP."""

from __future__ import annotations

import io
import zipfile

from core.exports import Export
from core.plugins import discover

FORMATS = discover("core.exports", "EXPORT", Export)
NASTY = [
    "=cmd|' /C calc'!A0",
    "]]>&<b>",
    "a\tb\nc",
    "\x00\x07\ud7ff",
    "日本 🙂 \u202e",
    "x" * 1_000_000,
    '"',
    "n/a",
    "",
]


def unpacked(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}
