"""W3C EmotionML 1.0 (Recommendation, 22 May 2014): one <emotion> per estimate, with its vocabularies declared inside.

Scale values lie in 0 to 1 there (section 2.4), so valence and arousal are given as (value + 1) / 2; <info> says so.
Times are milliseconds since 1970-01-01 (section 2.3.1).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

from core.exports import Export
from core.exports.packing import lawful, leading
from core.record.tables import SessionTables
from core.types import EMOTIONS

if TYPE_CHECKING:
    from pandas import DataFrame

NAMESPACE = "http://www.w3.org/2009/10/emotionml"
DIMENSIONS = ("valence", "arousal")
THROUGH = {"face": "face", "voice": "voice", "text": "text"}
"""values of expressed-through, section 2.1.4"""


def _vocabulary(kind: str, name: str, items: tuple[str, ...]) -> str:
    inner = "".join(f'<item name="{item}"/>' for item in items)
    return f'<vocabulary type="{kind}" id="{name}">{inner}</vocabulary>'


def _categories(row: Any) -> str:
    """All seven as values; each name once (assertion 202: unique within an <emotion>)."""
    return "".join(f'<category name="{label}" value="{_share(getattr(row, f"p_{label}"))}"/>' for label in EMOTIONS)


def _share(value: float) -> str:
    return f"{min(1.0, max(0.0, float(value))):.5f}"


def _epoch_ms(started_at: Any, t: float) -> int:
    return int(started_at.value // 1_000_000 + round(t * 1000)) if started_at is not None else max(0, round(t * 1000))


def _session(tables: SessionTables, session_id: str, started_at: Any) -> Iterator[str]:
    def own(frame: DataFrame) -> DataFrame:
        return frame[frame["session_id"] == session_id]

    estimates, fused = own(tables.estimates), own(tables.fused)
    for row in estimates.itertuples():
        start, end = _epoch_ms(started_at, row.start_s), _epoch_ms(started_at, row.t)
        yield (
            f'<emotion start="{min(start, end)}" end="{end}" expressed-through="{THROUGH[row.modality]}">'
            f"<info><session>{escape(lawful(session_id))}</session><quality>{_share(row.quality)}</quality>"
            f"<engine>{escape(lawful(row.engine))}</engine></info>{_categories(row)}</emotion>\n"
        )
    best = leading(fused)
    for row, label in zip(fused.itertuples(), best, strict=True):
        at = _epoch_ms(started_at, row.t)
        dimensions = "".join(
            f'<dimension name="{name}" value="{_share((getattr(row, name) + 1) / 2)}"/>' for name in DIMENSIONS
        )
        unsure = "true" if row.abstained else "false"
        yield (
            f'<emotion start="{at}" end="{at}" expressed-through="face voice text">'
            f"<info><session>{escape(lawful(session_id))}</session><fused>true</fused><leading>{label}</leading>"
            f"<abstained>{unsure}</abstained><quality>{_share(row.quality)}</quality></info>"
            f"{_categories(row)}{dimensions}</emotion>\n"
        )


def write(tables: SessionTables) -> bytes:
    """UTF-8."""
    head = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<emotionml version="1.0" xmlns={quoteattr(NAMESPACE)}'
        ' category-set="#attune-expressions" dimension-set="#attune-dimensions">\n'
        "<info><maker>Attune</maker><notice>A machine estimated expressions; an expression is not a feeling.</notice>"
        f"<order>{' '.join(EMOTIONS)}</order><units>category value: probability 0 to 1; dimension value: (x + 1) / 2 of"
        " a value from -1 to 1; start, end: ms since 1970-01-01 UTC</units></info>\n"
    )
    parts = [head, _vocabulary("category", "attune-expressions", EMOTIONS)]
    parts += [_vocabulary("dimension", "attune-dimensions", DIMENSIONS), "\n"]
    for session in tables.sessions.itertuples():
        parts += _session(tables, session.session_id, session.started_at)
    return "".join([*parts, "</emotionml>\n"]).encode()


EXPORT = Export("emotionml", "W3C EmotionML 1.0", "application/emotionml+xml", ".emotionml.xml", write)
