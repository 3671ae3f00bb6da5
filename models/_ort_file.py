"""Files in ONNX Runtime's own format: inner values of a graph as further outputs.

Such a file is a FlatBuffer (onnxruntime/core/flatbuffers/schema/ort.fbs): a table holds, for each of its fields, how
far behind itself the value lies. So a longer list of outputs is put at the end of the file, and the graph's field is
led there; nothing else moves.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

IDENTIFIER = b"ORTM"
MODEL, GRAPH, OUTPUTS = 1, 7, 6
"""places of the fields: `model` in the file, `graph` in the model, `outputs` in the graph"""


def with_outputs(net: bytes, names: Sequence[str]) -> bytes:
    """The same net with these inner values as further outputs. Raises ValueError for a file of another format."""
    if net[4:8] != IDENTIFIER:
        raise ValueError(f"expected a file in ONNX Runtime's format, got one that begins with {net[:8]!r}")
    graph = _led(net, _field(net, _led(net, _field(net, _led(net, 0), MODEL)), GRAPH))
    field = _field(net, graph, OUTPUTS)
    outputs = [*_strings(net, _led(net, field)), *(name.encode() for name in names)]
    made = bytearray(net) + bytes(-len(net) % 4)
    struct.pack_into("<I", made, field, len(made) - field)
    return bytes(made + _vector(outputs))


def _led(net: bytes, place: int) -> int:
    """Where the pointer at this place leads."""
    (far,) = struct.unpack_from("<I", net, place)
    return place + int(far)


def _field(net: bytes, table: int, number: int) -> int:
    """Place of a table's field."""
    (back,) = struct.unpack_from("<i", net, table)
    (far,) = struct.unpack_from("<H", net, table - back + 4 + 2 * number)
    return table + int(far)


def _strings(net: bytes, vector: int) -> list[bytes]:
    (count,) = struct.unpack_from("<I", net, vector)
    starts = [_led(net, vector + 4 + 4 * number) for number in range(count)]
    return [net[start + 4 : start + 4 + struct.unpack_from("<I", net, start)[0]] for start in starts]


def _vector(strings: Sequence[bytes]) -> bytes:
    """A list of strings: how many, a pointer to each, then each with its length before it and a zero behind."""
    pointers, texts = bytearray(), bytearray()
    for number, text in enumerate(strings):
        pointers += struct.pack("<I", 4 * (len(strings) - number) + len(texts))
        texts += struct.pack("<I", len(text)) + text + bytes(4 - len(text) % 4)
    return struct.pack("<I", len(strings)) + bytes(pointers + texts)
