// The timeline: fused probabilities as stacked areas on a canvas, with a cursor for mouse, finger and keyboard.

import { h, isCalm, setText, stepOfKey } from "../shared/dom.js";
import { LOOKS, clock, foldTo, labelsOf, percent } from "../shared/labels.js";
import { TIMELINE } from "../shared/words.js";
import { Ledger, spansOf } from "./ledger.js";
import { STRIPS_PX, drawStrips, stripsAt } from "./timeline_strips.js";

/** @import {FusedEntry} from "./ledger.js" */

const SPAN_S = 60;
const GAP_S = 1.5;
const RIGHT_PX = 92; // room for the direct labels
const BELOW_PX = 24; // room for the time axis
const STRIPS_GAP_PX = 6;
const FONT = "15px -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', Arial, sans-serif";

export class Timeline {
  ledger = new Ledger();
  /** of the view, 7 or 4 */
  classes = 7;
  /** the newest moment that is shown, seconds */
  until = 0;
  /** the length where a clip is shown at once, seconds @type {number | null} */
  whole = null;
  /** where mouse, finger or keyboard point, seconds @type {number | null} */
  cursor = null;
  /** where a clip is being played, seconds @type {number | null} */
  playhead = null;
  /** milliseconds of the page, as are the next @type {number} */
  drawnAt = 0;
  /** when the words beside it were written @type {number | null} */
  describedAt = null;
  /** colours of the theme, as text */
  colours = { ink: "", quiet: "", line: "" };
  /** of the areas, pixels */
  box = { width: 1, height: 1 };
  /** baseline of the time axis, pixels */
  foot = 0;

  /** @param {{onmark: () => void, onseek: (seconds: number) => void}} handlers */
  constructor({ onmark, onseek }) {
    this.onseek = onseek;
    this.canvas = h("canvas", { "aria-hidden": "true" });
    this.tip = h("div", { class: "tip number", hidden: true });
    this.title = h("h3", {}, TIMELINE.title);
    this.mark = h("button", { class: "small", onclick: onmark }, TIMELINE.mark);
    this.plot = h(
      "div",
      {
        class: "plot",
        tabindex: 0,
        role: "slider",
        "aria-label": `${TIMELINE.title}. ${TIMELINE.hint}`,
        "aria-valuemin": 0,
        "aria-valuemax": SPAN_S,
        "aria-valuenow": SPAN_S,
        "aria-valuetext": TIMELINE.empty,
        onpointermove: (event) => this.#point(event),
        onpointerleave: () => this.#leave(),
        onpointerdown: (event) => this.#press(event),
        onkeydown: (event) => this.#key(event),
        onblur: () => this.#leave(),
      },
      this.canvas,
      this.tip,
    );
    this.words = h("p", { class: "visually-hidden" }, TIMELINE.summary([]));
    this.root = h(
      "section",
      { class: "card timeline", "aria-label": "Timeline" },
      h("header", {}, this.title, h("span", { class: "hint number" }, TIMELINE.strips), this.mark),
      this.plot,
      this.words,
    );
    new ResizeObserver(() => this.draw()).observe(this.plot);
  }

  /** Start over. @param {Ledger} ledger @param {number | null} [whole] seconds where a clip is shown at once */
  use(ledger, whole = null) {
    this.ledger = ledger;
    this.whole = whole;
    this.cursor = this.playhead = null;
    setText(this.title, whole === null ? TIMELINE.title : TIMELINE.whole);
    this.plot.setAttribute("aria-label", `${this.title.textContent}. ${TIMELINE.hint}`);
    this.plot.setAttribute("aria-valuemax", String(Math.ceil(whole ?? SPAN_S)));
    this.mark.hidden = whole !== null;
    this.describedAt = null;
    this.draw();
    this.#describe();
  }

  /** @returns {[number, number]} */
  get range() {
    return this.whole === null ? [this.until - SPAN_S, this.until] : [0, this.whole];
  }

  /**
   * Move on to a time; drawn at most 12 times a second, less with reduced motion.
   * @param {number} until @param {number} classes
   */
  tick(until, classes, isNow = false) {
    this.until = until;
    this.classes = classes;
    const pause = isCalm() ? 500 : 80;
    if (!isNow && performance.now() - this.drawnAt < pause) return;
    this.draw();
    this.#describe();
  }

