"""/ws over real sockets with the real nets: the ordinary path, then everything that can be wrong."""

from __future__ import annotations

import base64
import json
import socket
import struct
import time
from contextlib import ExitStack

import cv2
import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed

from tests.conftest import jpeg_of
from tests.server import Client, Server


def test_pictures_become_readings_and_fused_events(server: Server, portrait_jpeg: bytes) -> None:
    with server.live() as client:
        assert client.ready["modalities"] == ["face", "text", "voice"]
        assert {e["kind"] for e in client.ready["engines"]} >= {"detect", "face"}
        client.send_picture(portrait_jpeg, 12.5)
        face = client.until("face_emotion")
        fused = client.until("fused_emotion")
    assert face["expression"] == fused["expression"] == "happy"
    assert face["emotion"] == "Happy"
    assert face["capture_t"] == fused["capture_t"] == 12.5
    assert face["is_subject"]
    assert face["frame"] == [512, 512]
    assert sum(face["probabilities"]) == pytest.approx(1, abs=0.001)
    assert list(face["expressions"]) == ["neutral", "happy", "sad", "angry", "fear", "disgust", "surprise"]
    assert fused["weights"] == {"face": 1.0, "voice": 0.0, "text": 0.0}


def test_base64_picture_counts_as_much_as_a_binary_one(server: Server, portrait_jpeg: bytes) -> None:
    with server.live() as client:
        frame = "data:image/jpeg;base64," + base64.b64encode(portrait_jpeg).decode()
        client.send({"type": "video_frame", "frame": frame, "t": 3.0})
        assert client.until("face_emotion")["capture_t"] == 3.0


def test_pause_stops_readings_and_resume_brings_them_back(server: Server, portrait_jpeg: bytes) -> None:
    with server.live() as client:
        client.send({"type": "pause"})
        client.until("state", paused=True)
        client.send_picture(portrait_jpeg, 1.0)
        client.send_picture(portrait_jpeg, 1.1)
        assert client.until("error")["code"] == "paused"
        assert client.alive()
        client.send({"type": "resume"})
        client.until("state", paused=False)
        client.send_picture(portrait_jpeg, 2.0)
        assert client.until("face_emotion")["capture_t"] == 2.0
    assert [e["code"] for e in client.events if e["type"] == "error"] == ["paused"]


def test_stop_tells_the_end_and_closes(server: Server, portrait_jpeg: bytes) -> None:
    with server.live() as client:
        client.send_picture(portrait_jpeg, 1.0)
        client.until("fused_emotion")
        client.send({"type": "stop"})
        assert client.until("state", ended=True)
        with pytest.raises(ConnectionClosed) as closed:
            client.next()
    assert closed.value.rcvd.code == 1000


def test_client_that_stops_and_leaves_at_once_leaves_no_session_behind(server: Server, portrait_jpeg: bytes) -> None:
    with server.live("camera", "history") as client:
        client.send_picture(portrait_jpeg, 1.0)
        client.until("fused_emotion")
        client.send_picture(portrait_jpeg, 1.2)
        client.send({"type": "stop"})
    session_id = client.ready["session_id"]
    sessions, store = server.services.sessions, server.services.store
    until = time.monotonic() + 10
    while session_id in store._recordings or any(s["session_id"] == session_id for s in sessions.describe()):
        assert time.monotonic() < until
        time.sleep(0.05)


def test_ping_answers_with_its_id(server: Server) -> None:
    with server.live() as client:
        client.send({"type": "ping", "id": 42})
        assert client.until("pong")["id"] == 42


def test_dropped_client_re_enters_its_session(server: Server, portrait_jpeg: bytes) -> None:
    token = server.guest()
    with server.live(token=token) as first:
        first.send_picture(portrait_jpeg, 1.0)
        first.until("fused_emotion")
    with server.live(token=token, resume_token=first.ready["resume_token"]) as second:
        assert second.ready["session_id"] == first.ready["session_id"]
        second.send_picture(portrait_jpeg, 3.0)
        assert second.until("face_emotion")["t"] > 0


def test_session_left_too_long_is_gone(server: Server) -> None:
    token = server.guest()
    with server.live(token=token) as first:
        pass
    server.until_gone(first.ready["session_id"])
    with server.socket() as connection:
        client = Client(connection)
        client.send({"type": "auth", "token": token, "resume_token": first.ready["resume_token"]})
        assert client.until("error")["code"] == "not_found"


def test_two_clients_under_one_token_have_two_sessions(server: Server) -> None:
    token = server.guest()
    with server.live(token=token) as one, server.live(token=token) as other:
        assert one.ready["session_id"] != other.ready["session_id"]


def test_second_place_for_one_session_takes_it_over(server: Server) -> None:
    token = server.guest()
    with server.live(token=token) as one, server.live(token=token, resume_token=one.ready["resume_token"]) as other:
        assert one.until("error", fatal=True)["code"] == "taken_over"
        with pytest.raises(ConnectionClosed) as closed:
            one.next()
        assert closed.value.rcvd.code == 1012
        assert other.alive()


