"""Bundles and charts over the REST routes: places are few and come free again."""

from __future__ import annotations

import asyncio
import http.client
import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from core.analysis import gathering
from core.exports.bundle import EXPORT
from core.record.store import Store
from core.record.tables import SessionTables
from core.rest import analytics, bodies
from core.rest.aside import Aside
from core.settings import Settings
from core.synthetic.study import sample_tables
from tests.record.hours import session_of
from tests.rest.test_exports import MOST_HELD_S, MOST_MB, Watchdog, keep
from tests.server import Server


def _slow_upload(server: Server) -> http.client.HTTPConnection:
    """Sends the head of a bundle and then nothing."""
    connection = http.client.HTTPConnection(server.address, timeout=20)
    connection.putrequest("POST", "/api/bundles")
    connection.putheader("Content-Length", "100000")
    connection.endheaders(b"PK")
    return connection


def test_uploads_that_never_end_give_their_places_back(tmp_path, monkeypatch) -> None:
    """Two of them, without a token, once held both places for ever."""
    monkeypatch.setattr(bodies, "PATIENCE_S", 1.0)
    with Server(Settings(data_dir=tmp_path)) as server:
        slow = [_slow_upload(server) for _ in range(analytics.AT_A_TIME)]
        time.sleep(0.3)
        assert server.call("/api/bundles", b"junk")[1]["error"]["code"] == "bad_bundle", "who waits in line gets in"
        assert [one.getresponse().status for one in slow] == [429, 429]
        for one in slow:
            one.close()


def test_bundle_over_the_limit_is_refused(tmp_path) -> None:
    with Server(Settings(data_dir=tmp_path, max_bundle_mb=0.1)) as server:
        status, answer = server.call("/api/bundles", bytes(200_000))
    assert (status, answer["error"]["code"]) == (413, "too_large")


def test_sample_has_charts_and_says_what_they_are_not(server: Server) -> None:
    status, answer = server.call("/api/analytics/sample")
    assert status == 200
    assert answer["charts"]
    assert "not a feeling" in answer["notice"]


def test_sample_is_made_once_however_many_ask_at_once(server: Server, monkeypatch) -> None:
    made: list[int] = []

    def counted() -> SessionTables:
        made.append(1)
        time.sleep(0.3)
        return sample_tables(sessions=1, minutes=0.1)

    analytics._sample.cache_clear()
    monkeypatch.setattr(analytics, "sample_tables", counted)
    with ThreadPoolExecutor(5) as people:
        answers = list(people.map(lambda _: server.call("/api/analytics/sample")[0], range(5)))
    analytics._sample.cache_clear()
    assert (answers, len(made)) == ([200] * 5, 1)


def test_of_the_newest_sessions_those_that_hold_too_much_are_left_out_and_said(server: Server, monkeypatch) -> None:
    long = keep(server, "charts-long", hours=0.05)
    small = keep(server, "charts-small", token=long.token)
    monkeypatch.setattr(gathering, "MAX_ROWS", 100)
    _, newest = server.call("/api/analytics", {}, long.token)
    assert len(newest["charts"][0]["table"]["rows"]) == 1
    assert "1 of your newest sessions" in newest["notice"]
    named = server.call("/api/analytics", {"session_ids": [small.session_id]}, long.token)
    assert (named[0], named[1]["charts"]) == (200, newest["charts"])
    assert "newest" not in named[1]["notice"]
    status, answer = server.call("/api/analytics", {"session_ids": [long.session_id]}, long.token)
    assert (status, answer["error"]["code"]) == (413, "too_large")


@pytest.mark.slow
async def test_charts_of_hours_hold_the_interpreter_shortly_and_take_bounded_memory(tmp_path) -> None:
    """Fifty sessions were loaded whole, every column of them, on as many threads as people asked."""
    store = Store(tmp_path / "attune.duckdb")
    for number in range(3):
        await session_of(store, f"s{number}", "u1", 1.0)
    charts = Aside("analyses", 1, 1)
    await charts.run(analytics._own, store, ["none"])  # what is imported at first use is
    watchdog = Watchdog()
    watching = asyncio.create_task(watchdog.run())
    told = await charts.run(analytics._own, store, ["s0", "s1", "s2"])
    watching.cancel()
    store.close()
    assert json.dumps(told).count("session 3") > 0
    assert max(watchdog.held_s) < MOST_HELD_S
    assert watchdog.most_mb - watchdog.first_mb < MOST_MB


def test_bundle_of_too_many_sessions_is_refused_with_the_limit(server: Server) -> None:
    one = sample_tables(sessions=1, minutes=0.05)
    ids = [f"s{number}" for number in range(400)]
    sessions = one.sessions.loc[[0] * 400].assign(session_id=ids).astype({"session_id": "str"})
    status, answer = server.call("/api/bundles", EXPORT.write(replace(one, sessions=sessions)))
    assert (status, answer["error"]["code"]) == (413, "too_large")
    assert "400 sessions, 50 are read" in answer["error"]["message"]
