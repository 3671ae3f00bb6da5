// The built-in face: our own drawing, told how to look by a map of ARKit weights. Colours stand in avatar.css.
// Its box is 320 wide around (0, 0), which is the middle of the head.

import { s } from "../shared/dom.js";

const EYE_X = 31;
const EYE_Y = -4;
const HEAD_PX = 60; // how far a point on the nose travels for one radian of the head

const HAIR_BACK =
  "M-86 -20 C-92 -86 -54 -122 2 -122 C58 -122 92 -86 86 -18 C84 10 88 34 80 56 C72 72 54 70 50 58 " +
  "L-50 58 C-54 70 -74 72 -81 56 C-89 34 -85 8 -86 -20 Z";
const FRINGE =
  "M-79 -6 C-86 -66 -60 -109 2 -110 C62 -110 86 -68 79 -6 C77 -16 73 -27 67 -36 C56 -45 40 -58 33 -75 " +
  "C12 -56 -26 -47 -58 -43 C-70 -34 -76 -20 -79 -6 Z";
const SHINE = "M-52 -72 C-38 -92 -14 -100 14 -97";
const BODY = "M-128 170 C-126 124 -92 108 -44 99 C-24 116 24 116 44 99 C92 108 126 124 128 170 Z";
const COLLAR = "M-47 99 C-25 121 25 121 47 99";

/** @param {number} x */
const one = (x) => x.toFixed(1);
/** @param {Record<string, number>} w @param {string} name */
const mean = (w, name) => ((w[`${name}Left`] ?? 0) + (w[`${name}Right`] ?? 0)) / 2;
/** @param {Record<string, number>} w @param {string} name */
const of = (w, name) => w[name] ?? 0;

/**
 * Numbers of one eye: heights of the upper and the lower lid over the line of its corners.
 * @param {Record<string, number>} w @param {string} side
 */
function lids(w, side) {
  const shut = of(w, `eyeBlink${side}`);
  const squint = of(w, `eyeSquint${side}`);
  const low = 8.5 - 6.5 * squint + 1.5 * of(w, `eyeWide${side}`);
  const high = 14.5 + 5 * of(w, `eyeWide${side}`) - 3 * squint - 2 * of(w, `browDown${side}`);
  const shutLine = -low * (1 - 0.55 * shut);
  return { high: high + (shutLine - high) * shut, low: low * (1 - 0.45 * shut), shut };
}

/**
 * Paths of an eye: the opening, and the line of lashes above it. x: its middle; turn -1 for the person's right.
 * @param {Record<string, number>} w
 * @param {string} side
 * @param {number} x
 * @param {number} y
 * @param {number} turn
 */
function eyePaths(w, side, x, y, turn) {
  const { high, low } = lids(w, side);
  const [inner, outer] = [x - turn * 16.5, x + turn * 17.5];
  const lift = -1.6; // outer corners sit a little higher: friendlier
  const upper =
    `M${one(inner)} ${one(y)} C${one(x - turn * 11)} ${one(y - 1.34 * high)} ${one(x + turn * 10)} ` +
    `${one(y + lift - 1.34 * high)} ${one(outer)} ${one(y + lift)}`;
  const lower =
    `C${one(x + turn * 10)} ${one(y + lift + 1.3 * low)} ${one(x - turn * 11)} ${one(y + 1.3 * low)} ` +
    `${one(inner)} ${one(y)} Z`;
  return { upper, opening: `${upper} ${lower}` };
}

/**
 * @param {Record<string, number>} w
 * @param {string} side
 * @param {number} x
 * @param {number} y
 * @param {number} turn
 */
function browPath(w, side, x, y, turn) {
  const [inner, outer, down] = [of(w, "browInnerUp"), of(w, `browOuterUp${side}`), of(w, `browDown${side}`)];
  const [a, b] = [x - turn * (16 - 4 * down + 1.5 * inner), x + turn * 19];
  const innerY = y - 10 * inner - 3 * outer + 10 * down;
  const outerY = y + 4 - 8 * outer + 2 * inner + 1.5 * down;
  const peakY = y - 6.5 - 8 * outer - 5 * inner + 6 * down;
  return `M${one(a)} ${one(innerY)} Q${one(x + turn * 3)} ${one(peakY)} ${one(b)} ${one(outerY)}`;
}

/**
 * What the mouth is made of, in numbers: half width, heights of corners, of lips and of the gap between them.
 * @param {Record<string, number>} w
 */
