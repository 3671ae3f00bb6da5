"""A session's events for a second client of its owner, over real HTTP."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from core.errors import Unauthorised
from core.live.subscription import MOST, Subscription
from core.rest import events
from core.types import Marker
from tests.rest.test_accounts import PASSWORD, sign_up
from tests.server import Client, Server


class Reader:
    """The lines of one stream as they come."""

    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self.answer = answer

    def line(self) -> str:
        """The next line that is not empty; empty at the end."""
        while (line := self.answer.readline().decode()) == "\n":
            pass
        return line.strip()

    def until(self, kind: str) -> dict[str, Any]:
        while (line := self.line()) and line.startswith("data: "):
            message = json.loads(line.removeprefix("data: "))
            if message["type"] == kind:
                return message
        raise AssertionError(f"no {kind}")


@contextmanager
def _following(server: Server, session_id: str, token: str) -> Iterator[Reader]:
    connection = http.client.HTTPConnection(server.address, timeout=10)
    try:
        connection.request("GET", f"/api/sessions/{session_id}/events", headers={"Authorization": f"Bearer {token}"})
        yield Reader(connection.getresponse())
    finally:
        connection.close()


def _mark(client: Client, label: str) -> None:
    client.send({"type": "marker", "label": label})


def test_the_owner_follows_a_session_until_it_ends(server: Server) -> None:
    token = server.guest("camera")
    with server.live(token=token) as client, _following(server, client.ready["session_id"], token) as reader:
        assert reader.answer.status == 200
        assert reader.answer.headers["Content-Type"].startswith("text/event-stream")
        assert reader.until("state")["scopes"] == ["camera"]
        _mark(client, "here\n{}")
        assert reader.until("marker")["label"] == client.until("marker")["label"] == "here\n{}"
        client.send({"type": "stop"})
        assert reader.until("state")["ended"]
        assert reader.line() == ""


def test_somebody_elses_session_does_not_exist_and_without_a_token_nothing_does(server: Server) -> None:
    with server.live("camera") as client:
        path = f"/api/sessions/{client.ready['session_id']}/events"
        assert server.call(path, token=server.guest("camera"))[0] == 404
        assert server.call(path)[0] == 401
    assert server.call("/api/sessions/0123456789abcdef/events", token=server.guest("camera"))[0] == 404


def test_a_reader_that_goes_gives_its_place_back(server: Server) -> None:
    token = server.guest("camera")
    with server.live(token=token) as client:
        session = server.services.sessions.find(client.ready["session_id"], client_id(server, client))
        for _ in range(MOST + 4):
            with _following(server, client.ready["session_id"], token) as reader:
                assert reader.answer.status == 200
            _settle(session, 1)


def test_too_many_readers_are_told_so(server: Server) -> None:
    token = server.guest("camera")
    with server.live(token=token) as client:
        session = server.services.sessions.find(client.ready["session_id"], client_id(server, client))
        taken = [session.subscribe() for _ in range(MOST - 1)]
        status, answer = server.call(f"/api/sessions/{client.ready['session_id']}/events", token=token)
        assert (status, answer["error"]["code"]) == (429, "too_many_listeners")
        for subscription in taken:
            session.unsubscribe(subscription)


def client_id(server: Server, client: Client) -> str:
    (found,) = [one for one in server.services.sessions.describe() if one["session_id"] == client.ready["session_id"]]
    return found["user_id"]


def _settle(session, count: int) -> None:
    until = time.monotonic() + 5
    while len(session._listeners._subscriptions) > count:
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.fixture
def quick_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "HEARTBEAT_S", 0.05)


@pytest.mark.usefixtures("quick_heartbeat")
def test_silence_is_filled_with_comments_until_the_token_ends(server: Server) -> None:
    token = server.guest("camera")
    with server.live(token=token) as client:
        client.send({"type": "pause"})
        client.until("state", paused=True)
        with _following(server, client.ready["session_id"], token) as reader:
            lines = [reader.line() for _ in range(6)]
            assert ": still here" in lines
            assert server.call("/api/logout", {}, token=token)[0] == 200
            while reader.line():
                pass


@pytest.mark.usefixtures("quick_heartbeat")
async def test_a_token_that_has_ended_ends_the_stream_while_the_session_goes_on() -> None:
    class Accounts:
        is_known = True

        async def person(self, _token: str) -> None:
            if not self.is_known:
                raise Unauthorised("signed out")

    services = SimpleNamespace(accounts=Accounts())
    lines = events.lines_of(Subscription(), services, "token")  # type: ignore[arg-type]
    assert await anext(lines) == events.HEARTBEAT
    services.accounts.is_known = False
    assert [line async for line in lines] == []


def test_a_signed_out_device_hears_nothing_more_however_much_is_told(server: Server) -> None:
    """A session that reads tells several events a second: there is no silence in which the token is looked at."""
    at_home = sign_up(server, "follows", ["camera"])["token"]
    lost = server.call("/api/login", {"username": "follows", "password": PASSWORD})[1]["token"]
    device_id = server.call("/api/me", token=lost)[1]["device_id"]
    with server.live(token=at_home) as client, _following(server, client.ready["session_id"], lost) as reader:
        _mark(client, "before")
        assert reader.until("marker")["label"] == "before"
        assert server.call(f"/api/me/devices/{device_id}", token=at_home, method="DELETE")[0] == 200
        _mark(client, "after")
        client.until("marker", label="after")
        while (line := reader.line()) and '"marker"' not in line:
            pass
        assert line == ""
        assert client.alive()


async def test_each_event_is_told_to_a_token_that_holds() -> None:
    class Accounts:
        is_known = True

        async def person(self, _token: str) -> None:
            if not self.is_known:
                raise Unauthorised("its hours are over", "token_expired")

    services, subscription = SimpleNamespace(accounts=Accounts()), Subscription()
    lines = events.lines_of(subscription, services, "token")  # type: ignore[arg-type]
    for number in (1, 2, 3):
        subscription.put(Marker(str(number), float(number)))
    assert '"1"' in await anext(lines)
    services.accounts.is_known = False
    assert [line async for line in lines] == []


def test_a_line_is_one_line_whatever_stands_in_it() -> None:
    line = events.line_of(Marker("a\n\ndata: b\r\n", 1.0))
    assert line.startswith("data: {")
    assert line.count("\n") == 2
    assert line.endswith("\n\n")


async def test_a_slow_reader_is_told_how_many_events_it_has_missed() -> None:
    async def person(_token: str) -> None: ...

    subscription = Subscription(capacity=2)
    services = SimpleNamespace(accounts=SimpleNamespace(person=person))
    lines = events.lines_of(subscription, services, "token")  # type: ignore[arg-type]
    for number in range(5):
        subscription.put(Marker("m", number))
    assert json.loads((await anext(lines)).removeprefix("event: missed\ndata: ")) == {"events": 3}
    assert [json.loads((await anext(lines)).removeprefix("data: "))["t"] for _ in range(2)] == [3, 4]
    subscription.put(Marker("m", 5))
    assert (await anext(lines)).startswith("data: ")  # told once
