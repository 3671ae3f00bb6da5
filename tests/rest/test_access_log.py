"""One line a request, without anything that a client wrote."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from core.rest.access_log import AccessLog, route_of


async def told(caplog: pytest.LogCaptureFixture, scope: dict[str, Any], *, fails: bool = False) -> list[str]:
    """The lines written about one request."""

    async def app(scope: Any, _receive: Any, send: Any) -> None:
        if fails:
            raise RuntimeError("broken")
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    async def send(_message: Any) -> None: ...

    with caplog.at_level(logging.INFO, "core.rest.access_log"):
        await AccessLog(app)(scope, None, send)  # type: ignore[arg-type]
    return [record.getMessage() for record in caplog.records]


async def test_line_has_pattern_status_and_time_and_neither_query_nor_address(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Route:
        path = "/api/sessions/{session_id}"

    scope = {"type": "http", "method": "GET", "path": "/api/sessions/5ec2e7", "query_string": b"search=words"}
    lines = await told(caplog, scope | {"client": ("203.0.113.7", 5), "route": Route(), "root_path": ""})
    assert len(lines) == 1
    assert lines[0].startswith("GET /api/sessions/{session_id} 204 ")
    assert not [word for word in ("5ec2e7", "words", "203.0.113.7") if word in lines[0]]


async def test_request_that_fails_is_told_too(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(RuntimeError):
        await told(caplog, {"type": "http", "method": "GET", "path": "/x"}, fails=True)
    assert "GET (no route) 0" in caplog.text


async def test_start_and_stop_of_the_app_are_no_requests(caplog: pytest.LogCaptureFixture) -> None:
    assert await told(caplog, {"type": "lifespan"}) == []


def test_what_is_mounted_is_told_by_its_mount() -> None:
    assert route_of({"root_path": "/attune"}) == "/attune"
    assert route_of({"root_path": ""}) == "(no route)"