function mouthShape(w) {
  const [smile, frown] = [mean(w, "mouthSmile"), mean(w, "mouthFrown")];
  const [pucker, funnel] = [of(w, "mouthPucker"), of(w, "mouthFunnel")];
  const press = mean(w, "mouthPress");
  const wide = mean(w, "mouthStretch");
  const jaw = of(w, "jawOpen");
  const round = Math.min(1, pucker + 0.6 * funnel);
  const closing = of(w, "mouthClose");
  const gap =
    Math.max(0, jaw * 38 - closing * 14) +
    6 * funnel +
    5 * mean(w, "mouthLowerDown") +
    3 * mean(w, "mouthUpperUp") +
    3.5 * wide * Math.min(1, jaw * 5);
  const opens = Math.max(0, gap * (1 - 0.75 * press));
  return {
    half: 27 + 10 * smile + 6 * wide + 2 * frown + 2 * press - 15 * round - 4 * jaw * (1 - smile),
    corner: -8.5 * smile + 8.5 * frown + 1.5 * wide,
    left: -6 * (of(w, "mouthSmileLeft") - smile) + 6 * (of(w, "mouthFrownLeft") - frown),
    up: -0.22 * opens - 2.5 * mean(w, "mouthUpperUp") + 4.5 * smile * (1 - jaw) - 4.5 * frown,
    down: 0.78 * opens + 4.5 * smile - 4.5 * frown,
    lip: (5 + 3.5 * round) * (1 - 0.55 * press),
    round,
    opens,
  };
}

/**
 * One lens of two curves from corner to corner: upper edge through `top`, lower edge through `low` (at the middle).
 * @param {number} x
 * @param {number} y
 * @param {ReturnType<typeof mouthShape>} m
 * @param {number} half
 * @param {number} top
 * @param {number} low
 */
function lens(x, y, m, half, top, low) {
  const [yl, yr] = [y + m.corner - m.left, y + m.corner + m.left];
  const bend = half * (0.52 + 0.4 * Math.min(1, m.opens / 22));
  const reach = (/** @type {number} */ at) => (at - m.corner) * 1.333 + m.corner;
  return (
    `M${one(x - half)} ${one(yl)} C${one(x - bend)} ${one(y + reach(top))} ${one(x + bend)} ` +
    `${one(y + reach(top))} ${one(x + half)} ${one(yr)}` +
    ` C${one(x + bend)} ${one(y + reach(low))} ${one(x - bend)} ${one(y + reach(low))} ${one(x - half)} ${one(yl)} Z`
  );
}

/**
 * The outline of the face: the chin goes down with the jaw, the cheeks out with cheekPuff.
 * @param {Record<string, number>} w @param {number} x @param {number} y
 */
function headPath(w, x, y) {
  const chin = 84 + 11 * of(w, "jawOpen");
  const cheek = 71 + 6 * of(w, "cheekPuff") + 1.5 * mean(w, "mouthSmile");
  const to = (/** @type {number} */ dx, /** @type {number} */ dy) => `${one(dx + 0.35 * x)} ${one(dy + 0.35 * y)}`;
  return (
    `M${to(-73, -24)} C${to(-74, 8)} ${to(-cheek, 30)} ${to(-57, 52)} C${to(-44, chin - 10)} ` +
    `${to(-22, chin)} ${to(0, chin)}` +
    ` C${to(22, chin)} ${to(44, chin - 10)} ${to(57, 52)} C${to(cheek, 30)} ${to(74, 8)} ${to(73, -24)} ` +
    `C${to(72, -86)} ${to(40, -104)} ${to(0, -104)} C${to(-40, -104)} ${to(-72, -86)} ${to(-73, -24)} Z`
  );
}

export class FaceDrawing {
  static count = 0;

  /** elements by what they draw, one or a pair @type {Record<string, any>} */
  parts = {};

  constructor() {
    const id = `avatar-face-${(FaceDrawing.count += 1)}`;
    this.written = new Map();
    this.#makeParts(id);
    const { parts: p } = this;
    this.head = s(
      "g",
      {},
      p.hairBack,
      p.ears,
      s("g", {}, p.head, p.cheeks, p.nose, p.creases),
      p.eyes,
      p.mouth,
      p.hair,
      p.brows,
    );
    this.body = s(
      "g",
      {},
      p.neck,
      s("path", { d: BODY, class: "av-cloth" }),
      s("path", { d: COLLAR, class: "av-collar" }),
    );
    this.root = s(
      "svg",
      { viewBox: "-160 -160 320 320", class: "av-face", "aria-hidden": "true", focusable: "false" },
      s("defs", {}, s("clipPath", { id: `${id}-disc` }, s("circle", { r: 158 })), ...p.clips),
      s("circle", { r: 158, class: "av-disc" }),
      s("g", { "clip-path": `url(#${id}-disc)` }, s("g", { transform: "translate(0 8)" }, this.body, this.head)),
    );
    this.draw({});
  }

