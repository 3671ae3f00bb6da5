// A head in 3D, ours or a person's own: a GLB with morph targets, moved by the map of mix.js.
// three.js is asked for when a head is opened, not before, so that this file can be fetched where three.js is missing.

import { mapMorph } from "./glb.js";

const GAZE_RAD = 0.38;
const VIEW_DEG = 20;
const TALL = 2.4; // the picture is so many times as high as the part of a face that moves

/** WebGL or three.js is missing. */
export class Unavailable extends Error {}

async function parts() {
  try {
    const [three, { GLTFLoader }] = await Promise.all([
      import("three"),
      import("three/addons/loaders/GLTFLoader.js"),
    ]);
    return { three, GLTFLoader };
  } catch (error) {
    throw new Unavailable("three.js could not be loaded; run npm install", { cause: error });
  }
}

/** @param {any} three @param {HTMLCanvasElement} canvas */
function rendererOf(three, canvas) {
  // Asked first: three.js writes an error to the console where there is none.
  const context = canvas.getContext("webgl2", { alpha: true, antialias: true, powerPreference: "low-power" });
  if (!context) throw new Unavailable("WebGL 2 is missing");
  return new three.WebGLRenderer({ canvas, context, alpha: true, antialias: true });
}

/** @typedef {{mesh: any, index: number, names: string[]}} Morph names: ours for it */

/** Every morph of the file under our names. @param {any} scene @returns {Morph[]} */
function morphsOf(scene) {
  /** @type {Morph[]} */
  const found = [];
  scene.traverse((/** @type {any} */ node) => {
    for (const [name, index] of Object.entries(
      /** @type {Record<string, number>} */ (node.morphTargetDictionary ?? {}),
    )) {
      const names = mapMorph(name);
      if (names.length) found.push({ mesh: node, index, names });
    }
  });
  return found;
}

/** @param {any} scene @param {RegExp} pattern @returns {any} */
const nodeNamed = (scene, pattern) => {
  /** @type {any[]} */
  const found = [];
  scene.traverse((/** @type {any} */ node) => pattern.test(node.name) && found.push(node));
  return found.find((node) => node.isBone) ?? found[0] ?? null;
};

/**
 * The box around all that moves when this face speaks and blinks: where the face is, whatever the rig looks like.
 * @param {any} three @param {Morph[]} morphs
 */
function faceBox(three, morphs) {
  const box = new three.Box3();
  const point = new three.Vector3();
  for (const { mesh, index, names } of morphs) {
    if (
      !names.some(
        (/** @type {string} */ name) => name === "jawOpen" || name === "viseme_aa" || name.startsWith("eyeBlink"),
      )
    )
      continue;
    const moves = mesh.geometry.morphAttributes.position?.[index];
    if (!moves) continue;
    const lengths = Array.from({ length: moves.count }, (_, i) =>
      Math.hypot(moves.getX(i), moves.getY(i), moves.getZ(i)),
    );
    const most = lengths.reduce((a, b) => Math.max(a, b), 0);
    lengths.forEach((length, i) => {
      if (length > 0.15 * most) box.expandByPoint(mesh.getVertexPosition(i, point).applyMatrix4(mesh.matrixWorld));
    });
  }
  return box;
}

/** Turns a node about the axes of the room, whichever way its own axes lie. */
class Joint {
  /** @param {any} three @param {any} node */
  constructor(three, node) {
    this.node = node;
    this.rest = node.quaternion.clone();
    this.angles = new three.Euler(0, 0, 0, "YXZ");
    this.turn = new three.Quaternion();
    this.parent = node.parent.getWorldQuaternion(new three.Quaternion());
    this.back = this.parent.clone().invert();
  }

  /** @param {number} pitch @param {number} yaw */
  set(pitch, yaw, roll = 0) {
    this.turn.setFromEuler(this.angles.set(pitch, yaw, roll));
    this.node.quaternion.copy(this.back).multiply(this.turn).multiply(this.parent).multiply(this.rest);
  }
}

export class Head {
  /**
   * buffer: a GLB that glb.js found good. onlost: called when the graphics card takes the drawing away.
   * @param {ArrayBuffer} buffer @param {{onlost: () => void}} options
   */
  static async open(buffer, { onlost }) {
    const { three, GLTFLoader } = await parts();
    const canvas = document.createElement("canvas");
    canvas.setAttribute("aria-hidden", "true");
    const renderer = rendererOf(three, canvas);
    try {
      const manager = new three.LoadingManager();
      // nothing is fetched from elsewhere
      manager.setURLModifier((/** @type {string} */ url) => (/^(data|blob):/i.test(url) ? url : "data:,"));
      const gltf = await new GLTFLoader(manager).parseAsync(buffer, "");
      return new Head(three, renderer, gltf.scene, onlost);
    } catch (error) {
      renderer.dispose();
      renderer.forceContextLoss();
      throw error;
    }
  }

  /** @type {any} */
  camera = null;
  tall = 1;

