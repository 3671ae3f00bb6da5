"""What several formats share: tables as CSV, the codebook, and ZIP files whose bytes are the same each time."""

from __future__ import annotations

import io
import re
import zipfile
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from core.record.tables import CODEBOOK, as_typed
from core.types import EMOTIONS

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer
    from pandas import DataFrame, Series

CSV_ROWS = 200
"""written by one call, which lets no other thread in: 5 ms"""
SIGNS = r"=+\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b"
"""what a spreadsheet takes for the beginning of a formula; full-width and small forms too"""
SEPARATORS = r";|\t\r\n"
"""where a spreadsheet of other habits begins a cell: it splits at semicolons in half of Europe, and a quotation mark
holds a cell together only where the cell begins with it"""
UNSEEN = (
    r"\x00-\x08\x0b\x0c\x0e-\x20\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f"
    r"\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff"
)
"""control characters, White_Space and Default_Ignorable_Code_Point (UAX 44): what may be dropped before a sign"""
BEGINS_FORMULA = re.compile(rf"""(^|[{SEPARATORS}])(?='|[{UNSEEN}"]*+[{SIGNS}])""")
SHIELDED = re.compile(rf"(^|[{SEPARATORS}])'")
ZIP_BYTES = 256_000
"""packed by one call"""
PIECE_CHARS = 50_000
ZIP_DATE = (1980, 1, 1, 0, 0, 0)
LATEST_S = 1e8
"""three years; a client of before could state any time"""
LABELS = ", ".join(EMOTIONS)
UNLAWFUL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""characters XML 1.0 has no place for (production 2, Char)"""


def harmless(text: str) -> str:
    """Text of which no spreadsheet takes a part for a formula, at whatever it separates cells (OWASP, CSV injection).

    An apostrophe is put before what may begin one, and before an apostrophe: at the beginning of the text and after
    each semicolon, vertical bar, tab and line end.
    """
    return BEGINS_FORMULA.sub(r"\1'", text)


def restored(text: str) -> str:
    """The way back: one apostrophe is taken off in each of these places where one stands."""
    return SHIELDED.sub(r"\1", text)


def csv_parts(name: str, batches: Iterable[DataFrame], is_plain: bool = False) -> Iterator[bytes]:
    """UTF-8 with a header; times are ISO 8601 with Z, truth is true or false, what is missing is empty.

    For spreadsheets: a byte order mark, by which Excel knows it for UTF-8, and texts made harmless. `is_plain` leaves
    both out. In the first every text is in quotation marks, as it may hold what another spreadsheet separates cells by.
    Lines end in CR LF (RFC 4180): the csv module quotes a lone CR in a text only where CR ends a line.
    """
    yield b"" if is_plain else BOM_UTF8
    yield f"{','.join(CODEBOOK[name])}\r\n".encode()
    for batch in batches:
        for start in range(0, len(batch), CSV_ROWS):
            yield _csv_lines(name, batch.iloc[start : start + CSV_ROWS], is_plain)


def _csv_lines(name: str, frame: DataFrame, is_plain: bool) -> bytes:
    import csv

    shown = frame.copy()
    for column, (kind, *_) in CODEBOOK[name].items():
        if kind == "text" and not is_plain:
            shown[column] = frame[column].map(harmless).astype("str")
        elif kind == "time":
            shown[column] = frame[column].dt.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        elif kind == "truth":
            shown[column] = frame[column].map({True: "true", False: "false"})
    quoting = csv.QUOTE_MINIMAL if is_plain else csv.QUOTE_NONNUMERIC
    return bytes(shown.to_csv(index=False, header=False, lineterminator="\r\n", quoting=quoting).encode())


def as_csv(name: str, frame: DataFrame, is_plain: bool = False) -> bytes:
    """A whole table."""
    return b"".join(csv_parts(name, [frame], is_plain))


def from_csv(name: str, content: bytes) -> DataFrame:
    """The way back, with exactly the types it had; whether it is plain tells its byte order mark."""
    import pandas as pd

    kinds = {column: kind for column, (kind, *_) in CODEBOOK[name].items()}
    text = {column: "str" for column, kind in kinds.items() if kind in ("text", "truth", "time")}
    frame = pd.read_csv(
        io.BytesIO(content),
        encoding="utf-8-sig",
        dtype=text,
        keep_default_na=False,
        na_values={c: [""] for c in kinds if c not in text},
    )
    for column, kind in kinds.items():
        if kind == "truth":
            frame[column] = frame[column].map({"true": True, "false": False})
        elif kind == "time":
            frame[column] = frame[column].replace("", None)
        elif kind == "text" and content.startswith(BOM_UTF8):
            frame[column] = frame[column].map(restored).astype("str")
    return as_typed(name, frame)


def codebook_csv() -> bytes:
    """One line per column: table, column, type, unit or range, meaning."""
    import csv

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("table", "column", "type", "unit_or_range", "meaning"))
    for table, columns in CODEBOOK.items():
        writer.writerows((table, column, *described) for column, described in columns.items())
    return out.getvalue().encode()


class Sink(io.RawIOBase):
    """A file to write into, whose bytes are taken away as they come."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._length = 0

    def writable(self) -> bool:
        return True

    def write(self, content: ReadableBuffer, /) -> int:
        part = bytes(content)
        self._parts.append(part)
        self._length += len(part)
        return len(part)

    def tell(self) -> int:
        return self._length

    def take(self) -> bytes:
        """What was written since the last time."""
        taken, self._parts = b"".join(self._parts), []
        return taken


def zip_parts(files: Iterable[tuple[str, Iterable[bytes]]]) -> Iterator[bytes]:
    """A ZIP of files that are written one after the other; its bytes depend on names and contents alone."""
    sink = Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, parts in files:
            entry = zipfile.ZipInfo(name, ZIP_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as member:  # nobody knows yet how long it gets
                for part in parts:
                    for start in range(0, len(part), ZIP_BYTES):
                        member.write(part[start : start + ZIP_BYTES])
                        yield sink.take()
    yield sink.take()


def lawful(text: str) -> str:
    """Text as XML may hold it; what it may not is shown as the replacement character."""
    return UNLAWFUL.sub("\ufffd", text)


def in_pieces(texts: Iterable[str]) -> Iterator[bytes]:
    """The same as UTF-8, some joined into pieces of about PIECE_CHARS."""
    piece: list[str] = []
    size = 0
    for text in texts:
        piece.append(text)
        size += len(text)
        if size >= PIECE_CHARS:
            yield "".join(piece).encode("utf-8", "replace")
            piece, size = [], 0
    yield "".join(piece).encode("utf-8", "replace")


def leading(frame: DataFrame) -> Series:
    """(n,) label with the highest probability; in a tie the first in EMOTIONS."""
    columns = [f"p_{label}" for label in EMOTIONS]
    return frame[columns].idxmax(axis=1).str.removeprefix("p_") if len(frame) else frame["session_id"]


def milliseconds(seconds: float) -> int:
    """Whole ms of a time in s; what is no time that a session can have is brought to the nearest that is."""
    return round(1000 * min(max(seconds, 0.0), LATEST_S)) if seconds == seconds else 0  # noqa: PLR0124 - NaN


def begun(messages: DataFrame) -> Series:
    """(n,) session time at which each line began; its end where that is not known."""
    return messages["start_s"].fillna(messages["t"])
