"""How many recordings lie behind one another in a file, joined by their bytes; the library reads two at most."""

from __future__ import annotations

import io
from pathlib import Path
from typing import BinaryIO

EBML, DOCTYPES = b"\x1a\x45\xdf\xa3", (b"webm", b"matroska")
"""begin of a WebM or Matroska (RFC 8794), and what stands in its head"""
HEAD = 64
"""bytes in which the kind is told"""
PIECE = 1 << 20
"""bytes looked through at a time: the search holds the interpreter"""
BOX_HEAD = 8
"""bytes of the shortest box of an MP4: its size and its kind"""
MOST_BOXES = 100_000
"""of an MP4 that are counted; a fragment of a second is two"""


def count(source: io.BytesIO | Path) -> int:
    """1 for an ordinary file, 0 for one that is neither WebM nor MP4."""
    with source.open("rb") if isinstance(source, Path) else io.BytesIO(source.getvalue()) as file:
        head = file.read(BOX_HEAD)
        file.seek(0)
        return _movies(file) if head[4:] == b"ftyp" else _heads(file)


def _heads(file: BinaryIO) -> int:
    """Those of WebM and Matroska."""
    found, kept = 0, b""
    while piece := file.read(PIECE):
        data = kept + piece
        is_last = len(piece) < PIECE
        end = len(data) if is_last else len(data) - HEAD
        at = data.find(EBML, 0, end + len(EBML) - 1)
        while at >= 0:
            found += any(kind in data[at : at + HEAD] for kind in DOCTYPES)
            at = data.find(EBML, at + 1, end + len(EBML) - 1)
        kept = b"" if is_last else data[end:]
    return found


def _movies(file: BinaryIO) -> int:
    """Top-level `moov` boxes of an MP4 (ISO/IEC 14496-12, 4.2)."""
    found = 0
    for _ in range(MOST_BOXES):
        head = file.read(16)
        size, kind = int.from_bytes(head[:4], "big"), head[4:8]
        if size == 1:
            size = int.from_bytes(head[8:16], "big")
        found += kind == b"moov"
        if size < BOX_HEAD:  # 0 reaches to the end of the file
            break
        file.seek(size - len(head), io.SEEK_CUR)
    return found
