"""Made-up sessions as tables, without a file."""

from __future__ import annotations

from datetime import datetime

from core.record.in_memory import MadeUpSession, tables_in_memory
from core.types import Marker, Message, SpeechState
from tests.record.events import estimate, fused

START, END = datetime(2026, 1, 2, 3), datetime(2026, 1, 2, 3, 1)


def session(*events, session_id: str = "one") -> MadeUpSession:
    return MadeUpSession(session_id, START, END, {"smoothing_s": 0.6}, events)


def test_events_become_rows_of_their_tables_in_order_of_time() -> None:
    tables = tables_in_memory([session(fused(2.0), estimate(1.0), fused(1.0), Marker("here", 1.5))])
    assert list(tables.fused["t"]) == [1.0, 2.0]
    assert list(tables.estimates["reasons"]) == ["low_light"]
    assert list(tables.markers["label"]) == ["here"]
    assert tables.sessions["settings"][0] == '{"smoothing_s": 0.6}'


def test_what_has_no_table_is_left_out() -> None:
    tables = tables_in_memory([session(SpeechState("start", 1.0))])
    assert len(tables.sessions) == 1
    assert sum(len(frame) for name, frame in tables if name not in {"sessions", "consents"}) == 0


def test_words_are_dated_by_their_time_in_the_session() -> None:
    tables = tables_in_memory([session(Message("user", "grüß dich", "happy", 0.5, 1.5))])
    assert list(tables.messages["content"]) == ["grüß dich"]
    assert tables.messages["created_at"][0] == datetime(2026, 1, 2, 3, 0, 1, 500_000)


def test_each_session_has_its_own_rows() -> None:
    tables = tables_in_memory([session(fused(1.0)), session(fused(2.0), session_id="two")])
    assert list(tables.fused["session_id"]) == ["one", "two"]
    assert list(tables.consents["consent_id"]) == ["consent-one", "consent-two"]


def test_no_sessions_are_empty_tables() -> None:
    assert all(len(frame) == 0 for _, frame in tables_in_memory([]))
