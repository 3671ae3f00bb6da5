// The quiet line at the bottom: pictures a second, pictures left out, milliseconds, what is stored.

import { h, setText } from "../shared/dom.js";
import { STATUS } from "../shared/words.js";

/** @type {Record<string, string>} */
const TITLES = STATUS.titles;

/** @import {StatsMessage} from "../shared/wire.js" */

/**
 * @typedef {object} Facts
 * @property {number | null} [latencyMs] from the camera to the reading here, where the page knows; else the server's
 * @property {number} [skipped] pictures and sounds that were never sent
 * @property {boolean} [isKept]
 * @property {boolean} [wasKept] something was stored before keeping was switched off
 */

export class Status {
  /** @type {StatsMessage | null} */
  last = null;
  /** @type {import("./mode.js").ModeName} */
  mode = "camera";

  constructor() {
    /** @type {Record<string, HTMLElement>} */
    this.parts = Object.fromEntries(
      ["fps", "drops", "latency", "stored"].map((name) => [
        name,
        h("span", { class: `number ${name}`, "data-status": name, title: TITLES[name] }, " "),
      ]),
    );
    this.root = h("p", { class: "status-line", "aria-label": STATUS.label }, Object.values(this.parts));
  }

  /** @param {import("./mode.js").ModeName} mode */
  begin(mode) {
    this.mode = mode;
    for (const name of ["fps", "drops", "latency"]) this.parts[name].hidden = mode === "clip";
    this.last = null;
    this.tick({ skipped: 0 });
  }

  /** @param {StatsMessage} event */
  stats(event) {
    this.last = event;
  }

  /** @param {Facts} facts */
  tick({ latencyMs, skipped = 0, isKept = false, wasKept = false }) {
    const { last } = this;
    const shown = latencyMs ?? last?.latency_ms ?? null;
    setText(this.parts.fps, `${last ? last.fps.toFixed(1) : "–"} ${STATUS.fps}`);
    setText(this.parts.drops, `${(last?.dropped ?? 0) + skipped} ${STATUS.drops}`);
    setText(this.parts.latency, `${shown === null ? "–" : Math.round(shown)} ${STATUS.latency}`);
    setText(this.parts.stored, this.#stored(last, isKept, wasKept));
  }

  /** @param {StatsMessage | null} last @param {boolean} isKept @param {boolean} wasKept */
  #stored(last, isKept, wasKept) {
    if (this.mode === "demo") return STATUS.notSent;
    if (this.mode === "clip") return isKept ? STATUS.keptClip : STATUS.notStored;
    if (isKept && last?.stored_to_s !== null && last?.stored_to_s !== undefined)
      return STATUS.stored(last.stored_to_s);
    if (isKept) return STATUS.storing;
    return wasKept ? STATUS.storedBefore : STATUS.notStored;
  }
}
