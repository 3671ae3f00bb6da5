"""BIDS 1.10 (bids-specification.readthedocs.io): events and continuous readings of each session (ZIP).

The fused probabilities are put on a regular grid of GRID_HZ, as physio files are; the newest holds while it is
fresh.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterable, Iterator
from heapq import merge
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.exports import Export
from core.exports.packing import LABELS, begun, harmless, in_pieces, zip_parts
from core.modalities import FUSED_FRESH_S
from core.record.tables import Tables
from core.types import EMOTIONS

if TYPE_CHECKING:
    from pandas import DataFrame

GRID_HZ = 4.0
Event = tuple[float, float, str, str]
"""onset and duration in s, trial_type, value"""
COLUMNS = (*EMOTIONS, "valence", "arousal", "quality", "abstained")
_GRIDDED = [*(f"p_{label}" for label in EMOTIONS), "valence", "arousal", "quality", "abstained"]
MISSING = "n/a"
SELF = "self"
"""the subject of sessions outside of studies"""

EVENTS = {
    "onset": {"Description": "session time", "Units": "s"},
    "duration": {"Description": "of what a marker marks, or of what was said or heard; 0: a moment", "Units": "s"},
    "trial_type": {"Description": "marker, self_report, or a line of the person or the companion"},
    "value": {"Description": "the marker's label, what the person chose, or the words; an apostrophe before a formula"},
}


def subjects(participants: Iterable[str]) -> dict[str, str]:
    """Label of each participant: letters and digits alone, and never one for two people, whatever the case."""
    labels: dict[str, str] = {}
    taken = {SELF}
    for participant in dict.fromkeys(participants):
        stem = label = re.sub(r"[^A-Za-z0-9]", "", participant) or "person"
        number = 1
        while label.lower() in taken and participant:
            number += 1
            label = f"{stem}x{number}"
        labels[participant] = label if participant else SELF
        taken.add(labels[participant].lower())
    return labels


def _cell(text: object) -> str:
    """A TSV cell: no tabs, no line ends, no formula for a spreadsheet."""
    return harmless(re.sub(r"[\t\r\n\x00]+", " ", str(text)).strip()) or MISSING


def _marked(tables: Tables, session_id: str) -> Iterator[Event]:
    for batch in tables.batches("markers", session_id):
        yield from ((row.t, row.duration, "marker", row.label) for row in batch.itertuples())


def _reported(tables: Tables, session_id: str) -> Iterator[Event]:
    for batch in tables.batches("self_reports", session_id):
        yield from ((row.t, 0.0, "self_report", row.chosen) for row in batch.itertuples())


def _said(tables: Tables, session_id: str) -> Iterator[Event]:
    for batch in tables.batches("messages", session_id, is_by_start=True):
        for row, start in zip(batch.itertuples(), begun(batch), strict=True):
            yield start, row.t - start, "person" if row.role == "user" else "companion", row.content


def _events(tables: Tables, session_id: str) -> Iterator[bytes]:
    """In order of their onsets; of each table some rows are held at a time."""
    told = merge(*(of(tables, session_id) for of in (_marked, _reported, _said)), key=itemgetter(0))
    yield ("\t".join(EVENTS) + "\n").encode()
    yield from in_pieces(f"{t:.3f}\t{lasts:.3f}\t{kind}\t{_cell(value)}\n" for t, lasts, kind, value in told)


class Grid:
    """Readings in order, put on a grid of GRID_HZ; NaN where the newest is older than FUSED_FRESH_S."""

    def __init__(self) -> None:
        self.start_s = 0.0
        """of the first point"""
        self._next: int | None = None
        """number of the next point since session time 0"""
        self._newest: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None
        """(1,) time and (1, len(COLUMNS)) values of the last reading"""

    def add(self, fused: DataFrame) -> NDArray[np.float64]:
        """(n, len(COLUMNS)): all points before the last reading of these."""
        times, values = fused["t"].to_numpy(), fused[_GRIDDED].to_numpy(dtype=np.float64)
        if self._next is None:
            self._next = int(np.ceil(times[0] * GRID_HZ))
            self.start_s = self._next / GRID_HZ
        if self._newest is not None:
            times, values = np.append(self._newest[0], times), np.append(self._newest[1], values, axis=0)
        self._newest = times[-1:], values[-1:]
        return self._up_to(float(times[-1]), times, values)

    def rest(self) -> NDArray[np.float64]:
        """(0 or 1, len(COLUMNS)): the point after the last reading of all."""
        if self._newest is None:
            return np.empty((0, len(COLUMNS)))
        return self._up_to(float(self._newest[0][0]) + 1 / GRID_HZ, *self._newest)

    def _up_to(self, end_s: float, times: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
        assert self._next is not None  # noqa: S101 - add() comes first
        points = np.arange(self._next, np.ceil(end_s * GRID_HZ)) / GRID_HZ
        self._next += len(points)
        newest = np.searchsorted(times, points, side="right") - 1
        held: NDArray[np.float64] = values[newest]
        held[points - times[newest] > FUSED_FRESH_S] = np.nan
        return held


def _tsv(values: NDArray[np.float64]) -> bytes:
    lines = ("\t".join(MISSING if np.isnan(v) else f"{v:.5f}" for v in row) for row in values)
    return "".join(f"{line}\n" for line in lines).encode()


def _physio(tables: Tables, session_id: str, grid: Grid) -> Iterator[bytes]:
    """Gzip without a time of its own, so that the same rows give the same bytes."""
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    for fused in tables.batches("fused", session_id):
        yield packer.compress(_tsv(grid.add(fused)))
    yield packer.compress(_tsv(grid.rest())) + packer.flush()


def _sidecar(start_s: float) -> bytes:
    described = {name: {"Description": f"probability of {name}", "Units": "0..1"} for name in EMOTIONS}
    described |= {
        name: {"Description": "derived from the probabilities", "Units": "-1..1"} for name in ("valence", "arousal")
    }
    described |= {"quality": {"Description": "fitness of the inputs", "Units": "0..1"}}
    described |= {"abstained": {"Description": "1: the machine was not sure", "Units": "0 or 1"}}
    facts = {"SamplingFrequency": GRID_HZ, "StartTime": start_s, "Columns": list(COLUMNS)}
    return json.dumps(facts | described, indent=2).encode()


README = f"""Expressions as a machine estimated them live from face, voice and words (Attune).
An expression is not a feeling.
Order of the expressions: {LABELS}. Times in seconds of session time; 0 is the first media or mark.
"""
DATASET = {"Name": "Attune export", "BIDSVersion": "1.10.0", "DatasetType": "raw", "GeneratedBy": [{"Name": "Attune"}]}

PEOPLE = {
    "pseudonym": {"Description": "as the study has it; n/a outside of studies"},
    "sessions": {"Description": "how many of theirs are in here"},
}


def _files(tables: Tables) -> Iterator[tuple[str, Iterable[bytes]]]:
    yield "dataset_description.json", [json.dumps(DATASET, indent=2).encode()]
    yield "README", [README.encode()]
    labels = subjects(who for sessions in tables.batches("sessions") for who in sessions["participant_id"])
    counts = dict.fromkeys(labels, 0)
    for sessions in tables.batches("sessions"):
        for session in sessions.itertuples():
            counts[session.participant_id] += 1
            yield from _session(
                tables, session.session_id, labels[session.participant_id], counts[session.participant_id]
            )
    people = "".join(f"sub-{labels[who]}\t{_cell(who)}\t{count}\n" for who, count in counts.items())
    yield "participants.tsv", [f"participant_id\tpseudonym\tsessions\n{people}".encode()]
    yield "participants.json", [json.dumps(PEOPLE, indent=2).encode()]


def _session(tables: Tables, session_id: str, subject: str, number: int) -> Iterator[tuple[str, Iterable[bytes]]]:
    stem = f"sub-{subject}/ses-{number:03d}/beh/sub-{subject}_ses-{number:03d}_task-live"
    yield f"{stem}_events.tsv", _events(tables, session_id)
    yield f"{stem}_events.json", [json.dumps(EVENTS | {"AttuneSession": session_id}, indent=2).encode()]
    grid = Grid()
    yield f"{stem}_recording-expressions_physio.tsv.gz", _physio(tables, session_id, grid)
    yield f"{stem}_recording-expressions_physio.json", [_sidecar(grid.start_s)]


def parts(tables: Tables) -> Iterator[bytes]:
    """The ZIP."""
    return zip_parts(_files(tables))


EXPORT = Export("bids", "BIDS dataset (ZIP)", "application/zip", ".bids.zip", parts)
