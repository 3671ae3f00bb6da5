"""POST /api/clips and the session it names, over real sockets with the real nets."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from core import acts
from core.live.session import Session
from core.rest import clips
from core.settings import Settings
from tests.server import Client, Server, tracebacks
from tests.transports.clips import clip_of, mixed, side_by_side, sound_only, turned_by_a_phone
from tests.transports.recordings import tone

pytestmark = pytest.mark.slow


def _analyse(server: Server, clip: bytes) -> list[dict]:
    token = server.guest()
    status, answer = server.call("/api/clips", clip, token)
    assert status == 200, answer
    assert answer["socket"] == "/ws"
    with server.live(token=token, resume_token=answer["resume_token"]) as client:
        assert client.ready["session_id"] == answer["session_id"]
        client.until("state", ended=True, timeout_s=60)
        return client.events


def _faces(events: list[dict]) -> list[dict]:
    return [e for e in events if e["type"] == "face_emotion"]


def test_clip_gives_progress_and_a_reading_for_every_picture(server: Server, portrait) -> None:
    events = _analyse(server, clip_of([portrait] * 15))
    assert len(_faces(events)) == 15
    assert {e["expression"] for e in events if e["type"] == "fused_emotion"} == {"happy"}
    progress = [e for e in events if e["type"] == "clip_progress"]
    assert progress[-1]["is_final"]
    assert progress[-1]["total_s"] == pytest.approx(1.5)


def test_long_clip_loses_nothing_although_it_comes_faster_than_it_is_read(server: Server, portrait) -> None:
    assert len(_faces(_analyse(server, clip_of([portrait] * 200)))) == 200


def test_phone_video_that_lies_on_its_side_is_read_upright(server: Server, portrait) -> None:
    lying = np.ascontiguousarray(np.rot90(portrait, 1))
    assert {f["expression"] for f in _faces(_analyse(server, turned_by_a_phone(clip_of([lying] * 5))))} == {"happy"}


def test_three_faces_have_three_steady_ids_and_one_subject(server: Server, portrait) -> None:
    faces = _faces(_analyse(server, clip_of([side_by_side(portrait, 3)] * 8)))
    assert {f["face_id"] for f in faces} == {1, 2, 3}
    assert len({f["face_id"] for f in faces if f["is_subject"]}) == 1


def test_clip_without_a_face_says_not_sure(server: Server) -> None:
    events = _analyse(server, clip_of([np.full((240, 320, 3), 120, np.uint8)] * 20))
    fused = [e for e in events if e["type"] == "fused_emotion"]
    assert fused
    assert all(e["abstained"] and e["reasons"] == ["no_face"] for e in fused)


def test_tracks_that_are_read_and_left_out_are_named_in_the_answer_and_over_the_socket(
    server: Server, portrait
) -> None:
    clip = mixed([portrait] * 10, [np.zeros(16_000, np.float32), tone(1.0)])
    token = server.guest("camera", "microphone")
    _, answer = server.call("/api/clips", clip, token)
    assert [(track["track"], track["kind"], track["codec"]) for track in answer["read"]] == [
        (1, "pictures", "h264"),
        (3, "sound", "aac"),
    ]
    reason = "it is silent, track 3 (sound, aac) is read"
    assert answer["left_out"] == [{"track": 2, "kind": "sound", "codec": "aac", "reason": reason}]
    with server.live(token=token, resume_token=answer["resume_token"]) as client:
        client.until("state", ended=True, timeout_s=60)
    told = [event for event in client.events if event["type"] == "error"]
    assert [(event["code"], event["message"]) for event in told] == [
        ("track_left_out", f"track 2 (sound, aac) is left out: {reason}")
    ]
    assert len(_faces(client.events)) == 10


@pytest.mark.parametrize(("body", "code"), [(b"junk" * 50, "broken_clip"), (b"", "broken_clip")])
def test_broken_upload_gets_a_clear_error(server: Server, body, code) -> None:
    status, answer = server.call("/api/clips", body, server.guest(), method="POST")
    assert (status, answer["error"]["code"]) == (415, code)


def test_upload_of_sound_without_the_microphone_scope_is_refused(server: Server) -> None:
    status, answer = server.call("/api/clips", sound_only(), server.guest("camera"))
    assert (status, answer["error"]["code"]) == (403, "no_scope")
    assert "microphone" in answer["error"]["message"]


def test_upload_without_token_or_scope_is_refused(server: Server) -> None:
    assert server.call("/api/clips", b"x")[0] == 401
    assert server.call("/api/clips", b"x", server.guest("history"))[1]["error"]["code"] == "no_scope"


def test_upload_over_the_limit_is_refused(tmp_path) -> None:
    with Server(Settings(data_dir=tmp_path, max_clip_mb=0.1)) as small:
        status, answer = small.call("/api/clips", bytes(200_000), small.guest())
    assert (status, answer["error"]["code"]) == (413, "too_large")


def test_overlong_clip_is_read_up_to_the_limit_and_says_so(tmp_path, portrait) -> None:
    with Server(Settings(data_dir=tmp_path, max_clip_minutes=1 / 60)) as short:
        events = _analyse(short, clip_of([portrait] * 20))
    assert len(_faces(events)) == 11
    assert [e["code"] for e in events if e["type"] == "error"] == ["clip_too_long"]


def test_paused_clip_waits_and_then_loses_nothing(server: Server, portrait) -> None:
    token = server.guest()
    _, answer = server.call("/api/clips", clip_of([portrait] * 60), token)
    with server.live(token=token, resume_token=answer["resume_token"]) as client:
        client.until("face_emotion")
        client.send({"type": "pause"})
        client.until("state", paused=True)
        client.send({"type": "resume"})
        client.until("state", ended=True, timeout_s=60)
    assert len(_faces(client.events)) == 60
    fused = [e["t"] for e in client.events if e["type"] == "fused_emotion"]
    assert fused == sorted(fused)


def test_clip_nobody_asks_for_is_let_go(server: Server, portrait) -> None:
    token = server.guest()
    _, answer = server.call("/api/clips", clip_of([portrait] * 5), token)
    server.until_gone(answer["session_id"])
    with server.socket() as connection:
        client = Client(connection)
        client.send({"type": "auth", "token": token, "resume_token": answer["resume_token"]})
        assert client.until("error")["code"] == "not_found"


@pytest.mark.parametrize("left", [[], ["microphone"], ["history", "microphone"]])
def test_camera_withdrawn_in_the_middle_ends_the_clip_with_a_word(server: Server, portrait, left) -> None:
    token = server.guest("camera", "microphone", "history")
    _, answer = server.call("/api/clips", clip_of([portrait] * 60), token)
    with tracebacks() as found, server.live(token=token, resume_token=answer["resume_token"]) as client:
        client.until("face_emotion")
        client.send({"type": "consent", "scopes": left})
        client.until("state", ended=True, timeout_s=60)
    assert [e["code"] for e in client.events if e["type"] == "error"] == ["no_scope"]
    assert len(_faces(client.events)) < 60
    assert found == []


def test_clip_that_is_paused_too_long_ends_and_says_so(tmp_path, portrait) -> None:
    with Server(Settings(data_dir=tmp_path, clip_wait_s=1.0)) as hasty:
        token = hasty.guest()
        _, answer = hasty.call("/api/clips", clip_of([portrait] * 200), token)
        with hasty.live(token=token, resume_token=answer["resume_token"]) as client:
            client.until("face_emotion")
            client.send({"type": "pause"})
            assert "waited 1 s" in client.until("error", code="clip_waited_too_long")["message"]
            client.until("state", ended=True)
        assert hasty.call("/api/clips", clip_of([portrait] * 5), token)[0] == 200


def test_clip_that_takes_too_long_to_decode_ends_and_says_so(tmp_path, portrait) -> None:
    with Server(Settings(data_dir=tmp_path, clip_decode_s=1e-6)) as hasty:
        events = _analyse(hasty, clip_of([portrait] * 20))
        assert [e["code"] for e in events if e["type"] == "error"] == ["clip_too_slow"]
        assert len(_faces(events)) < 20


def test_two_clips_of_the_largest_pictures_are_not_in_work_at_once(tmp_path) -> None:
    large = clip_of([np.full((3456, 5120, 3), 120, np.uint8)] * 2)

    with Server(Settings(data_dir=tmp_path)) as server:
        ada, bob = server.guest(), server.guest()
        _, answer = server.call("/api/clips", large, ada, headers={"X-Forwarded-For": "203.0.113.1"})
        other = {"X-Forwarded-For": "203.0.113.2"}
        status, refusal = server.call("/api/clips", large, bob, headers=other)
        assert (status, refusal["error"]["code"]) == (429, "busy")
        with server.live(token=ada, resume_token=answer["resume_token"]) as client:
            client.until("state", ended=True, timeout_s=60)
        assert server.call("/api/clips", large, bob, headers=other)[0] == 200


def test_nobody_holds_all_places_for_clips(tmp_path, portrait) -> None:
    clip = clip_of([portrait] * 5)

    def send(server: Server, token: str, address: str) -> tuple[int, str]:
        status, answer = server.call("/api/clips", clip, token, headers={"X-Forwarded-For": address})
        return status, answer.get("error", {}).get("code", "")

    with Server(Settings(data_dir=tmp_path, max_clips=2)) as server:
        ada, bob, eve = (server.guest() for _ in range(3))
        assert send(server, ada, "203.0.113.1") == (200, "")
        assert send(server, ada, "203.0.113.2") == (429, "too_many_sessions")
        assert send(server, bob, "203.0.113.1") == (429, "too_many_sessions")
        assert send(server, bob, "203.0.113.2") == (200, "")
        assert send(server, eve, "203.0.113.3") == (429, "server_full")


def test_clip_that_fails_in_a_way_nobody_foresaw_ends_its_session(server: Server, portrait, monkeypatch) -> None:
    async def broken(_clip: object, session: Session, *_given: object, **_more: object) -> None:
        await session.has_listener()
        raise RuntimeError("nobody foresaw this")

    monkeypatch.setattr(clips, "replay", broken)
    token = server.guest()
    _, answer = server.call("/api/clips", clip_of([portrait] * 5), token)
    with server.live(token=token, resume_token=answer["resume_token"]) as client:
        client.until("state", ended=True)
    monkeypatch.undo()
    assert _faces(_analyse(server, clip_of([portrait] * 5))), "its place is free again"


# -- what is taken back while a clip is on its way --------------------------------------------------


@contextmanager
def _half_sent(server: Server, clip: bytes, token: str) -> Iterator[http.client.HTTPConnection]:
    """The server knows who sends and has half of it; `send` gives it the rest."""
    connection = http.client.HTTPConnection(server.address, timeout=30)
    connection.putrequest("POST", "/api/clips")
    connection.putheader("Authorization", f"Bearer {token}")
    connection.putheader("Content-Length", str(len(clip)))
    connection.endheaders(clip[: len(clip) // 2])
    until = time.monotonic() + 10
    while not server.services.sessions.admission.inside["upload"]:
        assert time.monotonic() < until, "the upload has not begun"
        time.sleep(0.01)
    yield connection
    connection.close()


def _sent_around(server: Server, clip: bytes, token: str, call: tuple[str, str, object]) -> tuple[int, dict]:
    """A clip of which half is sent before this call (method, path, body) and half after it."""
    method, path, body = call
    with _half_sent(server, clip, token) as connection:
        assert server.call(path, body, token, method)[0] == 200
        connection.send(clip[len(clip) // 2 :])
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (("POST", "/api/consent", {"scopes": []}), (403, "no_scope")),
        (("POST", "/api/consent", {"scopes": ["microphone"]}), (403, "no_scope")),
        (("POST", "/api/logout", None), (401, "bad_token")),
        (("DELETE", "/api/me", None), (401, "bad_token")),
    ],
    ids=["all withdrawn", "camera withdrawn", "signed out", "deleted"],
)
def test_clip_half_sent_when_it_is_taken_back_is_not_looked_at(server: Server, portrait, call, expected) -> None:
    token = server.guest("camera", "history")
    status, answer = _sent_around(server, clip_of([portrait] * 5), token, call)
    assert (status, answer["error"]["code"]) == expected


def test_clip_half_sent_when_history_is_taken_back_leaves_none(server: Server, portrait) -> None:
    token = server.guest("camera", "history")
    without = ("POST", "/api/consent", {"scopes": ["camera"], "delete": True})
    status, answer = _sent_around(server, clip_of([portrait] * 5), token, without)
    assert status == 200
    with server.live(token=token, resume_token=answer["resume_token"]) as client:
        client.until("state", ended=True, timeout_s=60)
    assert len(_faces(client.events)) == 5
    assert server.call("/api/sessions", token=token)[1]["total"] == 0


@pytest.mark.parametrize(("act", "expected"), [("withdraw", (403, "no_scope")), ("delete", (401, "bad_token"))])
def test_clip_whose_session_opens_while_it_is_taken_back_is_not_looked_at(
    server: Server, portrait, monkeypatch, act, expected
) -> None:
    start = Session.start

    async def slow(session: Session) -> None:
        if act == "withdraw":
            await acts.change_scopes(server.services, session.person, [], deletes=False)
        else:
            await acts.delete_person(server.services, session.person.user_id)
        await start(session)

    monkeypatch.setattr(Session, "start", slow)
    token = server.guest("camera", "history")
    status, answer = server.call("/api/clips", clip_of([portrait] * 5), token)
    assert (status, answer["error"]["code"]) == expected
    assert "clip" not in {running["kind"] for running in server.services.sessions.describe()}
