"""How large and how slow a body may be; no server."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from fastapi import Request

from core.errors import Limit, SessionError
from core.rest import bodies
from core.rest.bodies import read_body


def request(parts: list[bytes], pause_s: float = 0.0, is_endless: bool = False, **headers: str) -> Request:
    """A request whose body comes in these parts, each after a pause; an endless one never says it is whole."""
    waiting = list(parts)

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(pause_s if waiting else 60)
        body = waiting.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(waiting) or is_endless}

    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": named}, receive)


async def test_body_is_read_whole_into_memory() -> None:
    body = await read_body(request([b"one ", b"two"]), 1, "send less")
    assert body.read() == b"one two"


@pytest.mark.parametrize("headers", [{}, {"content_length": "200000"}])
async def test_body_over_the_limit_is_refused_and_says_what_to_do(headers) -> None:
    with pytest.raises(Limit, match=r"0.1 MB; send less") as told:
        await read_body(request([bytes(60_000)] * 3, **headers), 0.1, "send less")
    assert (told.value.code, told.value.status) == ("too_large", 413)


async def test_upload_that_breaks_off_is_told_and_fails_nothing() -> None:
    parts = [{"type": "http.request", "body": b"half", "more_body": True}, {"type": "http.disconnect"}]

    async def receive() -> dict[str, Any]:
        return parts.pop(0)

    with pytest.raises(SessionError) as told:
        await read_body(
            Request({"type": "http", "method": "POST", "path": "/", "headers": []}, receive), 1, "send less"
        )
    assert (told.value.code, told.value.status) == ("upload_broken", 400)


async def test_body_of_just_the_limit_is_taken() -> None:
    whole = request([bytes(60_000), bytes(40_000)], content_length="100000")
    assert len((await read_body(whole, 0.1, "send less")).getvalue()) == 100_000


async def test_sender_that_falls_silent_is_let_go(monkeypatch) -> None:
    monkeypatch.setattr(bodies, "PATIENCE_S", 0.05)
    with pytest.raises(Limit) as told:
        await asyncio.wait_for(read_body(request([b"x"], is_endless=True), 1, "send less"), 5)
    assert told.value.code == "too_slow"


async def test_sender_that_drips_is_let_go(monkeypatch) -> None:
    monkeypatch.setattr(bodies, "PATIENCE_S", 0.1)
    with pytest.raises(Limit) as told:
        await asyncio.wait_for(read_body(request([b"x"] * 1000, pause_s=0.01), 1, "send less"), 5)
    assert told.value.code == "too_slow"


async def test_steady_sender_may_take_longer_than_the_first_patience(monkeypatch) -> None:
    monkeypatch.setattr(bodies, "PATIENCE_S", 0.2)
    parts = [bytes(bodies.LEAST_BYTES_PER_S)] * 8
    assert len((await read_body(request(parts, pause_s=0.05), 1, "send less")).getvalue()) == sum(map(len, parts))


async def test_no_body_takes_longer_than_the_whole_time(monkeypatch) -> None:
    monkeypatch.setattr(bodies, "UPLOAD_S", 0.1)
    with pytest.raises(Limit) as told:
        await read_body(request([bytes(100_000)] * 100, pause_s=0.02), 20, "send less")
    assert told.value.code == "too_slow"
