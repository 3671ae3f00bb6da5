"""Every route of the OpenAPI document, asked for what it should not: no 500, and errors of one shape."""

from __future__ import annotations

import http.client
import json
import socket
import urllib.parse
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as property_settings
from hypothesis import strategies as st

from tests import hostile
from tests.server import Server, tracebacks


def test_every_route_has_a_summary_and_a_tag(server: Server) -> None:
    for path, methods in server.call("/openapi.json")[1]["paths"].items():
        for method, described in methods.items():
            assert described.get("summary"), (path, method)
            assert described.get("description"), (path, method)
            assert described.get("tags"), (path, method)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of schemathesis' own packages
def test_no_input_gets_a_500(server: Server) -> None:
    import schemathesis
    from schemathesis.core.result import Ok

    schema = schemathesis.openapi.from_dict(server.call("/openapi.json")[1])
    headers = {"Authorization": f"Bearer {server.guest('camera', 'history')}"}
    tried = 0
    for result in schema.get_all_operations():
        assert isinstance(result, Ok), result
        operation = result.ok()
        if (operation.method.upper(), operation.path) in (("DELETE", "/api/me"), ("POST", "/api/logout")):
            continue  # they work, and the token would be gone

        @property_settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def ask(case) -> None:
            answer = case.call(base_url=f"http://{server.address}", headers=headers)
            assert answer.status_code < 500
            if answer.status_code >= 400 and answer.status_code not in (404, 405):
                assert set(answer.json()["error"]) == {"code", "message"}

        ask()
        tried += 1
    assert tried > 25


# -- what no schema would ever send ---------------------------------------------------------------------

FATAL = (("DELETE", "/api/me"), ("POST", "/api/logout"))
"""they work, and the token would be gone"""


def _operations(server: Server) -> Iterator[tuple[str, str, dict]]:
    for path, methods in server.call("/openapi.json")[1]["paths"].items():
        for method, described in methods.items():
            if (method.upper(), path) not in FATAL:
                yield method.upper(), path, described


def _fields(server: Server, described: dict) -> dict:
    """The properties of the JSON body a route takes."""
    body = described.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    name = body.get("$ref", "").rpartition("/")[2]
    return server.call("/openapi.json")[1]["components"]["schemas"].get(name, {}).get("properties", {})


RIGHT = {"purpose": "self", "username": "ada", "role": "visitor", "scopes": ["camera", "history"], "words": "a"}
"""by field: with all the others wrong a body is always refused for the first"""
_no_text = st.sampled_from(hostile.SURROGATES) | st.sampled_from(hostile.NO_TEXT)
OF_TYPE = {"string": _no_text, "array": st.lists(_no_text, min_size=1, max_size=2)}


def _value(field: dict) -> st.SearchStrategy:
    """Of the right type and no good, or of any."""
    types = [one.get("type") for one in (field, *field.get("anyOf", []))]
    return st.one_of(*[OF_TYPE[kind] for kind in types if kind in OF_TYPE], hostile.values)


def _bodies(fields: dict) -> st.SearchStrategy:
    """One field wrong at a time, or what is no body at all."""
    right = {name: RIGHT.get(name, "seven green lanterns") for name in fields}
    wrong = [_value(field).map(lambda value, name=name: right | {name: value}) for name, field in fields.items()]
    return st.one_of(*[body.map(hostile.as_json) for body in wrong], hostile.broken_json)


def _ask(server: Server, method: str, path: str, body: bytes | None, token: str) -> int:
    connection = http.client.HTTPConnection(server.address, timeout=30)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    assert answer.status < 500, (method, path, body)
    if answer.status >= 400:
        assert set(json.loads(content)["error"]) == {"code", "message"}, (method, path, answer.status, content)
    return answer.status


def _try(server: Server, token: str, method: str, path: str, described: dict) -> None:
    """One route with values of any kind in its path, its query and its body, and with bodies that are none."""
    fields, asked = _fields(server, described), described.get("parameters", [])
    names = [one["name"] for one in asked if one["in"] == "path"]
    queries = [one["name"] for one in asked if one["in"] == "query"]

    @property_settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(
        places=st.fixed_dictionaries(dict.fromkeys(names, hostile.values)),
        query=st.fixed_dictionaries({}, optional=dict.fromkeys(queries, hostile.values)),
        body=_bodies(fields),
    )
    def ask(places, query, body) -> None:
        filled = path
        for name, value in places.items():
            filled = filled.replace(f"{{{name}}}", _quoted(value) or "x")
        wanted = "&".join(f"{name}={_quoted(value)}" for name, value in query.items())
        sent = body if isinstance(body, bytes) else body.encode()
        _ask(server, method, f"{filled}?{wanted}", None if method == "GET" else sent, token)

    ask()


@pytest.mark.slow
def test_no_hostile_value_gets_a_500_or_a_traceback_from_any_route(server: Server) -> None:
    token, tried = server.guest("camera", "history"), 0
    with tracebacks() as found:
        for method, path, described in _operations(server):
            _try(server, token, method, path, described)
            tried += 1
    assert tried > 25
    assert found == []


def _quoted(value: object) -> str:
    text = value if isinstance(value, str) else hostile.as_json(value)
    return urllib.parse.quote(text.encode("utf-8", "surrogatepass"), safe="")[:6_000]


@pytest.mark.parametrize("path", ["/api/clips", "/api/bundles", "/api/guest", "/api/consent", "/api/signup"])
def test_upload_that_breaks_off_leaves_no_traceback(server: Server, path) -> None:
    token = server.guest()
    head = f"POST {path} HTTP/1.1\r\nHost: {server.address}\r\nAuthorization: Bearer {token}\r\n"
    with tracebacks() as found:
        for rest in ("Content-Length: 5000\r\n\r\n{", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "\r\nZZ"):
            with socket.create_connection(server.address.split(":"), timeout=5) as connection:
                connection.sendall((head + rest).encode())
        assert server.call("/health")[0] == 200
    assert found == []