  draw() {
    this.drawnAt = performance.now();
    const { clientWidth: width, clientHeight: height } = this.plot;
    if (width === 0) return;
    const ratio = Math.min(2, devicePixelRatio || 1);
    Object.assign(this.canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
    const context = this.canvas.getContext("2d");
    if (!context) return;
    context.scale(ratio, ratio);
    const style = getComputedStyle(this.root);
    const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
    this.colours = { ink: colour("--ink"), quiet: colour("--quiet"), line: colour("--line") };
    this.box = { width: width - RIGHT_PX, height: height - BELOW_PX - STRIPS_PX - STRIPS_GAP_PX };
    this.foot = height - 6;
    this.#grid(context);
    const [from, to] = this.range;
    const entries = this.ledger.fused.filter((entry) => entry.at >= from - GAP_S && entry.at <= to + 0.01);
    context.save();
    context.beginPath();
    context.rect(0, 0, this.box.width, this.box.height);
    context.clip();
    for (const run of runs(entries)) this.#areas(context, run);
    this.#unsure(context, entries);
    context.restore();
    drawStrips(context, {
      ledger: this.ledger,
      range: this.range,
      classes: this.classes,
      ...this.colours,
      top: this.box.height + STRIPS_GAP_PX,
      width: this.box.width,
      x: (at) => this.#x(at),
    });
    this.#labels(context, entries.at(-1));
    this.#marks(context, from, to);
  }

  /** @param {number} at */
  #x(at) {
    const [from, to] = this.range;
    return ((at - from) / (to - from)) * this.box.width;
  }

  /** @param {CanvasRenderingContext2D} context */
  #grid(context) {
    const [from, to] = this.range;
    context.font = FONT;
    context.fillStyle = this.colours.quiet;
    context.strokeStyle = this.colours.line;
    context.lineWidth = 1;
    context.strokeRect(0.5, 0.5, this.box.width - 1, this.box.height - 1);
    const step = this.whole === null ? (this.box.width < 420 ? 20 : 10) : stepOf(this.whole, this.box.width);
    for (let k = 0; k * step <= to - from + 1e-6; k += 1) {
      const at = this.whole === null ? to - k * step : k * step;
      const text = this.whole === null ? (k === 0 ? "now" : `${k * step} s`) : clock(at);
      const x = this.#x(at);
      const side = context.measureText(text).width;
      context.fillText(text, Math.min(Math.max(0, x - side / 2), this.box.width - side), this.foot);
    }
  }

  /** @param {CanvasRenderingContext2D} context @param {FusedEntry[]} run */
  #areas(context, run) {
    const labels = labelsOf(this.classes);
    let floor = run.map(() => 0);
    for (const label of labels) {
      const top = run.map((entry, i) => floor[i] + (foldTo(this.classes, entry.expressions)[label] ?? 0));
      context.beginPath();
      run.forEach((entry, i) => context.lineTo(this.#x(entry.at), this.box.height * (1 - top[i])));
      for (let i = run.length - 1; i >= 0; i -= 1)
        context.lineTo(this.#x(run[i].at), this.box.height * (1 - floor[i]));
      context.closePath();
      context.fillStyle = LOOKS[label].colour;
      context.fill();
      this.#edge(context, run, floor, top);
      floor = top;
    }
  }

  /**
   * A band's upper edge in the text colour, where the band is thick enough to have one.
   * @param {CanvasRenderingContext2D} context
   * @param {FusedEntry[]} run
   * @param {number[]} floor
   * @param {number[]} top
   */
  #edge(context, run, floor, top) {
    context.strokeStyle = this.colours.ink;
    context.globalAlpha = 0.6;
    context.lineWidth = 1;
    context.beginPath();
    run.forEach((entry, i) => {
      const isThick = (top[i] - floor[i]) * this.box.height > 3;
      const [x, y] = [this.#x(entry.at), this.box.height * (1 - top[i])];
      if (isThick) context.lineTo(x, y);
      else context.moveTo(x, y);
    });
    context.stroke();
    context.globalAlpha = 1;
  }

  /**
   * Spans in which the answer was "not sure" are hatched over.
   * @param {CanvasRenderingContext2D} context @param {FusedEntry[]} entries
   */
  #unsure(context, entries) {
    context.fillStyle = hatchOf(context, this.root);
    for (const span of spansOf(entries, this.classes)) {
      if (span.label !== "uncertain") continue;
      const x = this.#x(span.from);
      const until = Math.min(this.box.width, this.#x(span.to)); // the newest speaks a little beyond now
      context.fillRect(x, 0, Math.max(1, until - x), this.box.height);
    }
  }

  /**
   * Names beside the bands they belong to; small bands stay unnamed, the cursor tells them.
   * @param {CanvasRenderingContext2D} context @param {FusedEntry | undefined} entry
   */
  #labels(context, entry) {
    if (!entry || (this.whole === null && this.until - entry.at > GAP_S)) return;
    const view = foldTo(this.classes, entry.expressions);
    let floor = 0;
    context.font = FONT;
    context.fillStyle = this.colours.ink;
    for (const label of labelsOf(this.classes)) {
      const share = view[label] ?? 0;
      if (share * this.box.height > 17) {
        context.fillText(LOOKS[label].word, this.box.width + 10, this.box.height * (1 - floor - share / 2) + 5);
      }
      floor += share;
    }
  }

  /** @param {CanvasRenderingContext2D} context @param {number} from @param {number} to */
  #marks(context, from, to) {
    context.strokeStyle = context.fillStyle = this.colours.ink;
    context.lineWidth = 1.5;
    const verticals = this.ledger.markers.filter((marker) => marker.at >= from && marker.at <= to);
    for (const marker of verticals) {
      const x = this.#x(marker.at);
      vertical(context, x, this.box.height);
      context.beginPath();
      context.moveTo(x, 0);
      context.lineTo(x + 9, 5);
      context.lineTo(x, 10);
      context.fill();
    }
    const at = this.cursor ?? this.playhead ?? null;
    if (at === null || at < from || at > to) return;
    context.lineWidth = 2;
    vertical(context, this.#x(at), this.box.height);
  }

  /** @param {PointerEvent} event */
  #at(event) {
    const side = this.plot.getBoundingClientRect();
    const [from, to] = this.range;
    return Math.min(to, from + ((event.clientX - side.left) / this.box.width) * (to - from));
  }

  /** @param {PointerEvent} event */
  #point(event) {
    this.#show(this.#at(event));
  }

  /** @param {PointerEvent} event */
  #press(event) {
    this.#show(this.#at(event));
    if (this.whole !== null) this.onseek(this.#at(event));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const step = stepOfKey(event.key);
    if (step === undefined) return;
    event.preventDefault();
    const [from, to] = this.range;
    const goal = Math.max(from, Math.min(to, (this.cursor ?? this.playhead ?? to) + step));
    this.#show(goal);
    if (this.whole !== null) this.onseek(goal);
  }

  #leave() {
    this.cursor = null;
    this.tip.hidden = true;
    this.draw();
  }

  /** @param {number} at */
  #show(at) {
    this.cursor = at;
    const entry = Ledger.before(this.ledger.fused, at + 0.1);
    const when = this.whole === null ? `${Math.round(this.until - at)} s ago` : clock(at);
    const values = entry && at - entry.at < GAP_S ? valuesOf(entry, this.classes) : "no reading";
    const text = `${when}: ${values}${stripsAt(this.ledger, at, this.classes)}`;
    const [from] = this.range;
    this.plot.setAttribute("aria-valuenow", String(Math.round(at - from)));
    this.plot.setAttribute("aria-valuetext", text);
    setText(this.tip, text);
    this.tip.hidden = false;
    const x = this.#x(at);
    const { offsetWidth: width } = this.tip;
    this.tip.style.left = `${Math.max(0, Math.min(x - width / 2, this.plot.clientWidth - width))}px`;
    this.draw();
  }

  /** The same in words, at most every three seconds, for those who do not see the canvas. */
  #describe() {
    if (performance.now() - (this.describedAt ?? -1e9) < 3000) return;
    this.describedAt = performance.now();
    const [from] = this.range;
    /** @type {Record<string, number>} */
    const seconds = {};
    for (const span of spansOf(
      this.ledger.fused.filter((entry) => entry.at >= from),
      this.classes,
    )) {
      seconds[span.label] = (seconds[span.label] ?? 0) + span.to - span.from;
    }
    const parts = Object.entries(seconds)
      .filter(([, length]) => length >= 1)
      .sort((a, b) => b[1] - a[1]);
    setText(
      this.words,
      TIMELINE.summary(parts.map(([label, length]) => `${LOOKS[label].word} ${Math.round(length)} s`)),
    );
  }
}

