"""What a writer writes is what its message declares, to the byte."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NotRequired, get_args, get_origin, get_type_hints

import msgspec
import pytest

from core.engines.registry import choose_engines, find_engines
from core.errors import EngineUnavailable
from core.settings import Settings
from core.transports.wire.session import EngineLine
from core.transports.wire_events import SERVER_MESSAGES, encode, error_message, event_message
from core.types import Event
from tests.server import Server
from tests.transports.wire.samples import EVENTS

GOLDEN = Path(__file__).parent.parent / "data" / "wire_events.jsonl"
"""a line for each of EVENTS; a change of it is a change of the protocol, for docs/protocol.md and every client"""


def shape_of(kind: str) -> Any:
    """The declared message of a `type`."""
    found = [shape for shape in SERVER_MESSAGES if kind in get_args(get_type_hints(shape)["type"])]
    assert len(found) == 1, f"{kind} is declared {len(found)} times"
    return found[0]


def assert_fits(message: dict[str, Any]) -> None:
    """Every field declared, none missing, each of its type, all the way down."""
    shape = shape_of(message["type"])
    declared = get_type_hints(shape, include_extras=True)
    required = {name for name, hint in declared.items() if get_origin(hint) is not NotRequired}
    assert required <= set(message) <= set(declared), set(message) ^ set(declared)
    msgspec.convert(json.loads(encode(message)), shape, strict=True)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_every_writer_writes_what_its_message_declares(event: Event) -> None:
    assert_fits(event_message(event))


def test_every_engine_is_told_as_its_line_declares() -> None:
    declared = get_type_hints(EngineLine, include_extras=True)
    lines = choose_engines(find_engines(), Settings(voice_engine="none")).describe()
    for line in lines:
        assert set(line) <= set(declared)
        msgspec.convert(json.loads(encode(line)), EngineLine, strict=True)
    assert {name for line in lines for name in line} == set(declared)


def test_every_message_of_a_real_session_is_declared(server: Server, portrait_jpeg: bytes) -> None:
    with server.live("camera") as client:
        client.send_picture(portrait_jpeg)
        client.until("fused_emotion")
        client.send({"type": "text", "text": "I am so glad about the sun"})
        client.until("llm_response", is_final=True)
        client.send({"type": "marker", "label": ""})
        client.until("error")
        assert client.alive()
    assert {"ready", "state", "face_emotion", "transcript", "utterance_emotion"} <= {m["type"] for m in client.events}
    for message in client.events:
        assert_fits(message)


def test_every_event_has_a_sample() -> None:
    assert {type(event) for event in EVENTS} == set(get_args(Event))


def test_every_optional_field_is_written_by_some_sample() -> None:
    written: dict[Any, set[str]] = {}
    for event in EVENTS:
        message = event_message(event)
        written.setdefault(shape_of(message["type"]), set()).update(message)
    for shape, fields in written.items():
        assert fields == set(get_type_hints(shape)), shape.__name__


def test_the_bytes_on_the_wire_stay_as_they_are() -> None:
    assert [encode(event_message(event)) for event in EVENTS] == GOLDEN.read_text(encoding="utf-8").splitlines()


def test_an_error_carries_code_and_words() -> None:
    message = error_message(EngineUnavailable("weights are missing; run make train"), fatal=True)
    assert_fits(message)
    assert message == {
        "type": "error",
        "code": "engine_unavailable",
        "message": "weights are missing; run make train",
        "fatal": True,
    }
