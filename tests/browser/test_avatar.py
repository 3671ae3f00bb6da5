"""The companion's face, run where it runs: which files are heads, and what the mouth does at a given time."""

from __future__ import annotations

import pytest

MAKE_GLB = """
  const glb = (gltf, { binary = 16, magic = 0x46546c67, version = 2, cut = 0 } = {}) => {
    let json = new TextEncoder().encode(JSON.stringify(gltf));
    json = new Uint8Array([...json, ...Array((4 - json.length % 4) % 4).fill(32)]);
    const size = 12 + 8 + json.length + 8 + binary, out = new DataView(new ArrayBuffer(size));
    [magic, version, size, json.length, 0x4e4f534a].forEach((n, i) => out.setUint32(4 * i, n, true));
    new Uint8Array(out.buffer, 20, json.length).set(json);
    out.setUint32(20 + json.length, binary, true);
    out.setUint32(24 + json.length, 0x004e4942, true);
    return out.buffer.slice(0, size - cut);
  };
  const head = (names, more = {}) => ({
    asset: { version: "2.0" }, buffers: [{ byteLength: 16 }], bufferViews: [{ buffer: 0, byteLength: 16 }],
    meshes: [{
      primitives: [{ attributes: {}, targets: names.map(() => ({ POSITION: 0 })) }],
      extras: { targetNames: names },
    }],
    ...more,
  });
"""


@pytest.fixture
def run(open_page):
    """Evaluates a function body with the named exports of one of our modules in scope."""
    page = open_page("/about")
    return lambda module, body: page.evaluate(f"import('/attune/{module}').then((m) => {{ {MAKE_GLB} {body} }})")


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ("glb(head([]))", "no morph targets"),
        ("glb(head(['hat']))", "opens the mouth"),
        ("glb(head(['jawOpen'], { images: [{ uri: 'https://example.org/a.png' }] }))", "nothing is fetched"),
        ("glb(head(['jawOpen'], { buffers: [{ byteLength: 16, uri: 'head.bin' }] }))", "nothing is fetched"),
        ("glb(head(['jawOpen'], { extensionsRequired: ['KHR_draco_mesh_compression'] }))", "Draco"),
        ("glb(head(['jawOpen'], { bufferViews: [{ buffer: 0, byteLength: 99 }] }))", "cut off"),
        ("glb(head(['jawOpen']), { cut: 5 })", "cut off"),
        ("glb(head(['jawOpen']), { version: 1 })", "version 1"),
        ("glb(head(['jawOpen']), { magic: 7 })", "not a GLB"),
        ("new TextEncoder().encode('hello, I am a text').buffer", "text file"),
        ("new TextEncoder().encode('{\"asset\": {}}').buffer", ".gltf"),
        ("new ArrayBuffer(0)", "empty"),
    ],
)
def test_file_that_is_no_head_says_what_to_do(run, made: str, message: str) -> None:
    answer = run("avatar/glb.js", f"return m.validate({made});")
    assert answer["ok"] is False
    assert message in answer["message"]


def test_file_of_200_mb_is_not_even_read(run) -> None:
    assert "200 MB" in run("avatar/glb.js", "return m.tooLarge(200 * 1024 * 1024);")
    assert run("avatar/glb.js", "return m.tooLarge(5 * 1024 * 1024);") is None


@pytest.mark.parametrize(
    "name",
    ["jawOpen", "JawOpen", "blendShape1.jawOpen", "jaw_open", "Head:jawOpen", "viseme_aa", "vrc.v_aa", "mouthOpen"],
)
def test_heads_of_many_exporters_are_known(run, name: str) -> None:
    assert run("avatar/glb.js", f"return m.validate(glb(head(['{name}', 'eyeBlink_L', 'eyeBlinkRight'])));")["ok"]


def test_our_own_head_is_one(run) -> None:
    body = "return fetch('/attune/avatar/avatar.glb').then((a) => a.arrayBuffer()).then((b) => m.validate(b));"
    answer = run("avatar/glb.js", body)
    assert answer["ok"], answer


def test_lips_follow_the_sound_and_rest_without_it(run) -> None:
    opened = run(
        "avatar/mix.js",
        "const mix = new m.Mix({ isCalm: true }); const at = (t, s) => mix.at(t, s).jawOpen ?? 0;"
        " mix.say([0, 1, 2, 3, 4, 5, 6].map((n) => ({ t: n / 30, blend: n > 1 && n < 5 ? { jawOpen: 0.6 } : {} })));"
        " return [at(10, 0.1), at(10.2, 0.2), at(12, NaN)];",
    )
    assert opened[0] > 0.4
    assert opened[1] < 0.3
    assert opened[2] < 0.2


def test_each_feeling_looks_different(run) -> None:
    faces = run(
        "avatar/mix.js",
        "return ['neutral', 'happy', 'sad', 'angry', 'fear', 'disgust', 'surprise'].map((label) => {"
        " const mix = new m.Mix({ isCalm: true }); mix.feel(label, 1, 0); return JSON.stringify(mix.at(1, NaN)); });",
    )
    assert len(set(faces)) == 7


def test_calm_face_neither_blinks_nor_sways(run) -> None:
    still, moving = run(
        "avatar/mix.js",
        "return [true, false].map((isCalm) => { const mix = new m.Mix({ isCalm, seed: 3 }), seen = new Set();"
        " for (let t = 0; t < 20; t += 0.1) seen.add(JSON.stringify(mix.at(t, NaN))); return seen.size; });",
    )
    assert still <= 2
    assert moving > 50
