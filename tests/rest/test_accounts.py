"""Sign-up to deletion over REST, as a page or another client would do it."""

from __future__ import annotations

import base64
import json
import struct
import time
import urllib.request
from pathlib import Path

import numpy as np
import pytest

from core.settings import Settings
from tests.server import Server

PASSWORD = "seven green lanterns"  # noqa: S105
KEEP = ["camera", "microphone", "history", "text"]
MEDIA = {"JPEG": b"\xff\xd8\xff", "PNG": b"\x89PNG\r\n", "RIFF": b"RIFF", "OGG": b"OggS", "WebM": b"\x1a\x45\xdf\xa3"}


def sign_up(server: Server, name: str, scopes: list[str] | None = None) -> dict:
    body = {"username": name, "password": PASSWORD, "scopes": scopes or KEEP, "purpose": "self"}
    status, answer = server.call("/api/signup", body)
    assert status == 200, answer
    return answer


def talk(server: Server, token: str, jpeg: bytes, words: str = "I saw a lantern fish today") -> str:
    """A short session with a picture, a marker and typed words; returns its id when it has ended."""
    with server.live(token=token) as client:
        client.send_picture(jpeg, 0.1)
        client.until("fused_emotion")
        client.send({"type": "marker", "label": "a lighthouse"})
        client.send({"type": "text", "text": words})
        client.until("message", role="user")
        client.send({"type": "stop"})
        client.until("state", ended=True)
    return client.ready["session_id"]


def test_a_person_signs_up_talks_finds_exports_and_deletes(server: Server, portrait_jpeg: bytes) -> None:
    token = sign_up(server, "the-whole-way")["token"]
    session_id = talk(server, token, portrait_jpeg)
    _, listed = server.call("/api/sessions", token=token)
    assert [one["session_id"] for one in listed["sessions"]] == [session_id]
    assert listed["sessions"][0]["main"]
    _, found = server.call("/api/sessions/search", {"words": "LANTERN"}, token)
    assert found["total"] == 1
    assert server.call("/api/sessions/search", {"words": "lighthouse"}, token)[1]["total"] == 1
    assert server.call("/api/sessions/search", {"words": "submarine"}, token)[1]["total"] == 0
    _, timeline = server.call(f"/api/sessions/{session_id}/timeline?bins=50", token=token)
    assert timeline["fused"]
    assert timeline["markers"][0]["label"] == "a lighthouse"
    _, one = server.call(f"/api/sessions/{session_id}", token=token)
    assert one["modalities"]["face"]["n"] >= 1
    _, me = server.call("/api/me", token=token)
    assert me["kept"]["sessions"] == 1
    assert me["kept"]["messages"] >= 1
    assert me["consents"][0]["scopes"] == sorted(KEEP)
    assert server.call("/api/me", token=token, method="DELETE") == (200, {"deleted": True})
    assert server.call("/api/me", token=token)[0] == 401
    login = {"username": "the-whole-way", "password": PASSWORD, "scopes": [], "purpose": "self"}
    assert server.call("/api/login", login)[0] == 401


@pytest.mark.parametrize("is_guest", [True, False], ids=["guest", "account"])
def test_after_delete_everything_no_byte_of_a_person_is_left(
    tmp_path: Path, portrait_jpeg: bytes, is_guest: bool
) -> None:
    with Server(Settings(data_dir=tmp_path / "data", resume_s=0.1)) as server:
        token = server.guest(*KEEP) if is_guest else sign_up(server, "vanishing-person")["token"]
        with server.live(token=token) as client:
            client.send_picture(portrait_jpeg, 0.1)
            client.until("fused_emotion")
            client.send({"type": "marker", "label": "marker-nobody-else-has"})
            client.until("marker")
            client.send({"type": "stop"})
            client.until("state", ended=True)
        session_id = client.ready["session_id"]
        _, me = server.call("/api/me", token=token)
        everything = [b"marker-nobody-else-has", session_id.encode(), me["user_id"].encode()]
        before = b"".join(file.read_bytes() for file in (tmp_path / "data").iterdir())
        assert all(mark in before for mark in everything)
        assert server.call("/api/me", token=token, method="DELETE")[0] == 200
        after = b"".join(file.read_bytes() for file in (tmp_path / "data").iterdir())
        assert not [mark for mark in everything if mark in after]
    closed = b"".join(file.read_bytes() for file in (tmp_path / "data").iterdir())
    assert not [mark for mark in everything if mark in closed]


