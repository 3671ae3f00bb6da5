// Gauge cards: one per modality plus the fused one, each with thin bars in a fixed order.

import { h, setText } from "../shared/dom.js";
import { EMOTIONS, LOOKS, foldTo, labelsOf, percent } from "../shared/labels.js";
import { LIVE, MODALITIES, engineWord } from "../shared/words.js";

/**
 * What a card shows: an estimate of its modality, or the fused one.
 * @typedef {{expressions: Record<string, number>, quality: number, engine: string, abstained?: boolean}} Reading
 */

/** One card; `modality` is a key of MODALITIES. */
export class GaugeCard {
  /** @type {Reading | null} */
  event = null;
  /** of that reading @type {number | null} */
  time = null;

  /** @param {string} modality */
  constructor(modality) {
    this.modality = modality;
    this.bars = new Map(EMOTIONS.map((label) => [label, this.#bar(label)]));
    this.quality = h("span", { class: "number" }, `${LIVE.quality} –`);
    this.age = h("span", { class: "number age" }, LIVE.age(null));
    const { name } = MODALITIES[modality];
    this.root = h(
      "section",
      { class: "card gauge-card", "aria-label": `${name}, gauges`, "data-modality": modality },
      h("header", {}, h("h3", {}, name)),
      h(
        "div",
        { class: "bars" },
        [...this.bars.values()].map((bar) => bar.row),
      ),
      h("footer", {}, this.quality, this.age),
    );
    this.classes = 7;
  }

  /** @param {string} label */
  #bar(label) {
    const fill = h("span", { class: "fill", style: `background-color: ${LOOKS[label].colour}` });
    const value = h("span", { class: "number value" }, "0 %");
    const meter = h(
      "span",
      {
        class: "track",
        role: "meter",
        "aria-valuemin": 0,
        "aria-valuemax": 100,
        "aria-valuenow": 0,
        "aria-label": LOOKS[label].word,
      },
      fill,
    );
    return {
      row: h(
        "div",
        { class: "bar", "data-label": label },
        h("span", { class: "bar-word", "aria-hidden": "true" }, LOOKS[label].word),
        meter,
        value,
      ),
      fill,
      value,
      meter,
    };
  }

  /**
   * event: an estimate of this modality (or the fused one); fallen back to nothing with null.
   * @param {Reading | null} event @param {number} classes
   */
  show(event, classes) {
    this.event = event;
    if (classes !== this.classes) {
      this.classes = classes;
      const shown = labelsOf(classes);
      for (const [label, bar] of this.bars) bar.row.hidden = !shown.includes(label);
    }
    const view = event ? foldTo(classes, event.expressions) : {};
    this.root.classList.toggle("empty-card", !event);
    this.root.dataset.unsure = String(event?.abstained ?? false);
    for (const label of labelsOf(classes)) this.#set(this.bars.get(label), view[label] ?? 0);
    setText(this.quality, `${LIVE.quality} ${event ? percent(event.quality ?? 0) : "–"}`);
    this.root.title = event ? engineWord(event.engine) : "";
  }

  /** @param {any} bar @param {number} share */
  #set(bar, share) {
    const whole = Math.round(100 * share);
    if (bar.whole === whole) return;
    bar.whole = whole;
    bar.fill.style.width = `${whole}%`;
    bar.meter.setAttribute("aria-valuenow", whole);
    setText(bar.value, `${whole} %`);
  }

  /** Age of the reading in seconds, or null. @param {number | null} age */
  tick(age) {
    setText(this.age, LIVE.age(age));
    this.root.classList.toggle("old", age !== null && age > 2);
  }
}

/** The row of cards; modalities come from the server's `ready`, so a new one needs no new code here. */
export class Gauges {
  constructor() {
    this.root = h("div", { class: "gauges" });
    /** @type {Map<string, GaugeCard>} */
    this.cards = new Map();
    this.setModalities(["face"]);
  }

  /** @param {string[]} modalities */
  setModalities(modalities) {
    const names = Object.keys(MODALITIES).filter((name) => name === "fused" || modalities.includes(name));
    if (names.join() === [...this.cards.keys()].join()) return;
    this.cards = new Map(names.map((name) => [name, this.cards.get(name) ?? new GaugeCard(name)]));
    this.root.replaceChildren(...[...this.cards.values()].map((card) => card.root));
  }

  /** @param {string} name @param {Reading | null} event @param {number} classes @param {number} time */
  show(name, event, classes, time) {
    const card = this.cards.get(name);
    if (!card) return;
    card.show(event, classes);
    card.time = event ? time : null;
  }

  /** @param {number} classes */
  redraw(classes) {
    for (const card of this.cards.values()) card.show(card.event, classes);
  }

  /** @param {number} time */
  tick(time) {
    for (const card of this.cards.values()) card.tick(card.time === null ? null : Math.max(0, time - card.time));
  }

  /** @param {number} classes */
  clear(classes) {
    for (const name of this.cards.keys()) this.show(name, null, classes, 0);
  }
}
