from __future__ import annotations

import re
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from core.rest.guard import OWN_LIMIT, is_welcome
from core.settings import Settings
from tests.rest.test_security_headers import headers_of
from tests.server import Server, tracebacks


@pytest.mark.parametrize("origin", ["http://[bad", "http://[::1", "//]", "http://[\u212a", "\xff"])
def test_an_origin_that_is_no_address_is_not_welcome(origin) -> None:
    assert not is_welcome(origin, "localhost:7860", [])


def test_socket_of_an_origin_that_is_no_address_is_refused_without_a_failure(server: Server) -> None:
    with tracebacks() as found, pytest.raises(InvalidStatus) as told:
        connect(f"ws://{server.address}/ws", origin="http://[bad", open_timeout=5)
    assert (told.value.response.status_code, found) == (403, [])


def test_no_other_page_is_allowed_by_default(server: Server) -> None:
    headers = headers_of(server, "/api/consent", Origin="https://elsewhere.example")
    assert "access-control-allow-origin" not in headers


def test_a_named_page_is_allowed_for_rest_and_sockets(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, allowed_origins="https://kiosk.example, https://other.example/")
    with Server(settings) as server:
        headers = headers_of(server, "/api/consent", Origin="https://kiosk.example")
        assert headers["access-control-allow-origin"] == "https://kiosk.example"
        with connect(f"ws://{server.address}/ws", origin="https://other.example"):
            pass
        with pytest.raises(InvalidStatus):
            connect(f"ws://{server.address}/ws", origin="https://third.example")


@pytest.mark.parametrize("path", ["/ws", "/ws/predict"])
@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", "http://127.0.0.1:1"])
def test_sockets_of_other_pages_are_refused(server: Server, path: str, origin: str) -> None:
    with pytest.raises(InvalidStatus):
        connect(f"ws://{server.address}{path}", origin=origin)
    with connect(f"ws://{server.address}{path}", origin=f"http://{server.address}"):
        pass


def test_welcome_is_this_host_the_named_and_those_without_a_page() -> None:
    assert is_welcome("", "a.example", [])
    assert is_welcome("https://A.example", "a.example", [])
    assert not is_welcome("https://a.example.evil", "a.example", [])
    assert not is_welcome("https://evil/a.example", "a.example", [])
    assert is_welcome("https://b.example", "a.example", ["https://b.example"])


def test_calls_are_limited_per_address(tmp_path: Path) -> None:
    with Server(Settings(data_dir=tmp_path, requests_per_minute=4)) as strict:
        answers = [strict.call("/api/consent")[0] for _ in range(6)]
        assert strict.call("/health")[0] == 200
    assert answers == [200, 200, 200, 200, 429, 429]


def test_the_documentation_comes_from_here_alone(server: Server) -> None:
    status, page = server.call("/docs")
    assert status == 200
    assert "https://" not in page
    for path in re.findall(r'(?:src|href)="(/[^"]+)"', page):
        assert server.call(path)[0] == 200, path


def test_only_the_routes_that_read_their_own_body_may_be_sent_a_large_one(server: Server) -> None:
    large = bytes(1_500_000)
    known = server.call("/openapi.json")[1]["paths"]
    assert all("post" in known[path] for path in OWN_LIMIT)
    assert server.call("/api/bundles", large)[1]["error"]["code"] == "bad_bundle"
    assert server.call("/api/clips", large, server.guest())[1]["error"]["code"] == "broken_clip"
    assert server.call("/api/guest", large)[0] == 413