def test_a_full_session_leaves_no_media_and_without_text_no_words(
    tmp_path: Path, portrait_jpeg: bytes, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "temp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temp"))
    monkeypatch.setattr("tempfile.tempdir", None)
    words = "the heron stood on one leg"
    with Server(Settings(data_dir=tmp_path / "data", log_level="DEBUG")) as server:
        token = server.guest("camera", "microphone", "history")
        with server.live(token=token) as client:
            sound = (np.sin(np.arange(16_000) / 20) * 8000).astype("<i2").tobytes()
            for number in range(4):
                client.send_picture(portrait_jpeg, number / 4)
                client.connection.send(struct.pack("<Bd", 2, number / 4) + sound[:8000])
            data_url = "data:image/jpeg;base64," + base64.b64encode(portrait_jpeg).decode()
            client.send({"type": "video_frame", "frame": data_url, "t": 1.5})
            client.until("fused_emotion")
            client.send({"type": "text", "text": words})
            client.until("message", role="user")
            client.send({"type": "stop"})
            client.until("state", ended=True)
        assert server.call("/api/me", token=token)[1]["kept"]["fused"] > 0
    files = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    assert files
    out = "".join(capfd.readouterr()).encode()
    for content in (*files.values(), out):
        assert not [kind for kind, magic in MEDIA.items() if magic in content]
        assert words.encode() not in content


def test_withdrawal_by_rest_takes_effect_within_one_message_and_deletes_if_asked(
    server: Server, portrait_jpeg: bytes
) -> None:
    token = sign_up(server, "withdrawing")["token"]
    talk(server, token, portrait_jpeg)
    with server.live(token=token) as client:
        client.send_picture(portrait_jpeg, 0.1)
        client.until("state", recording=True)
        body = {"scopes": ["microphone"], "delete": True}
        assert server.call("/api/consent", body, token)[0] == 200
        client.until("state", recording=False)
        client.send_picture(portrait_jpeg, 0.3)
        assert client.until("error")["code"] == "no_scope"
    _, me = server.call("/api/me", token=token)
    assert (me["kept"]["sessions"], me["kept"]["messages"], me["kept"]["fused"]) == (0, 0, 0)
    assert [one["withdrawn_at"] is None for one in me["consents"]] == [True, False]
    assert all(len(one["text_hash"]) == 64 for one in me["consents"])


def test_withdrawal_by_socket_deletes_words_and_keeps_readings(server: Server, portrait_jpeg: bytes) -> None:
    token = sign_up(server, "withdrawing-words")["token"]
    session_id = talk(server, token, portrait_jpeg)
    with server.live(token=token) as client:
        client.send({"type": "consent", "scopes": ["camera", "history"], "delete": True})
        client.until("state", scopes=["camera", "history"])
        assert client.alive()
    assert server.call(f"/api/sessions/{session_id}/messages", token=token)[1] == {"messages": []}
    assert server.call("/api/sessions", token=token)[1]["total"] == 1


