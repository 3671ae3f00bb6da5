// Under the fused areas: one thin line per source, in the colour of what it alone leads with; words last as long as
// they were said, with a tick where a sentence ends.

import { LOOKS, foldTo, leader } from "../shared/labels.js";
import { TIMELINE } from "../shared/words.js";

const ROW_PX = 18; // a line of small type
const BAR_PX = 7;
/** @import {Ledger, ReadingEntry} from "./ledger.js" */
/** @typedef {"faces" | "voice" | "text"} Source a list of the ledger */
/** @typedef {{from: number, to: number, label: string, isEnd: boolean}} Span isEnd: a sentence ends there */

/** @type {Source[]} */
const SOURCES = ["faces", "voice", "text"];
const HOLD_S = { faces: 0.6, voice: 1.1, text: 0.4 }; // a reading stands this long when none follows
const NEAR_S = 1.5;
export const STRIPS_PX = 3 * ROW_PX;

/**
 * Spans of one source: neighbours of one label are one span, sentences stay apart.
 * @param {Source} name @param {ReadingEntry[]} entries @param {number} [classes]
 */
export function stripOf(name, entries, classes = 7) {
  /** @type {Span[]} */
  const spans = [];
  entries.forEach((entry, i) => {
    const { label } = leader(foldTo(classes, entry.expressions));
    const said = name === "text" ? Math.max(HOLD_S.text, entry.event.t - (entry.event.start_t ?? NaN) || 0) : 0;
    const next = entries[i + 1]?.at ?? Infinity;
    const from = entry.at - said;
    const to = name === "text" ? entry.at : Math.min(next, entry.at + HOLD_S[name]);
    const before = spans.at(-1);
    if (name !== "text" && before?.label === label && from - before.to < 1e-6) before.to = to;
    else spans.push({ from, to, label, isEnd: name === "text" });
  });
  return spans;
}

/**
 * The three lines, under each other from `top`; x: pixels of a time.
 * @param {CanvasRenderingContext2D} context
 * @param {{ledger: Ledger, range: number[], classes: number, ink: string, line: string, quiet: string, top: number,
 *   width: number, x: (at: number) => number}} options
 */
export function drawStrips(context, { ledger, range: [from, to], classes, ink, line, quiet, top, width, x }) {
  SOURCES.forEach((name, row) => {
    const y = top + row * ROW_PX + (ROW_PX - BAR_PX) / 2;
    context.fillStyle = line;
    context.fillRect(0, y + BAR_PX / 2 - 0.5, width, 1);
    const near = ledger[name].filter((entry) => entry.at >= from - NEAR_S && entry.at <= to + 30);
    for (const span of stripOf(name, near, classes)) {
      const [left, right] = [Math.max(0, x(span.from)), Math.min(width, x(span.to))];
      if (right <= 0 || left >= width) continue;
      bar(context, left, y, Math.max(2, right - left), LOOKS[span.label].colour, ink);
      if (span.isEnd) tick(context, right, y, ink);
    }
    context.fillStyle = quiet;
    context.fillText(TIMELINE.strip[name], width + 10, y + BAR_PX + 2);
  });
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {any} colour
 * @param {string} ink
 */
function bar(context, x, y, width, colour, ink) {
  context.fillStyle = colour;
  context.fillRect(x, y, width, BAR_PX);
  context.strokeStyle = ink;
  context.lineWidth = 0.5;
  context.strokeRect(x + 0.25, y + 0.25, Math.max(0.5, width - 0.5), BAR_PX - 0.5);
}

/** @param {CanvasRenderingContext2D} context @param {number} x @param {number} y @param {string} ink */
function tick(context, x, y, ink) {
  context.fillStyle = ink;
  context.fillRect(Math.max(0, x - 1), y - 3, 2, BAR_PX + 6);
}

/**
 * In words, for the cursor: "; face happy, voice sad".
 * @param {Ledger} ledger @param {number} at @param {number} [classes]
 */
export function stripsAt(ledger, at, classes = 7) {
  const parts = SOURCES.flatMap((name) => {
    const near = ledger[name].filter((/** @type {ReadingEntry} */ entry) => Math.abs(entry.at - at) < 40);
    const span = stripOf(name, near, classes).find((one) => one.from <= at && at <= one.to);
    return span ? [`${TIMELINE.strip[name]} ${LOOKS[span.label].word}`] : [];
  });
  return parts.length ? `; ${parts.join(", ")}` : "";
}
