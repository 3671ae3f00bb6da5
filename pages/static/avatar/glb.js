// Is this file a head we can move? Looks into a GLB without three.js, and says in words what to do when it is not.
// Also knows how exporters write the morph names of ARKit and Oculus. Pure: bytes in, an answer out.

export const MAX_BYTES = 50 * 1024 * 1024;
const MAGIC = 0x46546c67; // "glTF"
const JSON_CHUNK = 0x4e4f534a;
const BINARY_CHUNK = 0x004e4942;
const HEADER_BYTES = 12;

// What needs a decoder that we do not carry.
/** @type {Record<string, string>} */
const PACKED = {
  KHR_draco_mesh_compression: "Draco",
  EXT_meshopt_compression: "Meshopt",
  KHR_meshopt_compression: "Meshopt",
  KHR_texture_basisu: "KTX2 textures",
};

const ARKIT = [
  "jawOpen",
  "jawForward",
  "jawLeft",
  "jawRight",
  "mouthClose",
  "mouthPucker",
  "mouthFunnel",
  "mouthLeft",
  "mouthRight",
  "mouthRollLower",
  "mouthRollUpper",
  "mouthShrugLower",
  "mouthShrugUpper",
  "browInnerUp",
  "cheekPuff",
  "tongueOut",
  ...[
    "mouthSmile",
    "mouthFrown",
    "mouthStretch",
    "mouthPress",
    "mouthDimple",
    "mouthLowerDown",
    "mouthUpperUp",
    "browDown",
    "browOuterUp",
    "cheekSquint",
    "eyeBlink",
    "eyeWide",
    "eyeSquint",
    "eyeLookUp",
    "eyeLookDown",
    "eyeLookIn",
    "eyeLookOut",
    "noseSneer",
  ].flatMap((name) => [`${name}Left`, `${name}Right`]),
];
const OCULUS = ["sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "I", "O", "U"].map(
  (name) => `viseme_${name}`,
);

// Simple rigs with one morph for both sides, as they are named most often.
/** @type {Record<string, string[]>} */
const OTHERS = {
  mouthopen: ["jawOpen"],
  mouthsmile: ["mouthSmileLeft", "mouthSmileRight"],
  eyesclosed: ["eyeBlinkLeft", "eyeBlinkRight"],
  blink: ["eyeBlinkLeft", "eyeBlinkRight"],
  eyeslookup: ["eyeLookUpLeft", "eyeLookUpRight"],
  eyeslookdown: ["eyeLookDownLeft", "eyeLookDownRight"],
  browinnerupleft: ["browInnerUp"],
  browinnerupright: ["browInnerUp"],
  cheekpuffleft: ["cheekPuff"],
  cheekpuffright: ["cheekPuff"],
  visemeih: ["viseme_I"],
  visemeoh: ["viseme_O"],
  visemeou: ["viseme_U"],
  visemee: ["viseme_E"],
  visemeee: ["viseme_I"],
};

/** @param {string} name */
const plain = (name) => name.toLowerCase().replace(/[^a-z]/g, "");
/** @type {Map<string, string[]>} */
const KNOWN = new Map(Object.entries(OTHERS));
for (const name of [...ARKIT, ...OCULUS]) if (!KNOWN.has(plain(name))) KNOWN.set(plain(name), [name]);

const PREFIX = /^(blendshapes?|bs|morphs?|shapes?|cc|face|head|arkit)/;
const VRCHAT = /^(vrc)?v(?!iseme)/;

/**
 * "eyeBlink_L", "mouthSmileL" -> with Left; a name that ends in L for another reason is known before this is tried.
 * @param {string} name
 */
const sided = (name) => name.replace(/(?<=[a-z])[_\-. ]?L$/, "Left").replace(/(?<=[a-z])[_\-. ]?R$/, "Right");

/**
 * Our names for one of a file's morph names: "Head.eyeBlink_L" -> ["eyeBlinkLeft"]; [] where we know none.
 * @param {string} name
 */
