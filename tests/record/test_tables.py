"""What leaves the house: exactly the columns of the codebook, in their types, of one's own sessions alone."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from core.errors import NotFound
from core.record.accounts import Accounts
from core.record.store import Store
from core.record.tables import CODEBOOK, SessionTables, as_typed, load_tables
from core.settings import Settings
from core.types import Fault, Marker, Message, SelfReport
from tests.record.events import estimate, fused, written

KINDS = {"text": "str", "number": "float64", "whole": "Int64", "truth": "bool", "time": "datetime64[us]"}


@pytest.fixture
def store(data_dir: Path) -> Iterator[Store]:
    store = Store(data_dir / "attune.duckdb")
    yield store
    store.close()


async def two_sessions(store: Store) -> str:
    """s1 with one of everything, s2 with nothing; returns whose they are."""
    _, person = await Accounts(store, Settings()).guest(["camera", "history", "text"], "research")
    for number, session_id in enumerate(("s1", "s2")):
        await store.open_session(session_id, person.user_id, 1_800_000_000.0 + number, person.consent_id, {})
    voice = estimate(0.5, modality="voice", is_subject=None, face_id=None, box_px=None, frame_px=None)
    message = Message("user", "the heron stood on one leg", "sad", 0.5, 1.0)
    marker, report = Marker("a lighthouse", 2.0), SelfReport(3.0, "happy", "sad")
    fault = Fault("engine_failed", "it failed", 4.0, "voice", True)
    for event in (estimate(1.0), voice, fused(1.0), message, marker, report, fault):
        store.append("s1", event)
    await written(store)
    return person.user_id


async def test_every_table_has_exactly_its_columns_in_their_types(store: Store) -> None:
    tables = await load_tables(store, await two_sessions(store))
    assert [name for name, _ in tables] == list(CODEBOOK)
    for name, frame in tables:
        assert list(frame.columns) == list(CODEBOOK[name]), name
        assert {c: str(frame[c].dtype) for c in frame} == {c: KINDS[kind] for c, (kind, *_) in CODEBOOK[name].items()}
        assert len(frame) == (2 if name in {"sessions", "estimates"} else 1), name


async def test_words_are_opened_reasons_joined_and_boxes_spread(store: Store) -> None:
    tables = await load_tables(store, await two_sessions(store))
    assert tables.messages["content"].tolist() == ["the heron stood on one leg"]
    assert tables.consents["scopes"].tolist() == ["camera;history;text"]
    assert tables.estimates["modality"].tolist() == ["voice", "face"], "in the order of their times"
    face = tables.estimates.iloc[1]
    assert [face[f"box_{edge}"] for edge in ("x1", "y1", "x2", "y2")] == [1.0, 2.0, 3.0, 4.0]
    assert (face["frame_width"], face["frame_height"], face["reasons"]) == (640, 480, "low_light")
    assert pd.isna(tables.estimates.iloc[0]["box_x1"])


async def test_one_session_brings_its_own_rows_and_consent_alone(store: Store) -> None:
    tables = await load_tables(store, await two_sessions(store), ["s2"])
    assert tables.sessions["session_id"].tolist() == ["s2"]
    assert len(tables.consents) == 1
    assert (len(tables.estimates), len(tables.messages)) == (0, 0)


@pytest.mark.parametrize("wanted", [["unknown"], ["s1", "unknown"]])
async def test_what_is_unknown_or_somebody_elses_is_not_found(store: Store, wanted: list[str]) -> None:
    user_id = await two_sessions(store)
    with pytest.raises(NotFound):
        await load_tables(store, user_id, wanted)
    with pytest.raises(NotFound):
        await load_tables(store, "somebody-else", ["s1"])


async def test_nobody_has_empty_tables_of_the_same_shape(store: Store) -> None:
    tables = await load_tables(store, "nobody")
    for name, frame in tables:
        assert (len(frame), list(frame.columns)) == (0, list(CODEBOOK[name]))


async def test_table_written_as_csv_and_read_again_is_the_same(store: Store) -> None:
    for name, frame in await load_tables(store, await two_sessions(store)):
        again = pd.read_csv(io.StringIO(frame.to_csv(index=False)), dtype=str, keep_default_na=False)
        numbers = [c for c, (kind, *_) in CODEBOOK[name].items() if kind in {"number", "whole"}]
        again[numbers] = again[numbers].replace("", None)
        pd.testing.assert_frame_equal(as_typed(name, again), frame)


def test_missing_columns_are_named() -> None:
    with pytest.raises(ValueError, match=r"table markers: expected the columns .*label"):
        as_typed("markers", pd.DataFrame({"session_id": ["s1"], "t": [1.0]}))


def test_text_is_never_missing() -> None:
    frame = pd.DataFrame({"session_id": ["s1"], "t": [1.0], "shown": ["happy"], "chosen": [None]})
    assert as_typed("self_reports", frame)["chosen"].tolist() == [""]


def test_tables_of_the_codebook_are_the_tables_there_are() -> None:
    assert list(SessionTables.__dataclass_fields__) == list(CODEBOOK)
    for name, columns in CODEBOOK.items():
        assert all(len(facts) == 3 and facts[0] in KINDS for facts in columns.values()), name
