"""Of kept rows what charts are made of, gathered in pieces: other columns never lie in memory together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from core.record.tables import CODEBOOK, SessionTables, Tables, empty
from core.types import EMOTIONS

if TYPE_CHECKING:
    from pandas import DataFrame

MAX_ROWS = 500_000
"""readings of all sessions together: ten hours at 14 a second; twice as many took 380 MB and half a minute"""

_P = tuple(f"p_{label}" for label in EMOTIONS)
CHARTED: Mapping[str, tuple[str, ...]] = {
    "sessions": ("session_id", "participant_id"),
    "estimates": ("session_id", "t", "modality", *_P, "quality", "reasons", "is_subject"),
    "fused": ("session_id", "t", *_P, "quality", "abstained"),
    "self_reports": ("session_id", "t", "shown", "chosen"),
}
"""tables and columns that core/analysis/statistics.py reads; of the others there are no rows"""


def gather(tables: Tables) -> SessionTables:
    """For `charts.describe`, with the columns of CHARTED alone. Raises what reading the tables does."""
    return SessionTables(**{name: _gathered(tables, name) for name in CODEBOOK})


def _gathered(tables: Tables, name: str) -> DataFrame:
    import pandas as pd

    if name not in CHARTED:
        return empty(name)
    columns = list(CHARTED[name])
    parts = [batch[columns] for batch in tables.batches(name)]
    return pd.concat([empty(name)[columns], *parts], ignore_index=True)


def that_fit(session_ids: list[str], rows: Mapping[str, int]) -> list[str]:
    """Those whose readings find room in MAX_ROWS, the first of the list before the others."""
    left, chosen = MAX_ROWS, []
    for session_id in session_ids:
        if rows.get(session_id, 0) <= left:
            left -= rows.get(session_id, 0)
            chosen.append(session_id)
    return chosen
