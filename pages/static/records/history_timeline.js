// A whole session at a glance: the fused estimate as a stacked area, one strip per modality, markers, a movable line.

import { h, s, stepOfKey } from "../shared/dom.js";
import { EMOTIONS, LOOKS, clock, percent } from "../shared/labels.js";

const WIDTH = 600;
const AREA = 160;
const STRIP = 14;
const STRIPS = [
  ["face", "face"],
  ["voice", "voice"],
  ["text", "words"],
];
const HEIGHT = AREA + STRIPS.length * (STRIP + 6) + 8;

export class HistoryTimeline {
  /** @param {any} data as /timeline gives it @param {(seconds: number) => void} onmove */
  constructor(data, onmove) {
    this.data = data;
    this.onmove = onmove;
    this.end = Math.max(data.end_s, 0.001);
    this.t = 0;
    this.cursor = s("line", { y1: 0, y2: HEIGHT, x1: 0, x2: 0, class: "cursor" });
    this.told = h("output", { class: "told" });
    this.plot = this.#drawing();
    this.root = this.#frame();
    this.#move(0);
  }

  #drawing() {
    const { data } = this;
    return s(
      "svg",
      {
        class: "history-timeline",
        viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
        preserveAspectRatio: "none",
        role: "slider",
        tabindex: 0,
        "aria-label": "Moment of the session",
        "aria-valuemin": 0,
        "aria-valuemax": Math.round(this.end),
        onpointerdown: (event) => this.#point(event),
        onpointermove: (event) => event.buttons && this.#point(event),
        onkeydown: (event) => this.#key(event),
      },
      this.#area(),
      this.#strips(),
      data.markers.map((/** @type {any} */ marker) =>
        s(
          "g",
          {},
          s("line", { x1: this.#x(marker.t), x2: this.#x(marker.t), y1: 0, y2: HEIGHT, class: "marker" }),
          s("title", {}, marker.label),
        ),
      ),
      this.cursor,
    );
  }

  #frame() {
    const { data } = this;
    const names = h(
      "div",
      { class: "strip-names", "aria-hidden": "true" },
      h("span", {}, "together"),
      STRIPS.map(([, name]) => h("span", {}, name)),
    );
    return h(
      "div",
      {},
      this.told,
      h("div", { class: "plot" }, names, this.plot),
      h(
        "div",
        { class: "axis number", "aria-hidden": "true" },
        h("span", {}, "0:00"),
        h("span", {}, clock(this.end)),
      ),
      this.#colours(),
      data.markers.length
        ? h(
            "p",
            { class: "hint" },
            `Markers: ${data.markers
              .slice(0, 12)
              .map((/** @type {any} */ marker) => `${clock(marker.t)} ${marker.label}`)
              .join(", ")}`,
          )
        : null,
    );
  }

  /** What the colours mean, of the expressions that stand out at all. */
  #colours() {
    const used = EMOTIONS.filter((label, index) =>
      this.data.fused.some((/** @type {any} */ bin) => bin.p[index] > 0.15),
    );
    return h(
      "ul",
      { class: "key-list" },
      used.map((label) =>
        h(
          "li",
          {},
          h("span", { class: "swatch", style: `background-color: ${LOOKS[label].colour}`, "aria-hidden": "true" }),
          LOOKS[label].word,
        ),
      ),
    );
  }

  /** @param {number} t seconds */
  #x(t) {
    return (t / this.end) * WIDTH;
  }

  #area() {
    const bins = this.data.fused;
    const at = bins.map((/** @type {any} */ bin) => this.#x(bin.bin * this.data.bin_s));
    let floor = bins.map(() => 0);
    return EMOTIONS.map((label, index) => {
      const top = bins.map((/** @type {any} */ bin, /** @type {number} */ i) => floor[i] + bin.p[index]);
      const up = top.map(
        (/** @type {number} */ value, /** @type {number} */ i) =>
          `${at[i].toFixed(1)},${(AREA * (1 - value)).toFixed(1)}`,
      );
      const down = floor
        .map(
          (/** @type {number} */ value, /** @type {number} */ i) =>
            `${at[i].toFixed(1)},${(AREA * (1 - value)).toFixed(1)}`,
        )
        .reverse();
      floor = top;
      return s("polygon", { points: [...up, ...down].join(" "), fill: LOOKS[label].colour, class: "layer" });
    });
  }

  #strips() {
    const width = Math.max(1, this.#x(this.data.bin_s));
    return STRIPS.flatMap(([name], row) =>
      this.data[name].map((/** @type {any} */ { bin, p }) =>
        s("rect", {
          x: this.#x(bin * this.data.bin_s),
          y: AREA + 8 + row * (STRIP + 6),
          width: name === "text" ? Math.max(4, width) : width,
          height: STRIP,
          fill: LOOKS[EMOTIONS[p.indexOf(Math.max(...p))]].colour,
        }),
      ),
    );
  }

  /** @param {PointerEvent} event */
  #point(event) {
    const box = this.plot.getBoundingClientRect();
    this.#move(Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * this.end);
    this.onmove(this.t);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const step = stepOfKey(event.key);
    if (step === undefined) return;
    event.preventDefault();
    this.#move(Math.min(this.end, Math.max(0, this.t + step)));
    this.onmove(this.t);
  }

  /** From a line of the transcript. @param {number} t */
  go(t) {
    this.#move(Math.min(this.end, t));
  }

  /** @param {number} t */
  #move(t) {
    this.t = t;
    for (const side of ["x1", "x2"]) this.cursor.setAttribute(side, String(this.#x(t)));
    const text = this.#text(t);
    this.plot.setAttribute("aria-valuenow", String(Math.round(t)));
    this.plot.setAttribute("aria-valuetext", text);
    this.told.textContent = text;
  }

  /** @param {number} t */
  #text(t) {
    const bin =
      this.data.fused.findLast((/** @type {any} */ one) => one.bin * this.data.bin_s <= t + 1e-6) ??
      this.data.fused[0];
    if (!bin) return `${clock(t)}: no reading`;
    if (bin.led === "uncertain") return `${clock(t)}: not sure`;
    return (
      `${clock(t)}: leaning ${LOOKS[bin.led].word} (${percent(bin.p[EMOTIONS.indexOf(bin.led)])}), ` +
      `quality ${percent(bin.quality)}`
    );
  }
}
