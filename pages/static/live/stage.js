// The stage: the person's own picture, the face box drawn over it, the light, the chips, pause and stop.

import { h, setText } from "../shared/dom.js";
import { LOOKS, clock, percent } from "../shared/labels.js";
import { LIVE, reasonWords } from "../shared/words.js";

const BOX_OLD_S = 1; // a box without a newer reading fades

/** @import {EstimateMessage} from "../shared/wire.js" */
/** @import {ModeName, State} from "./mode.js" */
/** @typedef {{event: EstimateMessage, time: number, label: string}} ShownFace */
/** @typedef {{quality: number, reasons: string[]}} Quality of the picture */

export class Stage {
  /** the clock that boxes age by */
  time = 0;
  /** what the chips were drawn from last */
  chipsKey = "";
  /** in the place of the camera's picture @type {Element | null} */
  substitute = null;
  /** by face_id @type {Map<number | null | undefined, ShownFace>} */
  faces = new Map();

  /** @param {{onpause: () => void, onstop: () => void, onsettings: () => void}} options */
  constructor({ onpause, onstop, onsettings }) {
    this.video = h("video", {
      class: "picture",
      autoplay: true,
      muted: true,
      playsinline: true,
      "aria-label": "Your own camera picture",
    });
    this.video.muted = true;
    this.canvas = h("canvas", { class: "overlay", "aria-hidden": "true" });
    this.frame = h("div", { class: "frame mirrored" }, this.video, this.canvas);
    this.light = h("span", { class: "light-text" }, LIVE.waiting);
    this.elapsed = h("span", { class: "number" }, "0:00");
    this.lightRow = h(
      "div",
      { class: "light", "data-on": "false" },
      h("span", { class: "lamp", "aria-hidden": "true" }),
      this.elapsed,
      this.light,
    );
    this.ribbon = h("div", { class: "ribbon", hidden: true }, LIVE.demo);
    this.chips = h("div", { class: "chips", "aria-label": "Quality of the picture" });
    this.pause = h("button", { class: "wide", onclick: onpause }, LIVE.pause);
    this.stop = h("button", { class: "wide", onclick: onstop }, LIVE.stop);
    this.controls = h(
      "div",
      { class: "controls thumb" },
      this.pause,
      this.stop,
      h("button", { class: "quiet settings", onclick: onsettings }, LIVE.settings),
    );
    this.root = h(
      "section",
      { class: "card stage", "aria-label": "Stage" },
      h("div", { class: "screen" }, this.frame, this.lightRow, this.ribbon),
      this.chips,
      this.controls,
    );
    new ResizeObserver(() => this.draw(this.time)).observe(this.frame);
    this.quality(null);
  }

  /** The buttons and the ribbon that fit a state. @param {State} state @param {ModeName} mode */
  setState(state, mode) {
    this.root.dataset.state = state;
    this.ribbon.hidden = mode !== "demo";
    this.lightRow.hidden = mode === "clip";
    this.controls.hidden = state === "preflight" || state === "clip";
    this.chips.hidden = state === "clip";
    setText(this.pause, state === "review" ? LIVE.another : state === "paused" ? LIVE.resume : LIVE.pause);
    setText(this.stop, state === "review" ? LIVE.done : LIVE.stop);
    this.pause.classList.toggle("primary", state === "paused");
    this.root.classList.toggle("is-paused", state === "paused");
    if (state === "paused") this.#forget();
  }

  /** There is something to draw a box on: a drawing, or a camera that sends. */
  get hasPicture() {
    if (this.substitute) return !this.substitute.matches(".no-picture, .blank");
    return this.video.srcObject !== null && this.video.readyState >= 2;
  }

