"""Readings as people see them: listed with a sparkline, found by their words, in figures, and downsampled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.record import queries, timelines
from core.record.store import Store
from core.record.timelines import SPARKS
from core.types import Marker, Message, SelfReport
from tests.record.events import estimate, fused, opened, written


@pytest.fixture
def store(data_dir: Path) -> Iterator[Store]:
    store = Store(data_dir / "attune.duckdb")
    yield store
    store.close()


async def kept(store: Store, session_id: str, *events: object, user_id: str = "u1") -> None:
    await opened(store, session_id, user_id)
    for event in events:
        store.append(session_id, event)  # type: ignore[arg-type]
    await written(store)


# -- the list -------------------------------------------------------------------------------------


async def test_sparkline_shows_what_led_in_each_piece_of_the_session(store: Store) -> None:
    readings = [fused(t, "happy" if t < 12 else "sad") for t in range(SPARKS + 1)]
    await kept(store, "s1", *readings)
    _, (row,) = await timelines.list_with_sparklines(store, "u1", 10)
    assert row["sparkline"] == ["happy"] * 12 + ["sad"] * 12
    assert row["duration_s"] == SPARKS
    assert [one["expression"] for one in row["main"]] == ["sad", "happy"]
    assert sum(one["share"] for one in row["main"]) == pytest.approx(1, abs=0.01)


async def test_sparkline_says_uncertain_and_leaves_silence_empty(store: Store) -> None:
    await kept(store, "s1", fused(0.0, abstained=True), fused(24.0, "happy"))
    _, (row,) = await timelines.list_with_sparklines(store, "u1", 10)
    assert (row["sparkline"][0], row["sparkline"][-1]) == ("uncertain", "happy")
    assert set(row["sparkline"][1:-1]) == {""}


async def test_session_without_readings_is_listed_with_an_empty_line(store: Store) -> None:
    await kept(store, "s1")
    _, (row,) = await timelines.list_with_sparklines(store, "u1", 10)
    assert (row["duration_s"], row["main"], row["sparkline"]) == (0.0, [], [""] * SPARKS)


async def test_at_most_three_main_expressions_are_named(store: Store) -> None:
    await kept(store, "s1", *[fused(n, label) for n, label in enumerate(["happy", "sad", "angry", "fear", "happy"])])
    _, (row,) = await timelines.list_with_sparklines(store, "u1", 10)
    assert len(row["main"]) == 3
    assert row["main"][0] == {"expression": "happy", "share": 0.4}


async def test_list_among_some_never_shows_somebody_elses(store: Store) -> None:
    await kept(store, "mine")
    await kept(store, "other", user_id="u2")
    total, rows = await timelines.list_with_sparklines(store, "u1", 10, among=["mine", "other"])
    assert (total, [row["session_id"] for row in rows]) == (1, ["mine"])
    assert await timelines.list_with_sparklines(store, "u1", 10, among=[]) == (0, [])


# -- the search -----------------------------------------------------------------------------------


async def test_search_finds_words_notes_and_markers_whatever_their_case(store: Store) -> None:
    await kept(store, "words", Message("user", "I saw a Lantern fish", "happy", 0.5, 1.0))
    await kept(store, "marker", Marker("LANTERN lit", 1.0))
    await kept(store, "note")
    await queries.keep_note(store, "note", "about the lantern")
    await kept(store, "none", Marker("a lamp", 1.0))
    assert await timelines.search_sessions(store, "u1", " lantern ") == ["marker", "note", "words"]


@pytest.mark.parametrize("sought", ["caf\u00e9", "CAFE\u0301"])
async def test_search_finds_letters_however_they_were_spelled(store: Store, sought: str) -> None:
    await kept(store, "one", Marker("a caf\u00e9", 1.0))
    await kept(store, "two", Message("user", "a cafe\u0301", "happy", 0.5, 1.0))  # of before there was one form
    await kept(store, "none", Marker("a cafe", 1.0))
    assert await timelines.search_sessions(store, "u1", sought) == ["one", "two"]


async def test_search_looks_into_no_other_persons_sessions(store: Store) -> None:
    await kept(store, "other", Marker("lantern", 1.0), Message("user", "lantern", "sad", 0.5, 1.0), user_id="u2")
    assert await timelines.search_sessions(store, "u1", "lantern") == []


@pytest.mark.parametrize("wild", ["%", "_", "'", '"', "\\"])
async def test_search_takes_its_signs_as_they_are(store: Store, wild: str) -> None:
    await kept(store, "s1", Marker("plain", 1.0))
    await kept(store, "s2", Marker(f"with {wild} in it", 1.0))
    assert await timelines.search_sessions(store, "u1", wild) == ["s2"]


# -- the figures ----------------------------------------------------------------------------------


async def test_change_is_between_two_sure_expressions_and_uncertain_ones_lie_between(store: Store) -> None:
    leads = [("happy", False), ("happy", False), ("happy", True), ("happy", False), ("sad", True), ("sad", False)]
    await kept(store, "s1", *[fused(12.0 * n, label, abstained=off) for n, (label, off) in enumerate(leads)])
    figures = await timelines.statistics(store, "s1")
    assert figures["changes_per_minute"] == pytest.approx(1.0), "happy to sad, once in a minute"
    assert figures["longest"] == {"expression": "happy", "start_s": 0.0, "seconds": 1.0}


async def test_coverage_is_the_time_with_a_fresh_reading_of_that_modality(store: Store) -> None:
    faces = [estimate(float(t)) for t in range(5)]
    voice = estimate(2.0, modality="voice", is_subject=None, face_id=None, box_px=None, frame_px=None)
    await kept(store, "s1", *faces, voice, fused(0.0), fused(10.0))
    modalities = (await timelines.statistics(store, "s1"))["modalities"]
    assert (modalities["face"]["n"], modalities["face"]["coverage"]) == (5, pytest.approx(0.5))
    assert (modalities["voice"]["n"], modalities["voice"]["coverage"]) == (1, pytest.approx(0.3))
    assert (modalities["text"]["n"], modalities["text"]["coverage"], modalities["text"]["quality"]) == (0, 0.0, None)


async def test_faces_of_others_count_for_nothing(store: Store) -> None:
    await kept(store, "s1", estimate(1.0), estimate(1.5, is_subject=False, face_id=9), fused(2.0))
    assert (await timelines.statistics(store, "s1"))["modalities"]["face"]["n"] == 1
    assert len((await timelines.timeline(store, "s1", 100))["face"]) == 1


async def test_figures_of_a_session_without_readings_are_zero(store: Store) -> None:
    await kept(store, "s1")
    figures = await timelines.statistics(store, "s1")
    assert (figures["changes_per_minute"], figures["longest"]) == (0.0, None)
    assert {one["coverage"] for one in figures["modalities"].values()} == {0.0}


# -- the timeline ---------------------------------------------------------------------------------


async def test_timeline_has_at_most_as_many_points_as_asked_for(store: Store) -> None:
    await kept(store, "s1", *[fused(n / 4) for n in range(400)])
    line = await timelines.timeline(store, "s1", 40)
    assert len(line["fused"]) == 40
    assert [point["bin"] for point in line["fused"]] == list(range(40))
    assert line["bin_s"] == pytest.approx(99.75 / 40, rel=1e-3)


async def test_point_is_the_mean_of_its_readings_and_says_how_many_were_unsure(store: Store) -> None:
    await kept(
        store,
        "s1",
        fused(0.0, "happy", quality=0.6, valence=0.2),
        fused(0.1, "happy", quality=1.0, valence=0.6),
        fused(0.2, "happy", quality=0.8, valence=0.4, abstained=True),
    )
    (point,) = (await timelines.timeline(store, "s1", 10))["fused"]
    assert (point["quality"], point["valence"], point["led"]) == (pytest.approx(0.8), pytest.approx(0.4), "happy")
    assert point["unsure"] == pytest.approx(1 / 3, abs=1e-3)
    assert point["p"] == pytest.approx([0.1, 0.4, 0.1, 0.1, 0.1, 0.1, 0.1], abs=1e-3)


async def test_timeline_brings_markers_and_own_words_on_readings_in_order(store: Store) -> None:
    await kept(store, "s1", Marker("second", 2.0), Marker("first", 1.0), SelfReport(3.0, "happy", "sad"), fused(4.0))
    line = await timelines.timeline(store, "s1", 10)
    assert [marker["label"] for marker in line["markers"]] == ["first", "second"]
    assert line["self_reports"] == [{"t": 3.0, "shown": "happy", "chosen": "sad"}]


async def test_timeline_of_a_session_without_readings_is_empty(store: Store) -> None:
    await kept(store, "s1")
    line = await timelines.timeline(store, "s1", 10)
    assert (line["end_s"], line["fused"], line["markers"]) == (0.0, [], [])
