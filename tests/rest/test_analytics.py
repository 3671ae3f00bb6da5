"""Bundles and charts over the REST routes: places are few and come free again."""

from __future__ import annotations

import http.client
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from core.exports.bundle import EXPORT
from core.record.tables import SessionTables
from core.rest import analytics, bodies
from core.settings import Settings
from core.synthetic.study import sample_tables
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
        assert server.call("/api/bundles", b"junk")[1]["error"]["code"] == "busy"
        assert [one.getresponse().status for one in slow] == [429, 429]
        assert server.call("/api/bundles", b"junk")[1]["error"]["code"] == "bad_bundle"
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


def test_bundle_of_too_many_sessions_is_refused_with_the_limit(server: Server) -> None:
    one = sample_tables(sessions=1, minutes=0.05)
    ids = [f"s{number}" for number in range(400)]
    sessions = one.sessions.loc[[0] * 400].assign(session_id=ids).astype({"session_id": "str"})
    status, answer = server.call("/api/bundles", EXPORT.write(replace(one, sessions=sessions)))
    assert (status, answer["error"]["code"]) == (413, "too_large")
    assert "400 sessions, 50 are read" in answer["error"]["message"]
