// Our own drawn face: the "picture" of the demo, and the emoji where the system has no colour emoji.
// A face is a handful of numbers; expressions blend by their probabilities.

import { isCalm, s } from "../shared/dom.js";
import { EMOTIONS, LOOKS } from "../shared/labels.js";

/** @import {EstimateMessage} from "../shared/wire.js" */

// smile -1..1, open 0..1, raise (brows) -1..1, tilt (inner brow up) -1..1, eye 0..1.4, nose 0..1
/** @typedef {Record<"smile" | "open" | "raise" | "tilt" | "eye" | "nose", number>} Shape */
/** @type {Record<string, Shape>} */
const SHAPES = {
  neutral: { smile: 0.08, open: 0, raise: 0, tilt: 0, eye: 1, nose: 0 },
  happy: { smile: 1, open: 0.4, raise: 0.2, tilt: 0, eye: 0.72, nose: 0 },
  sad: { smile: -0.8, open: 0, raise: 0.1, tilt: 0.9, eye: 0.7, nose: 0 },
  angry: { smile: -0.5, open: 0.1, raise: -0.5, tilt: -1, eye: 0.8, nose: 0.3 },
  fear: { smile: -0.4, open: 0.4, raise: 0.7, tilt: 0.8, eye: 1.3, nose: 0 },
  disgust: { smile: -0.6, open: 0.15, raise: -0.3, tilt: -0.5, eye: 0.5, nose: 1 },
  surprise: { smile: 0, open: 1, raise: 1, tilt: 0.1, eye: 1.4, nose: 0 },
  uncertain: { smile: -0.1, open: 0, raise: 0.3, tilt: 0.4, eye: 1, nose: 0 },
};

const KEYS = /** @type {(keyof Shape)[]} */ (Object.keys(SHAPES.neutral));

/**
 * The blended shape of {label: probability}; the strongest counts more, so that a face looks like something.
 * @param {Record<string, number>} expressions
 */
export function shapeOf(expressions) {
  /** @type {Shape} */
  const shape = { smile: 0, open: 0, raise: 0, tilt: 0, eye: 0, nose: 0 };
  const weights = EMOTIONS.map((label) => (expressions[label] ?? 0) ** 1.6);
  const sum = weights.reduce((total, weight) => total + weight, 0) || 1;
  EMOTIONS.forEach((label, i) => {
    for (const key of KEYS) shape[key] += (weights[i] / sum) * SHAPES[label][key];
  });
  return shape;
}

/**
 * Paths of brows, eyes, nose and mouth in a box of 200 by 200 around (0, 0); yaw -1..1 moves them sideways.
 * @param {Shape} shape
 */
function features(shape, yaw = 0, blink = 0) {
  const shift = 26 * yaw;
  const near = (/** @type {number} */ x) => shift + x * (1 - 0.22 * Math.abs(yaw));
  const brow = (/** @type {number} */ side) => {
    const [inner, outer] = [near(side * 13), near(side * 47)];
    const y = -36 - 11 * shape.raise;
    return (
      `M${inner} ${y - 9 * shape.tilt} Q${(inner + outer) / 2} ${y - 8 - 3 * shape.raise} ${outer} ` +
      `${y + 5 * shape.tilt}`
    );
  };
  const opened = Math.max(0.06, shape.eye * (1 - blink));
  const half = 24 + 8 * Math.max(0, shape.smile) - 7 * shape.open * (1 - Math.max(0, shape.smile));
  const corner = 46 - 11 * shape.smile;
  const top = corner + 15 * shape.smile - 3 * shape.open;
  const low = top + 3 + 44 * shape.open + 10 * Math.max(0, shape.smile) * shape.open;
  const deep = corner + 0.7 * (low + 6 * shape.smile - corner);
  const [left, right, middle] = [near(-half), near(half), near(0)];
  return {
    brows: `${brow(-1)} ${brow(1)}`,
    eyes: [-1, 1].map((side) => ({ cx: near(side * 30), cy: -12, ry: 10.5 * opened })),
    nose: `M${near(0) + 8 * yaw} -6 q${8 + 6 * yaw} 18 ${-2 + 4 * yaw} 22`,
    wrinkle: `M${near(-7)} -20 l14 5 M${near(-7)} -13 l14 5`,
    mouth:
      `M${left} ${corner} Q${middle} ${top + 6 * shape.smile} ${right} ${corner} C${right} ${deep} ` +
      `${left} ${deep} ${left} ${corner} Z`,
  };
}

