"""The 3D head: the file is what the script makes, it is a sound GLB, and its morphs move what their names say."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest

from core.commands.avatar import FILE, GRID, make_glb
from core.commands.avatar_shapes import EYE_XY, eye_centre, make_face, make_head, make_lids

SIDED = [
    *["mouthSmile", "mouthFrown", "mouthStretch", "mouthPress", "mouthLowerDown", "mouthUpperUp"],
    *["browDown", "browOuterUp", "eyeBlink", "eyeWide", "eyeSquint", "noseSneer"],
]
NAMES = {"jawOpen", "mouthClose", "mouthPucker", "mouthFunnel", "browInnerUp", "cheekPuff"}
NAMES |= {name + side for name in SIDED for side in ("Left", "Right")}


@pytest.fixture(scope="module")
def glb() -> bytes:
    return make_glb()


@pytest.fixture(scope="module")
def gltf(glb):
    length = struct.unpack_from("<I", glb, 12)[0]
    return json.loads(glb[20 : 20 + length])


@pytest.fixture(scope="module")
def face():
    return make_face()


def test_file_is_what_the_script_makes(glb):
    assert FILE.read_bytes() == glb


def test_bytes_are_the_same_each_time(glb):
    assert make_glb() == glb


def test_file_is_small_and_its_lengths_fit(glb):
    magic, version, total = struct.unpack_from("<4sII", glb)
    length = struct.unpack_from("<I", glb, 12)[0]
    binary, kind = struct.unpack_from("<I4s", glb, 20 + length)
    assert (magic, version, total) == (b"glTF", 2, len(glb))
    assert kind == b"BIN\0"
    assert 28 + length + binary == total
    assert total < 500 * 1024


def test_every_arkit_name_is_there_and_no_other(gltf):
    found = {name for mesh in gltf["meshes"] for name in mesh.get("extras", {}).get("targetNames", [])}
    assert found == NAMES


def test_every_mesh_has_as_many_names_as_targets(gltf):
    for mesh in gltf["meshes"]:
        names = mesh.get("extras", {}).get("targetNames", [])
        assert [len(part.get("targets", [])) for part in mesh["primitives"]] == [len(names)]


def test_every_view_lies_inside_the_buffer_and_every_index_inside_its_mesh(glb, gltf):
    start = 28 + struct.unpack_from("<I", glb, 12)[0]
    size = gltf["buffers"][0]["byteLength"]
    assert all(view["byteOffset"] + view["byteLength"] <= size for view in gltf["bufferViews"])
    for mesh in gltf["meshes"]:
        part = mesh["primitives"][0]
        triangles = gltf["accessors"][part["indices"]]
        offset = start + gltf["bufferViews"][triangles["bufferView"]]["byteOffset"]
        indices = np.frombuffer(glb, "<u2", triangles["count"], offset)
        assert indices.max() < gltf["accessors"][part["attributes"]["POSITION"]]["count"]


def test_nothing_outside_is_asked_for(gltf):
    assert "images" not in gltf
    assert all("uri" not in buffer for buffer in gltf["buffers"])


def test_numbers_are_whole_parts_of_the_grid(glb, gltf):
    start = 28 + struct.unpack_from("<I", glb, 12)[0]
    accessor = gltf["accessors"][gltf["meshes"][0]["primitives"][0]["attributes"]["POSITION"]]
    offset = start + gltf["bufferViews"][accessor["bufferView"]]["byteOffset"]
    points = np.frombuffer(glb, "<f4", 3 * accessor["count"], offset)
    assert np.array_equal(points * GRID, np.round(points * GRID))


def test_every_move_moves_something_and_nothing_jumps_out_of_the_head():
    for shape in make_head().values():
        for name, move in shape.moves.items():
            assert 0.01 < np.abs(move).max() < 0.5, name


def test_jaw_takes_the_chin_down_and_leaves_the_brow(face):
    down = face.moves["jawOpen"][:, 1]
    chin = np.argmin(face.points[:, 1] - 0.5 * face.points[:, 2])
    assert down[chin] < -0.1
    assert np.allclose(down[face.points[:, 1] > 0.1], 0, atol=0.002)


def test_smile_lifts_the_corner_of_its_own_side(face):
    x = face.points[:, 0]
    rise = face.moves["mouthSmileLeft"][:, 1]
    assert rise[x > 0].max() > 0.1
    assert np.abs(rise[x < -0.1]).max() < 0.002


def test_the_two_sides_mirror_each_other(face):
    left, right = (np.abs(face.moves[f"mouthFrown{side}"]).sum() for side in ("Left", "Right"))
    assert left == pytest.approx(right, rel=1e-6)


def test_blink_brings_the_lids_together():
    lids = make_lids(eye_centre(1), "Left")
    shut = lids.points + lids.moves["eyeBlinkLeft"]
    rows = [lids.points[170 - 9 : 170 - 8, 1], lids.points[-9:-8, 1]]
    closed = [shut[170 - 9 : 170 - 8, 1], shut[-9:-8, 1]]
    assert float(rows[0][0] - rows[1][0]) > 0.1
    assert abs(float(closed[0][0] - closed[1][0])) < 0.05
    assert EYE_XY[0] == pytest.approx(eye_centre(1)[0], abs=0.01)
