"""ELAN (EAF 3.0, mpi.nl/tools/elan/EAF_Annotation_Format_3.0_and_ELAN.pdf): a ZIP with one file per session.

Tiers: together, then each modality (face, voice, words), as runs of one leading expression; person, companion,
markers, self-reports.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count, islice
from typing import TypeVar
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from core.exports import Export
from core.exports.packing import begun, lawful, leading, milliseconds, whole, zip_parts
from core.modalities import FUSED_FRESH_S, MODALITY_FACTS, with_subject
from core.record.tables import Tables
from core.types import EMOTIONS

T = TypeVar("T")
PART = 500
"""spans or slots written at a time"""
Span = tuple[int, int, str]
"""start and end in ms, and what it says; spans of a tier never overlap and last at least 1 ms"""
LINE_MS = 2000
"""what a moment lasts (a typed line, a marker, a report), unless the next one comes earlier"""


class Runs:
    """Stretches of one label, of readings in order; each speaks until the next one, at most `gap_ms`."""

    def __init__(self, gap_ms: int) -> None:
        self._gap_ms = gap_ms
        self._spans: list[Span] = []
        self._newest: tuple[int, str] | None = None

    def add(self, at: int, label: str) -> None:
        self._close(at)
        self._newest = at, label

    def spans(self) -> list[Span]:
        self._close(None)
        return self._spans

    def _close(self, until: int | None) -> None:
        if self._newest is not None:
            at, label = self._newest
            _extend(self._spans, at, at + self._gap_ms if until is None else min(until, at + self._gap_ms), label)
            self._newest = None


class LookedBack:
    """Stretches of one label, of readings in order that each speak for a span behind them; where two overlap, the
    later begins with the end of the earlier.
    """

    def __init__(self) -> None:
        self._spans: list[Span] = []

    def add(self, start: int, end: int, label: str) -> None:
        _extend(self._spans, max(start, self._spans[-1][1]) if self._spans else start, end, label)

    def spans(self) -> list[Span]:
        return self._spans


def _extend(spans: list[Span], start: int, end: int, label: str) -> None:
    """What is empty is left out; what goes on with the same label lengthens the newest."""
    if end <= start:
        return
    if spans and spans[-1][2] == label and spans[-1][1] == start:
        spans[-1] = (spans[-1][0], end, label)
    else:
        spans.append((start, end, label))


def events(times_ms: Iterable[int], texts: Iterable[str], lasts_ms: Iterable[int] | None = None) -> list[Span]:
    """One span each; what happens at one moment is moved on by 1 ms, so that nothing is lost.

    `lasts_ms` is how long each lasts, 0 where it is a moment; the next one of its tier ends it earlier.
    """
    times, words = list(times_ms), list(texts)
    lasting = [0] * len(times) if lasts_ms is None else list(lasts_ms)
    points: list[tuple[int, int, str]] = []
    for at, lasts, text in sorted(zip(times, lasting, words, strict=True), key=lambda point: point[0]):
        start = max(at, points[-1][0] + 1) if points else at
        points.append((start, start + (lasts or LINE_MS), text))
    limits = [start for start, _, _ in points[1:]] + [end for _, end, _ in points[-1:]]
    return [(start, min(end, limit), text) for (start, end, text), limit in zip(points, limits, strict=True)]


def _ms(seconds: Iterable[float]) -> list[int]:
    return [milliseconds(t) for t in seconds]


def _together(tables: Tables, session_id: str) -> list[Span]:
    found = Runs(round(FUSED_FRESH_S * 1000))
    for batch in tables.batches("fused", session_id):
        for at, unsure, label in zip(_ms(batch["t"]), batch["abstained"], leading(batch), strict=True):
            found.add(at, "not sure" if unsure else label)
    return found.spans()


def _modalities(tables: Tables, session_id: str) -> dict[str, list[Span]]:
    """A picture holds until the next; sound and words were read over a span that lies behind their time."""
    held = {m: Runs(round(f.fresh_s * 1000)) for m, f in MODALITY_FACTS.items() if f.medium == "picture"}
    looked_back = {m: LookedBack() for m in MODALITY_FACTS if m not in held}
    for batch in tables.batches("estimates", session_id):
        own = batch[batch["is_subject"] | ~batch["modality"].isin(with_subject())]
        columns = own["modality"], _ms(own["start_s"]), _ms(own["t"]), leading(own)
        for modality, start, end, label in zip(*columns, strict=True):
            if modality in held:
                held[modality].add(end, label)
            elif modality in looked_back:
                looked_back[modality].add(min(start, end - 1), end, label)  # what is typed takes no time, a span 1 ms
    found = {modality: one.spans() for modality, one in (held | looked_back).items()}
    return {facts.word: found[modality] for modality, facts in MODALITY_FACTS.items()}


def _told(tables: Tables, session_id: str) -> dict[str, list[Span]]:
    """What was said, marked and reported."""
    frames = {name: whole(tables, name, session_id) for name in ("messages", "markers", "self_reports")}
    made = {}
    for tier, role in (("person", "user"), ("companion", "assistant")):
        said = frames["messages"][frames["messages"]["role"] == role]
        starts, ends = _ms(begun(said)), _ms(said["t"])
        made[tier] = events(starts, said["content"], [end - start for start, end in zip(starts, ends, strict=True)])
    markers, reports = frames["markers"], frames["self_reports"]
    made["markers"] = events(_ms(markers["t"]), markers["label"], _ms(markers["duration"]))
    told = [f"{chosen} (shown: {shown})" for shown, chosen in zip(reports["shown"], reports["chosen"], strict=True)]
    return made | {"self-reports": events(_ms(reports["t"]), told)}


def tiers(tables: Tables, session_id: str) -> dict[str, list[Span]]:
    """Tier by name, for one session; spans are all of it that is held at once."""
    together = {"together": _together(tables, session_id)}
    return together | _modalities(tables, session_id) | _told(tables, session_id)


def _head(date: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<ANNOTATION_DOCUMENT AUTHOR="Attune"'
        f' DATE={quoteattr(date)} FORMAT="3.0" VERSION="3.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        ' xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd">\n'
        '<HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">'
        f'<PROPERTY NAME="expressions">{" ".join(EMOTIONS)}</PROPERTY>'
        '<PROPERTY NAME="notice">Estimated by a machine; an expression is not a feeling.</PROPERTY></HEADER>\n'
    )


def _in_parts(items: Iterable[T]) -> Iterator[list[T]]:
    left = iter(items)
    while part := list(islice(left, PART)):
        yield part


def eaf_parts(made: dict[str, list[Span]], date: str) -> Iterator[bytes]:
    """One annotation document; every time slot once, in order."""
    edges = np.fromiter((edge for spans in made.values() for span in spans for edge in span[:2]), np.int64)
    slots = {at: f"ts{number}" for number, at in enumerate(map(int, np.unique(edges)), 1)}
    yield f"{_head(date)}<TIME_ORDER>".encode()
    for some in _in_parts(slots.items()):
        yield "".join(f'<TIME_SLOT TIME_SLOT_ID="{slot}" TIME_VALUE="{at}"/>' for at, slot in some).encode()
    yield b"</TIME_ORDER>\n"
    numbers = count(1)
    for tier, spans in made.items():
        yield f'<TIER LINGUISTIC_TYPE_REF="default-lt" TIER_ID={quoteattr(tier)}>'.encode()
        for some_spans in _in_parts(spans):
            yield "".join(
                f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a{next(numbers)}" TIME_SLOT_REF1="{slots[start]}"'
                f' TIME_SLOT_REF2="{slots[end]}"><ANNOTATION_VALUE>{escape(lawful(text))}</ANNOTATION_VALUE>'
                "</ALIGNABLE_ANNOTATION></ANNOTATION>"
                for start, end, text in some_spans
            ).encode()
        yield b"</TIER>\n"
    yield (
        b'<LINGUISTIC_TYPE GRAPHIC_REFERENCES="false" LINGUISTIC_TYPE_ID="default-lt" TIME_ALIGNABLE="true"/>\n'
        b"</ANNOTATION_DOCUMENT>\n"
    )


def _files(tables: Tables) -> Iterator[tuple[str, Iterator[bytes]]]:
    for sessions in tables.batches("sessions"):
        for session in sessions.itertuples():
            date = f"{session.started_at.isoformat()}+00:00"
            yield f"{session.session_id}.eaf", eaf_parts(tiers(tables, session.session_id), date)


def parts(tables: Tables) -> Iterator[bytes]:
    """The ZIP."""
    return zip_parts(_files(tables))


EXPORT = Export("elan", "ELAN annotations (EAF, ZIP)", "application/zip", ".eaf.zip", parts)
