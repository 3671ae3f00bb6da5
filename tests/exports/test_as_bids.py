from __future__ import annotations

import gzip
import io
import json
import re
import zipfile
from dataclasses import replace

import numpy as np
import pandas as pd

from core.exports.as_bids import EXPORT, GRID_HZ, Grid
from core.record.tables import SessionTables
from core.synthetic.study import sample_tables
from core.types import EMOTIONS
from tests.exports.nasty import FORMATS, unpacked


def test_two_people_are_never_one_subject() -> None:
    people = ["P-1", "P1", "p1", "日本", "self", "P-1", ""]
    tables = sample_tables(sessions=len(people), minutes=0.2)
    sessions = tables.sessions.assign(participant_id=pd.Series(people, dtype="str"))
    with zipfile.ZipFile(io.BytesIO(EXPORT.write(replace(tables, sessions=sessions)))) as archive:
        rows = [line.split("\t") for line in archive.read("participants.tsv").decode().splitlines()[1:]]
        names = archive.namelist()
    subjects = [row[0] for row in rows]
    assert len({subject.lower() for subject in subjects}) == len(set(people))
    assert all(re.fullmatch("sub-[A-Za-z0-9]+", subject) for subject in subjects)
    assert {row[1]: row[2] for row in rows}["P-1"] == "2"
    assert dict(zip((row[1] for row in rows), subjects, strict=True))["n/a"] == "sub-self"
    assert len(names) == len(set(names))
    assert sum(name.endswith("_events.tsv") for name in names) == len(people)


def test_bids_files_are_named_and_gridded_as_the_specification_asks(nasty: SessionTables) -> None:
    files = unpacked(FORMATS["bids"].write(nasty))
    assert json.loads(files["dataset_description.json"])["BIDSVersion"]
    stem = "sub-self/ses-001/beh/sub-self_ses-001_task-live"
    events = files[f"{stem}_events.tsv"].decode().splitlines()
    assert events[0].split("\t")[:2] == ["onset", "duration"]
    assert all(len(line.split("\t")) == 4 for line in events)
    assert not [line for line in events if line.split("\t")[3].startswith(("=", "+", "@"))], "no formulas"
    onsets = [float(line.split("\t")[0]) for line in events[1:]]
    assert onsets == sorted(onsets)
    sidecar = json.loads(files[f"{stem}_recording-expressions_physio.json"])
    lines = gzip.decompress(files[f"{stem}_recording-expressions_physio.tsv.gz"]).decode().splitlines()
    assert sidecar["Columns"][: len(EMOTIONS)] == list(EMOTIONS)
    assert all(len(line.split("\t")) == len(sidecar["Columns"]) for line in lines)
    own = nasty.fused[nasty.fused["session_id"] == "sample-1"]
    seconds = own["t"].max() - own["t"].min()
    assert abs(len(lines) / sidecar["SamplingFrequency"] - seconds) <= 1
    assert all(abs(sum(float(v) for v in line.split("\t")[:7]) - 1) < 1e-3 for line in lines if "n/a" not in line)


def test_words_last_from_their_beginning_to_their_end(tables: SessionTables) -> None:
    files = unpacked(FORMATS["bids"].write(tables))
    events = files["sub-self/ses-001/beh/sub-self_ses-001_task-live_events.tsv"].decode().splitlines()
    told = [line.split("\t")[:2] for line in events if line.split("\t")[2] == "person"]
    said = tables.messages[(tables.messages["session_id"] == "sample-1") & (tables.messages["role"] == "user")]
    assert told == [[f"{row.start_s:.3f}", f"{row.t - row.start_s:.3f}"] for row in said.itertuples()]
    assert all(float(lasts) > 0 for _, lasts in told)


def test_grid_holds_a_reading_for_a_second_and_no_longer() -> None:
    made = sample_tables(sessions=1, minutes=0.2).fused.iloc[:3].assign(t=[0.0, 2.0, 2.25])
    grid = Grid()
    values = np.concatenate([grid.add(made.iloc[:1]), grid.add(made.iloc[1:]), grid.rest()])
    assert (grid.start_s, len(values)) == (0.0, 1 + round(2.25 * GRID_HZ))
    empty = [number / GRID_HZ for number, row in enumerate(values) if np.isnan(row).all()]
    assert empty == [1.25, 1.5, 1.75], "over 1 s after the reading at 0, before the one at 2"


def test_no_cell_begins_a_formula_behind_what_nobody_sees_or_after_a_semicolon(tables: SessionTables) -> None:
    labels = ["\ufeff=1+1", "\x00=1+1", "x;=1+1"]
    markers = pd.DataFrame({"session_id": "sample-1", "t": 1.0, "label": labels, "duration": 0.0})
    files = unpacked(FORMATS["bids"].write(replace(tables, markers=markers.astype({"label": "str"}))))
    events = files["sub-self/ses-001/beh/sub-self_ses-001_task-live_events.tsv"].decode().splitlines()
    told = [line.split("\t")[3] for line in events if line.split("\t")[2] == "marker"]
    assert sorted(told) == sorted(["'\ufeff=1+1", "'=1+1", "x;'=1+1"])