/** One face that can be told how to look. */
class Face {
  /** @param {{ink: string, skin: string, hair?: string}} colours without hair it is an emoji */
  constructor({ ink, skin, hair }) {
    this.brows = s("path", { fill: "none", stroke: hair ?? ink, "stroke-width": 6, "stroke-linecap": "round" });
    this.eyes = [0, 1].map(() => s("ellipse", { rx: 8, fill: ink }));
    this.nose = s("path", { fill: "none", stroke: ink, "stroke-width": 3, "stroke-linecap": "round", opacity: 0.45 });
    this.wrinkle = s("path", { fill: "none", stroke: ink, "stroke-width": 3, "stroke-linecap": "round", opacity: 0 });
    this.mouth = s("path", { fill: "#7a2e32", stroke: ink, "stroke-width": 5, "stroke-linejoin": "round" });
    const parts = [this.brows, ...this.eyes, this.nose, this.wrinkle, this.mouth];
    const head = hair
      ? [
          s("path", {
            d: "M-104 700 L-104 230 Q-96 128 -34 116 L34 116 Q96 128 104 230 L104 700 Z",
            fill: "#5b6f80",
          }),
          s("rect", { x: -26, y: 70, width: 52, height: 56, rx: 22, fill: skin, stroke: "#00000018" }),
          s("ellipse", { cx: 0, cy: -14, rx: 84, ry: 104, fill: hair }),
          s("ellipse", { cx: 0, cy: 6, rx: 72, ry: 92, fill: skin }),
          s("path", { d: "M-74 -6 Q-66 -92 8 -92 Q70 -88 75 -6 Q56 -58 6 -62 Q-46 -58 -74 -6 Z", fill: hair }),
        ]
      : [s("circle", { r: 92, fill: skin, stroke: ink, "stroke-width": 5 })];
    this.root = s("g", {}, ...head, ...parts);
  }

  /** @param {Shape} shape */
  look(shape, yaw = 0, blink = 0) {
    const lines = features(shape, yaw, blink);
    this.brows.setAttribute("d", lines.brows);
    this.nose.setAttribute("d", lines.nose);
    this.wrinkle.setAttribute("d", lines.wrinkle);
    this.wrinkle.setAttribute("opacity", (0.6 * shape.nose).toFixed(2));
    this.mouth.setAttribute("d", lines.mouth);
    lines.eyes.forEach((eye, i) => {
      for (const [name, value] of Object.entries(eye)) this.eyes[i].setAttribute(name, value.toFixed(1));
    });
  }
}

/** A drawn emoji in the colour of the expression. @param {string} label */
export function drawnEmoji(label) {
  const face = new Face({
    ink: "#1d2126",
    skin: label === "neutral" || label === "uncertain" ? "#d8d4cc" : LOOKS[label].colour,
  });
  face.look(SHAPES[label]);
  return s("svg", { viewBox: "-100 -100 200 200", class: "drawn-emoji", "aria-hidden": "true" }, face.root);
}

/** Whether the system draws emoji in colour: one is drawn in black and looked at. */
export function hasColourEmoji() {
  const canvas = Object.assign(document.createElement("canvas"), { width: 24, height: 24 });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) return false;
  context.font = "18px sans-serif";
  context.fillText("😊", 0, 20);
  const pixels = context.getImageData(0, 0, 24, 24).data;
  for (let i = 0; i < pixels.length; i += 4) {
    if (pixels[i + 3] > 0 && Math.abs(pixels[i] - pixels[i + 2]) > 40) return true;
  }
  return false;
}

