"""Whose address counts: never one that the client wrote itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import SettingsError
from core.rest.proxies import Addressed, Proxies, proxies_of
from core.settings import Settings
from tests.server import Server


@pytest.mark.parametrize(
    ("stated", "peer", "forwarded", "client"),
    [
        ("1", "10.0.0.9", "203.0.113.7", "203.0.113.7"),
        ("1", "10.0.0.9", "6.6.6.6, 203.0.113.7", "203.0.113.7"),
        ("2", "10.0.0.9", "6.6.6.6, 203.0.113.7, 10.0.0.8", "203.0.113.7"),
        ("2", "10.0.0.9", "203.0.113.7", "203.0.113.7"),
        ("0", "198.51.100.1", "6.6.6.6", "198.51.100.1"),
        ("private", "10.0.0.9", "6.6.6.6, 203.0.113.7, 10.1.2.3", "203.0.113.7"),
        ("private", "198.51.100.1", "6.6.6.6", "198.51.100.1"),
        ("loopback", "127.0.0.1", "6.6.6.6, 203.0.113.7", "203.0.113.7"),
        ("loopback", "10.0.0.9", "6.6.6.6", "10.0.0.9"),
        ("198.51.100.0/24, 2001:db8::/32", "198.51.100.1", "6.6.6.6, 203.0.113.7, 2001:db8::5", "203.0.113.7"),
        ("1", "10.0.0.9", "", "10.0.0.9"),
        ("1", "10.0.0.9", "6.6.6.6, somebody", "10.0.0.9"),
        ("1", "10.0.0.9", "6.6.6.6, " + "9" * 5000, "10.0.0.9"),
        ("1", "10.0.0.9", "203.0.113.7:4711", "203.0.113.7"),
        ("1", "10.0.0.9", '"[2001:db8:1:2::5]:4711"', "2001:db8:1:2::5"),
        ("1", "", "203.0.113.7", "203.0.113.7"),
        ("loopback", "", "someone", "unknown"),
    ],
)
def test_address_is_what_our_own_proxies_saw(stated: str, peer: str, forwarded: str, client: str) -> None:
    assert Proxies(stated).client(peer, [forwarded]) == client


def test_several_headers_are_one_list() -> None:
    assert Proxies("1").client("10.0.0.9", ["6.6.6.6", "203.0.113.7"]) == "203.0.113.7"


@given(st.text(max_size=200))
def test_whatever_a_client_writes_its_own_address_counts(forged: str) -> None:
    assert Proxies("1").client("10.0.0.9", [forged, "203.0.113.7"]) == "203.0.113.7"
    assert Proxies("private").client("10.0.0.9", [forged, "203.0.113.7", "10.0.0.8"]) == "203.0.113.7"


@pytest.mark.parametrize("stated", ["everybody", "*", "10.0.0.0/99", "-1", "1.5"])
def test_setting_that_names_no_proxy_is_refused(stated: str) -> None:
    with pytest.raises(SettingsError, match="trusted_proxies"):
        Proxies(stated)


def test_a_space_believes_private_proxies_and_others_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not proxies_of(Settings()).believes("10.0.0.9")
    monkeypatch.setenv("SPACE_ID", "a/b")
    assert proxies_of(Settings()).believes("10.0.0.9")
    assert not proxies_of(Settings()).believes("203.0.113.7")
    assert not proxies_of(Settings(trusted_proxies="0")).believes("10.0.0.9")


async def scope_after(peer: str, **headers: str) -> dict[str, Any]:
    """What the app is told of a request."""
    seen: dict[str, Any] = {}

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        seen.update(scope)

    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "client": (peer, 5), "scheme": "http", "headers": named}
    await Addressed(app, Proxies("loopback"))(scope, None, None)  # type: ignore[arg-type]
    return seen


async def test_address_and_scheme_are_believed_of_a_proxy_alone() -> None:
    told = {"X_Forwarded_For": "203.0.113.7", "X_Forwarded_Proto": "https"}
    seen = await scope_after("127.0.0.1", **told)
    assert (seen["client"], seen["scheme"]) == (("203.0.113.7", 0), "https")
    seen = await scope_after("198.51.100.1", **told)
    assert (seen["client"], seen["scheme"]) == (("198.51.100.1", 0), "http")


def test_guests_of_one_address_are_limited_whatever_they_write(tmp_path: Path) -> None:
    with Server(Settings(data_dir=tmp_path, guests_per_minute=5)) as server:
        body = {"scopes": ["camera"], "purpose": "self"}
        answers = [
            server.call("/api/guest", body, headers={"X-Forwarded-For": f"6.6.6.{number}, 203.0.113.7"})[0]
            for number in range(20)
        ]
        other = server.call("/api/guest", body, headers={"X-Forwarded-For": "6.6.6.1, 203.0.113.8"})[0]
    assert answers.count(200) == 5
    assert answers.count(429) == 15
    assert other == 200
