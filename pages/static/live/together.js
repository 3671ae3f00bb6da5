// The fused reading: emoji, glow, word, share of each modality, trend, and "was this right?".

import { h, s, setText } from "../shared/dom.js";
import { EMOTIONS, LOOKS, foldTo, labelsOf, leader, percent } from "../shared/labels.js";
import { DISAGREE, LIVE, MODALITIES, reasonWords } from "../shared/words.js";
import { drawnEmoji, hasColourEmoji } from "./portrait.js";

const LEAD_S = 0.6; // a new expression leads this long before the emoji changes
const JUMP_S = 2; // a larger step in time is a seek in a clip: change at once
/** @type {Record<string, string>} */
const ARROWS = { rising: "↗", falling: "↘" };
const THANKS_MS = 3500;

/** @import {FusedMessage} from "../shared/wire.js" */
/** @import {Report} from "./mode.js" */

/** Shows a new label only after it has led for a while. Pure: times are given. */
export class Leading {
  /** @type {string | null} */
  shown = null;
  /** what leads but is not shown yet @type {string | null} */
  candidate = null;
  /** since when it leads */
  since = 0;
  /** of the newest reading @type {number | undefined} */
  time = undefined;

  /** @param {string} label @param {number} time seconds @returns {string} the label to show */
  see(label, time) {
    const isJump = this.time === undefined || Math.abs(time - this.time) > JUMP_S;
    this.time = time;
    if (label === this.shown) this.candidate = null;
    else if (this.shown === null || isJump) this.shown = label;
    else if (this.candidate !== label) [this.candidate, this.since] = [label, time];
    else if (time - this.since >= LEAD_S) [this.shown, this.candidate] = [label, null];
    return this.shown ?? label;
  }
}

export class Together {
  /** what the emoji shows */
  label = "";
  /** what the bar of shares was drawn from last */
  sharesKey = "";

  /** @param {{onreport: (report: Report) => string}} options */
  constructor({ onreport }) {
    this.onreport = onreport;
    this.leading = new Leading();
    this.isColour = hasColourEmoji();
    this.emoji = h("div", { class: "emoji", "aria-hidden": "true" });
    this.glow = h("div", { class: "glow", "aria-hidden": "true" });
    this.word = h("h2", { class: "word" }, LIVE.notSure);
    this.detail = h("p", { class: "detail number" }, " ");
    this.trend = h("p", { class: "trend" }, " ");
    this.shares = h("span", { class: "shares", "aria-hidden": "true" });
    this.whyText = h("span", { class: "number" }, " ");
    this.dot = s("circle", { r: 5, class: "dot" });
    this.compassText = h("span", { class: "visually-hidden" });
    this.thanks = h("p", { class: "thanks", role: "status" });
    this.disagree = h("p", { class: "disagree" }, "\u00a0");
    this.root = h(
      "section",
      { class: "card together", "aria-label": LIVE.together },
      h("div", { class: "face-side" }, this.glow, this.emoji),
      h("div", { class: "word-side" }, this.word, this.detail),
      this.#compass(),
      h("div", { class: "reasons" }, this.#whyLine(), this.trend, this.disagree),
      this.#ask(),
    );
    this.show(null, 7, 0);
  }

  #whyLine() {
    return h("p", { class: "why" }, h("span", { class: "key" }, LIVE.why), this.shares, this.whyText);
  }

