"""Sign-in on a Space, against a local server that speaks the provider's two calls."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from core.errors import Refused
from core.rest.huggingface import MAX_WAITING, Waiting
from core.settings import Settings
from tests.server import Server

VERIFIER = "a verifier that never leaves the page"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


class Provider(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        is_known = form["code"] == ["good"] and self.headers["Authorization"].startswith("Basic ")
        self._answer(200 if is_known else 400, {"access_token": "secret"})

    def do_GET(self) -> None:
        self._answer(200, {"sub": "42", "preferred_username": "Ada"})

    def _answer(self, status: int, body: dict) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        pass


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


@pytest.fixture
def space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    provider = HTTPServer(("127.0.0.1", 0), Provider)
    thread = threading.Thread(target=provider.serve_forever, daemon=True)
    thread.start()
    for name, value in {
        "SPACE_ID": "a/b",
        "SPACE_HOST": "a-b.example",
        "OAUTH_CLIENT_ID": "id",
        "OAUTH_CLIENT_SECRET": "client secret",
        "OPENID_PROVIDER_URL": f"http://127.0.0.1:{provider.server_port}",
    }.items():
        monkeypatch.setenv(name, value)
    with Server(Settings(data_dir=tmp_path)) as server:
        yield server
    provider.shutdown()
    thread.join()
    provider.server_close()


def begin(space: Server) -> str:
    """The state that goes to the provider."""
    try:
        urllib.request.build_opener(Stay).open(f"http://{space.address}/api/hf/start?challenge={CHALLENGE}")
    except urllib.error.HTTPError as redirect:
        with redirect:
            asked = parse_qs(urlsplit(redirect.headers["Location"]).query)
    assert asked["redirect_uri"] == ["https://a-b.example/api/hf/callback"]
    return asked["state"][0]


def handed_back(space: Server, state: str) -> str:
    status, page = space.call(f"/api/hf/callback?code=good&state={state}")
    assert status == 200
    return re.search(r'const code="([^"]+)"', page).group(1)


def finish(space: Server, code: str, verifier: str = VERIFIER) -> tuple[int, dict]:
    return space.call("/api/hf/finish", {"code": code, "verifier": verifier, "scopes": ["camera"], "purpose": "self"})


def test_a_person_signs_in_through_a_tab_of_its_own_and_comes_back_as_the_same(space: Server) -> None:
    assert space.call("/api/hf") == (200, {"available": True})
    people = [finish(space, handed_back(space, begin(space)))[1] for _ in range(2)]
    assert [person["username"] for person in people] == ["hf:ada", "hf:ada"]
    assert people[0]["user_id"] == people[1]["user_id"]
    assert space.call("/api/me", token=people[1]["token"])[1]["username"] == "hf:ada"


def test_a_code_works_once_and_only_with_its_own_verifier(space: Server) -> None:
    state = begin(space)
    code = handed_back(space, state)
    assert finish(space, code, "another page's")[0] == 401
    assert finish(space, "")[0] == 401
    assert finish(space, code)[0] == 200
    assert finish(space, code)[0] == 401
    assert space.call(f"/api/hf/callback?code=good&state={state}")[0] == 403


def test_what_the_provider_does_not_confirm_is_refused(space: Server) -> None:
    status, answer = space.call(f"/api/hf/callback?code=bad&state={begin(space)}")
    assert (status, answer["error"]["code"]) == (403, "hf_failed")
    assert space.call("/api/hf/callback?code=good&state=unknown")[0] == 403


def test_elsewhere_it_is_not_there(server: Server) -> None:
    assert server.call("/api/hf") == (200, {"available": False})
    assert server.call("/api/hf/start?challenge=x")[0] == 404


def test_nobody_can_sign_up_with_such_a_name(server: Server) -> None:
    body = {"username": "hf:ada", "password": "seven green lanterns", "scopes": [], "purpose": "self"}
    assert server.call("/api/signup", body)[0] == 400


def test_thousands_of_attempts_from_one_address_end_nobody_else_s() -> None:
    waiting = Waiting()
    mine = waiting.begin(CHALLENGE, "198.51.100.1")
    flood = [waiting.begin(CHALLENGE, "203.0.113.7") for _ in range(3 * MAX_WAITING)]
    late = waiting.begin(CHALLENGE, "198.51.100.2")
    assert waiting.find(mine).challenge == waiting.find(late).challenge == CHALLENGE
    assert len(waiting._by_state) == MAX_WAITING
    with pytest.raises(Refused, match="newer ones from your network"):
        waiting.find(flood[0])


def test_neighbour_behind_the_flooding_address_has_time_to_come_back() -> None:
    waiting = Waiting()
    for _ in range(MAX_WAITING):
        waiting.begin(CHALLENGE, "203.0.113.7")
    mine = waiting.begin(CHALLENGE, "203.0.113.7")
    for _ in range(MAX_WAITING - 1):  # what one address may ask for in a minute and a half
        waiting.begin(CHALLENGE, "203.0.113.7")
    assert waiting.find(mine).challenge == CHALLENGE


def test_among_as_many_addresses_as_attempts_the_oldest_goes() -> None:
    waiting = Waiting()
    states = [waiting.begin(CHALLENGE, f"2001:db8:{n:x}::/64") for n in range(MAX_WAITING + 1)]
    with pytest.raises(Refused):
        waiting.find(states[0])
    assert waiting.find(states[1])
    assert waiting.find(states[-1])
