"""What several formats share: tables as CSV, the codebook, and ZIP files whose bytes are the same each time."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from typing import TYPE_CHECKING

from core.record.tables import CODEBOOK, SessionTables, as_typed
from core.types import EMOTIONS

if TYPE_CHECKING:
    from pandas import DataFrame, Series

ZIP_DATE = (1980, 1, 1, 0, 0, 0)
LABELS = ", ".join(EMOTIONS)
UNLAWFUL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""characters XML 1.0 has no place for (production 2, Char)"""


def as_csv(name: str, frame: DataFrame) -> bytes:
    """UTF-8 with a header; times are ISO 8601 with Z, truth is true or false, what is missing is empty.

    Lines end in CR LF (RFC 4180): the csv module quotes a lone CR in a text only where CR ends a line.
    """
    shown = frame.copy()
    for column, (kind, *_) in CODEBOOK[name].items():
        if kind == "time":
            shown[column] = frame[column].dt.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        elif kind == "truth":
            shown[column] = frame[column].map({True: "true", False: "false"})
    return bytes(shown.to_csv(index=False, lineterminator="\r\n").encode())


def from_csv(name: str, content: bytes) -> DataFrame:
    """The way back, with exactly the types it had."""
    import pandas as pd

    kinds = {column: kind for column, (kind, *_) in CODEBOOK[name].items()}
    text = {column: "str" for column, kind in kinds.items() if kind in ("text", "truth", "time")}
    frame = pd.read_csv(
        io.BytesIO(content), dtype=text, keep_default_na=False, na_values={c: [""] for c in kinds if c not in text}
    )
    for column, kind in kinds.items():
        if kind == "truth":
            frame[column] = frame[column].map({"true": True, "false": False})
        elif kind == "time":
            frame[column] = frame[column].replace("", None)
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


def zipped(files: Mapping[str, bytes | str]) -> bytes:
    """A ZIP whose bytes depend on names and contents alone."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, ZIP_DATE), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def lawful(text: str) -> str:
    """Text as XML may hold it; what it may not is shown as the replacement character."""
    return UNLAWFUL.sub("\ufffd", text)


def of_session(tables: SessionTables, session_id: str) -> dict[str, DataFrame]:
    """The rows of one session in every table that has such rows."""
    return {name: frame[frame["session_id"] == session_id] for name, frame in tables if "session_id" in frame}


def leading(frame: DataFrame) -> Series:
    """(n,) label with the highest probability; in a tie the first in EMOTIONS."""
    columns = [f"p_{label}" for label in EMOTIONS]
    return frame[columns].idxmax(axis=1).str.removeprefix("p_") if len(frame) else frame["session_id"]


def begun(messages: DataFrame) -> Series:
    """(n,) session time at which each line began; its end where that is not known."""
    return messages["start_s"].fillna(messages["t"])
