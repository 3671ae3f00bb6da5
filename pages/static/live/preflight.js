// A picture and three ticks before the session: light, face, distance. It goes on by itself.

import { brightnessOf } from "../capture/capture.js";
import { h, setText } from "../shared/dom.js";
import { PREFLIGHT } from "../shared/words.js";

const HEARD_DB = -55; // a room with somebody in it; silence of a muted microphone lies below -70
const HEARD_S = 5;

const GREEN_S = 1; // all three fine for so long
const IMPATIENT_S = 4; // then "Continue anyway" appears
const DARK = 45; // mean brightness 0..255 below which a face is hard to read
const BRIGHT = 225;
const FRESH_S = 0.8;

/** @import {EstimateMessage} from "../shared/wire.js" */
/** @typedef {{root: HTMLElement, hint: HTMLElement}} Row */
/** @typedef {[boolean | null, string]} Check fine or not, null: not known yet; and the words for it */

/** @type {Record<string, string>} */
const NAMES = {
  light: PREFLIGHT.light,
  face: PREFLIGHT.face,
  size: PREFLIGHT.size,
  sound: PREFLIGHT.sound,
};

/**
 * What is fine and what to do: pure. face: newest face_emotion with its age, or null.
 * @param {number} brightness @param {EstimateMessage | null} face @param {boolean} hasServer
 * @returns {Record<"light" | "face" | "size", Check>}
 */
export function checks(brightness, face, hasServer) {
  const reasons = face?.reasons ?? [];
  const dark = reasons.includes("low_light") || (face === null && brightness < DARK);
  const bright = reasons.includes("too_bright") || (face === null && brightness > BRIGHT);
  const { hints, ok } = PREFLIGHT;
  /** @type {Check} */
  const light = dark ? [false, hints.dark] : bright ? [false, hints.bright] : [true, ok.light];
  if (!hasServer) return { light, face: [null, hints.noServer], size: [null, PREFLIGHT.waiting] };
  if (face === null) return { light, face: [false, hints.noFace], size: [null, PREFLIGHT.waiting] };
  const small = reasons.includes("too_small");
  return { light, face: [true, ok.face], size: small ? [false, hints.far] : [true, ok.size] };
}

export class Preflight {
  /** when the first picture or sound was looked at @type {number | null} */
  beganAt = null;
  /** since when all is fine @type {number | null} */
  greenSince = null;
  /** when something was heard last @type {number | null} */
  heardAt = null;
  /** @type {{event: EstimateMessage, time: number} | null} */
  face = null;

  /** @param {{ongo: () => void, oncancel: () => void}} handlers */
  constructor({ ongo, oncancel }) {
    this.ongo = ongo;
    /** @type {Record<string, Row>} */
    this.rows = Object.fromEntries(["light", "face", "size", "sound"].map((name) => [name, this.#row(name)]));
    this.title = h("h2", { tabindex: -1 }, PREFLIGHT.title);
    this.intro = h("p", { class: "intro" }, PREFLIGHT.asking);
    this.anyway = h("button", { class: "later", onclick: () => this.#leave() }, PREFLIGHT.go);
    this.root = h(
      "section",
      { class: "card preflight", "aria-label": "Preflight" },
      this.title,
      this.intro,
      h(
        "ul",
        { class: "checks" },
        Object.values(this.rows).map((row) => row.root),
      ),
      h(
        "div",
        { class: "controls" },
        this.anyway,
        h("button", { class: "quiet", onclick: oncancel }, PREFLIGHT.cancel),
      ),
    );
  }

  /** @param {string} name */
  #row(name) {
    const hint = h("span", { class: "hint" }, PREFLIGHT.waiting);
    const root = h(
      "li",
      { "data-check": name, "data-ok": "wait" },
      h("span", { class: "tick", "aria-hidden": "true" }),
      h("span", { class: "check-name" }, NAMES[name]),
      hint,
    );
    return { root, hint };
  }

  /** wants: {camera, microphone}, what was allowed @param {{camera: boolean, microphone: boolean}} options */
  begin({ camera, microphone }) {
    this.face = this.greenSince = this.beganAt = this.heardAt = null;
    for (const [name, row] of Object.entries(this.rows)) row.root.hidden = !(name === "sound" ? microphone : camera);
    setText(this.intro, PREFLIGHT.asking);
    this.anyway.classList.add("later");
    for (const row of Object.values(this.rows)) this.#mark(row, [null, PREFLIGHT.waiting]);
  }

  /** A device that could not be had is not waited for. @param {string} name */
  without(name) {
    this.rows[name].root.hidden = true;
  }

  /** @param {number} level @param {number} time */
  hear(level, time) {
    if (level > HEARD_DB) this.heardAt = time;
  }

  /** @param {EstimateMessage} event @param {number} time */
  see(event, time) {
    if (event.is_subject) this.face = { event, time };
  }

  /**
   * Called a few times a second while picture or sound is there; video: null without a picture.
   * @param {HTMLVideoElement | null} video @param {boolean} hasServer @param {number} time
   */
  tick(video, hasServer, time) {
    const beganAt = (this.beganAt ??= time);
    setText(this.intro, PREFLIGHT.intro);
    const face = this.face && time - this.face.time < FRESH_S ? this.face.event : null;
    const isHeard = this.heardAt !== null && time - this.heardAt < HEARD_S;
    /** @type {Check} */
    const sound = hasServer
      ? [isHeard, isHeard ? PREFLIGHT.ok.sound : PREFLIGHT.hints.noSound]
      : [null, PREFLIGHT.waiting];
    /** @type {Record<string, Check>} */
    const found = { ...(video ? checks(brightnessOf(video), face, hasServer) : {}), sound };
    const asked = Object.entries(this.rows).filter(([, row]) => !row.root.hidden);
    for (const [name, row] of asked) this.#mark(row, found[name] ?? [null, PREFLIGHT.waiting]);
    const isGreen = hasServer && asked.every(([name]) => found[name]?.[0] === true);
    const since = isGreen ? (this.greenSince ?? time) : null;
    this.greenSince = since;
    this.anyway.classList.toggle("later", time - beganAt < IMPATIENT_S || !hasServer);
    if (since !== null && time - since >= GREEN_S) this.#leave();
  }

  /** @param {Row} row @param {Check} check */
  #mark(row, [isFine, hint]) {
    row.root.dataset.ok = isFine === null ? "wait" : String(isFine);
    setText(row.hint, hint);
  }

  #leave() {
    this.ongo();
  }
}
