from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace

import pandas as pd

from core.exports.as_bids import EXPORT
from core.exports.sample import sample_tables


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