/** @typedef {{shape: Shape, box: number[], until: number, shown?: number[]}} Passer */

/** The moving picture of the demo: a drawn person, and another one who passes by. */
export class Portrait {
  /** how the person is to look next @type {{shape: Shape, yaw: number, box: number[]} | null} */
  goal = null;
  /** somebody else @type {Passer | null} */
  other = null;
  /** where somebody else is drawn now @type {number[] | undefined} */
  passing = undefined;

  constructor() {
    this.person = new Face({ ink: "#2b2420", skin: "#dcae8c", hair: "#4a382e" });
    this.passer = new Face({ ink: "#2b2420", skin: "#b98a68", hair: "#2c2926" });
    this.root = s(
      "svg",
      {
        viewBox: "0 0 640 480",
        class: "portrait",
        role: "img",
        "aria-label": "A drawn face that plays the synthetic demo",
      },
      s(
        "svg", // what reaches out of the picture is cut at its edge, as a camera does
        { width: 640, height: 480, overflow: "hidden" },
        s("rect", { width: 640, height: 480, fill: "#cfd8d6" }),
        s("circle", { cx: 520, cy: 90, r: 150, fill: "#dbe3df" }),
        s("rect", { y: 400, width: 640, height: 80, fill: "#bcc8c5" }),
        this.passer.root,
        this.person.root,
      ),
    );
    this.now = { shape: { ...SHAPES.neutral }, yaw: 0, box: [230, 130, 410, 350] };
    this.passer.root.setAttribute("opacity", "0");
    this.draw(0, 1);
  }

  /** @param {Passer} other @param {number} share of the way to where it was told last */
  #pass(other, share) {
    const last = other.shown ?? this.passing ?? other.box;
    this.passing = other.shown = last.map((side, i) => side + share * (other.box[i] - side));
    place(this.passer, this.passing, other.shape, 0, 0);
  }

  /** The newest face_emotion of the person, or of somebody else. @param {EstimateMessage} event */
  tell(event) {
    const box = event.box ?? [];
    if (event.is_subject) {
      this.goal = {
        shape: shapeOf(event.expressions),
        yaw: event.reasons.includes("turned_away") ? 0.95 : 0,
        box,
      };
    } else {
      this.other = { shape: shapeOf(event.expressions), box, until: event.t + 0.4 };
    }
  }

  /** Ease towards what was told; called once per drawn picture. @param {number} time @param {number} elapsed */
  draw(time, elapsed) {
    const share = isCalm() ? 1 : 1 - Math.exp(-elapsed / 0.18);
    const { now, goal } = this;
    if (goal) {
      for (const key of KEYS) now.shape[key] += share * (goal.shape[key] - now.shape[key]);
      now.yaw += share * (goal.yaw - now.yaw);
      now.box = now.box.map((side, i) => side + share * (goal.box[i] - side));
    }
    const blink = time % 3.7 < 0.13 ? 1 : 0;
    place(this.person, now.box, now.shape, now.yaw, blink);
    const other = this.other && time < this.other.until ? this.other : null;
    this.passer.root.setAttribute("opacity", other ? "1" : "0");
    if (other) this.#pass(other, share);
    else this.passing = undefined;
  }
}

/** @param {Face} face @param {number[]} box @param {Shape} shape @param {number} yaw @param {number} blink */
function place(face, [x1, y1, x2, y2], shape, yaw, blink) {
  const scale = (y2 - y1) / 176;
  face.root.setAttribute(
    "transform",
    `translate(${((x1 + x2) / 2).toFixed(1)} ${((y1 + y2) / 2 - 8 * scale).toFixed(1)}) scale(${scale.toFixed(3)})`,
  );
  face.look(shape, yaw, blink);
}
