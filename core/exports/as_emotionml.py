"""W3C EmotionML 1.0 (Recommendation, 22 May 2014): one <emotion> per estimate, with its vocabularies declared inside.

Scale values lie in 0 to 1 there (assertion 500), so valence and arousal are given as (value + 1) / 2; <info> says so.
Times are whole milliseconds since 1970-01-01 (420, 421). Numbers are those of the test assertions in
w3.org/2002/mmi/2013/emotionml-ir. What stands in <info> has a namespace of its own (304).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from core.exports import Export
from core.exports.packing import lawful, leading, milliseconds
from core.modalities import weight_column
from core.record.tables import Tables
from core.types import EMOTIONS, MODALITIES

if TYPE_CHECKING:
    from pandas import DataFrame, Timestamp

NAMESPACE = "http://www.w3.org/2009/10/emotionml"
OWN = "urn:attune:export:1"
"""of the elements in <info>, prefix a"""
DIMENSIONS = ("valence", "arousal")
NOTICE = "A machine estimated expressions; an expression is not a feeling."
UNITS = (
    "category value: probability 0 to 1; dimension value: (x + 1) / 2 of a value from -1 to 1;"
    " start, end: ms since 1970-01-01 UTC"
)


def _vocabulary(kind: str, name: str, items: tuple[str, ...]) -> str:
    inner = "".join(f'<item name="{item}"/>' for item in items)
    return f'<vocabulary type="{kind}" id="{name}">{inner}</vocabulary>'


def _categories(row: object) -> str:
    """All seven of a row of estimates or fused as values; each name once (assertion 213)."""
    return "".join(f'<category name="{label}" value="{_share(getattr(row, f"p_{label}"))}"/>' for label in EMOTIONS)


def _share(value: float) -> str:
    return f"{min(1.0, max(0.0, float(value))):.5f}"


def _epoch_ms(started_at: Timestamp, t: float) -> int:
    return max(0, int(started_at.value // 1_000_000) + milliseconds(t))


def _info(**facts: object) -> str:
    inner = "".join(f"<a:{name}>{escape(lawful(str(fact)))}</a:{name}>" for name, fact in facts.items())
    return f"<info>{inner}</info>"


def _through(row: object) -> str:
    """Those modalities that have a share (assertion 301: nmtokens); no attribute where none has."""
    shared = " ".join(modality for modality in MODALITIES if getattr(row, weight_column(modality)) > 0)
    return f' expressed-through="{shared}"' if shared else ""


def _estimates(batch: DataFrame, session_id: str, started_at: Timestamp) -> str:
    lines = []
    for row in batch.itertuples():
        start, end = _epoch_ms(started_at, row.start_s), _epoch_ms(started_at, row.t)
        lines.append(
            f'<emotion start="{min(start, end)}" end="{end}" expressed-through="{row.modality}">'
            f"{_info(session=session_id, quality=_share(row.quality), engine=row.engine)}"
            f"{_categories(row)}</emotion>\n"
        )
    return "".join(lines)


def _fused(batch: DataFrame, session_id: str, started_at: Timestamp) -> str:
    lines = []
    for row, label in zip(batch.itertuples(), leading(batch), strict=True):
        at = _epoch_ms(started_at, row.t)
        dimensions = "".join(
            f'<dimension name="{name}" value="{_share((getattr(row, name) + 1) / 2)}"/>' for name in DIMENSIONS
        )
        facts = {"fused": "true", "leading": label, "abstained": str(bool(row.abstained)).lower()}
        lines.append(
            f'<emotion start="{at}" end="{at}"{_through(row)}>'
            f"{_info(session=session_id, quality=_share(row.quality), **facts)}"
            f"{_categories(row)}{dimensions}</emotion>\n"
        )
    return "".join(lines)


def _head() -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<emotionml version="1.0" xmlns={quoteattr(NAMESPACE)}'
        f' xmlns:a={quoteattr(OWN)} category-set="#attune-expressions" dimension-set="#attune-dimensions">\n'
        f"{_info(maker='Attune', notice=NOTICE, order=' '.join(EMOTIONS), units=UNITS)}\n"
        f"{_vocabulary('category', 'attune-expressions', EMOTIONS)}"
        f"{_vocabulary('dimension', 'attune-dimensions', DIMENSIONS)}\n"
    )


def parts(tables: Tables) -> Iterator[bytes]:
    """UTF-8; session after session, readings of the modalities before those of all together."""
    yield _head().encode()
    for sessions in tables.batches("sessions"):
        for session in sessions.itertuples():
            of = (session.session_id, session.started_at)
            for batch in tables.batches("estimates", session.session_id):
                yield _estimates(batch, *of).encode()
            for batch in tables.batches("fused", session.session_id):
                yield _fused(batch, *of).encode()
    yield b"</emotionml>\n"


EXPORT = Export("emotionml", "W3C EmotionML 1.0", "application/emotionml+xml", ".emotionml.xml", parts)