def test_every_route_answers_a_foreign_token_with_404_and_none_with_401(server: Server, portrait_jpeg: bytes) -> None:
    owner, other = sign_up(server, "owner")["token"], sign_up(server, "other")["token"]
    session_id = talk(server, owner, portrait_jpeg)
    device = server.call("/api/me", token=owner)[1]["device_id"]
    routes = [
        ("GET", f"/api/sessions/{session_id}", None),
        ("GET", f"/api/sessions/{session_id}/timeline", None),
        ("GET", f"/api/sessions/{session_id}/messages", None),
        ("GET", f"/api/sessions/{session_id}/export?format=json", None),
        ("PUT", f"/api/sessions/{session_id}/note", {"text": "mine now"}),
        ("DELETE", f"/api/sessions/{session_id}", None),
        ("DELETE", f"/api/me/devices/{device}", None),
        ("GET", "/api/admin/overview", None),
        ("GET", "/api/admin/users", None),
        ("GET", "/api/admin/sessions", None),
        ("PUT", "/api/admin/users/x/role", {"role": "admin"}),
        ("DELETE", "/api/admin/users/x/devices", None),
        ("DELETE", "/api/admin/users/x", None),
    ]
    for method, path, body in routes:
        assert server.call(path, body, other, method)[0] == 404, path
        assert server.call(path, body, None, method)[0] == 401, path
        assert server.call(path, body, "x" * 43, method)[0] == 401, path
    assert server.call(f"/api/sessions/{session_id}", token=owner)[1]["note"] == ""


def test_logout_ends_the_devices_sessions_and_its_token_only(server: Server) -> None:
    first = sign_up(server, "two-devices", ["camera"])["token"]
    login = {"username": "two-devices", "password": PASSWORD, "scopes": ["camera"], "purpose": "self"}
    second = server.call("/api/login", login)[1]["token"]
    with server.live(token=first) as one, server.live(token=second) as two:
        assert server.call("/api/logout", {}, first) == (200, {"ended_sessions": 1})
        one.until("state", ended=True)
        assert two.alive()
    assert server.call("/api/me", token=first)[0] == 401
    assert server.call("/api/logout", {}, first)[0] == 401  # a replayed token
    devices = server.call("/api/me", token=second)[1]["devices"]
    assert len(devices) == 1


def test_another_password_ends_what_runs_on_every_other_device(server: Server) -> None:
    mine = sign_up(server, "changes-it", ["camera"])["token"]
    lost = server.call("/api/login", {"username": "changes-it", "password": PASSWORD})[1]["token"]
    with server.live(token=mine) as here, server.live(token=lost) as there:
        change = {"old": "not this one at all", "new": "eleven red umbrellas"}
        assert server.call("/api/me/password", change, mine)[0] == 401
        assert there.alive()
        answer = server.call("/api/me/password", change | {"old": PASSWORD}, mine)
        assert answer == (200, {"changed": True, "ended_sessions": 1})
        there.until("state", ended=True)
        assert here.alive()
    assert server.call("/api/me", token=lost)[0] == 401


def test_hostile_text_is_kept_as_it_is_and_breaks_nothing(server: Server, portrait_jpeg: bytes) -> None:
    token = sign_up(server, "hostile")["token"]
    nasty = "'; DROP TABLE users; -- <script>alert(1)</script> \u202e \x00 {{7*7}} %s"
    session_id = talk(server, token, portrait_jpeg, nasty)
    assert server.call(f"/api/sessions/{session_id}/note", {"text": nasty}, token, "PUT")[0] == 200
    assert server.call(f"/api/sessions/{session_id}", token=token)[1]["note"] == nasty
    words = server.call(f"/api/sessions/{session_id}/messages", token=token)[1]["messages"]
    assert "DROP TABLE" in words[0]["content"]
    for search in ("' OR 1=1 --", "%", "\x00", "a" * 200):
        assert server.call("/api/sessions/search", {"words": search}, token)[0] == 200
    for path in ("..%2f..%2fetc%2fpasswd", "%27%20OR%201%3D1", "a" * 5000):
        assert server.call(f"/api/sessions/{path}/export", token=token)[0] in (400, 404)
    assert server.call(f"/api/sessions/{session_id}/export?format=../../etc/passwd", token=token)[0] in (400, 422)