  #compass() {
    const svg = s(
      "svg",
      { viewBox: "-60 -60 120 120", "aria-hidden": "true" },
      s("circle", { r: 50, class: "ring" }),
      s("path", { d: "M-50 0H50M0 -50V50", class: "axes" }),
      this.dot,
    );
    return h(
      "figure",
      { class: "compass", title: LIVE.derived },
      svg,
      h("span", { class: "axis right" }, LIVE.valence),
      h("span", { class: "axis top" }, LIVE.arousal),
      this.compassText,
    );
  }

  #ask() {
    const choices = EMOTIONS.map((label) =>
      h(
        "button",
        {
          class: "correct",
          "data-label": label,
          title: LOOKS[label].word,
          "aria-label": `No, rather ${LOOKS[label].word}`,
          onclick: () => this.#report(label),
        },
        this.isColour ? LOOKS[label].emoji : drawnEmoji(label),
      ),
    );
    const asking = h(
      "div",
      { class: "asking" },
      h("span", { class: "key" }, LIVE.right),
      h("button", { class: "small", "data-label": "yes", onclick: () => this.#report(this.leading.shown) }, LIVE.yes),
      h("span", { class: "corrections" }, choices),
    );
    return h("div", { class: "ask" }, asking, this.thanks);
  }

  /** @param {string | null} chosen */
  #report(chosen) {
    const shown = this.leading.shown ?? "uncertain";
    setText(this.thanks, this.onreport({ shown, chosen: chosen ?? "uncertain", t: this.time }) ?? "");
    this.root.classList.add("thanking");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.root.classList.remove("thanking");
      setText(this.thanks, "");
    }, THANKS_MS);
  }

  /**
   * A fused_emotion or null; classes 7 or 4; time of the clock the page runs by. Answers the label shown.
   * @param {FusedMessage | null} event @param {number} classes @param {number} time
   */
  show(event, classes, time) {
    const view = event ? foldTo(classes, event.expressions) : {};
    const best = leader(view);
    const label = !event ? "uncertain" : this.leading.see(event.abstained ? "uncertain" : best.label, time);
    if (!event) this.leading = new Leading();
    this.time = event?.t ?? 0;
    this.#face(label, event ? best.confidence : 0);
    this.#words(event, label, view);
    this.#shares(event?.weights ?? {});
    const reasons = event?.reasons ?? [];
    const conflict = reasons.find((reason) => reason in DISAGREE);
    this.root.dataset.disagree = String(conflict !== undefined);
    setText(
      this.disagree,
      conflict
        ? reasonWords(reasons.filter((reason) => reason === conflict || reason === "possible_masking"))
        : "\u00a0",
    );
    this.disagree.title = conflict ? DISAGREE[conflict] : "";
    setText(this.trend, event ? this.#trends(event.trends ?? {}, classes) : " ");
    this.#point(event);
    return label;
  }

  /** After a jump the next expression is shown at once. */
  forget() {
    this.leading = new Leading();
  }

  /** @param {string} label @param {number} confidence */
  #face(label, confidence) {
    this.glow.style.opacity = label === "uncertain" ? "0.15" : (0.25 + 0.5 * confidence).toFixed(2);
    if (label === this.label) return;
    this.label = label;
    this.root.dataset.expression = label;
    this.glow.style.backgroundColor = LOOKS[label].colour;
    const face = h("span", { class: "pop" }, this.isColour ? LOOKS[label].emoji : drawnEmoji(label));
    this.emoji.replaceChildren(face);
  }

  /** @param {FusedMessage | null} event @param {string} label @param {Record<string, number>} view */
  #words(event, label, view) {
    setText(this.word, LOOKS[label].word);
    if (!event) return setText(this.detail, reasonWords(["no_modality"]));
    if (label === "uncertain")
      return setText(
        this.detail,
        `${LIVE.notSure}: ${reasonWords(event.reasons) || reasonWords(["low_confidence"])}`,
      );
    return setText(
      this.detail,
      `${LIVE.together.toLowerCase()}: ${LIVE.leaning(LOOKS[label].word, percent(view[label] ?? 0))}`,
    );
  }

  /** @param {Record<string, number>} weights */
  #shares(weights) {
    const given = Object.entries(weights).filter(([, share]) => share > 0.005);
    setText(
      this.whyText,
      given.map(([name, share]) => `${MODALITIES[name]?.name.toLowerCase() ?? name} ${percent(share)}`).join(" · ") ||
        "nothing usable",
    );
    const key = given.map(([name, share]) => `${name}${share.toFixed(2)}`).join();
    if (key === this.sharesKey) return;
    this.sharesKey = key;
    this.shares.replaceChildren(
      ...given.map(([name, share]) => h("span", { class: `share ${name}`, style: `flex-grow: ${share.toFixed(3)}` })),
    );
  }

  /** @param {Record<string, string>} trends @param {number} classes */
  #trends(trends, classes) {
    const moving = labelsOf(classes)
      .filter((label) => ARROWS[trends[label]])
      .slice(0, 2);
    const words = moving.map((label) => `${LOOKS[label].word} ${ARROWS[trends[label]]} ${trends[label]}`);
    return `${LIVE.trend}: ${words.join(", ") || LIVE.steady}`;
  }

  /** @param {FusedMessage | null} event */
  #point(event) {
    const [x, y] = event ? [event.valence ?? 0, event.arousal ?? 0] : [0, 0];
    this.dot.style.transform = `translate(${(46 * x).toFixed(1)}px, ${(-46 * y).toFixed(1)}px)`;
    this.dot.classList.toggle("off", !event || event.abstained);
    setText(this.compassText, `valence ${x.toFixed(1)}, arousal ${y.toFixed(1)}`);
  }
}
