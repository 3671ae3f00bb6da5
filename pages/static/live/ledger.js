// What this page has received in one session, and the figures that follow from it. Pure: no DOM.

import { EMOTIONS, foldTo, leader } from "../shared/labels.js";

const GAP_S = 1.5; // a longer silence between readings belongs to no expression
const MAX_READINGS = 40000; // about an hour and a half; the oldest go first

export class Ledger {
  constructor() {
    this.fused = [];
    this.faces = [];
    this.others = [];
    this.voice = [];
    this.text = [];
    this.said = [];
    this.markers = [];
    this.reports = [];
    this.dropped = 0;
  }

  /** at: seconds on the one clock of this session (live: the page's clock; clip and demo: media time) */
  addFused(event, at) {
    push(this.fused, {
      at,
      expressions: event.expressions,
      abstained: event.abstained,
      reasons: event.reasons,
      event,
    });
  }

  addFace(event, at) {
    const entry = { at, expressions: event.expressions, quality: event.quality, event };
    push(event.is_subject ? this.faces : this.others, entry);
  }

  /** A reading of the voice or of words. */
  addOther(name, event, at) {
    push(this[name], { at, expressions: event.expressions, quality: event.quality, event });
  }

  /** A transcript or the reading of a whole utterance. */
  addSaid(event, at) {
    push(this.said, { at, event });
  }

  addMarker(label, at) {
    this.markers.push({ at, label });
  }

  /** The newest entry of a list at or before a time, or null. */
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

function push(list, entry) {
  list.push(entry);
  if (list.length > MAX_READINGS) list.splice(0, MAX_READINGS / 10);
}

const labelOf = (entry, classes) =>
  entry.abstained ? "uncertain" : leader(foldTo(classes, entry.expressions)).label;

/** Spans of one label each: [{label, from, to}]; silence lies between spans. */
export function spansOf(fused, classes = 7) {
  const spans = [];
  fused.forEach((entry, i) => {
    const label = labelOf(entry, classes);
    const next = fused[i + 1];
    const to = next && next.at - entry.at <= GAP_S ? next.at : entry.at;
    const span = spans.at(-1);
    if (span && span.label === label && entry.at - span.to < 1e-6) span.to = to;
    else spans.push({ label, from: entry.at, to });
  });
  return spans;
}

/** Figures of a session; shares are of the time with readings and sum to 1 with "uncertain" among them. */
export function summarise(ledger, classes = 7) {
  const spans = spansOf(ledger.fused, classes);
  const shares = Object.fromEntries([...EMOTIONS, "uncertain"].map((label) => [label, 0]));
  for (const span of spans) shares[span.label] += span.to - span.from;
  const seen = Object.values(shares).reduce((sum, seconds) => sum + seconds, 0);
  for (const label of Object.keys(shares)) shares[label] = seen > 0 ? shares[label] / seen : 0;
  const certain = spans.filter((span) => span.label !== "uncertain");
  const longest = certain.reduce((best, span) => (span.to - span.from > best.to - best.from ? span : best), {
    from: 0,
    to: 0,
    label: null,
  });
  const changes = certain.filter((span, i) => i > 0 && span.label !== certain[i - 1].label).length;
  const quality = ledger.faces.reduce((sum, face) => sum + face.quality, 0) / (ledger.faces.length || 1);
  return {
    readings: ledger.fused.length,
    duration_s: ledger.fused.length ? ledger.last.at - ledger.fused[0].at : 0,
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
