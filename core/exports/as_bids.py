"""BIDS 1.10 (bids-specification.readthedocs.io): events and continuous readings of each session (ZIP).

The fused probabilities are put on a regular grid of GRID_HZ, as physio files are; the newest holds while it is
fresh.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.exports import Export
from core.exports.packing import LABELS, begun, of_session, zipped
from core.modalities import FUSED_FRESH_S
from core.record.tables import SessionTables
from core.types import EMOTIONS

if TYPE_CHECKING:
    from pandas import DataFrame

GRID_HZ = 4.0
COLUMNS = (*EMOTIONS, "valence", "arousal", "quality", "abstained")
MISSING = "n/a"
SELF = "self"
"""the subject of sessions outside of studies"""

EVENTS = {
    "onset": {"Description": "session time", "Units": "s"},
    "duration": {"Description": "of what a marker marks, or of what was said or heard; 0: a moment", "Units": "s"},
    "trial_type": {"Description": "marker, self_report, or a line of the person or the companion"},
    "value": {"Description": "the marker's label, what the person chose, or the words"},
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
    """A TSV cell: no tabs, no line ends."""
    return re.sub(r"[\t\r\n\x00]+", " ", str(text)).strip() or MISSING


def _events(frames: dict[str, DataFrame]) -> str:
    rows: list[tuple[float, float, str, str]] = []
    rows += [(row.t, row.duration, "marker", row.label) for row in frames["markers"].itertuples()]
    rows += [(row.t, 0.0, "self_report", row.chosen) for row in frames["self_reports"].itertuples()]
    said = frames["messages"]
    rows += [
        (start, row.t - start, "person" if row.role == "user" else "companion", row.content)
        for row, start in zip(said.itertuples(), begun(said), strict=True)
    ]
    lines = [f"{t:.3f}\t{lasts:.3f}\t{kind}\t{_cell(value)}" for t, lasts, kind, value in sorted(rows)]
    return "\n".join(["\t".join(EVENTS), *lines]) + "\n"


def on_grid(fused: DataFrame) -> tuple[float, NDArray[np.float64]]:
    """First time in s, and (n, len(COLUMNS)) at GRID_HZ; NaN where the newest reading is too old."""
    if not len(fused):
        return 0.0, np.empty((0, len(COLUMNS)))
    names = [*(f"p_{label}" for label in EMOTIONS), "valence", "arousal", "quality", "abstained"]
    times = fused["t"].to_numpy()
    values = fused[names].to_numpy(dtype=np.float64)
    start = float(np.ceil(times[0] * GRID_HZ) / GRID_HZ)
    grid = np.arange(start, times[-1] + 1 / GRID_HZ, 1 / GRID_HZ)
    newest = np.searchsorted(times, grid, side="right") - 1
    held = values[newest]
    held[grid - times[newest] > FUSED_FRESH_S] = np.nan
    return start, held


def _physio(fused: DataFrame) -> tuple[bytes, dict[str, object]]:
    start, values = on_grid(fused)
    lines = ("\t".join(MISSING if np.isnan(v) else f"{v:.5f}" for v in row) for row in values)
    text = "".join(f"{line}\n" for line in lines)
    described = {name: {"Description": f"probability of {name}", "Units": "0..1"} for name in EMOTIONS}
    described |= {
        name: {"Description": "derived from the probabilities", "Units": "-1..1"} for name in ("valence", "arousal")
    }
    described |= {"quality": {"Description": "fitness of the inputs", "Units": "0..1"}}
    described |= {"abstained": {"Description": "1: the machine was not sure", "Units": "0 or 1"}}
    sidecar = {"SamplingFrequency": GRID_HZ, "StartTime": start, "Columns": list(COLUMNS), **described}
    return gzip.compress(text.encode(), mtime=0), sidecar


README = f"""Expressions as a machine estimated them live from face, voice and words (Attune).
An expression is not a feeling.
Order of the expressions: {LABELS}. Times in seconds of session time; 0 is the first media or mark.
"""
DATASET = {"Name": "Attune export", "BIDSVersion": "1.10.0", "DatasetType": "raw", "GeneratedBy": [{"Name": "Attune"}]}

PEOPLE = {
    "pseudonym": {"Description": "as the study has it; n/a outside of studies"},
    "sessions": {"Description": "how many of theirs are in here"},
}


def write(tables: SessionTables) -> bytes:
    """The ZIP."""
    files: dict[str, bytes | str] = {"dataset_description.json": json.dumps(DATASET, indent=2), "README": README}
    labels = subjects(tables.sessions["participant_id"])
    counts = dict.fromkeys(labels, 0)
    for session in tables.sessions.itertuples():
        subject = labels[session.participant_id]
        counts[session.participant_id] += 1
        number = f"{counts[session.participant_id]:03d}"
        stem = f"sub-{subject}/ses-{number}/beh/sub-{subject}_ses-{number}_task-live"
        frames = of_session(tables, session.session_id)
        files[f"{stem}_events.tsv"] = _events(frames)
        files[f"{stem}_events.json"] = json.dumps(EVENTS | {"AttuneSession": session.session_id}, indent=2)
        files[f"{stem}_recording-expressions_physio.tsv.gz"], sidecar = _physio(frames["fused"])
        files[f"{stem}_recording-expressions_physio.json"] = json.dumps(sidecar, indent=2)
    people = "".join(f"sub-{labels[who]}\t{_cell(who)}\t{count}\n" for who, count in counts.items())
    files["participants.tsv"] = f"participant_id\tpseudonym\tsessions\n{people}"
    files["participants.json"] = json.dumps(PEOPLE, indent=2)
    return zipped(files)


EXPORT = Export("bids", "BIDS dataset (ZIP)", "application/zip", ".bids.zip", write)