  /** A box belongs to the picture it was read in; where that is gone, none stays. */
  #forget() {
    this.faces.clear();
    this.draw(this.time);
  }

  /** @param {boolean} isMirrored */
  mirror(isMirrored) {
    this.frame.classList.toggle("mirrored", isMirrored);
  }

  /** Put a drawing in the place of the camera picture, or take it away. @param {Element | null} node */
  replacePicture(node) {
    this.substitute?.remove();
    this.substitute = node;
    this.video.hidden = node !== null;
    if (node) this.frame.prepend(node);
  }

  /** What stands in the place of the picture where there is none. @param {string} text */
  blank(text) {
    return h("div", { class: "no-picture" }, text);
  }

  /** @param {string} text @param {boolean} isOn */
  showLight(text, isOn, kind = "live") {
    setText(this.light, text);
    this.lightRow.dataset.on = String(isOn);
    this.lightRow.dataset.kind = kind;
  }

  /** @param {number} seconds */
  showTime(seconds) {
    setText(this.elapsed, clock(seconds));
  }

  /**
   * A face_emotion; time is the clock the boxes age by.
   * @param {EstimateMessage} event @param {number} time @param {string} label
   */
  face(event, time, label) {
    if (this.root.dataset.state === "paused") return; // read before the pause, told after it
    this.faces.set(event.face_id, { event, time, label });
    if (event.is_subject) this.quality(event);
    this.draw(time);
  }

  /** @param {Quality | null} event */
  quality(event) {
    const others = [...this.faces.values()].filter(
      (face) => !face.event.is_subject && this.time - face.time < BOX_OLD_S,
    ).length;
    /** @type {[string, string, boolean][]} name, words, whether it is a warning */
    const chips = [];
    if (event) {
      chips.push(["quality", `${LIVE.quality} ${percent(event.quality)}`, event.quality < 0.5]);
      const reasons = event.reasons ?? [];
      if (reasons.length === 0) chips.push(["fine", LIVE.good, false]);
      for (const reason of reasons.slice(0, 2)) chips.push([reason, reasonWords([reason]), true]);
    } else chips.push(["none", LIVE.age(null), false]);
    if (others > 0) chips.push(["others", LIVE.otherFaces(others), false]);
    const key = chips.join("|");
    if (key === this.chipsKey) return;
    this.chipsKey = key;
    this.chips.replaceChildren(
      ...chips.map(([name, text, isBad]) =>
        h("span", { class: isBad ? "chip warn" : "chip", "data-chip": name }, text),
      ),
    );
  }

  noFace() {
    this.faces.clear();
    this.quality({ quality: 0, reasons: ["no_face"] });
    this.draw(this.time);
  }

  clear() {
    this.faces.clear();
    this.quality(null);
    this.draw(0);
  }

  /**
   * Thin boxes in the pixels of the sent picture, mapped as `object-fit: contain` maps the picture.
   * @param {number} time
   */
  draw(time) {
    this.time = time;
    const { clientWidth: width, clientHeight: height } = this.frame;
    if (width === 0) return;
    const ratio = Math.min(2, devicePixelRatio || 1);
    if (this.canvas.width !== Math.round(width * ratio)) this.canvas.width = Math.round(width * ratio);
    if (this.canvas.height !== Math.round(height * ratio)) this.canvas.height = Math.round(height * ratio);
    const context = this.canvas.getContext("2d");
    if (!context) return;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    if (!this.hasPicture) return;
    for (const [id, face] of this.faces) {
      if (time - face.time > BOX_OLD_S || time < face.time - 0.5) this.faces.delete(id);
      else this.#box(context, face, width, height);
    }
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {{event: EstimateMessage, label: string}} options
   * @param {number} width
   * @param {number} height
   */
  #box(context, { event, label }, width, height) {
    if (!event.box || !event.frame) return;
    const [pictureWidth, pictureHeight] = event.frame;
    const scale = Math.min(width / pictureWidth, height / pictureHeight);
    const [left, top] = [(width - pictureWidth * scale) / 2, (height - pictureHeight * scale) / 2];
    const [x1, y1, x2, y2] = event.box.map((side, i) => side * scale + (i % 2 ? top : left));
    context.beginPath();
    context.roundRect(x1, y1, x2 - x1, y2 - y1, 14);
    context.lineWidth = event.is_subject ? 5 : 3;
    context.strokeStyle = "rgba(0, 0, 0, 0.35)";
    context.stroke();
    context.lineWidth = event.is_subject ? 3 : 1.5;
    context.strokeStyle = event.is_subject ? LOOKS[label].colour : "#d0d0d0";
    context.stroke();
  }
}
