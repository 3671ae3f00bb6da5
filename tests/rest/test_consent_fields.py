"""What a consent is given by, through every door that takes one."""

from __future__ import annotations

import pytest

from tests.rest.test_accounts import PASSWORD
from tests.server import Server

DOORS = {
    "/api/guest": {"scopes": ["camera"], "purpose": "self"},
    "/api/signup": {"username": "shown-a-card", "password": PASSWORD, "scopes": ["camera"]},
    "/api/login": {"username": "shown-a-card", "password": PASSWORD, "scopes": ["camera", "history"]},
    "/api/consent": {"scopes": ["camera"]},
}


@pytest.fixture
def shown(server: Server) -> str:
    return server.call("/api/consent")[1]["text_hash"]


def test_answer_to_words_that_have_changed_since_is_refused_at_every_door(server: Server, shown: str) -> None:
    token = server.guest("camera", "history")
    before = server.call("/api/me", token=token)[1]["consents"]
    for path, body in DOORS.items():
        status, answer = server.call(path, {**body, "text_hash": "0" * 64}, token=token)
        assert (status, answer["error"]["code"]) == (409, "consent_changed"), path
        assert "read it" in answer["error"]["message"]
    assert server.call("/api/me", token=token)[1]["consents"] == before
    assert server.call("/api/login", DOORS["/api/login"])[0] == 401  # nobody was signed up


def test_answer_to_the_words_of_this_server_is_kept_with_their_hash(server: Server, shown: str) -> None:
    token = server.guest("camera")
    for path, body in DOORS.items():
        assert server.call(path, {**body, "text_hash": shown}, token=token)[0] == 200, path


@pytest.mark.parametrize("text_hash", ["x" * 65, 7, {}])
def test_hash_that_cannot_be_one_gets_a_clear_error(server: Server, text_hash: object) -> None:
    status, answer = server.call("/api/guest", {**DOORS["/api/guest"], "text_hash": text_hash})
    assert status == 422
    assert "text_hash" in answer["error"]["message"]