export function mapMorph(name) {
  const whole = String(name).trim();
  const last = whole.split(/[.:|/]/).at(-1) ?? whole;
  for (const one of [whole, last, sided(whole), sided(last)]) {
    const key = plain(one);
    const found = KNOWN.get(key) ?? KNOWN.get(key.replace(PREFIX, "")) ?? KNOWN.get(key.replace(VRCHAT, "viseme"));
    if (found) return found;
  }
  return [];
}

/** @param {string} name */
const isOpening = (name) => name === "jawOpen" || ["viseme_aa", "viseme_O", "viseme_E"].includes(name);
/** @param {number} bytes */
const megabytes = (bytes) => `${Math.round(bytes / 1024 / 1024)} MB`;
/** @param {string} message */
const no = (message) => ({ ok: false, message, morphs: {} });

/** Why a file of this many bytes is not even opened, or null. @param {number} bytes */
export function tooLarge(bytes) {
  if (bytes <= MAX_BYTES) return null;
  return (
    `The file has ${megabytes(bytes)}; at most ${megabytes(MAX_BYTES)} are read. ` +
    "Export it again with smaller textures (1024 pixels are enough for a head) or without the body."
  );
}

/**
 * {ok, message, morphs}: morphs are the file's names with ours, {"eyeBlink_L": ["eyeBlinkLeft"]}.
 * @param {ArrayBuffer} buffer
 */
export function validate(buffer) {
  const large = tooLarge(buffer.byteLength);
  if (large) return no(large);
  const { gltf, binary, message } = open(buffer);
  if (message) return no(message);
  const wrong = packed(gltf) ?? outside(gltf) ?? cut(gltf, binary);
  return wrong ? no(wrong) : judge(gltf);
}

const unread = (/** @type {string} */ message) => ({ message, binary: 0 });

/**
 * The JSON and the length of the binary chunk, or a message.
 * @param {ArrayBuffer} buffer @returns {{message?: string, gltf?: any, binary: number}}
 */
function open(buffer) {
  const view = new DataView(buffer);
  if (buffer.byteLength < HEADER_BYTES + 8 || view.getUint32(0, true) !== MAGIC) return unread(notGlb(buffer));
  if (view.getUint32(4, true) !== 2)
    return unread(
      `This is glTF version ${view.getUint32(4, true)}; version 2 is needed. ` +
        "Open it in a 3D program and export it again as glTF 2.0 binary (.glb).",
    );
  const told = view.getUint32(8, true);
  if (told > buffer.byteLength)
    return unread(
      `The file is cut off: it says ${told} bytes and has ${buffer.byteLength}. Download or export it again.`,
    );
  const chunks = chunksOf(view, told);
  if (!chunks?.json)
    return unread("The file is damaged: its parts do not fit together. Download or export it again.");
  try {
    const gltf = JSON.parse(
      new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array(buffer, chunks.json.start, chunks.json.length)),
    );
    if (typeof gltf !== "object" || gltf === null) throw new SyntaxError("not an object");
    return { gltf, binary: chunks.binary?.length ?? 0 };
  } catch {
    return unread("The description inside the file cannot be read. Export it again as glTF 2.0 binary (.glb).");
  }
}

/** @param {DataView} view @param {number} end */
function chunksOf(view, end) {
  /** @type {Record<string, {start: number, length: number}>} */
  const found = {};
  for (let at = HEADER_BYTES; at + 8 <= end;) {
    const [length, type] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
    if (at + 8 + length > end) return null;
    const name = type === JSON_CHUNK ? "json" : type === BINARY_CHUNK ? "binary" : null;
    if (name) found[name] ??= { start: at + 8, length };
    at += 8 + length + ((4 - (length % 4)) % 4);
  }
  return found;
}

