"""Readings that the person's own device made, over a real socket: no camera, no microphone, and they count."""

from __future__ import annotations

from typing import Any

from tests.server import Server


def _reading(**changes: Any) -> dict[str, Any]:
    given = {"type": "reading", "modality": "face", "expressions": {"sad": 0.9, "neutral": 0.1}, "quality": 0.9}
    return given | {"t": 12.5, "engine": "face-mesh-net", "box": [10, 10, 60, 60], "frame": [100, 80]} | changes


def test_a_reading_of_the_device_is_told_and_fused_with_its_origin(server: Server) -> None:
    with server.live("device", "history") as client:
        client.send(_reading())
        face, fused = client.until("face_emotion"), client.until("fused_emotion")
        assert client.until("stats")["stored_to_s"] is not None
    assert (face["engine"], face["capture_t"], face["is_subject"]) == ("browser:face-mesh-net", 12.5, True)
    assert (face["box"], face["frame"]) == ([10.0, 10.0, 60.0, 60.0], [100, 80])
    assert face["expression"] == fused["expression"] == "sad"
    assert fused["weights"] == {"face": 1.0, "voice": 0.0, "text": 0.0}


def test_without_the_scope_nothing_of_it_is_taken(server: Server) -> None:
    with server.live("camera") as client:
        client.send(_reading())
        assert client.until("error")["code"] == "no_scope"
        assert client.alive()
    assert not [event for event in client.events if event["type"] == "face_emotion"]


def test_a_reading_that_does_not_fit_has_an_error_of_its_own_and_the_next_counts(server: Server) -> None:
    with server.live("device") as client:
        client.send(_reading(expressions={"sad": 0.4, "neutral": 0.1}))
        assert "sum to 1" in client.until("error", code="bad_reading")["message"]
        client.send(_reading(modality="voice", t=13.0))
        assert client.until("voice_emotion")["capture_t"] == 13.0


def test_a_marker_has_a_time_and_a_duration(server: Server) -> None:
    with server.live("device") as client:
        client.send(_reading())
        client.until("fused_emotion")
        client.send({"type": "marker", "label": "film", "t": 0.0, "duration": 30})
        assert client.until("marker") == {"type": "marker", "label": "film", "t": 0.0, "duration": 30.0}
        client.send({"type": "marker", "label": "nowhere", "t": 1e6})
        assert client.until("error")["code"] == "bad_time"


def test_a_marker_of_before_the_first_reading_is_in_the_history_at_time_0(server: Server) -> None:
    token = server.guest("device", "history")
    with server.live(token=token) as client:
        client.send({"type": "marker", "label": "instructions read"})
        assert client.until("marker")["t"] == 0
        client.send(_reading())
        client.until("fused_emotion")
        client.send({"type": "stop"})
        client.until("state", ended=True)
    path = f"/api/sessions/{client.ready['session_id']}/timeline?bins=50"
    _, timeline = server.call(path, token=token)
    assert timeline["markers"] == [{"t": 0.0, "label": "instructions read", "duration": 0.0}]
