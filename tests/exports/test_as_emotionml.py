"""The test assertions of w3.org/2002/mmi/2013/emotionml-ir that say MUST and concern what we write, by number."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from core.exports.as_emotionml import EXPORT
from core.record.tables import SessionTables
from core.synthetic.study import sample_tables
from core.types import EMOTIONS, MODALITIES
from tests.exports.nasty import FORMATS

NS = {"e": "http://www.w3.org/2009/10/emotionml"}

SPACE = "{http://www.w3.org/2009/10/emotionml}"
NCNAME = re.compile(r"[A-Za-z_][\w.-]*")


@pytest.fixture(scope="module")
def tables() -> SessionTables:
    made = sample_tables(sessions=1, minutes=0.5)
    estimates, fused = made.estimates.copy(), made.fused.copy()
    estimates.loc[0, "engine"] = "]]>&<\x00\x07é🙂\nx"
    fused.loc[0, [f"weight_{modality}" for modality in MODALITIES]] = 0.0
    return replace(made, estimates=estimates, fused=fused)


@pytest.fixture(scope="module")
def root(tables: SessionTables) -> ElementTree.Element:
    return ElementTree.fromstring(EXPORT.write(tables))


def vocabulary(root: ElementTree.Element, kind: str) -> list[str | None]:
    named = [v for v in root.findall(f"{SPACE}vocabulary") if f"#{v.get('id')}" == root.get(f"{kind}-set")]
    assert [v.get("type") for v in named] == [kind]
    return [item.get("name") for item in named[0].findall(f"{SPACE}item")]


def test_101_102_110_111_root_namespace_and_version(root: ElementTree.Element) -> None:
    assert root.tag == f"{SPACE}emotionml"
    assert root.get("version") == "1.0"


def test_105_155_at_most_one_info(root: ElementTree.Element) -> None:
    assert all(len(part.findall(f"{SPACE}info")) <= 1 for part in (root, *root.iter(f"{SPACE}emotion")))


def test_114_117_210_220_sets_refer_to_vocabularies_of_their_type(root: ElementTree.Element) -> None:
    assert vocabulary(root, "category") == list(EMOTIONS)
    assert vocabulary(root, "dimension") == ["valence", "arousal"]


def test_156_every_emotion_holds_a_representation(root: ElementTree.Element, tables: SessionTables) -> None:
    emotions = root.findall(f"{SPACE}emotion")
    assert len(emotions) == len(tables.estimates) + len(tables.fused)
    assert all(emotion.find(f"{SPACE}category") is not None for emotion in emotions)


@pytest.mark.parametrize("kind", ["category", "dimension"])
def test_211_to_213_and_221_to_223_names_are_declared_and_stand_once(root: ElementTree.Element, kind: str) -> None:
    declared = vocabulary(root, kind)
    for emotion in root.findall(f"{SPACE}emotion"):
        names = [part.get("name") for part in emotion.findall(f"{SPACE}{kind}")]
        assert set(names) <= set(declared)
        assert len(names) == len(set(names))


def test_216_224_500_value_alone_and_within_0_to_1(root: ElementTree.Element) -> None:
    for kind in ("category", "dimension"):
        for part in root.iter(f"{SPACE}{kind}"):
            assert part.find(f"{SPACE}trace") is None
            assert 0 <= float(part.get("value", "nan")) <= 1


def test_301_expressed_through_names_what_had_a_share(root: ElementTree.Element, tables: SessionTables) -> None:
    fused = [e for e in root.findall(f"{SPACE}emotion") if e.find(f"{SPACE}dimension") is not None]
    for emotion, row in zip(fused, tables.fused.to_dict("records"), strict=True):
        shared = [modality for modality in MODALITIES if row[f"weight_{modality}"] > 0]
        assert emotion.get("expressed-through", "").split() == shared
    assert fused[0].get("expressed-through") is None


def test_304_700_info_holds_nothing_in_the_namespace_and_all_else_is_in_it(root: ElementTree.Element) -> None:
    within = {part for info in root.iter(f"{SPACE}info") for part in info.iter() if part is not info}
    assert within
    assert not [part.tag for part in within if part.tag.startswith(SPACE)]
    assert not [part.tag for part in root.iter() if part not in within and not part.tag.startswith(SPACE)]


def test_420_421_times_are_whole_and_the_end_is_not_before_the_start(root: ElementTree.Element) -> None:
    for emotion in root.findall(f"{SPACE}emotion"):
        start, end = emotion.get("start", ""), emotion.get("end", "")
        assert start.isdecimal()
        assert end.isdecimal()
        assert int(start) <= int(end)


def test_times_are_milliseconds_since_1970(root: ElementTree.Element, tables: SessionTables) -> None:
    began_ms = tables.sessions["started_at"][0].timestamp() * 1000  # the tables keep UTC without a zone
    fused = [e for e in root.findall(f"{SPACE}emotion") if e.find(f"{SPACE}dimension") is not None]
    for emotion, t in zip(fused, tables.fused["t"], strict=True):
        assert int(emotion.get("start", "")) == pytest.approx(began_ms + 1000 * t, abs=1)
    voice = next(e for e in root.findall(f"{SPACE}emotion") if e.get("expressed-through") == "voice")
    row = tables.estimates[tables.estimates["modality"] == "voice"].iloc[0]
    lasts_ms = int(voice.get("end", "")) - int(voice.get("start", ""))
    assert lasts_ms == pytest.approx(1000 * (row["t"] - row["start_s"]), abs=1)
    assert lasts_ms > 100


def test_600_to_608_vocabularies(root: ElementTree.Element) -> None:
    ids = [vocabulary.get("id", "") for vocabulary in root.findall(f"{SPACE}vocabulary")]
    assert len(set(ids)) == len(ids) == 2
    assert all(NCNAME.fullmatch(name) for name in ids)
    for kind in ("category", "dimension"):
        items = vocabulary(root, kind)
        assert len(items) == len(set(items)) > 0


def test_signs_that_xml_lacks_are_replaced(root: ElementTree.Element) -> None:
    assert "]]>&<\ufffd\ufffdé🙂\nx" in {part.text for part in root.iter() if part.tag.endswith("}engine")}


def test_nothing_is_a_document_without_emotions() -> None:
    root = ElementTree.fromstring(EXPORT.write(sample_tables(sessions=0)))
    assert root.find(f"{SPACE}emotion") is None
    assert vocabulary(root, "category") == list(EMOTIONS)


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
        assert set(emotion.get("expressed-through", "").split()) <= {"face", "voice", "text"}
        assert len(emotion.findall("e:info", NS)) == 1  # 2.3.2: at most one
