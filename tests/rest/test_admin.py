"""The admin's routes: to everybody else they do not exist, and an admin cannot lock themselves out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from core.settings import Settings
from tests.server import Server

PASSWORD = "seven green lanterns"  # noqa: S105
ROUTES = [
    ("GET", "/overview", None),
    ("GET", "/users", None),
    ("GET", "/sessions", None),
    ("POST", "/clock", None),
    ("PUT", "/users/{}/role", {"role": "admin"}),
    ("DELETE", "/users/{}/devices", None),
    ("DELETE", "/users/{}", None),
]


@dataclass(frozen=True)
class Office:
    """A server, its admin, and an account that is not one."""

    server: Server
    token: str
    user_id: str
    visitor: str
    visitor_id: str

    def ask(self, path: str, body: object = None, method: str | None = None) -> tuple[int, dict]:
        return self.server.call(f"/api/admin{path}", body, self.token, method)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    data_dir = tmp_path_factory.mktemp("data")
    wide = {"guests_per_minute": 1000, "logins_per_minute": 1000}
    with Server(Settings(data_dir=data_dir, admin_username="keeper", admin_password=PASSWORD, **wide)) as server:
        given = {"password": PASSWORD, "scopes": ["camera"], "purpose": "other"}
        admin = server.call("/api/login", given | {"username": "keeper"})[1]
        visitor = server.call("/api/signup", given | {"username": "somebody"})[1]
        yield Office(server, admin["token"], admin["user_id"], visitor["token"], visitor["user_id"])


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
def test_to_everybody_else_the_route_does_not_exist(office: Office, method: str, path: str, body: object) -> None:
    path = f"/api/admin{path.format(office.visitor_id)}"
    for token in (office.visitor, office.server.guest("camera")):
        status, answer = office.server.call(path, body, token, method)
        assert (status, answer["error"]) == (404, {"code": "not_found", "message": "there is nothing here"})
    assert office.server.call(path, body, None, method)[0] == 401
    assert office.server.call("/api/me", token=office.visitor)[1]["role"] == "visitor"


def test_overview_tells_engines_storage_and_places(office: Office) -> None:
    _, told = office.ask("/overview")
    assert {engine["name"] for engine in told["engines"]} >= {"face_compact", "reply_offline"}
    assert told["storage"]["bytes"]["attune.duckdb"] > 0
    assert told["storage"]["is_failing"] is False
    assert told["sessions"] == 0 < told["max_sessions"]


def test_running_session_is_counted_without_content(office: Office) -> None:
    with office.server.live(token=office.visitor) as client:
        (running,) = office.ask("/sessions")[1]["sessions"]
        assert (running["session_id"], running["user_id"]) == (client.ready["session_id"], office.visitor_id)
        assert set(running) == {"session_id", "user_id", "kind", "age_s", "is_connected", "dropped", "recording"}
        client.send({"type": "stop"})
        client.until("state", ended=True)


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [("PUT", "/users/{}/role", {"role": "visitor"}, "own_role"), ("DELETE", "/users/{}", None, "own_account")],
)
def test_admin_cannot_take_away_their_own_place(
    office: Office, method: str, path: str, body: object, code: str
) -> None:
    status, answer = office.ask(path.format(office.user_id), body, method)
    assert (status, answer["error"]["code"]) == (400, code)
    assert office.ask("/overview")[0] == 200


def test_role_of_somebody_unknown_is_not_found_and_an_unknown_role_refused(office: Office) -> None:
    assert office.ask("/users/nobody/role", {"role": "visitor"}, "PUT")[0] == 404
    assert office.ask(f"/users/{office.visitor_id}/role", {"role": "emperor"}, "PUT")[0] == 422


def test_role_that_is_given_is_in_force_for_tokens_that_are_out(office: Office) -> None:
    path = f"/users/{office.visitor_id}/role"
    assert office.ask(path, {"role": "facilitator"}, "PUT") == (200, {"role": "facilitator"})
    assert office.server.call("/api/me", token=office.visitor)[1]["role"] == "facilitator"
    assert office.ask(path, {"role": "visitor"}, "PUT")[0] == 200


def test_signing_somebody_out_ends_their_sessions_and_tokens(office: Office) -> None:
    token = office.server.guest("camera", "history")
    user_id = office.server.call("/api/me", token=token)[1]["user_id"]
    with office.server.live(token=token) as client:
        assert office.ask(f"/users/{user_id}/devices", method="DELETE") == (200, {"revoked": 1, "ended_sessions": 1})
        client.until("state", ended=True)
    assert office.server.call("/api/me", token=token)[0] == 401


def test_purged_person_is_gone_from_the_list(office: Office) -> None:
    token = office.server.guest("camera", "history")
    user_id = office.server.call("/api/me", token=token)[1]["user_id"]
    assert user_id in {user["user_id"] for user in office.ask("/users")[1]["users"]}
    assert office.ask(f"/users/{user_id}", method="DELETE") == (200, {"deleted": True})
    assert user_id not in {user["user_id"] for user in office.ask("/users")[1]["users"]}
    assert office.server.call("/api/me", token=token)[0] == 401


def test_clock_that_jumped_is_told_to_everybody_and_confirmed_by_an_admin(office: Office) -> None:
    retention = office.server.services.retention
    retention.held = "the clock says 2099-01-01"
    try:
        assert office.ask("/overview")[1]["storage"]["retention_held"] == "the clock says 2099-01-01"
        assert office.server.call("/api/me", token=office.visitor)[1]["retention_held"] is True
        assert office.ask("/clock", method="POST") == (200, {"retention_held": ""})
        assert office.server.call("/api/me", token=office.visitor)[1]["retention_held"] is False
    finally:
        retention.held = ""
