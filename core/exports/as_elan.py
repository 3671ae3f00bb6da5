"""ELAN (EAF 3.0, mpi.nl/tools/elan/EAF_Annotation_Format_3.0_and_ELAN.pdf): a ZIP with one file per session.

Tiers: together, then each modality (face, voice, words), as runs of one leading expression; person, companion,
markers, self-reports.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import count
from typing import TypeVar
from xml.sax.saxutils import escape, quoteattr

import numpy as np
from numpy.typing import NDArray

from core.exports import Export
from core.exports.packing import begun, in_pieces, lawful, leading, milliseconds, zip_parts
from core.modalities import FUSED_FRESH_S, MODALITY_FACTS, with_subject
from core.record.tables import Tables
from core.types import EMOTIONS

T = TypeVar("T")
Span = tuple[int, int, str]
"""start and end in ms, and what it says; spans of a tier never overlap and last at least 1 ms"""
Point = tuple[int, int, T]
"""when in ms, how long in ms (0: a moment), and what"""
LINE_MS = 2000
"""what a moment lasts (a typed line, a marker, a report), unless the next one comes earlier"""


class Tier(ABC):
    """Spans in order, 16 bytes each and what it takes to tell what they say."""

    def __init__(self) -> None:
        self._starts, self._ends = array("q"), array("q")

    @abstractmethod
    def __iter__(self) -> Iterator[Span]:
        """From the first on, each time."""

    def edges(self) -> NDArray[np.int64]:
        """Starts and ends of all of them, in ms."""
        return np.concatenate([np.array(self._starts, np.int64), np.array(self._ends, np.int64)])


class Stretches(Tier):
    """Of labels that come again and again, a byte each."""

    def __init__(self) -> None:
        super().__init__()
        self._labels = array("B")
        self._numbers: dict[str, int] = {}

    def __iter__(self) -> Iterator[Span]:
        names = list(self._numbers)
        for start, end, number in zip(self._starts, self._ends, self._labels, strict=True):
            yield start, end, names[number]

    @property
    def end(self) -> int:
        """Of the newest; 0 where there is none."""
        return self._ends[-1] if self._ends else 0

    def extend(self, start: int, end: int, label: str) -> None:
        """What is empty is left out; what goes on with the same label lengthens the newest."""
        if end <= start:
            return
        number = self._numbers.setdefault(label, len(self._numbers))
        if self._ends and self._labels[-1] == number and self._ends[-1] == start:
            self._ends[-1] = end
        else:
            self._starts.append(start)
            self._ends.append(end)
            self._labels.append(number)


class Told(Tier):
    """What was said, marked or reported: its times are kept, its words are read anew each time they are written."""

    def __init__(self, points: Callable[[], Iterator[Point[str]]]) -> None:
        """`points` begins from the first each time it is called, in order."""
        super().__init__()
        self._points = points
        self._ats = array("q")
        for start, end, at in events((at, lasts, at) for at, lasts, _ in points()):
            self._ats.append(at)
            self._starts.append(start)
            self._ends.append(end)

    def __iter__(self) -> Iterator[Span]:
        """Without what was said since they were counted, or deleted."""
        points = self._points()
        point = next(points, None)
        for at, start, end in zip(self._ats, self._starts, self._ends, strict=True):
            while point is not None and point[0] < at:
                point = next(points, None)
            if point is not None and point[0] == at:
                yield start, end, point[2]
                point = next(points, None)


class Runs:
    """Stretches of one label, of readings in order; each speaks until the next one, at most `gap_ms`."""

    def __init__(self, gap_ms: int) -> None:
        self._gap_ms = gap_ms
        self._spans = Stretches()
        self._newest: tuple[int, str] | None = None

    def add(self, at: int, label: str) -> None:
        self._close(at)
        self._newest = at, label

    def spans(self) -> Stretches:
        self._close(None)
        return self._spans

    def _close(self, until: int | None) -> None:
        if self._newest is not None:
            at, label = self._newest
            self._spans.extend(at, at + self._gap_ms if until is None else min(until, at + self._gap_ms), label)
            self._newest = None


class LookedBack:
    """Stretches of one label, of readings in order that each speak for a span behind them; where two overlap, the
    later begins with the end of the earlier.
    """

    def __init__(self) -> None:
        self._spans = Stretches()

    def add(self, start: int, end: int, label: str) -> None:
        self._spans.extend(max(start, self._spans.end) if self._spans.end else start, end, label)

    def spans(self) -> Stretches:
        return self._spans


def events(points: Iterable[Point[T]]) -> Iterator[Point[T]]:
    """The span of each of these points, which come in order: (start, end, what).

    What happens at one moment is moved on by 1 ms, so that nothing is lost; the next one ends the one before.
    """
    before: Point[T] | None = None
    for at, lasts, what in points:
        start = at if before is None else max(at, before[0] + 1)
        if before is not None:
            yield before[0], min(before[1], start), before[2]
        before = start, start + (lasts or LINE_MS), what
    if before is not None:
        yield before


def _ms(seconds: Iterable[float]) -> list[int]:
    return [milliseconds(t) for t in seconds]


def _together(tables: Tables, session_id: str) -> Stretches:
    found = Runs(round(FUSED_FRESH_S * 1000))
    for batch in tables.batches("fused", session_id):
        for at, unsure, label in zip(_ms(batch["t"]), batch["abstained"], leading(batch), strict=True):
            found.add(at, "not sure" if unsure else label)
    return found.spans()


def _modalities(tables: Tables, session_id: str) -> dict[str, Stretches]:
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


def _said(tables: Tables, session_id: str, role: str) -> Iterator[Point[str]]:
    for batch in tables.batches("messages", session_id, is_by_start=True):
        own = batch[batch["role"] == role]
        for start, end, text in zip(_ms(begun(own)), _ms(own["t"]), own["content"], strict=True):
            yield start, max(0, end - start), text


def _marked(tables: Tables, session_id: str) -> Iterator[Point[str]]:
    for batch in tables.batches("markers", session_id):
        yield from zip(_ms(batch["t"]), _ms(batch["duration"]), batch["label"], strict=True)


def _reported(tables: Tables, session_id: str) -> Iterator[Point[str]]:
    for batch in tables.batches("self_reports", session_id):
        for at, shown, chosen in zip(_ms(batch["t"]), batch["shown"], batch["chosen"], strict=True):
            yield at, 0, f"{chosen} (shown: {shown})"


def tiers(tables: Tables, session_id: str) -> dict[str, Tier]:
    """Tier by name, for one session; times are all of it that is held at once."""
    made: dict[str, Tier] = {"together": _together(tables, session_id), **_modalities(tables, session_id)}
    made["person"] = Told(lambda: _said(tables, session_id, "user"))
    made["companion"] = Told(lambda: _said(tables, session_id, "assistant"))
    made["markers"] = Told(lambda: _marked(tables, session_id))
    made["self-reports"] = Told(lambda: _reported(tables, session_id))
    return made


def _head(date: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<ANNOTATION_DOCUMENT AUTHOR="Attune"'
        f' DATE={quoteattr(date)} FORMAT="3.0" VERSION="3.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        ' xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd">\n'
        '<HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">'
        f'<PROPERTY NAME="expressions">{" ".join(EMOTIONS)}</PROPERTY>'
        '<PROPERTY NAME="notice">Estimated by a machine; an expression is not a feeling.</PROPERTY></HEADER>\n'
    )


def _annotations(spans: Iterable[Span], slots: NDArray[np.int64], numbers: Iterator[int]) -> Iterator[str]:
    """`slots` (n,): times in ms that have a slot, in order; its number is where it stands, from 1 on."""
    for (start, end, text), number in zip(spans, numbers, strict=False):
        first, last = np.searchsorted(slots, (start, end)) + 1
        yield (
            f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a{number}" TIME_SLOT_REF1="ts{first}"'
            f' TIME_SLOT_REF2="ts{last}"><ANNOTATION_VALUE>{escape(lawful(text))}</ANNOTATION_VALUE>'
            "</ALIGNABLE_ANNOTATION></ANNOTATION>"
        )


def eaf_parts(made: Mapping[str, Tier], date: str) -> Iterator[bytes]:
    """One annotation document; every time slot once, in order."""
    slots = np.unique(np.concatenate([tier.edges() for tier in made.values()]))
    yield f"{_head(date)}<TIME_ORDER>".encode()
    yield from in_pieces(
        f'<TIME_SLOT TIME_SLOT_ID="ts{number}" TIME_VALUE="{at}"/>' for number, at in enumerate(slots, 1)
    )
    yield b"</TIME_ORDER>\n"
    numbers = count(1)
    for name, tier in made.items():
        yield f'<TIER LINGUISTIC_TYPE_REF="default-lt" TIER_ID={quoteattr(name)}>'.encode()
        yield from in_pieces(_annotations(tier, slots, numbers))
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
