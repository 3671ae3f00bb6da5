"""ELAN files are read by pympi; tiers never overlap."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from core.exports.as_elan import LINE_MS, LookedBack, Runs, Span, Told, eaf_parts, events, tiers
from core.record.tables import SessionTables
from core.types import EMOTIONS
from tests.exports.nasty import FORMATS, NASTY, unpacked


def runs(points: list[tuple[int, str]]) -> list[Span]:
    found = Runs(gap_ms=1000)
    for at, label in points:
        found.add(at, label)
    return list(found.spans())


def looked_back(points: list[Span]) -> list[Span]:
    found = LookedBack()
    for point in points:
        found.add(*point)
    return list(found.spans())


TIMES = st.lists(st.integers(0, 20_000), max_size=20)
LABELS = st.sampled_from(("happy", "sad"))


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


@given(st.lists(st.tuples(st.integers(0, 20_000), LABELS), max_size=20))
def test_runs_never_overlap_and_neighbours_differ_or_lie_apart(points: list[tuple[int, str]]) -> None:
    spans = runs(sorted(points, key=lambda point: point[0]))
    assert all(start < end for start, end, _ in spans)
    for one, two in pairwise(spans):
        assert one[1] <= two[0]
        assert one[1] < two[0] or one[2] != two[2]


def test_run_ends_with_the_gap_after_its_last_reading() -> None:
    assert runs([(at, "sad") for at in (0, 500, 900)]) == [(0, 1900, "sad")]
    assert runs([(0, "sad"), (5000, "sad")]) == [(0, 1000, "sad"), (5000, 6000, "sad")]


def test_readings_of_sound_and_words_look_back() -> None:
    assert looked_back([(0, 2000, "sad"), (1000, 3000, "happy"), (2000, 4000, "happy")]) == [
        (0, 2000, "sad"),
        (2000, 4000, "happy"),
    ]
    assert looked_back([(0, 1000, "sad"), (5000, 6000, "sad")]) == [(0, 1000, "sad"), (5000, 6000, "sad")]


@given(st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 3000), LABELS), max_size=20))
def test_spans_that_look_back_never_overlap(points: list[tuple[int, int, str]]) -> None:
    spans = looked_back(sorted(((at, at + lasts, label) for at, lasts, label in points), key=lambda span: span[1]))
    assert all(start < end for start, end, _ in spans)
    assert all(one[1] <= two[0] for one, two in pairwise(spans))


def test_words_and_voice_end_when_they_ended(tables: SessionTables) -> None:
    """Words began at their end once, and the voice was shown up to 3 s into the silence after it."""
    made = tiers(tables, "sample-1")
    own = {name: frame[frame["session_id"] == "sample-1"] for name, frame in tables if "session_id" in frame}
    said = own["messages"][own["messages"]["role"] == "user"]
    spans = [(round(row.start_s * 1000), round(row.t * 1000), row.content) for row in said.itertuples()]
    assert list(made["person"]) == spans
    voice = own["estimates"][own["estimates"]["modality"] == "voice"]
    heard = {round(t * 1000) for t in voice["t"]}
    assert {end for _, end, _ in made["voice"]} <= heard
    assert {start for start, *_ in made["voice"]} <= heard | {round(t * 1000) for t in voice["start_s"]}


def test_line_of_which_no_beginning_is_known_is_a_moment(tables: SessionTables) -> None:
    unknown = replace(tables, messages=tables.messages.assign(start_s=float("nan")))
    first = tables.messages[tables.messages["role"] == "user"].iloc[0]
    start = round(first["t"] * 1000)
    assert next(iter(tiers(unknown, first["session_id"])["person"])) == (start, start + LINE_MS, first["content"])


@given(TIMES)
def test_no_event_is_lost_whatever_happens_at_one_moment(times: list[int]) -> None:
    texts = [str(number) for number in range(len(times))]
    spans = list(events(zip(sorted(times), [0] * len(times), texts, strict=True)))
    assert [text for *_, text in spans] == texts
    assert all(start < end for start, end, _ in spans)
    assert all(one[1] <= two[0] for one, two in pairwise(spans))


def test_what_is_said_or_deleted_while_it_is_written_moves_no_other_word() -> None:
    points = [(at, 500, f"line {at}") for at in range(1000, 6000, 1000)]
    now = list(points)
    told = Told(lambda: iter(now))
    whole = list(told)
    now[:] = [points[0], (1500, 500, "late"), *points[2:], (9000, 500, "later")]
    assert list(told) == [span for span in whole if span[2] != "line 2000"]


def test_annotation_document_escapes_what_was_said() -> None:
    said = Told(lambda: iter([(0, 10, "<&>\x00\ud800")]))
    document = ElementTree.fromstring(b"".join(eaf_parts({"person": said}, "2026-01-01T00:00:00+00:00")))
    assert [value.text for value in document.iter("ANNOTATION_VALUE")] == ["<&>\ufffd\ufffd"]


def test_session_in_which_nothing_was_read_or_said_is_a_document_too() -> None:
    document = ElementTree.fromstring(b"".join(eaf_parts({"person": Told(lambda: iter(()))}, "2026-01-01")))
    assert [list(document.iter("TIME_SLOT")), len(list(document.iter("TIER")))] == [[], 1]