  /** @param {string} id */
  #makeParts(id) {
    const path = (/** @type {string} */ name) => s("path", { class: name });
    const sides = [0, 1];
    const p = this.parts;
    p.hairBack = s("path", { class: "av-hair-back", d: HAIR_BACK });
    p.hair = s("g", {}, s("path", { class: "av-hair", d: FRINGE }), s("path", { class: "av-shine", d: SHINE }));
    p.ears = s(
      "g",
      {},
      ...[-1, 1].map((turn) => s("ellipse", { cx: 74 * turn, cy: 6, rx: 11, ry: 15, class: "av-ear" })),
    );
    p.neck = s("path", { class: "av-neck", d: "M-26 60 L-28 100 C-26 126 26 126 28 100 L26 60 Z" });
    p.head = path("av-skin");
    p.blush = sides.map(() => s("ellipse", { rx: 15, ry: 10, class: "av-blush" }));
    p.cheeks = s("g", {}, ...p.blush);
    p.nose = path("av-nose");
    p.creases = path("av-crease");
    p.openings = sides.map(() => path("av-white"));
    p.eyeClips = sides.map(() => s("path"));
    p.lashes = sides.map(() => path("av-lash"));
    p.pupils = sides.map(() =>
      s(
        "g",
        {},
        s("circle", { r: 11.2, class: "av-iris" }),
        s("circle", { r: 6, class: "av-pupil" }),
        s("circle", { cx: 3.8, cy: -4.2, r: 3.3, class: "av-glint" }),
        s("circle", { cx: -3.4, cy: 4, r: 1.5, class: "av-glint" }),
      ),
    );
    p.lidShade = sides.map(() => path("av-lid-shade"));
    p.eyes = s(
      "g",
      {},
      ...sides.flatMap((i) => [
        p.openings[i],
        s("g", { "clip-path": `url(#${id}-eye${i})` }, p.pupils[i], p.lidShade[i]),
        p.lashes[i],
      ]),
    );
    p.browLines = sides.map(() => path("av-brow"));
    p.brows = s("g", {}, ...p.browLines);
    this.#makeMouth(id);
    p.clips.push(...sides.map((i) => s("clipPath", { id: `${id}-eye${i}` }, p.eyeClips[i])));
  }

  /** @param {string} id */
  #makeMouth(id) {
    const p = this.parts;
    p.lips = s("path", { class: "av-lips" });
    p.inside = s("path", { class: "av-inside" });
    p.insideClip = s("path");
    p.teeth = s("rect", { class: "av-teeth", rx: 5, width: 44, height: 13 });
    p.tongue = s("ellipse", { class: "av-tongue", rx: 16, ry: 11 });
    p.line = s("path", { class: "av-line" });
    p.clips = [s("clipPath", { id: `${id}-mouth` }, p.insideClip)];
    p.mouth = s("g", {}, p.lips, p.inside, s("g", { "clip-path": `url(#${id}-mouth)` }, p.tongue, p.teeth), p.line);
  }

  /** weights: the map of mix.js. @param {Record<string, number>} w */
  draw(w) {
    const yaw = HEAD_PX * of(w, "headYaw");
    const pitch = HEAD_PX * of(w, "headPitch");
    const lift = -1.6 * of(w, "breath");
    this.#set(
      this.head,
      "transform",
      `translate(${one(0.3 * yaw)} ${one(lift * 0.7 + 0.15 * pitch)}) rotate(${one(57.3 * of(w, "headRoll"))} 0 70)`,
    );
    this.#set(this.body, "transform", `translate(0 ${one(lift)})`);
    this.#set(this.parts.hairBack, "transform", `translate(${one(-0.25 * yaw)} ${one(-0.15 * pitch)})`);
    this.#set(this.parts.ears, "transform", `translate(${one(-0.3 * yaw)} ${one(-0.3 * pitch)})`);
    this.#set(this.parts.hair, "transform", `translate(${one(0.3 * yaw)} ${one(0.3 * pitch)})`);
    this.#drawSkin(w, yaw, pitch);
    this.#drawEyes(w, 0.85 * yaw, 0.8 * pitch);
    this.#drawMouth(w, yaw, pitch);
  }

  /** @param {Record<string, number>} w @param {number} yaw @param {number} pitch */
  #drawSkin(w, yaw, pitch) {
    const p = this.parts;
    this.#set(p.head, "d", headPath(w, yaw, pitch));
    const smile = mean(w, "mouthSmile");
    [-1, 1].forEach((turn, i) => {
      this.#set(p.blush[i], "cx", one(turn * 46 + 0.7 * yaw));
      this.#set(p.blush[i], "cy", one(29 - 4 * smile + 0.8 * pitch));
    });
    this.#set(p.cheeks, "opacity", (0.5 + 0.4 * smile).toFixed(2));
    const [x, y, sneer] = [1.25 * yaw, 1.2 * pitch, mean(w, "noseSneer")];
    this.#set(
      p.nose,
      "d",
      `M${one(x - 6.5 - 2 * sneer)} ${one(y + 22 - 3 * sneer)} Q${one(x)} ${one(y + 29 - 3 * sneer)} ` +
        `${one(x + 6.5 + 2 * sneer)} ${one(y + 22 - 3 * sneer)}`,
    );
    this.#set(
      p.creases,
      "d",
      `M${one(x - 9)} ${one(y + 4)} l-5 4 M${one(x + 9)} ${one(y + 4)} l5 4 M${one(x - 16)} ` +
        `${one(y + 24)} q-9 4 -12 12 M${one(x + 16)} ${one(y + 24)} q9 4 12 12`,
    );
    this.#set(p.creases, "opacity", (0.55 * sneer).toFixed(2));
  }

  /** @param {Record<string, number>} w @param {number} yaw @param {number} pitch */
  #drawEyes(w, yaw, pitch) {
    const p = this.parts;
    ["Right", "Left"].forEach((side, i) => {
      const turn = i === 0 ? -1 : 1;
      const [x, y] = [turn * EYE_X + yaw, EYE_Y + pitch];
      const { upper, opening } = eyePaths(w, side, x, y, turn);
      for (const part of [p.openings[i], p.eyeClips[i]]) this.#set(part, "d", opening);
      for (const part of [p.lashes[i], p.lidShade[i]]) this.#set(part, "d", upper);
      this.#set(
        p.pupils[i],
        "transform",
        `translate(${one(x + 6.5 * of(w, "gazeX"))} ${one(y - 2.5 - 4.5 * of(w, "gazeY"))})`,
      );
      this.#set(p.browLines[i], "d", browPath(w, side, x, y - 31, turn));
    });
  }

  /** @param {Record<string, number>} w @param {number} yaw @param {number} pitch */
  #drawMouth(w, yaw, pitch) {
    const p = this.parts;
    const m = mouthShape(w);
    const [x, y] = [1.1 * yaw, 50 + 1.1 * pitch];
    const inside = lens(x, y, m, m.half - 2, m.up, m.down);
    this.#set(p.lips, "d", lens(x, y, m, m.half, m.up - 0.75 * m.lip, m.down + m.lip));
    for (const part of [p.inside, p.insideClip]) this.#set(part, "d", inside);
    this.#set(p.line, "d", lens(x, y, m, m.half - 1, (m.up + m.down) / 2, (m.up + m.down) / 2));
    this.#set(p.line, "opacity", (1 - Math.min(1, m.opens / 5)).toFixed(2));
    const shown = m.opens < 1.2 ? 0 : 1;
    for (const part of [p.inside, p.tongue]) this.#set(part, "opacity", shown);
    this.#set(p.teeth, "opacity", (shown * Math.max(0, 1 - 2 * m.round)).toFixed(2)); // rounded lips cover them
    this.#set(p.teeth, "x", one(x - 22));
    this.#set(p.teeth, "y", one(y + m.up - 8 + 4 * m.round));
    this.#set(p.tongue, "cx", one(x));
    this.#set(p.tongue, "cy", one(y + Math.max(m.down + 3.5, m.up + 16)));
  }

  /**
   * Most parts stay as they were from one picture to the next; only what changed is written.
   * @param {Element} node @param {string} name @param {string | number} value
   */
  #set(node, name, value) {
    let known = this.written.get(node);
    if (!known) this.written.set(node, (known = {}));
    if (known[name] === value) return;
    known[name] = value;
    node.setAttribute(name, String(value));
  }
}
