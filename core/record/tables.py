"""What is kept of sessions as DataFrames: the one form in which exports and analytics see it.

Lists are flattened, so that every table is plain CSV: `reasons` and `scopes` are joined by ";", a box is four columns.
Nobody's user id or name is in them; who asks, may see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from math import nan
from typing import TYPE_CHECKING, Protocol

from core.errors import NotFound
from core.modalities import MODALITY_FACTS, weight_column
from core.record.store import Store
from core.types import EMOTIONS, MODALITIES

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection
    from pandas import DataFrame

OpenWords = Callable[[Iterable[bytes], Iterable[str]], list[str]]
"""sealed words and the session of each, to the words"""

Column = tuple[str, str, str]
"""type (text, number, whole, truth, time), unit or range, meaning"""

_SESSION: dict[str, Column] = {"session_id": ("text", "", "the session this row belongs to")}
_TIME: dict[str, Column] = {"t": ("number", "s", "session time; 0 is the first media, word or mark")}
_LABEL = f"one of {', '.join(EMOTIONS)}"
_PROBABILITIES: dict[str, Column] = {
    f"{kind}_{label}": ("number", "0..1", f"{note} of {label}; the seven sum to 1")
    for kind, note in (("raw", "probability straight from the engine (fused: before smoothing)"), ("p", "probability"))
    for label in EMOTIONS
}

CODEBOOK: dict[str, dict[str, Column]] = {
    "sessions": _SESSION
    | {
        "study_id": ("text", "", "the study it belongs to; empty outside of studies"),
        "participant_id": ("text", "", "the participant's pseudonym; empty outside of studies"),
        "started_at": ("time", "UTC", "wall-clock time of session time 0"),
        "ended_at": ("time", "UTC", "empty while it runs"),
        "consent_id": ("text", "", "the consent it was last kept under"),
        "settings": ("text", "JSON", "smoothing in seconds and base weights of the fusion"),
    },
    "consents": {
        "consent_id": ("text", "", "the consent"),
        "version": ("text", "", "of the text that was shown"),
        "text_hash": ("text", "sha256", "of the text that was shown"),
        "scopes": ("text", "; joined", "what was allowed"),
        "purpose": ("text", "", "what for"),
        "given_at": ("time", "UTC", ""),
        "withdrawn_at": ("time", "UTC", "empty while it holds"),
    },
    "estimates": _SESSION
    | _TIME
    | {
        "start_s": ("number", "s", "session time at which its input began; t is its end"),
        "capture_s": ("number", "s", "the client's own clock"),
        "modality": ("text", "", f"one of {', '.join(MODALITIES)}"),
    }
    | _PROBABILITIES
    | {
        "quality": ("number", "0..1", "fitness of the input for its model"),
        "reasons": (
            "text",
            "; joined",
            "what was wrong with the input; of words also the rules that changed a reading",
        ),
        "engine": ("text", "", "the model that read it"),
        "infer_ms": ("number", "ms", "time in the engines, waiting included"),
        "face_id": ("whole", "", "face only: number of the track"),
        "is_subject": ("truth", "", "face only: this is the person in front"),
        "box_x1": ("number", "px", "face only: left edge"),
        "box_y1": ("number", "px", "face only: upper edge"),
        "box_x2": ("number", "px", "face only: right edge"),
        "box_y2": ("number", "px", "face only: lower edge"),
        "frame_width": ("whole", "px", "face only: width of the picture"),
        "frame_height": ("whole", "px", "face only: height of the picture"),
    },
    "fused": _SESSION
    | _TIME
    | {"capture_s": ("number", "s", "the client's own clock")}
    | _PROBABILITIES
    | {weight_column(m): ("number", "0..1", f"share of the {MODALITY_FACTS[m].word} in it") for m in MODALITIES}
    | {
        "valence": ("number", "-1..1", "derived from the probabilities"),
        "arousal": ("number", "-1..1", "derived from the probabilities"),
        "confidence": ("number", "0..1", "probability of the best expression"),
        "intensity": ("number", "0..1", "probability of the strongest expression that is not neutral"),
        "quality": ("number", "0..1", "share-weighted quality of the inputs"),
        "abstained": ("truth", "", "not sure; labels then hold the best guess"),
        "reasons": ("text", "; joined", "why it is not sure, or that modalities disagree"),
    },
    "messages": _SESSION
    | _TIME
    | {
        "start_s": ("number", "s", "session time at which it began; t is its end. Empty: not known"),
        "role": ("text", "", "user or assistant"),
        "content": ("text", "", "the words as they were heard"),
        "emotion": ("text", "", f"read in the turn, or shown with the reply: {_LABEL}, or empty"),
        "intensity": ("number", "0..1", "of that expression"),
        "created_at": ("time", "UTC", ""),
    },
    "markers": _SESSION
    | _TIME
    | {
        "label": ("text", "", "as it was set"),
        "duration": ("number", "s", "how long what it marks lasts, from t on; 0 is a moment"),
    },
    "self_reports": _SESSION
    | _TIME
    | {
        "shown": ("text", "", f"what was on the screen: {_LABEL}, or uncertain"),
        "chosen": ("text", "", f"what the person says it was: {_LABEL}, or uncertain"),
    },
    "faults": _SESSION
    | _TIME
    | {
        "code": ("text", "", "stable word for what failed"),
        "message": ("text", "", "what was told"),
        "modality": ("text", "", "empty where it is none's"),
        "will_retry": ("truth", "", ""),
    },
}
"""Every table and column that leaves the house, in this order."""

_SQL = {
    "reasons": "array_to_string(reasons, ';') AS reasons",
    "scopes": "array_to_string(scopes, ';') AS scopes",
    "frame_width": "frame[1] AS frame_width",
    "frame_height": "frame[2] AS frame_height",
} | {f"box_{edge}": f"box[{number}] AS box_{edge}" for number, edge in enumerate(("x1", "y1", "x2", "y2"), 1)}


BATCH_ROWS = 1000
"""Rows that are looked at in one piece: some ms of work each, so that live sessions do not notice."""


class Tables(Protocol):
    """Kept rows of some sessions, in memory or where they lie, as exports see them."""

    def batches(self, name: str, session_id: str | None = None, *, is_by_start: bool = False) -> Iterator[DataFrame]:
        """The table in its order, typed, in frames of about BATCH_ROWS; of one session, or of all of them.

        `is_by_start`: messages of each session by when they began, rather than by when they ended.
        """


@dataclass(frozen=True, slots=True)
class SessionTables:
    """Everything kept of one or more sessions; each frame has exactly the columns of CODEBOOK, in time order."""

    sessions: DataFrame
    consents: DataFrame
    estimates: DataFrame
    fused: DataFrame
    messages: DataFrame
    markers: DataFrame
    self_reports: DataFrame
    faults: DataFrame

    def __iter__(self) -> Iterator[tuple[str, DataFrame]]:
        """(name, frame) of each table in the order of CODEBOOK."""
        for field in fields(self):
            yield field.name, getattr(self, field.name)

    def batches(self, name: str, session_id: str | None = None, *, is_by_start: bool = False) -> Iterator[DataFrame]:
        """As `Tables` has it."""
        frame = getattr(self, name)
        own = frame if session_id is None else frame[frame["session_id"] == session_id]
        if is_by_start and name == "messages":
            began = own["start_s"].fillna(own["t"])
            own = own.assign(began=began).sort_values(["session_id", "began"], kind="stable").drop(columns="began")
        for start in range(0, len(own), BATCH_ROWS):
            yield own.iloc[start : start + BATCH_ROWS]


LATER: dict[str, dict[str, object]] = {"markers": {"duration": 0.0}, "messages": {"start_s": nan}}
"""columns that came after the first release, and what stands for them in files written before"""


def may_lack(name: str, column: str) -> bool:
    """Whether a file written by an earlier version has this table without this column."""
    return column in LATER.get(name, {})


def as_typed(name: str, frame: DataFrame) -> DataFrame:
    """The frame with exactly its table's columns and types, whichever way it came; text is never missing.

    Raises ValueError when a column is missing or does not fit its type.
    """
    import pandas as pd

    columns = CODEBOOK[name]
    absent = {column: value for column, value in LATER.get(name, {}).items() if column not in frame.columns}
    frame = frame.assign(**absent)
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise ValueError(f"table {name}: expected the columns {', '.join(missing)}")
    made = {}
    for column, (kind, *_) in columns.items():
        values = frame[column]
        if kind == "text":
            made[column] = values.astype("str").where(values.notna(), "")
        elif kind == "time":
            made[column] = pd.to_datetime(values, utc=True).dt.tz_localize(None).astype("datetime64[us]")
        elif kind == "truth":
            made[column] = (
                values.map({"True": True, "False": False}).astype(bool)
                if values.dtype == "str"
                else values.astype(bool)
            )
        else:
            made[column] = pd.to_numeric(values).astype("Int64" if kind == "whole" else "float64")
    return pd.DataFrame(made).reset_index(drop=True)


def empty(name: str) -> DataFrame:
    """The table without rows, typed."""
    import pandas as pd

    return as_typed(name, pd.DataFrame(columns=list(CODEBOOK[name])))


def columns_of(name: str) -> str:
    """What to SELECT of a stored table for the columns of CODEBOOK."""
    return ", ".join(_SQL.get(column, column) for column in CODEBOOK[name])


def table_query(name: str) -> str:
    """All rows of the sessions given as a list, in the table's order."""
    columns = columns_of(name)
    if name == "consents":
        return (
            f"SELECT {columns} FROM consents WHERE consent_id IN"  # noqa: S608 - names of our own
            " (SELECT consent_id FROM sessions WHERE list_contains(?, session_id)) ORDER BY given_at, consent_id"
        )
    order = "started_at, session_id" if name == "sessions" else "session_id, t"
    return f"SELECT {columns} FROM {name} WHERE list_contains(?, session_id) ORDER BY {order}"  # noqa: S608


