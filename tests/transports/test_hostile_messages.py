"""Every message of the socket with values no client should send: answered or ignored, never a failure, and it goes on.

Each is sent to the running app, whose whole log is watched.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as property_settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from core.analysis.charts import describe
from core.exports.bundle import read_bundle
from core.settings import Settings
from core.transports.protocol import CLIENT_MESSAGES
from tests import hostile
from tests.rest.test_exports import fetch
from tests.server import Server, tracebacks

pytestmark = pytest.mark.slow

PLAIN = {
    "t": 0.0,
    "label": "here",
    "shown": "happy",
    "chosen": "sad",
    "modality": "face",
    "quality": 1.0,
    "expressions": {"happy": 1.0},
    "scopes": ["camera", "microphone", "device", "history", "text"],
    "frame": "aGVsbG8=",
    "audio": "AAAAAAAA",
    "format": "pcm16",
    "action": "start",
    "text": "well",
    "turn": 1,
    "part": 0,
    "seconds": 0.5,
    "weights": {"face": 1.0},
}
"""right values by field: with all the others wrong a message would always be refused for the first"""
many = property_settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
SHARES = ("quality", "confidence", "intensity")
"""fields of events that lie in 0 to 1"""
ENDS = ("stop",)
"""it ends the session, and has no fields"""


def _value(name: str) -> st.SearchStrategy:
    return st.one_of(st.just(PLAIN[name]), hostile.values) if name in PLAIN else hostile.values


def _messages(kind: str) -> st.SearchStrategy[str]:
    fields = {field.name: _value(field.name) for field in msgspec.structs.fields(CLIENT_MESSAGES[kind])}
    required = [field.name for field in msgspec.structs.fields(CLIENT_MESSAGES[kind]) if field.required]
    present = {name: fields.pop(name) for name in required}
    return st.fixed_dictionaries({"type": st.just(kind), **present}, optional=fields).map(hostile.as_json)


def _one_wrong(kind: str) -> Iterator[str]:
    """Right messages but for one field, with each value in turn: chance alone hardly ever draws one that is let in."""
    fields = msgspec.structs.fields(CLIENT_MESSAGES[kind])
    right = {"type": kind} | {field.name: PLAIN[field.name] for field in fields if field.name in PLAIN}
    for field in fields:
        for value in (*hostile.HUGE, *hostile.NO_TEXT, *hostile.NESTED):
            yield hostile.as_json(right | {field.name: value})


@pytest.fixture(scope="module")
def wide(tmp_path_factory) -> Iterator[Server]:
    """As it runs, but for the rate of messages: a pong that is left out would tell nothing."""
    wide = {"max_messages_per_s": 100_000, "guests_per_minute": 10_000}
    with Server(Settings(data_dir=tmp_path_factory.mktemp("data"), resume_s=1.0, **wide)) as running:
        yield running


@pytest.mark.parametrize("kind", sorted(set(CLIENT_MESSAGES) - set(ENDS)))
def test_no_value_of_any_message_fails_the_session(wide: Server, kind) -> None:
    token = wide.guest("camera", "microphone", "device", "history", "text")
    with tracebacks() as found, wide.live(token=token) as client:
        for wrong in _one_wrong(kind):
            client.connection.send(wrong)
        assert client.alive()

        @many
        @given(_messages(kind))
        def send(message) -> None:
            client.connection.send(message)
            assert client.alive()

        send()
        client.send({"type": "stop"})
        client.until("state", ended=True)
        assert all(_is_sound(event) for event in client.events)
        assert _exports(wide, token), "what was kept is no use to anybody who cannot have it"
    assert found == []


def _exports(server: Server, token: str) -> bool:
    """All that this person can have, whole: a value that one format cannot write spoils it for ever."""
    for one in server.call("/api/exports")[1]["formats"]:
        _, content = fetch(server, f"/api/me/export?format={one['name']}", token)
        if one["name"] == "bundle":
            describe(read_bundle(content))
        if one["name"] == "json":
            assert json.loads(content, parse_constant=pytest.fail)
    return True


def _is_sound(event: dict[str, object]) -> bool:
    json.dumps(event, allow_nan=False).encode()
    return all(0 <= float(str(event.get(name) or 0)) <= 1 for name in SHARES)


@pytest.mark.parametrize("path", ["/ws", "/ws/predict"])
def test_no_binary_message_fails_the_session(wide: Server, path) -> None:
    times = st.floats() | st.sampled_from([float("nan"), float("inf"), 1e308, -1e308, 0.0])
    messages = st.builds(struct.pack, st.just("<Bd"), st.integers(0, 255) | st.sampled_from([1, 2]), times)
    with tracebacks() as found, wide.socket(path) as connection:
        token = wide.guest("camera", "microphone")
        connection.send(
            '{"consent": true}' if path.endswith("predict") else json.dumps({"type": "auth", "token": token})
        )

        @many
        @given(messages, st.binary(max_size=200) | st.binary(max_size=20))
        def send(head, payload) -> None:
            connection.send(head + payload)
            connection.send(head[: len(payload) % 9])

        send()
        connection.ping().wait(10)
        assert connection.protocol.state.name == "OPEN"
    assert found == []


def _read_errors(connection: ClientConnection) -> None:
    while True:
        assert json.loads(connection.recv(timeout=10))["type"] == "error"


@pytest.mark.parametrize("path", ["/ws", "/ws/predict"])
def test_no_first_message_fails_and_only_consent_or_auth_lets_anybody_in(wide: Server, path) -> None:
    first = st.one_of(_messages("auth"), hostile.values.map(hostile.as_json), st.binary(max_size=50))

    @property_settings(many, max_examples=25)
    @given(first)
    def come(message) -> None:
        with wide.socket(path) as connection:
            connection.send(message)
            with pytest.raises(ConnectionClosed) as closed:
                _read_errors(connection)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1008

    with tracebacks() as found:
        come()
    assert found == []


@pytest.mark.parametrize("path", ["/ws", "/ws/predict"])
@pytest.mark.parametrize("said", [None, "x", '{"consent": true}'])
def test_client_that_is_gone_at_any_moment_leaves_no_traceback(wide: Server, path, said) -> None:
    with tracebacks() as found:
        for close in (lambda connection: connection.close(), lambda connection: connection.socket.close()):
            with wide.socket(path) as connection:
                if said is not None:
                    connection.send(said)
                close(connection)
        assert wide.call("/health")[0] == 200
    assert found == []
