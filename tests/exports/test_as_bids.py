from __future__ import annotations

import gzip
import io
import json
import re
import zipfile
from dataclasses import replace

import pandas as pd

from core.exports.as_bids import EXPORT
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