async def own_sessions(store: Store, user_id: str, session_ids: Sequence[str] | None = None) -> list[str]:
    """Those named, or all; by id. Raises NotFound when one is unknown or somebody else's."""
    rows = await store.read("SELECT session_id FROM sessions WHERE user_id = ?", [user_id])
    own = {row["session_id"] for row in rows}
    wanted = own if session_ids is None else set(session_ids)
    if not wanted <= own:
        raise NotFound("there is no such session among yours; GET /api/sessions lists them")
    return sorted(wanted)


async def count_readings(store: Store, session_ids: Sequence[str]) -> dict[str, int]:
    """How many rows of `estimates` and `fused` each of these sessions has; those without any are left out."""
    both = " UNION ALL ".join(
        f"SELECT session_id FROM {name} WHERE list_contains(?, session_id)"  # noqa: S608 - names of our own
        for name in ("estimates", "fused")
    )
    rows = await store.read(
        f"SELECT session_id, count(*) AS n FROM ({both}) GROUP BY session_id",  # noqa: S608
        [list(session_ids), list(session_ids)],
    )
    return {row["session_id"]: row["n"] for row in rows}


async def load_tables(store: Store, user_id: str, session_ids: Sequence[str] | None = None) -> SessionTables:
    """Own sessions, all when none is named. Raises NotFound when one is unknown or somebody else's."""
    wanted = await own_sessions(store, user_id, session_ids)
    frames = {name: await store.read_frame(table_query(name), [wanted]) for name in CODEBOOK}
    return SessionTables(**{name: opened(name, frame, store.open_words) for name, frame in frames.items()})


def tables_of(connection: Connection, session_ids: Sequence[str], open_words: OpenWords) -> SessionTables:
    """These sessions from a connection at hand, such as one in memory; sealed words are opened by `open_words`."""
    frames = {name: connection.execute(table_query(name), [list(session_ids)]).fetch_df() for name in CODEBOOK}
    return SessionTables(**{name: opened(name, frame, open_words) for name, frame in frames.items()})


def opened(name: str, frame: DataFrame, open_words: OpenWords) -> DataFrame:
    """Rows as they came from the database, typed, and words in the clear."""
    if name == "messages":
        frame["content"] = open_words(frame["content"], frame["session_id"])
    return as_typed(name, frame)