def test_a_very_long_name_and_too_large_a_body_get_a_clear_error(server: Server) -> None:
    body = {"username": "x" * 200_000, "password": PASSWORD, "scopes": [], "purpose": "self"}
    assert server.call("/api/signup", body)[0] == 422
    body["username"] = "x" * 260_000
    status, answer = server.call("/api/signup", body)
    assert (status, answer["error"]["code"]) == (413, "too_large")


def test_tries_are_limited_per_address_and_name(tmp_path: Path) -> None:
    body = {"username": "ada", "password": "wrong password here", "scopes": [], "purpose": "self"}
    with Server(Settings(data_dir=tmp_path, logins_per_minute=3)) as strict:
        answers = [strict.call("/api/login", body)[0] for _ in range(5)]
    assert answers == [401, 401, 401, 429, 429]


def test_retention_note_and_password_change(server: Server, portrait_jpeg: bytes) -> None:
    token = sign_up(server, "settings-person")["token"]
    assert server.call("/api/me/retention", {"days": 7}, token, "PUT") == (200, {"retention_days": 7})
    assert server.call("/api/me/retention", {"days": 0}, token, "PUT")[0] == 400
    assert server.call("/api/me", token=token)[1]["retention_days"] == 7
    change = {"old": PASSWORD, "new": "eleven red umbrellas"}
    assert server.call("/api/me/password", change, token)[0] == 200
    assert server.call("/api/me/password", change, token)[0] == 401
    assert server.call("/api/me/password", {"old": "x", "new": "y"}, server.guest("camera"))[0] == 400


def test_admin_sees_counts_and_names_and_may_revoke_and_purge(tmp_path: Path, portrait_jpeg: bytes) -> None:
    settings = Settings(data_dir=tmp_path, admin_username="keeper", admin_password=PASSWORD, logins_per_minute=1000)
    with Server(settings) as server:
        login = {"username": "keeper", "password": PASSWORD, "scopes": [], "purpose": "other"}
        status, answer = server.call("/api/login", login)
        assert (status, answer["role"]) == (200, "admin")
        admin = answer["token"]
        person = sign_up(server, "somebody")
        talk(server, person["token"], portrait_jpeg, "words an admin must not see")
        with server.live(token=person["token"]):
            _, running = server.call("/api/admin/sessions", token=admin)
            assert [one["user_id"] for one in running["sessions"]] == [person["user_id"]]
        seen = [server.call(f"/api/admin/{name}", token=admin)[1] for name in ("overview", "users", "sessions")]
        assert "words an admin" not in json.dumps(seen)
        assert seen[0]["storage"]["bytes"]
        assert {user["username"]: user["sessions"] for user in seen[1]["users"]} == {"keeper": 0, "somebody": 1}
        path = f"/api/admin/users/{person['user_id']}"
        assert server.call(f"{path}/role", {"role": "facilitator"}, admin, "PUT")[0] == 200
        assert server.call("/api/me", token=person["token"])[1]["role"] == "facilitator"
        assert server.call(f"{path}/role", {"role": "emperor"}, admin, "PUT")[0] == 422
        assert server.call(f"{path}/devices", token=admin, method="DELETE")[1]["revoked"] == 1
        assert server.call("/api/me", token=person["token"])[0] == 401
        assert server.call(path, token=admin, method="DELETE")[0] == 200
        assert [user["username"] for user in server.call("/api/admin/users", token=admin)[1]["users"]] == ["keeper"]
        assert server.call(f"/api/admin/users/{answer['user_id']}", token=admin, method="DELETE")[0] == 400


def test_an_expired_token_is_refused_everywhere(tmp_path: Path) -> None:
    with Server(Settings(data_dir=tmp_path, token_hours=0.2 / 3600)) as short:
        token = short.guest("camera", "history")
        time.sleep(0.25)
        for path in ("/api/me", "/api/sessions", "/api/me/export"):
            status, answer = short.call(path, token=token)
            assert (status, answer["error"]["code"]) == (401, "token_expired")


