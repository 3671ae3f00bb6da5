"""ELAN (EAF 3.0, mpi.nl/tools/elan/EAF_Annotation_Format_3.0_and_ELAN.pdf): a ZIP with one file per session.

Tiers: together, then each modality (face, voice, words), as runs of one leading expression; person, companion,
markers, self-reports.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from core.exports import Export
from core.exports.packing import begun, lawful, leading, of_session, zipped
from core.modalities import FUSED_FRESH_S, MODALITY_FACTS
from core.record.tables import SessionTables
from core.types import EMOTIONS, Modality

if TYPE_CHECKING:
    from pandas import DataFrame

Span = tuple[int, int, str]
"""start and end in ms, and what it says; spans of a tier never overlap and last at least 1 ms"""
LINE_MS = 2000
"""what a moment lasts (a typed line, a marker, a report), unless the next one comes earlier"""


def runs(times_ms: Iterable[int], labels: Iterable[str], gap_ms: int) -> list[Span]:
    """Stretches of one label; a stretch ends with the next reading, or after `gap_ms` without one."""
    spans: list[Span] = []
    points = sorted(zip(times_ms, labels, strict=True), key=lambda point: point[0])
    ends = [(points[-1][0] + gap_ms, "")] if points else []
    for (at, label), (until, _) in pairwise([*points, *ends]):
        end = min(until, at + gap_ms)
        if end <= at:
            continue
        if spans and spans[-1][2] == label and spans[-1][1] == at:
            spans[-1] = (spans[-1][0], end, label)
        else:
            spans.append((at, end, label))
    return spans


def looked_back(starts_ms: Iterable[int], ends_ms: Iterable[int], labels: Iterable[str]) -> list[Span]:
    """Stretches of one label, of readings that each speak for a span behind them; where two overlap, the later begins
    with the end of the earlier.
    """
    spans: list[Span] = []
    for start, end, label in sorted(zip(starts_ms, ends_ms, labels, strict=True), key=lambda span: span[1]):
        begin = max(start, spans[-1][1]) if spans else start
        if begin >= end:
            continue
        if spans and spans[-1][2] == label and spans[-1][1] == begin:
            spans[-1] = (spans[-1][0], end, label)
        else:
            spans.append((begin, end, label))
    return spans


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
    return [max(0, round(t * 1000)) for t in seconds]


def _of_modality(estimates: DataFrame, modality: Modality) -> list[Span]:
    """A picture holds until the next; sound and words were read over a span that lies behind their time."""
    facts = MODALITY_FACTS[modality]
    own = estimates[(estimates["modality"] == modality) & (estimates["is_subject"] | (not facts.has_subject))]
    if facts.medium == "picture":
        return runs(_ms(own["t"]), leading(own), round(facts.fresh_s * 1000))
    starts = np.minimum(own["start_s"], own["t"] - 0.001)  # what is typed takes no time, and a span at least 1 ms
    return looked_back(_ms(starts), _ms(own["t"]), leading(own))


def tiers(tables: SessionTables, session_id: str) -> dict[str, list[Span]]:
    """Tier by name, for one session."""
    frames = of_session(tables, session_id)
    fused, estimates, messages = frames["fused"], frames["estimates"], frames["messages"]
    sure = ["not sure" if unsure else label for unsure, label in zip(fused["abstained"], leading(fused), strict=True)]
    made = {"together": runs(_ms(fused["t"]), sure, round(FUSED_FRESH_S * 1000))}
    for modality, facts in MODALITY_FACTS.items():
        made[facts.word] = _of_modality(estimates, modality)
    for tier, role in (("person", "user"), ("companion", "assistant")):
        said = messages[messages["role"] == role]
        starts, ends = _ms(begun(said)), _ms(said["t"])
        lasts = [end - start for start, end in zip(starts, ends, strict=True)]
        made[tier] = events(starts, said["content"], lasts)
    markers = frames["markers"]
    made["markers"] = events(_ms(markers["t"]), markers["label"], _ms(markers["duration"]))
    reports = frames["self_reports"]
    told = [f"{chosen} (shown: {shown})" for shown, chosen in zip(reports["shown"], reports["chosen"], strict=True)]
    return made | {"self-reports": events(_ms(reports["t"]), told)}


def as_eaf(made: dict[str, list[Span]], date: str) -> bytes:
    """One annotation document; every time slot once, in order."""
    times = sorted({edge for spans in made.values() for start, end, _ in spans for edge in (start, end)})
    slots = {at: f"ts{number}" for number, at in enumerate(times, 1)}
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>\n<ANNOTATION_DOCUMENT AUTHOR="Attune"',
        f' DATE={quoteattr(date)} FORMAT="3.0" VERSION="3.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"',
        ' xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd">\n',
        '<HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">',
        f'<PROPERTY NAME="expressions">{" ".join(EMOTIONS)}</PROPERTY>',
        '<PROPERTY NAME="notice">Estimated by a machine; an expression is not a feeling.</PROPERTY></HEADER>\n',
        "<TIME_ORDER>",
        *(f'<TIME_SLOT TIME_SLOT_ID="{slot}" TIME_VALUE="{at}"/>' for at, slot in slots.items()),
        "</TIME_ORDER>\n",
    ]
    number = 0
    for tier, spans in made.items():
        parts.append(f'<TIER LINGUISTIC_TYPE_REF="default-lt" TIER_ID={quoteattr(tier)}>')
        for start, end, text in spans:
            number += 1
            parts.append(
                f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a{number}" TIME_SLOT_REF1="{slots[start]}"'
                f' TIME_SLOT_REF2="{slots[end]}"><ANNOTATION_VALUE>{escape(lawful(text))}</ANNOTATION_VALUE>'
                "</ALIGNABLE_ANNOTATION></ANNOTATION>"
            )
        parts.append("</TIER>\n")
    parts.append(
        '<LINGUISTIC_TYPE GRAPHIC_REFERENCES="false" LINGUISTIC_TYPE_ID="default-lt" TIME_ALIGNABLE="true"/>\n'
        "</ANNOTATION_DOCUMENT>\n"
    )
    return "".join(parts).encode()


def write(tables: SessionTables) -> bytes:
    """The ZIP."""
    files: dict[str, bytes | str] = {}
    for session in tables.sessions.itertuples():
        date = f"{session.started_at.isoformat()}+00:00"
        files[f"{session.session_id}.eaf"] = as_eaf(tiers(tables, session.session_id), date)
    return zipped(files)


EXPORT = Export("elan", "ELAN annotations (EAF, ZIP)", "application/zip", ".eaf.zip", write)
