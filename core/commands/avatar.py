"""Writes the companion's 3D head: `python -m core.commands.avatar [FILE]`.

The shapes stand in avatar_shapes.py; this file makes a GLB of them, with morph targets under ARKit's names. Numbers
are rounded to 1/4096, so that every machine writes the same bytes.
"""

from __future__ import annotations

import json
import struct
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.commands.avatar_shapes import (
    EYE_FLAT,
    EYE_RADIUS,
    NECK_Y,
    SIDES,
    Array,
    Shape,
    eye_centre,
    make_body,
    make_eye,
    make_head,
)

Node = dict[str, object]
"""an object of glTF 2.0, as it will stand in the JSON"""
Numbers = NDArray[np.float32] | NDArray[np.uint16]

FILE = Path(__file__).parents[2] / "pages" / "static" / "avatar" / "avatar.glb"
GRID = 4096
"""Positions are whole multiples of 1/GRID: fine enough to be smooth, coarse enough to be the same everywhere."""


class Writer:
    """Collects numbers into one buffer, and tells glTF where they lie."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.views: list[Node] = []
        self.accessors: list[Node] = []

    def view(self, array: Numbers) -> int:
        self.data += bytes(-len(self.data) % 4)
        raw = array.astype(array.dtype.newbyteorder("<")).tobytes()
        self.views.append({"buffer": 0, "byteOffset": len(self.data), "byteLength": len(raw)})
        self.data += raw
        return len(self.views) - 1

    def add(self, array: Numbers, component: int, kind: str, **more: object) -> int:
        self.accessors.append(
            {"bufferView": self.view(array), "componentType": component, "count": len(array), "type": kind, **more}
        )
        return len(self.accessors) - 1

    def positions(self, points: Array) -> int:
        array = rounded(points)
        return self.add(array, 5126, "VEC3", min=array.min(0).tolist(), max=array.max(0).tolist())

    def moves(self, moves: Array) -> int:
        """Only the points that move: most morphs leave most of the head alone."""
        array = rounded(np.where(np.abs(moves).max(1, keepdims=True) > 0.0015, moves, 0))
        which = np.flatnonzero(np.any(array != 0, axis=1)).astype(np.uint16)
        accessor: Node = {"componentType": 5126, "count": len(array), "type": "VEC3"}
        accessor |= {"min": array.min(0).tolist(), "max": array.max(0).tolist()}
        if len(which):
            indices = {"bufferView": self.view(which), "componentType": 5123}
            values = {"bufferView": self.view(array[which])}
            accessor["sparse"] = {"count": len(which), "indices": indices, "values": values}
        self.accessors.append(accessor)
        return len(self.accessors) - 1

    def mesh(self, shape: Shape, material: int) -> Node:
        colours = np.ones((len(shape.points), 4))
        colours[:, :3] = shape.colours
        primitive: Node = {
            "attributes": {
                "POSITION": self.positions(shape.points),
                "NORMAL": self.add(rounded(normals(shape)), 5126, "VEC3"),
                "COLOR_0": self.add(np.round(colours * 65535).astype(np.uint16), 5123, "VEC4", normalized=True),
            },
            "indices": self.add(shape.triangles.astype(np.uint16).ravel(), 5123, "SCALAR"),
            "material": material,
        }
        if not shape.moves:
            return {"primitives": [primitive]}
        primitive["targets"] = [{"POSITION": self.moves(move)} for move in shape.moves.values()]
        return {"primitives": [primitive], "extras": {"targetNames": list(shape.moves)}}


def rounded(array: Array) -> NDArray[np.float32]:
    """Whole multiples of 1/GRID, and no minus zero."""
    return (np.round(array * GRID) / GRID + 0.0).astype(np.float32)


def normals(shape: Shape) -> Array:
    """(n, 3): the mean over the triangles at each place; points at one place share theirs, so no seam shows."""
    corners = shape.points[shape.triangles]
    flat = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    _, place = np.unique(np.round(shape.points * GRID).astype(np.int64), axis=0, return_inverse=True)
    total = np.zeros((len(shape.points), 3))
    for i in range(3):
        np.add.at(total, place.ravel()[shape.triangles[:, i]], flat)
    length = np.linalg.norm(total, axis=1, keepdims=True)
    return np.asarray((total / np.maximum(length, 1e-12))[place.ravel()])


def make_nodes(names: list[str]) -> list[Node]:
    """The meshes of the head and both eyes under "Head", then "Body"; the eyes share one mesh, after the head's."""
    nodes: list[Node] = [{"name": name, "mesh": i, "translation": [0, -NECK_Y, 0]} for i, name in enumerate(names)]
    head = list(range(len(nodes)))
    for side, sign in SIDES:
        place = rounded(eye_centre(sign) - [0, NECK_Y, 0]).tolist()
        scale = [EYE_RADIUS, EYE_RADIUS, EYE_RADIUS * EYE_FLAT]
        head.append(len(nodes))
        nodes.append({"name": f"{side}Socket", "translation": place, "scale": scale, "children": [len(nodes) + 1]})
        nodes.append({"name": f"{side}Eye", "mesh": len(names)})
    turning: Node = {"name": "Head", "translation": [0, NECK_Y, 0], "children": head}
    return [*nodes, turning, {"name": "Body", "mesh": len(names) + 1}]


def make_glb() -> bytes:
    """The whole file."""
    writer = Writer()
    head = make_head()
    meshes = [writer.mesh(shape, 0) | {"name": name} for name, shape in head.items()]
    meshes += [writer.mesh(make_eye(), 1) | {"name": "Eye"}, writer.mesh(make_body(), 0) | {"name": "Body"}]
    nodes = make_nodes(list(head))
    gltf = {
        "asset": {"version": "2.0", "generator": "attune core.commands.avatar", "copyright": "Attune, MIT licence"},
        "scene": 0,
        "scenes": [{"nodes": [len(nodes) - 2, len(nodes) - 1]}],
        "nodes": nodes,
        "meshes": meshes,
        "materials": [material("Matt", 0.8), material("Eye", 0.3)],
        "accessors": writer.accessors,
        "bufferViews": writer.views,
        "buffers": [{"byteLength": len(writer.data)}],
    }
    return packed(gltf, bytes(writer.data))


def material(name: str, roughness: float) -> Node:
    """A plain surface; its colours are those of the points."""
    return {
        "name": name,
        "doubleSided": True,
        "pbrMetallicRoughness": {"metallicFactor": 0, "roughnessFactor": roughness},
    }


def packed(gltf: Node, data: bytes) -> bytes:
    """GLB: a header, the JSON filled up with spaces, the numbers filled up with zeros."""
    text = json.dumps(gltf, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    data += bytes(-len(data) % 4)
    total = 12 + 8 + len(text) + 8 + len(data)
    head = struct.pack("<4sII", b"glTF", 2, total)
    return head + struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(data), b"BIN\0") + data


def main() -> None:
    """Writes the file."""
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else FILE
    data = make_glb()
    file.write_bytes(data)
    print(f"{file}: {len(data) / 1024:.0f} KB")


if __name__ == "__main__":
    main()