def test_consent_takes_effect_at_once(server: Server, portrait_jpeg: bytes) -> None:
    with server.live("camera") as client:
        client.send({"type": "consent", "scopes": ["microphone"]})
        client.until("state", scopes=["microphone"])
        client.send_picture(portrait_jpeg, 1.0)
        assert client.until("error")["code"] == "no_scope"
        client.send({"type": "consent", "scopes": ["camera"]})
        client.until("state", scopes=["camera"])
        client.send_picture(portrait_jpeg, 2.0)
        assert client.until("face_emotion")["capture_t"] == 2.0


def test_self_report_and_marker_come_back_as_events(server: Server) -> None:
    with server.live() as client:
        client.send({"type": "self_report", "shown": "happy", "chosen": "surprise", "t": 0.0})
        assert client.until("self_report")["chosen"] == "surprise"
        client.send({"type": "marker", "label": "stimulus 3"})
        assert client.until("marker")["label"] == "stimulus 3"


# -- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "first",
    [
        json.dumps({"type": "ping"}),
        json.dumps({"type": "auth"}),
        "no json",
        b"\x01binary",
        json.dumps({"type": "auth", "token": "wrong"}),
    ],
)
def test_anything_but_a_valid_auth_first_is_refused(server: Server, first) -> None:
    with server.socket() as connection:
        connection.send(first)
        client = Client(connection)
        error = client.until("error")
        assert error["fatal"]
        assert error["code"] in ("no_auth", "bad_token")
        with pytest.raises(ConnectionClosed) as closed:
            client.next()
        assert closed.value.rcvd.code == 1008


def test_second_auth_is_an_error_and_the_session_goes_on(server: Server) -> None:
    token = server.guest()
    with server.live(token=token) as client:
        client.send({"type": "auth", "token": token})
        assert not client.until("error")["fatal"]
        assert client.alive()


@pytest.mark.slow
def test_expired_token_is_refused(tmp_path) -> None:
    from core.settings import Settings

    with Server(Settings(data_dir=tmp_path, token_hours=0.3 / 3600)) as short, short.socket() as connection:
        token = short.guest()
        while short.call("/api/sessions", token=token)[0] == 200:
            time.sleep(0.02)
        client = Client(connection)
        client.send({"type": "auth", "token": token})
        assert client.until("error")["code"] == "token_expired"


def test_pictures_without_the_camera_scope_are_not_decoded(server: Server) -> None:
    with server.live("microphone") as client:
        for number in range(3):
            client.send_picture(b"not even a picture", float(number))
        assert client.until("error")["code"] == "no_scope"
        assert client.alive()
        client.until("stats", dropped=3)
    assert sum(e["type"] == "error" for e in client.events) == 1


