// What this page has received in one session, and the figures that follow from it. Pure: no DOM.

import { EMOTIONS, foldTo, leader } from "../shared/labels.js";

const FRESH_S = 1; // a reading speaks until the next one, at most this long, as FUSED_FRESH_S of core/modalities.py
const MAX_READINGS = 40000; // about an hour and a half; the oldest go first

/** @import {EstimateMessage, FusedMessage, TranscriptMessage, UtteranceEmotionMessage} from "../shared/wire.js" */
/** @import {Report} from "./mode.js" */

/**
 * at: seconds on the one clock of this session (live: the page's clock; clip and demo: media time)
 * @typedef {{at: number, expressions: Record<string, number>, quality: number, event: EstimateMessage}} ReadingEntry
 */
/**
 * @typedef {object} FusedEntry
 * @property {number} at
 * @property {Record<string, number>} expressions
 * @property {boolean} abstained
 * @property {string[]} reasons
 * @property {FusedMessage} event
 */
/** @typedef {{at: number, event: TranscriptMessage | UtteranceEmotionMessage}} SaidEntry */

export class Ledger {
  /** @type {FusedEntry[]} */
  fused = [];
  /** of the person @type {ReadingEntry[]} */
  faces = [];
  /** of everybody else @type {ReadingEntry[]} */
  others = [];
  /** @type {ReadingEntry[]} */
  voice = [];
  /** @type {ReadingEntry[]} */
  text = [];
  /** @type {SaidEntry[]} */
  said = [];
  /** @type {{at: number, label: string}[]} */
  markers = [];
  /** @type {Report[]} */
  reports = [];
  /** pictures left out */
  dropped = 0;

  /** @param {FusedMessage} event @param {number} at */
  addFused(event, at) {
    push(this.fused, {
      at,
      expressions: event.expressions,
      abstained: event.abstained,
      reasons: event.reasons,
      event,
    });
  }

  /** @param {EstimateMessage} event @param {number} at */
  addFace(event, at) {
    const entry = { at, expressions: event.expressions, quality: event.quality, event };
    push(event.is_subject ? this.faces : this.others, entry);
  }

  /**
   * A reading of the voice or of words.
   * @param {"voice" | "text"} name @param {EstimateMessage} event @param {number} at
   */
  addOther(name, event, at) {
    push(this[name], { at, expressions: event.expressions, quality: event.quality, event });
  }

  /** What was said, or the reading of it. @param {SaidEntry["event"]} event @param {number} at */
  addSaid(event, at) {
    push(this.said, { at, event });
  }

  /** @param {string} label @param {number} at */
  addMarker(label, at) {
    this.markers.push({ at, label });
  }

  /**
   * The newest entry of a list at or before a time, or null.
   * @template {{at: number}} Entry
   * @param {Entry[]} list @param {number} at @returns {Entry | null}
   */
  static before(list, at) {
    let [low, high] = [0, list.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (list[middle].at <= at) low = middle + 1;
      else high = middle;
    }
    return low > 0 ? list[low - 1] : null;
  }

  get last() {
    return this.fused.at(-1) ?? null;
  }
}

/** @template Entry @param {Entry[]} list @param {Entry} entry */
function push(list, entry) {
  list.push(entry);
  if (list.length > MAX_READINGS) list.splice(0, MAX_READINGS / 10);
}

/** @typedef {{label: string, from: number, to: number}} LabelSpan */

/** @param {FusedEntry} entry @param {number} classes */
const labelOf = (entry, classes) =>
  entry.abstained ? "uncertain" : leader(foldTo(classes, entry.expressions)).label;

/** Spans of one label each; silence lies between spans. @param {FusedEntry[]} fused @param {number} [classes] */
export function spansOf(fused, classes = 7) {
  /** @type {LabelSpan[]} */
  const spans = [];
  fused.forEach((entry, i) => {
    const label = labelOf(entry, classes);
    const to = Math.min(fused[i + 1]?.at ?? Infinity, entry.at + FRESH_S);
    const span = spans.at(-1);
    if (span && span.label === label && entry.at - span.to < 1e-6) span.to = to;
    else spans.push({ label, from: entry.at, to });
  });
  return spans;
}

/**
 * Figures of a session; shares are of the time with readings and sum to 1 with "uncertain" among them.
 * @param {Ledger} ledger
 */
export function summarise(ledger, classes = 7) {
  const spans = spansOf(ledger.fused, classes);
  /** @type {Record<string, number>} */
  const shares = Object.fromEntries([...EMOTIONS, "uncertain"].map((label) => [label, 0]));
  for (const span of spans) shares[span.label] += span.to - span.from;
  const seen = Object.values(shares).reduce((sum, seconds) => sum + seconds, 0);
  for (const label of Object.keys(shares)) shares[label] = seen > 0 ? shares[label] / seen : 0;
  const certain = spans.filter((span) => span.label !== "uncertain");
  const longest = certain.reduce((best, span) => (span.to - span.from > best.to - best.from ? span : best), {
    from: 0,
    to: 0,
    label: "",
  });
  const changes = certain.filter((span, i) => i > 0 && span.label !== certain[i - 1].label).length;
  const quality = ledger.faces.reduce((sum, face) => sum + face.quality, 0) / (ledger.faces.length || 1);
  return {
    readings: ledger.fused.length,
    duration_s: (ledger.last?.at ?? 0) - (ledger.fused[0]?.at ?? 0),
    seen_s: seen,
    shares,
    longest: longest.label ? { expression: longest.label, seconds: longest.to - longest.from } : null,
    changes_per_minute: seen > 0 ? (60 * changes) / seen : 0,
    not_sure: shares.uncertain,
    mean_quality: ledger.faces.length ? quality : null,
    pictures_left_out: ledger.dropped,
    markers: ledger.markers,
    self_reports: ledger.reports,
  };
}