/** Readings without a gap between them. @param {FusedEntry[]} entries */
function runs(entries) {
  /** @type {FusedEntry[][]} */
  const found = [];
  entries.forEach((entry, i) => {
    const run = found.at(-1);
    if (!run || entry.at - entries[i - 1].at > GAP_S) found.push([entry]);
    else run.push(entry);
  });
  return found.filter((run) => run.length > 1);
}

/** @param {CanvasRenderingContext2D} context @param {number} x @param {number} height */
function vertical(context, x, height) {
  context.beginPath();
  context.moveTo(x, 0);
  context.lineTo(x, height);
  context.stroke();
}

/** @param {number} seconds @param {number} width */
function stepOf(seconds, width) {
  const wanted = seconds / Math.max(2, width / 110);
  return [1, 2, 5, 10, 15, 30, 60, 120].find((step) => step >= wanted) ?? 300;
}

/** @param {FusedEntry} entry @param {number} classes */
function valuesOf(entry, classes) {
  const view = foldTo(classes, entry.expressions);
  const best = Object.entries(view)
    .sort((a, b) => b[1] - a[1])
    .slice(0, 3);
  const values = best.map(([label, share]) => `${LOOKS[label].word} ${percent(share)}`).join(", ");
  return entry.abstained ? `not sure (${values})` : values;
}

/** @param {CanvasRenderingContext2D} context @param {HTMLElement} root */
function hatchOf(context, root) {
  const tile = Object.assign(document.createElement("canvas"), { width: 8, height: 8 });
  const pen = tile.getContext("2d");
  if (!pen) return "transparent";
  const style = getComputedStyle(root);
  pen.fillStyle = style.getPropertyValue("--hatch-ground").trim();
  pen.fillRect(0, 0, 8, 8);
  pen.strokeStyle = style.getPropertyValue("--quiet").trim();
  pen.lineWidth = 1.5;
  for (const shift of [-8, 0, 8]) {
    pen.moveTo(shift - 1, 9);
    pen.lineTo(shift + 9, -1);
  }
  pen.stroke();
  return context.createPattern(tile, "repeat") ?? "transparent";
}
