from __future__ import annotations

from typing import Literal, NotRequired, get_type_hints

import msgspec
import pytest

from core.commands.docs_messages import binary_frame, client_messages, field_notes, server_messages, type_words
from core.transports.protocol import CLIENT_MESSAGES
from core.transports.wire.readings import UtteranceEmotionMessage
from core.transports.wire.session import EngineLine
from core.transports.wire_events import SERVER_MESSAGES


@pytest.mark.parametrize(
    ("hint", "said"),
    [
        (str, "string"),
        (float | None, "number or null"),
        (Literal["start", "end"], "`start` or `end`"),
        (list[str], "list of strings"),
        (list[EngineLine], "list of engines"),
        (dict[str, float], "object of numbers by name"),
        (NotRequired[int], "integer"),
    ],
)
def test_a_type_is_told_as_json_has_it(hint, said) -> None:
    assert type_words(hint) == said


@pytest.mark.parametrize("message", CLIENT_MESSAGES.values(), ids=CLIENT_MESSAGES)
def test_every_field_a_client_sends_has_its_note(message) -> None:
    assert set(field_notes(message)) == {field.name for field in msgspec.structs.fields(message)}
    assert message.__doc__


@pytest.mark.parametrize("shape", SERVER_MESSAGES, ids=lambda shape: shape.__name__)
def test_every_field_the_server_tells_has_its_note(shape) -> None:
    assert set(field_notes(shape)) == set(get_type_hints(shape)) - {"type"}
    assert shape.__doc__


def test_notes_of_inherited_fields_are_told_too() -> None:
    assert {"expression", "weights", "start_s"} <= set(field_notes(UtteranceEmotionMessage))


def test_a_default_is_told_and_null_is_not_asked_of_a_client() -> None:
    told = client_messages()
    assert "| `format` | `webm` or `mp4` or `pcm16` | `webm` |" in told
    assert "| `resume_token` | string | left out |" in told


def test_optional_fields_of_the_server_carry_a_question_mark() -> None:
    assert "| `box`? | list of numbers |" in server_messages()
    assert "#### viseme" in server_messages()


def test_the_binary_frame_has_its_three_parts() -> None:
    assert binary_frame().count("\n- ") == 3
