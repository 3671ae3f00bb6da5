// The quiet line at the bottom: pictures a second, pictures left out, milliseconds, what is stored.

import { h, setText } from "../shared/dom.js";
import { STATUS } from "../shared/words.js";

export class Status {
  constructor() {
    this.parts = Object.fromEntries(
      ["fps", "drops", "latency", "stored"].map((name) => [
        name,
        h("span", { class: `number ${name}`, "data-status": name, title: STATUS.titles[name] }, " "),
      ]),
    );
    this.root = h("p", { class: "status-line", "aria-label": STATUS.label }, Object.values(this.parts));
    this.last = null;
  }

  begin(mode) {
    this.mode = mode;
    for (const name of ["fps", "drops", "latency"]) this.parts[name].hidden = mode === "clip";
    this.last = null;
    this.tick({ skipped: 0 });
  }

  stats(event) {
    this.last = event;
  }

  /** latencyMs: from the camera to the reading on this screen, where this page can tell; else the server's own */
  tick({ latencyMs, skipped = 0, isKept = false, wasKept = false }) {
    const { last } = this;
    const shown = latencyMs ?? last?.latency_ms ?? null;
    setText(this.parts.fps, `${last ? last.fps.toFixed(1) : "–"} ${STATUS.fps}`);
    setText(this.parts.drops, `${(last?.dropped ?? 0) + skipped} ${STATUS.drops}`);
    setText(this.parts.latency, `${shown === null ? "–" : Math.round(shown)} ${STATUS.latency}`);
    setText(this.parts.stored, this.#stored(last, isKept, wasKept));
  }

  #stored(last, isKept, wasKept) {
    if (this.mode === "demo") return STATUS.notSent;
    if (this.mode === "clip") return isKept ? STATUS.keptClip : STATUS.notStored;
    if (isKept && last?.stored_to_s !== null && last?.stored_to_s !== undefined)
      return STATUS.stored(last.stored_to_s);
    if (isKept) return STATUS.storing;
    return wasKept ? STATUS.storedBefore : STATUS.notStored;
  }
}
