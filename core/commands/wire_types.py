"""The wire as TypeScript declarations, for the checker of the front end: `python -m core.commands.wire_types`.

Made of the same classes as docs/protocol.md, so that a field renamed here is an error in the browser's modules before
anything runs. Written to pages/static/shared/wire.d.ts, which a test holds to the code.
"""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from types import NoneType, UnionType
from typing import Literal, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

import msgspec

from core.commands.docs_messages import field_notes, inner_shapes
from core.transports.protocol import CLIENT_MESSAGES
from core.transports.wire_events import SERVER_MESSAGES

FILE = Path(__file__).parents[2] / "pages" / "static" / "shared" / "wire.d.ts"
HEAD = (
    "// Made by `python -m core.commands.wire_types`: what the server tells (…Message), and what it is told (…Request)."
)
PLAIN: dict[object, str] = {str: "string", int: "number", float: "number", bool: "boolean", NoneType: "null"}
WIDEST = 118


def declarations() -> str:
    """The whole file."""
    inner = {shape.__name__: shape for message in SERVER_MESSAGES for shape in inner_shapes(message)}
    parts = [_interface(name, shape) for name, shape in inner.items()]
    parts += [_interface(shape.__name__, shape) for shape in SERVER_MESSAGES]
    parts += [_request(kind, message) for kind, message in CLIENT_MESSAGES.items()]
    told = [shape.__name__ for shape in SERVER_MESSAGES]
    asked = [f"{message.__name__}Request" for message in CLIENT_MESSAGES.values()]
    return "\n\n".join([HEAD, *parts, _union("ServerMessage", told), _union("ClientMessage", asked)]) + "\n"


def _interface(name: str, shape: type) -> str:
    notes = field_notes(shape)
    hints = get_type_hints(shape, include_extras=True)
    fields = [_field(field, hint, get_origin(hint) is NotRequired, notes.get(field)) for field, hint in hints.items()]
    return _block(name, shape, fields)


def _request(kind: str, message: type[msgspec.Struct]) -> str:
    notes, hints = field_notes(message), get_type_hints(message)
    fields = [f'  type: "{kind}";']
    for field in msgspec.structs.fields(message):
        may_lack = field.default is not msgspec.NODEFAULT or field.default_factory is not msgspec.NODEFAULT
        fields.append(_field(field.name, hints[field.name], may_lack, notes.get(field.name)))
    return _block(f"{message.__name__}Request", message, fields)


def _block(name: str, shape: type, fields: list[str]) -> str:
    note = _note(inspect.cleandoc(shape.__doc__ or ""), "")
    return f"{note}export interface {name} {{\n" + "\n".join(fields) + "\n}"


def _field(name: str, hint: object, may_lack: bool, note: str | None) -> str:
    return f"{_note(note or '', '  ')}  {name}{'?' if may_lack else ''}: {type_of(hint)};"


def _note(text: str, indent: str) -> str:
    """A comment in one line where it fits."""
    if not text:
        return ""
    line = f"{indent}/** {text} */\n"
    if "\n" not in text and len(line) <= WIDEST:
        return line
    return (
        f"{indent}/**\n"
        + "".join(f"{indent} * {part}".rstrip() + "\n" for part in text.splitlines())
        + f"{indent} */\n"
    )


def type_of(hint: object) -> str:
    """A type of Python as TypeScript has it."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is NotRequired:
        return type_of(inner[0])
    if origin is Literal:
        return " | ".join(f'"{value}"' for value in inner)
    if origin in (Union, UnionType):
        return " | ".join(dict.fromkeys(type_of(part) for part in inner))
    if origin in (list, tuple, dict):
        return _collection(origin, inner)
    return str(getattr(hint, "__name__", "")) if is_typeddict(hint) else PLAIN[hint]


def _collection(origin: object, inner: tuple[object, ...]) -> str:
    """A tuple of a fixed length keeps it."""
    if origin is dict:
        return f"Record<string, {type_of(inner[1])}>"
    if origin is tuple and Ellipsis not in inner:
        return f"[{', '.join(type_of(part) for part in inner)}]"
    return f"{type_of(inner[0])}[]"


def _union(name: str, members: list[str]) -> str:
    return f"export type {name} =\n" + "\n".join(f"  | {member}" for member in members) + ";"


def main() -> int:
    """Write the file anew."""
    FILE.write_text(declarations(), encoding="utf-8")
    print(f"written: {FILE.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
