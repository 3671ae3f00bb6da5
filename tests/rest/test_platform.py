from __future__ import annotations

import hashlib
import json

import pytest

from tests.server import Server


def test_guest_gets_a_token_with_the_scopes_that_were_given(server: Server) -> None:
    status, answer = server.call("/api/guest", {"scopes": ["camera", "history"], "purpose": "self"})
    assert status == 200
    assert answer["scopes"] == ["camera", "history"]
    assert len(answer["token"]) >= 32


@pytest.mark.parametrize("purpose", ["workplace", "education"])
def test_workplace_and_education_are_refused_with_the_reason(server: Server, purpose: str) -> None:
    status, answer = server.call("/api/guest", {"scopes": ["camera"], "purpose": purpose})
    assert status == 403
    assert "2024/1689" in answer["error"]["message"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"scopes": "camera", "purpose": "self"},
        {"scopes": ["mind"], "purpose": "self"},
        {"scopes": ["camera"], "purpose": "espionage"},
        {"scopes": ["camera"], "purpose": 7},
        {"scopes": ["camera"], "purpose": "x" * 200_000},
        b"\xff\xfe",
    ],
)
def test_body_that_does_not_fit_gets_a_clear_error(server: Server, body) -> None:
    status, answer = server.call("/api/guest", body)
    assert 400 <= status < 500
    assert set(answer["error"]) == {"code", "message"}
    assert answer["error"]["message"]


def test_health_status_and_documentation_are_there(server: Server) -> None:
    assert server.call("/health") == (200, {"status": "ok"})
    _, status = server.call("/api/status")
    assert {e["name"] for e in status["engines"]} >= {"detect_mtcnn", "face_compact", "decode_picture"}
    needed = [engine for engine in status["engines"] if engine["kind"] not in {"reply", "turn"}]
    assert all(engine["available"] for engine in needed)
    (turn,) = [engine for engine in status["engines"] if engine["kind"] == "turn"]
    assert (turn["available"], turn["is_optional"]) == (False, True), "only where it is asked for"
    replies = {engine["name"]: engine for engine in status["engines"] if engine["kind"] == "reply"}
    assert replies["reply_offline"]["available"]
    assert not replies["reply_offline"]["leaves_machine"]
    assert not replies["reply_groq"]["available"]
    assert "ATTUNE_GROQ_API_KEY" in replies["reply_groq"]["note"]
    _, openapi = server.call("/openapi.json")
    assert "/api/clips" in openapi["paths"]


def test_consent_tells_the_parts_and_the_hash_that_a_consent_is_kept_with(server: Server) -> None:
    _, consent = server.call("/api/consent")
    assert "can be wrong" in consent["parts"]["notice"]
    assert [scope["name"] for scope in consent["parts"]["scopes"]] != []
    assert {scope["name"] for scope in consent["parts"]["scopes"]} == set(consent["scopes"])
    assert [purpose["name"] for purpose in consent["parts"]["purposes"]] == consent["purposes"]
    canonical = json.dumps(consent["parts"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert consent["text_hash"] == hashlib.sha256(f"{consent['version']}\n{canonical}".encode()).hexdigest()
    _, me = server.call("/api/me", token=server.guest("camera", "history"))
    assert me["consents"][0]["version"] == consent["version"]
    assert me["consents"][0]["text_hash"] == consent["text_hash"]


def test_metrics_tell_latency_sessions_drops_and_faults(server: Server, portrait_jpeg: bytes) -> None:
    with server.live() as client:
        client.send_picture(portrait_jpeg, 1.0)
        client.until("fused_emotion")
        client.send_picture(b"no picture", 2.0)
        client.until("error")
        client.connection.send("junk")
        client.until("error")
        _, page = server.call("/metrics")
    assert 'attune_stage_seconds_count{stage="capture_to_fused"}' in page
    assert 'attune_stage_seconds_count{stage="detect"}' in page
    assert 'attune_sessions{kind="live"}' in page
    assert 'attune_faults_total{code="not_a_picture"}' in page
    assert 'attune_dropped_total{what="bad_message"}' in page


def test_too_many_guests_from_one_address_are_asked_to_wait(tmp_path) -> None:
    from core.settings import Settings

    with Server(Settings(data_dir=tmp_path, guests_per_minute=3)) as strict:
        answers = [strict.call("/api/guest", {"scopes": ["camera"], "purpose": "self"})[0] for _ in range(5)]
    assert answers == [200, 200, 200, 429, 429]


def test_kept_session_is_listed_for_its_person_alone(server: Server, portrait_jpeg: bytes) -> None:
    token, other = server.guest("camera", "history"), server.guest("camera", "history")
    with server.live(token=token) as client:
        client.send_picture(portrait_jpeg, 1.0)
        client.until("fused_emotion")
        client.send({"type": "stop"})
        client.until("state", ended=True)
    session_id = client.ready["session_id"]
    _, listed = server.call("/api/sessions", token=token)
    assert [one["session_id"] for one in listed["sessions"]] == [session_id]
    status, summary = server.call(f"/api/sessions/{session_id}", token=token)
    assert status == 200
    assert summary["session_id"] == session_id
    assert server.call("/api/sessions", token=other)[1] == {"sessions": [], "total": 0}
    assert server.call(f"/api/sessions/{session_id}", token=other)[0] == 404


def test_session_without_history_is_not_kept(server: Server, portrait_jpeg: bytes) -> None:
    token = server.guest("camera")
    with server.live(token=token) as client:
        client.send_picture(portrait_jpeg, 1.0)
        client.until("fused_emotion")
        client.send({"type": "stop"})
        client.until("state", ended=True)
    assert server.call("/api/sessions", token=token)[1] == {"sessions": [], "total": 0}


def test_stats_tell_up_to_when_readings_are_on_disk(server: Server, portrait_jpeg: bytes) -> None:
    with server.live("camera", "history") as client:
        client.send_picture(portrait_jpeg, 0.0)
        client.until("state", recording=True)
        for number in range(1, 12):
            client.send_picture(portrait_jpeg, number / 6)
            client.until("fused_emotion")
        stored = [client.until("stats")["stored_to_s"] for _ in range(3)]
    assert stored[-1] > 0