/** @param {ArrayBuffer} buffer */
function notGlb(buffer) {
  const start = new Uint8Array(buffer, 0, Math.min(512, buffer.byteLength));
  if (!start.length) return "The file is empty. Export or download it again.";
  const isText = start.every(
    (byte) => byte > 126 || byte === 9 || byte === 10 || byte === 13 || (byte >= 32 && byte < 127),
  );
  const text = new TextDecoder().decode(start);
  if (isText && /^\s*\{/.test(text))
    return (
      "This is a text file (.gltf) under the name of a GLB. " +
      "Export it as glTF binary (.glb), with everything in one file."
    );
  if (isText)
    return (
      "This is a text file under the name of a GLB. " +
      "If it was downloaded, the address may have led to a web page: choose the .glb file itself."
    );
  return "This is not a GLB file. Choose a 3D head exported as glTF binary (.glb).";
}

/** @param {any} value */
const list = (value) => (Array.isArray(value) ? value.filter((item) => item && typeof item === "object") : []);

/** @param {any} gltf */
function packed(gltf) {
  const needed = (Array.isArray(gltf.extensionsRequired) ? gltf.extensionsRequired : []).find(
    (/** @type {string} */ name) => name in PACKED,
  );
  return needed
    ? `The file is packed with ${PACKED[needed]}, which is not read here. Export it again without compression.`
    : null;
}

/** @param {any} gltf */
function outside(gltf) {
  const address = [...list(gltf.buffers), ...list(gltf.images)]
    .map((item) => item.uri)
    .find((uri) => uri !== undefined && !/^data:/i.test(String(uri)));
  if (address === undefined) return null;
  return (
    `The file wants another file (${String(address).slice(0, 60)}), and nothing is fetched from ` +
    "elsewhere. Export it as one .glb with textures embedded."
  );
}

/** @param {any} gltf @param {number} binary */
function cut(gltf, binary) {
  const bytes = list(gltf.buffers)[0]?.uri === undefined ? binary : Infinity;
  const isCut = list(gltf.bufferViews).some(
    (part) => (part.buffer ?? 0) === 0 && (part.byteOffset ?? 0) + (part.byteLength ?? 0) > bytes,
  );
  return isCut ? "The file is cut off: shapes or textures lie beyond its end. Download or export it again." : null;
}

/**
 * Morph names stand beside the mesh (extras.targetNames), as Blender and all known exporters write them.
 * @param {any} gltf
 */
function namesOf(gltf) {
  return [
    ...new Set(
      list(gltf.meshes)
        .flatMap((mesh) => mesh.extras?.targetNames ?? list(mesh.primitives)[0]?.extras?.targetNames ?? [])
        .map(String),
    ),
  ];
}

/** @param {any} gltf */
function judge(gltf) {
  const hasTargets = list(gltf.meshes).some((mesh) =>
    list(mesh.primitives).some((part) => list(part.targets).length),
  );
  if (!hasTargets)
    return no(
      "This head cannot move its face: it has no morph targets (blend shapes). " +
        "Export it again with ARKit or Oculus blend shapes switched on; Avaturn and Blender both can.",
    );
  const names = namesOf(gltf);
  const morphs = Object.fromEntries(names.map((name) => [name, mapMorph(name)]).filter(([, ours]) => ours.length));
  const ours = new Set(Object.values(morphs).flat());
  if (![...ours].some(isOpening)) {
    const seen = names.length
      ? `It has ${names.slice(0, 3).join(", ")}${names.length > 3 ? " and others" : ""}.`
      : "They have no names.";
    return no(
      "No morph target opens the mouth under a name known here. " +
        `${seen} Name them as ARKit (jawOpen) or Oculus (viseme_aa) does and export again.`,
    );
  }
  const blinks = ours.has("eyeBlinkLeft") ? "" : " It cannot blink: eyeBlinkLeft and eyeBlinkRight are missing.";
  return { ok: true, message: `${ours.size} face movements found.${blinks}`, morphs };
}
