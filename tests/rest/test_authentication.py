"""Whose token it is; that routes ask is tested with the routes."""

from __future__ import annotations

import pytest
from fastapi import Request

from core.errors import Refused
from core.rest.authentication import bearer


def with_header(authorization: str) -> Request:
    headers = [(b"authorization", authorization.encode())]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": headers})


@pytest.mark.parametrize("given", ["", "Basic abc", "Bearer", "Bearer "])
def test_request_without_a_token_is_told_how_to_get_one(given) -> None:
    with pytest.raises(Refused, match="POST /api/guest") as told:
        bearer(with_header(given))
    assert told.value.status == 401


def test_token_is_taken_from_its_header() -> None:
    assert bearer(with_header("bearer  abc ")) == "abc"
