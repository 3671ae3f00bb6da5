"""The companion's 3D head: the script writes the file that ships, and that file can move its face."""

from __future__ import annotations

import json
import struct

from core.commands import avatar

NEEDED = {"jawOpen", "mouthClose", "mouthPucker", "mouthFunnel", "browInnerUp"} | {
    f"{name}{side}"
    for name in ("mouthSmile", "mouthFrown", "mouthStretch", "mouthPress", "eyeBlink", "browDown", "mouthLowerDown")
    for side in ("Left", "Right")
}


def parts(glb: bytes) -> tuple[dict, bytes]:
    magic, version, length = struct.unpack_from("<4sII", glb)
    assert (magic, version, length) == (b"glTF", 2, len(glb))
    size, kind = struct.unpack_from("<I4s", glb, 12)
    assert kind == b"JSON"
    return json.loads(glb[20 : 20 + size]), glb[28 + size :]


def test_script_writes_the_shipped_file_byte_for_byte() -> None:
    assert avatar.make_glb() == avatar.FILE.read_bytes()


def test_head_is_light_whole_and_has_arkit_names() -> None:
    glb = avatar.FILE.read_bytes()
    assert len(glb) < 500_000
    gltf, binary = parts(glb)
    names = {name for mesh in gltf["meshes"] for name in mesh.get("extras", {}).get("targetNames", [])}
    assert names >= NEEDED
    assert all("uri" not in buffer for buffer in gltf["buffers"])
    assert "images" not in gltf
    ends = [view["byteOffset"] + view["byteLength"] for view in gltf["bufferViews"]]
    assert max(ends) <= len(binary)