def _truncated(image: np.ndarray) -> bytes:
    whole = jpeg_of(image)
    return whole[: len(whole) // 2]


BAD = {
    "not a picture": lambda _: b"hello, this is no picture at all" * 10,
    "truncated": _truncated,
    "one pixel": lambda _: jpeg_of(np.zeros((1, 1, 3), np.uint8)),
    "8000 x 8000": lambda _: jpeg_of(np.zeros((8000, 8000, 3), np.uint8), 30),
    "a GIF": lambda _: b"GIF89a" + bytes(200),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_picture_is_told_once_and_the_next_good_one_is_read(server: Server, portrait, portrait_jpeg, name) -> None:
    bad = BAD[name](portrait)
    with server.live() as client:
        for number in range(3):
            client.send_picture(bad, float(number))
            time.sleep(0.05)
        error = client.until("error")
        assert not error["fatal"]
        assert error["message"]
        client.send_picture(portrait_jpeg, 5.0)
        assert client.until("face_emotion")["capture_t"] == 5.0
    assert sum(e["type"] == "error" for e in client.events) == 1


@pytest.mark.parametrize("extension", [".png", ".webp"])
def test_png_and_webp_are_read_like_jpeg(server: Server, portrait, extension) -> None:
    data = cv2.imencode(extension, portrait[:, :, ::-1])[1].tobytes()
    with server.live() as client:
        client.send_picture(data, 1.0)
        assert client.until("face_emotion")["expression"] == "happy"


def test_cmyk_jpeg_is_read(server: Server, portrait) -> None:
    import io

    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(portrait).convert("CMYK").save(buffer, "JPEG")
    with server.live() as client:
        client.send_picture(buffer.getvalue(), 1.0)
        assert client.until("face_emotion")["is_subject"]


def test_20_mb_message_is_refused_and_the_session_goes_on(server: Server, portrait_jpeg: bytes) -> None:
    with server.live() as client:
        client.send_picture(bytes(20_000_000), 1.0)
        assert client.until("error")["code"] == "too_large"
        client.send_picture(portrait_jpeg, 2.0)
        assert client.until("face_emotion")["capture_t"] == 2.0


def test_flood_of_pictures_is_bounded_counted_and_told(server: Server, portrait_jpeg: bytes) -> None:
    with server.live() as client:
        for number in range(400):
            client.send_picture(portrait_jpeg, number / 1000)
        assert client.until("error")["code"] == "rate_limited"
        client.send({"type": "pause"})
        client.until("state", paused=True)
        client.send({"type": "ping", "id": 1})
        client.until("pong")
        stats = client.until("stats")
    read = sum(e["type"] == "face_emotion" for e in client.events)
    assert stats["dropped"] >= 200
    assert read < 200
    assert sum(e["type"] == "error" for e in client.events) == 1


def test_times_that_run_backwards_still_give_readings_in_order(server: Server, portrait_jpeg: bytes) -> None:
    with server.live() as client:
        times = []
        for at_s in (100.0, 99.0, 5.0, 1e9, 7.0, -3.0):
            client.send_picture(portrait_jpeg, at_s)
            face = client.until("face_emotion")
            assert face["capture_t"] == at_s
            times.append(face["t"])
    assert times == sorted(times)
    assert times[-1] < 30


@pytest.mark.parametrize(
    "message",
    [
        {"type": "from_the_future", "payload": [1, 2, 3]},
        {"type": "ping", "id": 1, "unknown_field": {"deep": True}},
        {"type": "preferences", "voice": "female"},
    ],
)
def test_unknown_types_and_fields_are_ignored(server: Server, message) -> None:
    with server.live() as client:
        client.send(message)
        assert client.alive()
    assert not [e for e in client.events if e["type"] == "error"]


@pytest.mark.parametrize(
    "junk",
    [
        b"\x00",
        b"\x01" + b"\xff" * 7,
        b"\x09" + bytes(100),
        struct.pack("<Bd", 1, float("nan")) + b"x",
        "[]",
        "{",
        '{"type": 7}',
        '{"type": "marker"}',
        '{"type": "marker", "label": ""}',
        '{"type": "video_frame", "frame": "data:text/html;base64,xx"}',
        '{"type": "video_frame", "frame": "%%%"}',
        '{"type": "consent", "scopes": "camera"}',
        '{"type": "consent", "scopes": ["mind"]}',
        '{"type": "self_report", "shown": "happy", "chosen": "<script>"}',
        "\x00\ud7ff",
        "[" * 50_000,
    ],
)
def test_junk_never_ends_a_session(server: Server, junk) -> None:
    with server.live() as client:
        client.connection.send(junk)
        assert client.alive()
    assert not any(e.get("fatal") for e in client.events)
    assert "Traceback" not in json.dumps(client.events)


def test_client_that_never_reads_does_not_disturb_another(server: Server, portrait_jpeg: bytes) -> None:
    with server.live() as deaf, server.live() as other:
        for number in range(60):
            deaf.send_picture(portrait_jpeg, number / 10)
        other.send_picture(portrait_jpeg, 1.0)
        assert other.until("face_emotion")["capture_t"] == 1.0


def test_client_that_vanishes_mid_frame_leaves_the_server_well(server: Server, portrait_jpeg: bytes) -> None:
    with server.live() as client:
        raw = client.connection.socket
        raw.sendall(b"\x82\xfe\xff\xff" + b"\x00" * 4 + portrait_jpeg[:1000])
        raw.shutdown(socket.SHUT_RDWR)  # closing it would hand its number, still being read, to the next connection
    with server.live() as other:
        other.send_picture(portrait_jpeg, 1.0)
        assert other.until("face_emotion")


@pytest.mark.slow
def test_full_server_says_so(tmp_path) -> None:
    from core.settings import Settings

    with Server(Settings(data_dir=tmp_path, max_sessions=1)) as small, small.live(), small.socket() as connection:
        client = Client(connection)
        client.send({"type": "auth", "token": small.guest()})
        assert client.until("error", fatal=True)["code"] == "server_full"


@pytest.mark.slow
def test_one_token_holds_a_few_places_alone(tmp_path) -> None:
    from core.settings import Settings

    with Server(Settings(data_dir=tmp_path, sessions_per_person=2)) as server, ExitStack() as held:
        token = server.guest()
        first = held.enter_context(server.live(token=token))
        held.enter_context(server.live(token=token))
        client = Client(held.enter_context(server.socket()))
        client.send({"type": "auth", "token": token})
        assert client.until("error", fatal=True)["code"] == "too_many_sessions"
        assert first.alive()
        assert held.enter_context(server.live()).alive()


@pytest.mark.slow
def test_hundreds_of_short_sessions_leave_a_place_for_everybody(tmp_path) -> None:
    """Each drops without a word and waits 30 s to be resumed, which nobody does."""
    from core.settings import Settings

    settings = Settings(data_dir=tmp_path, max_sessions=8, guests_per_minute=1000)
    with Server(settings) as server, server.live() as there:
        tokens = [server.guest() for _ in range(5)]
        for number in range(200):
            with server.live(token=tokens[number % 5]):
                pass
        assert there.alive()
        assert len(server.services.sessions) <= 8