  /** @param {any} three @param {any} renderer @param {any} model @param {() => void} onlost */
  constructor(three, renderer, model, onlost) {
    this.three = three;
    this.renderer = renderer;
    this.model = model;
    /** @type {HTMLCanvasElement} */
    this.canvas = renderer.domElement;
    this.scene = new three.Scene().add(model);
    this.scene.updateMatrixWorld(true);
    this.morphs = morphsOf(model);
    this.#light();
    this.#aim();
    const head = nodeNamed(model, /(^|mixamorig|_)head$/i);
    this.head = new Joint(three, head?.parent ? head : model);
    this.turnShare = head ? [1, 1, 1] : [0.1, 0.5, 0]; // without a neck the whole figure turns, so it turns less
    this.eyes = [/(left_?eye|eye_?l(eft)?)$/i, /(right_?eye|eye_?r(ight)?)$/i]
      .map((pattern) => nodeNamed(model, pattern))
      .filter(Boolean)
      .map((node) => new Joint(three, node));
    this.restY = model.position.y;
    const has = (/** @type {string} */ name) => this.morphs.some(({ names }) => names.includes(name));
    this.hasJaw = has("jawOpen");
    this.hasLook = has("eyeLookOutLeft");
    this.ends = new AbortController();
    this.canvas.addEventListener("webglcontextlost", () => setTimeout(onlost), { signal: this.ends.signal });
    this.sizes = new ResizeObserver(() => this.#fit());
    this.sizes.observe(this.canvas);
  }

  #light() {
    const { three } = this;
    const lamp = (
      /** @type {any} */ colour,
      /** @type {number} */ strength,
      /** @type {number} */ x,
      /** @type {number} */ y,
      /** @type {number} */ z,
    ) => {
      const light = new three.DirectionalLight(colour, strength);
      light.position.set(x, y, z);
      return light;
    };
    this.scene.add(
      new three.HemisphereLight(0xffffff, 0xe6d3c4, 2.3),
      lamp(0xfff4e6, 1.7, -1.2, 1.6, 2.4),
      lamp(0xdfeaff, 0.7, 2, 0.8, -1.2),
    );
  }

  /** The face in the middle, a little under the top third, with neck and shoulders below. */
  #aim() {
    const { three } = this;
    const box = faceBox(three, this.morphs);
    if (box.isEmpty()) box.setFromObject(this.model);
    const [middle, size] = [box.getCenter(new three.Vector3()), box.getSize(new three.Vector3())];
    this.tall = TALL * Math.max(size.y, 0.7 * size.x, 1e-3);
    const distance = this.tall / 2 / Math.tan((VIEW_DEG * Math.PI) / 360);
    this.camera = new three.PerspectiveCamera(VIEW_DEG, 1, distance / 20, distance * 5);
    this.camera.position.set(middle.x, box.max.y - 0.38 * size.y, box.max.z + distance);
  }

  #fit() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width || !height) return;
    this.renderer.setPixelRatio(Math.min(2, devicePixelRatio));
    this.renderer.setSize(width, height, false);
    this.camera.aspect = width / height;
    this.camera.updateProjectionMatrix();
    this.renderer.render(this.scene, this.camera);
  }

  /** @param {Record<string, number>} weights */
  draw(weights) {
    const all = this.#complete(weights);
    for (const { mesh, index, names } of this.morphs) {
      mesh.morphTargetInfluences[index] = names.reduce((sum, name) => sum + (all[name] ?? 0), 0) / names.length;
    }
    const { headPitch = 0, headYaw = 0, headRoll = 0, gazeX = 0, gazeY = 0, breath = 0 } = weights;
    const [pitchShare, yawShare, rollShare] = this.turnShare;
    this.head.set(pitchShare * headPitch, yawShare * headYaw, -rollShare * headRoll);
    if (!this.hasLook) for (const eye of this.eyes) eye.set(-0.6 * GAZE_RAD * gazeY, GAZE_RAD * gazeX);
    this.model.position.y = this.restY + 0.003 * this.tall * breath;
    this.renderer.render(this.scene, this.camera);
  }

  /**
   * A rig with a jaw moves its lips by ARKit, one without by Oculus: both at once would open the mouth twice.
   * @param {Record<string, number>} weights
   */
  #complete(weights) {
    const all = { ...weights };
    const visemes = Object.keys(all).filter((name) => name.startsWith("viseme_"));
    if (this.hasJaw) for (const name of visemes) delete all[name];
    else if (!visemes.length) all.viseme_aa = weights.jawOpen ?? 0;
    const { gazeX: x = 0, gazeY: y = 0 } = weights;
    const look = {
      OutLeft: x,
      InRight: x,
      InLeft: -x,
      OutRight: -x,
      UpLeft: y,
      UpRight: y,
      DownLeft: -y,
      DownRight: -y,
    };
    for (const [name, value] of Object.entries(look)) all[`eyeLook${name}`] = 0.7 * Math.max(0, value);
    return all;
  }

  destroy() {
    this.ends.abort();
    this.sizes.disconnect();
    this.model.traverse((/** @type {any} */ node) => {
      node.geometry?.dispose();
      for (const material of [node.material].flat().filter(Boolean)) {
        for (const value of Object.values(material)) if (value?.isTexture) value.dispose();
        material.dispose();
      }
    });
    this.renderer.dispose();
    this.renderer.forceContextLoss(); // browsers allow few contexts at a time
    this.canvas.remove();
  }
}
