// The end of a session: a handful of figures, one labelled bar, and a file for those who want it.

import { h } from "../shared/dom.js";
import { EMOTIONS, LOOKS, clock, percent } from "../shared/labels.js";
import { SUMMARY } from "../shared/words.js";
import { summarise } from "./ledger.js";
import { drawnEmoji, hasColourEmoji } from "./portrait.js";

/** @import {Ledger} from "./ledger.js" */
/** @import {ModeName} from "./mode.js" */
/** @typedef {ReturnType<typeof summarise>} Figures */

const TITLES = { camera: SUMMARY.title, demo: SUMMARY.titleDemo, clip: SUMMARY.titleClip };

export class Summary {
  /** @param {{onagain: () => void}} options */
  constructor({ onagain }) {
    this.root = h("section", { class: "card summary", "aria-label": "Summary" });
    this.onagain = onagain;
  }

  /**
   * note: what was kept, in words; mode: camera, demo or clip
   * @param {Ledger} ledger @param {{mode: ModeName, note: string, classes: number}} options
   */
  show(ledger, { mode, note, classes }) {
    this.figures = { made_by: "Attune", mode, synthetic: mode === "demo", note, ...summarise(ledger, classes) };
    this.title = h("h2", { tabindex: -1 }, TITLES[mode]);
    const body = this.figures.seen_s > 0 ? this.#body(this.figures) : [h("p", {}, SUMMARY.none)];
    this.root.replaceChildren(
      this.title,
      ...body,
      h("p", { class: "kept" }, note),
      h(
        "div",
        { class: "controls" },
        h("button", { class: "primary", onclick: this.onagain }, SUMMARY.again),
        h("button", { onclick: () => this.#download() }, SUMMARY.download),
      ),
    );
  }

  /** @param {Figures} figures */
  #body(figures) {
    const shares = [...EMOTIONS, "uncertain"]
      .map((label) => /** @type {[string, number]} */ ([label, figures.shares[label]]))
      .filter(([, share]) => share > 0.004);
    const [top, share] = shares.reduce((best, item) => (item[1] > best[1] ? item : best));
    const lead = top === "uncertain" ? SUMMARY.leadUnsure : SUMMARY.lead(LOOKS[top].word, percent(share));
    return [
      h(
        "p",
        { class: "lead" },
        h(
          "span",
          { class: "lead-emoji", "aria-hidden": "true" },
          hasColourEmoji() ? LOOKS[top].emoji : drawnEmoji(top),
        ),
        lead,
      ),
      h("h3", {}, SUMMARY.shares),
      h(
        "div",
        { class: "share-bar", "aria-hidden": "true" },
        shares.map(([label, part]) =>
          h("span", {
            class: label === "uncertain" ? "part hatched" : "part",
            style: `flex-grow: ${part.toFixed(4)}; background-color: ${LOOKS[label].colour}`,
          }),
        ),
      ),
      h(
        "ul",
        { class: "share-list" },
        shares.map(([label, part]) =>
          h(
            "li",
            {},
            h("span", {
              class: label === "uncertain" ? "swatch hatched" : "swatch",
              style: `background-color: ${LOOKS[label].colour}`,
              "aria-hidden": "true",
            }),
            h("span", {}, LOOKS[label].word),
            h("span", { class: "number" }, percent(part)),
          ),
        ),
      ),
      h(
        "dl",
        { class: "facts" },
        this.#facts(figures).map(([name, value]) =>
          h("div", {}, h("dt", {}, name), h("dd", { class: "number" }, value)),
        ),
      ),
      h("p", { class: "hint" }, SUMMARY.caution),
    ];
  }

  /** @param {Figures} figures */
  #facts(figures) {
    const { longest } = figures;
    return [
      [SUMMARY.duration, clock(figures.duration_s)],
      [SUMMARY.longest, longest ? `${LOOKS[longest.expression].word}, ${Math.round(longest.seconds)} s` : "none"],
      [SUMMARY.changes, figures.changes_per_minute.toFixed(1)],
      [SUMMARY.unsure, percent(figures.not_sure)],
      [SUMMARY.quality, figures.mean_quality === null ? "none" : percent(figures.mean_quality)],
      [SUMMARY.drops, String(figures.pictures_left_out)],
    ];
  }

  /** Made and saved in the browser; no request. */
  #download() {
    const file = new Blob([JSON.stringify(this.figures, null, 2)], { type: "application/json" });
    const link = h("a", { href: URL.createObjectURL(file), download: "attune-summary.json" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }
}
