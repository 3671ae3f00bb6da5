"""Each format is read back by a reader that is not ours."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pyarrow.parquet as pq
import pytest

from core.exports.packing import from_csv
from core.exports.sample import sample_tables
from core.plugins import discover
from core.record.tables import CODEBOOK, SessionTables
from core.types import EMOTIONS

FORMATS = discover("core.exports", "EXPORT")
NASTY = [
    "=cmd|' /C calc'!A0",
    "]]>&<b>",
    "a\tb\nc",
    "\x00\x07\ud7ff",
    "日本 🙂 \u202e",
    "x" * 1_000_000,
    '"',
    "n/a",
    "",
]
NS = {"e": "http://www.w3.org/2009/10/emotionml"}


@pytest.fixture(scope="module")
def tables() -> SessionTables:
    return sample_tables(minutes=1)


@pytest.fixture(scope="module")
def nasty(tables: SessionTables) -> SessionTables:
    markers = pd.DataFrame({"session_id": "sample-1", "t": [5.0] * len(NASTY), "label": NASTY, "duration": 0.0})
    return replace(tables, markers=markers.astype({"session_id": "str", "label": "str"}))


def unpacked(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_all_seven_formats_are_found() -> None:
    assert set(FORMATS) == {"csv", "json", "parquet", "emotionml", "elan", "bids", "bundle"}


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_and_nasty_text_can_be_exported_and_bytes_repeat(name: str, nasty: SessionTables) -> None:
    write = FORMATS[name].write
    assert write(sample_tables(sessions=0))
    assert write(nasty) == write(nasty)


@pytest.mark.parametrize("name", CODEBOOK)
def test_csv_is_read_by_the_csv_module_and_comes_back_whole(nasty: SessionTables, name: str) -> None:
    files = unpacked(FORMATS["csv"].write(nasty))
    csv.field_size_limit(2_000_000)
    rows = list(csv.reader(io.StringIO(files[f"{name}.csv"].decode(), newline="")))
    assert rows[0] == list(CODEBOOK[name])
    frame = dict(nasty)[name]
    assert len(rows) - 1 == len(frame)
    pd.testing.assert_frame_equal(from_csv(name, files[f"{name}.csv"]), frame)


def test_the_codebook_has_every_column_with_unit_and_meaning(tables: SessionTables) -> None:
    rows = list(csv.DictReader(io.StringIO(unpacked(FORMATS["csv"].write(tables))["codebook.csv"].decode())))
    assert [(row["table"], row["column"]) for row in rows] == [(t, c) for t, cs in CODEBOOK.items() for c in cs]
    assert {row["unit_or_range"] for row in rows if row["column"] == "infer_ms"} == {"ms"}


def test_json_holds_every_row_and_no_number_that_json_lacks(nasty: SessionTables) -> None:
    document = json.loads(FORMATS["json"].write(nasty), parse_constant=pytest.fail)
    assert document["expressions"] == list(EMOTIONS)
    assert [row["label"] for row in document["tables"]["markers"]] == NASTY
    assert len(document["tables"]["fused"]) == len(nasty.fused)
    assert document["tables"]["estimates"][-1]["face_id"] is None
    assert document["codebook"]["fused"]["valence"]["unit"] == "-1..1"


def test_parquet_carries_units_and_label_order(tables: SessionTables) -> None:
    read = pq.read_table(io.BytesIO(unpacked(FORMATS["parquet"].write(tables))["fused.parquet"]))
    assert json.loads(read.schema.metadata[b"attune_expressions"]) == list(EMOTIONS)
    assert read.schema.field("t").metadata[b"unit"] == b"s"
    assert read.num_rows == len(tables.fused)


def test_elan_is_read_by_pympi(nasty: SessionTables, tmp_path: Path) -> None:
    import pympi

    files = unpacked(FORMATS["elan"].write(nasty))
    assert set(files) == {"sample-1.eaf", "sample-2.eaf", "sample-3.eaf"}
    (tmp_path / "one.eaf").write_bytes(files["sample-1.eaf"])
    eaf = pympi.Elan.Eaf(str(tmp_path / "one.eaf"))
    assert {"together", "face", "voice", "words", "person", "companion", "markers"} <= set(eaf.get_tier_names())
    assert len(eaf.get_annotation_data_for_tier("markers")) == len(NASTY)
    for tier in eaf.get_tier_names():
        spans = sorted(eaf.get_annotation_data_for_tier(tier))
        assert all(start < end for start, end, *_ in spans)
        assert all(one[1] <= two[0] for one, two in pairwise(spans)), tier
    assert {span[2] for span in eaf.get_annotation_data_for_tier("face")} <= set(EMOTIONS)
    slots = [int(s.get("TIME_VALUE")) for s in ElementTree.fromstring(files["sample-1.eaf"]).iter("TIME_SLOT")]
    assert slots == sorted(set(slots))


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


@pytest.fixture(scope="module")
def emotionml(nasty: SessionTables) -> ElementTree.Element:
    return ElementTree.fromstring(FORMATS["emotionml"].write(nasty))


def test_emotionml_root_and_vocabularies(emotionml: ElementTree.Element) -> None:
    # sections 2.1.1 and 3: root element, version 1.0, vocabularies with unique ids and item names, sets that exist
    assert emotionml.tag == f"{{{NS['e']}}}emotionml"
    assert emotionml.get("version") == "1.0"
    vocabularies = {v.get("id"): v for v in emotionml.findall("e:vocabulary", NS)}
    assert len(vocabularies) == 2
    for attribute, kind in (("category-set", "category"), ("dimension-set", "dimension")):
        named = vocabularies[emotionml.get(attribute).removeprefix("#")]
        assert named.get("type") == kind
        items = [item.get("name") for item in named]
        assert len(items) == len(set(items)) > 0
    assert [i.get("name") for i in vocabularies["attune-expressions"]] == list(EMOTIONS)


def test_emotionml_every_emotion_keeps_the_rules(emotionml: ElementTree.Element, nasty: SessionTables) -> None:
    emotions = emotionml.findall("e:emotion", NS)
    assert len(emotions) == len(nasty.fused) + len(nasty.estimates)
    for emotion in emotions:
        names = [category.get("name") for category in emotion.findall("e:category", NS)]
        assert sorted(names) == sorted(EMOTIONS)  # each declared, each once (2.2.1)
        scales = emotion.findall("e:category", NS) + emotion.findall("e:dimension", NS)
        assert all(0 <= float(scale.get("value")) <= 1 for scale in scales)  # 2.4.1
        assert {d.get("name") for d in emotion.findall("e:dimension", NS)} <= {"valence", "arousal"}
        assert int(emotion.get("start")) <= int(emotion.get("end"))  # 2.3.1
        assert emotion.get("duration") is None
        assert set(emotion.get("expressed-through").split()) <= {"face", "voice", "text"}
        assert len(emotion.findall("e:info", NS)) == 1  # 2.3.2: at most one
