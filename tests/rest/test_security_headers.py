"""What every answer says to the browser."""

from __future__ import annotations

import urllib.error
import urllib.request
from pathlib import Path

import pytest

from core.rest.security_headers import headers_for
from core.settings import Settings
from tests.server import Server


def headers_of(server: Server, path: str, **sent: str) -> dict[str, str]:
    request = urllib.request.Request(f"http://{server.address}{path}", headers=sent)
    try:
        with urllib.request.urlopen(request) as answer:
            return {name.lower(): value for name, value in answer.headers.items()}
    except urllib.error.HTTPError as error:
        with error:
            return {name.lower(): value for name, value in error.headers.items()}


@pytest.mark.parametrize("path", ["/health", "/api/me", "/attune/live/live.js", "/nothing", "/openapi.json"])
def test_every_answer_carries_the_security_headers(server: Server, path: str) -> None:
    headers = headers_of(server, path)
    assert "object-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_a_space_may_be_framed_by_hugging_face_and_tls_asks_to_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "huggingface.co" not in headers_for(Settings())["content-security-policy"]
    monkeypatch.setenv("SPACE_ID", "a/b")
    assert "https://huggingface.co" in headers_for(Settings())["content-security-policy"]
    secure = Settings(tls_cert=tmp_path / "c.pem", tls_key=tmp_path / "k.pem")
    assert "max-age" in headers_for(secure)["strict-transport-security"]