def test_signing_in_elsewhere_without_scopes_leaves_the_consent_in_force(server: Server) -> None:
    first = sign_up(server, "two-places", ["camera", "history"])["token"]
    login = {"username": "two-places", "password": PASSWORD}
    with server.live(token=first) as client:
        status, answer = server.call("/api/login", login)
        assert (status, answer["scopes"]) == (200, ["camera", "history"])
        assert client.alive()
    assert len(server.call("/api/me", token=first)[1]["consents"]) == 1


@pytest.mark.parametrize("purpose", ["workplace", "education"])
def test_an_account_cannot_be_turned_to_work_or_education(server: Server, purpose: str) -> None:
    token = sign_up(server, f"person-{purpose}", ["camera"])["token"]
    status, answer = server.call("/api/consent", {"scopes": ["camera"], "purpose": purpose}, token)
    assert status == 403
    assert "2024/1689" in answer["error"]["message"]
    assert server.call("/api/consent", {"scopes": ["camera"], "purpose": "art"}, token)[0] == 200
    assert server.call("/api/me", token=token)[1]["purpose"] == "art"


def test_charts_of_own_sessions_and_of_nobodys(server: Server, portrait_jpeg: bytes) -> None:
    token = sign_up(server, "charts-person")["token"]
    session_id = talk(server, token, portrait_jpeg)
    _, own = server.call("/api/analytics", {}, token)
    assert [chart["name"] for chart in own["charts"]][:2] == ["overview", "shares"]
    assert own["charts"][0]["n"] > 0
    assert server.call("/api/analytics", {"session_ids": [session_id]}, server.guest("camera"))[0] == 404
    assert server.call("/api/analytics", {})[0] == 401


def test_a_bundle_is_opened_without_a_token_and_junk_is_refused(server: Server, portrait_jpeg: bytes) -> None:
    token = sign_up(server, "bundle-person")["token"]
    session_id = talk(server, token, portrait_jpeg)
    request = urllib.request.Request(
        f"http://{server.address}/api/sessions/{session_id}/export?format=bundle",
        headers={"Authorization": f"Bearer {token}"},
    )
    with urllib.request.urlopen(request) as answer:
        assert answer.headers["Content-Disposition"].endswith('.attune.zip"')
        content = answer.read()
    status, charts = server.call("/api/bundles", content)
    assert status == 200
    assert charts["charts"][0]["n"] > 0
    assert server.call("/api/bundles", b"junk")[1]["error"]["code"] == "bad_bundle"


@pytest.mark.parametrize("name", ["csv", "json", "parquet", "emotionml", "elan", "bids", "bundle"])
def test_each_format_is_exported_for_a_guest(server: Server, portrait_jpeg: bytes, name: str) -> None:
    token = server.guest(*KEEP)
    session_id = talk(server, token, portrait_jpeg)
    for path in (f"/api/sessions/{session_id}/export", "/api/me/export"):
        request = urllib.request.Request(
            f"http://{server.address}{path}?format={name}", headers={"Authorization": f"Bearer {token}"}
        )
        with urllib.request.urlopen(request) as answer:
            assert len(answer.read()) > 500
            assert answer.headers["Cache-Control"] == "no-store"


def test_quota_is_told_on_the_socket_and_under_me_while_live_goes_on(tmp_path: Path, portrait_jpeg: bytes) -> None:
    with Server(Settings(data_dir=tmp_path, max_stored_mb=0.002)) as server:
        token = server.guest("camera", "history")
        with server.live(token=token) as live:
            live.send_picture(portrait_jpeg)
            live.until("fused_emotion")
            for number in range(20):
                live.send({"type": "marker", "label": f"{number} " + "x" * 190})
            told = live.until("error", code="quota_reached")
            assert "export" in told["message"]
            live.send({"type": "marker", "label": "still live"})
            assert live.until("marker", label="still live")
        me = server.call("/api/me", token=token)[1]
        assert (me["quota_reached"], me["max_stored_mb"]) == (True, 0.002)
        assert 0.0015 < me["stored_mb"] < 0.003
