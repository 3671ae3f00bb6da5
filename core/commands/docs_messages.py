"""Messages of the socket as Markdown: one table a message, made of its class and the notes beneath its fields."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Mapping
from functools import cache
from types import NoneType, UnionType
from typing import Literal, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

import msgspec

from core.transports.protocol import CLIENT_MESSAGES
from core.transports.wire.media import BinaryFrame
from core.transports.wire.prediction import PredictionLine
from core.transports.wire_events import SERVER_MESSAGES

PLAIN: dict[object, str] = {str: "string", int: "integer", float: "number", bool: "boolean", NoneType: "null"}
"""types of Python -> types of JSON"""
SUBJECTS = {
    "session": "The session",
    "media": "Pictures and sound",
    "device": "Readings of the client's own",
    "readings": "Readings",
    "conversation": "Words and replies",
    "preferences": "Preferences",
}
"""file in core/transports/wire/ -> heading, in the order they are told"""
MANY = {"string": "strings", "integer": "integers", "number": "numbers"}


def client_messages() -> str:
    """What a client may send, by subject."""
    return _by_subject({message: [_client_message(kind, message)] for kind, message in CLIENT_MESSAGES.items()})


def server_messages() -> str:
    """What the server may tell, by subject; shapes inside a message follow it."""
    return _by_subject({shape: _server_message(shape) for shape in SERVER_MESSAGES})


def _by_subject(told: Mapping[type, list[str]]) -> str:
    """Under a heading for each file of the wire, in the order of SUBJECTS; one that is not there comes last."""
    subjects: dict[str, list[str]] = {subject: [] for subject in SUBJECTS}
    for message, parts in told.items():
        subjects.setdefault(message.__module__.rsplit(".", 1)[1], []).extend(parts)
    return "\n\n".join(
        "\n\n".join([f"### {SUBJECTS.get(subject, subject.capitalize())}", *parts])
        for subject, parts in subjects.items()
        if parts
    )


def _server_message(shape: type) -> list[str]:
    title = " · ".join(f"`{kind}`" for kind in get_args(get_type_hints(shape)["type"]))
    return [_shape(title, shape), *(_shape(name_of(inner), inner) for inner in inner_shapes(shape))]


def prediction_line() -> str:
    """What /ws/predict tells."""
    return _shape("A line", PredictionLine)


def binary_frame() -> str:
    """The three parts of a binary message."""
    notes = field_notes(BinaryFrame)
    lines = [f"- `{field}`: {notes[field]}" for field in BinaryFrame.__struct_fields__]
    return f"{inspect.cleandoc(BinaryFrame.__doc__ or '')}\n\n" + "\n".join(lines)


def _client_message(kind: str, message: type[msgspec.Struct]) -> str:
    notes, hints = field_notes(message), get_type_hints(message)
    rows = []
    for field in msgspec.structs.fields(message):
        default = "required" if field.default is msgspec.NODEFAULT else _literal(field.default)
        rows.append(f"| `{field.name}` | {_optional(hints[field.name])} | {default} | {notes[field.name]} |")
    head = ["| field | type | default | meaning |", "|---|---|---|---|"] if rows else []
    return "\n".join([f"#### `{kind}`", "", inspect.cleandoc(message.__doc__ or ""), "", *head, *rows]).rstrip()


def _shape(title: str, shape: type) -> str:
    notes = field_notes(shape)
    rows = []
    for name, hint in get_type_hints(shape, include_extras=True).items():
        if name == "type":
            continue
        mark = "`?" if get_origin(hint) is NotRequired else "`"
        rows.append(f"| `{name}{mark} | {type_words(hint)} | {notes[name]} |")
    head = ["| field | type | meaning |", "|---|---|---|"]
    return "\n".join([f"#### {title}", "", inspect.cleandoc(shape.__doc__ or ""), "", *head, *rows])


def inner_shapes(shape: object) -> list[type]:
    """The shapes inside a message and inside those, each after the one that holds it."""
    hints = get_type_hints(shape).values()
    direct = [inner for hint in hints for inner in get_args(hint) if is_typeddict(inner)]
    return [found for one in direct for found in (one, *inner_shapes(one))]


def name_of(shape: object) -> str:
    """A shape inside a message: `VisemeLine` is told as "viseme"."""
    return str(getattr(shape, "__name__", shape)).removesuffix("Line").lower()


def type_words(hint: object) -> str:
    """A type as a reader of JSON says it."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is NotRequired:
        return type_words(inner[0])
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in inner)
    if origin in (Union, UnionType):
        return " or ".join(type_words(part) for part in inner)
    if origin in (list, tuple):
        count = "" if origin is list or inner[1:] == (Ellipsis,) else f"{len(inner)} "
        return f"list of {count}{_many(inner[0])}"
    if origin is dict:
        return f"object of {_many(inner[1])} by name"
    return PLAIN[hint]


def _many(hint: object) -> str:
    return f"{name_of(hint)}s" if is_typeddict(hint) else MANY[type_words(hint)]


def _optional(hint: object) -> str:
    """A client leaves a field out rather than sending null, so null is not told."""
    parts = [part for part in get_args(hint) if part is not NoneType]
    is_union = get_origin(hint) in (Union, UnionType)
    return " or ".join(type_words(part) for part in parts) if is_union else type_words(hint)


def _literal(value: object) -> str:
    return "left out" if value is None else f"`{msgspec.json.encode(value).decode()}`".replace('"', "")


@cache
def _notes_in(module: str) -> dict[str, tuple[tuple[str, ...], dict[str, str]]]:
    """Class name -> the names of its bases, and the note beneath each of its fields."""
    found = {}
    for node in ast.parse(inspect.getsource(sys.modules[module])).body:
        if not isinstance(node, ast.ClassDef):
            continue
        notes = {}
        for field, below in zip(node.body, node.body[1:], strict=False):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(below, ast.Expr):
                notes[field.target.id] = str(ast.literal_eval(below.value)).strip()
        found[node.name] = (tuple(ast.unparse(base) for base in node.bases), notes)
    return found


def field_notes(message: type) -> dict[str, str]:
    """The note beneath each field of a message, those it has from another class of its file included."""
    classes = _notes_in(message.__module__)

    def notes_of(name: str) -> dict[str, str]:
        bases, own = classes.get(name, ((), {}))
        inherited = [notes_of(base) for base in bases]
        return {field: note for notes in (*inherited, own) for field, note in notes.items()}

    return notes_of(message.__name__)
