// Beside the first card: the synthetic demo, small and already moving, so that what comes is seen before it is asked.

import { h, isCalm, setText } from "../shared/dom.js";
import { LOOKS, foldTo, leader } from "../shared/labels.js";
import { PREVIEW, reasonWords } from "../shared/words.js";
import { Demo, timeOf } from "./demo.js";
import { drawnEmoji, hasColourEmoji } from "./portrait.js";
import { Leading } from "./together.js";

/** @import {EstimateMessage, FusedMessage, ServerMessage} from "../shared/wire.js" */

const STILL_S = 5; // where motion is not wanted, this moment of the demo stands still

export class Preview {
  leading = new Leading();
  isColour = hasColourEmoji();
  isLoaded = false;
  /** the first card is there */
  isShown = false;
  /** the visitor stopped it, or wants no motion */
  isHeld = isCalm();
  label = "";

  constructor() {
    this.demo = new Demo({ message: (event) => this.#tell(event), time: () => {}, over: () => this.#again() });
    this.emoji = h("span", { class: "preview-emoji", "aria-hidden": "true" });
    this.word = h("strong", { class: "preview-word" });
    /** what each source says alone @type {Record<string, HTMLElement>} */
    this.alone = Object.fromEntries(["face", "voice", "text"].map((name) => [name, h("span", {}, "\u00a0")]));
    this.conflict = h("span", { class: "preview-conflict" }, "\u00a0");
    this.hold = h("button", { class: "small quiet", type: "button", onclick: () => this.#toggle() }, PREVIEW.hold);
    this.root = h(
      "figure",
      { class: "preview", "aria-label": PREVIEW.label, hidden: true },
      h(
        "div",
        { class: "preview-picture" },
        this.demo.portrait.root,
        h("span", { class: "preview-mark" }, PREVIEW.mark),
      ),
      h(
        "figcaption",
        { class: "preview-words" },
        h("span", { class: "preview-fused" }, this.emoji, this.word),
        h("span", { class: "preview-alone hint" }, Object.values(this.alone)),
        this.conflict,
      ),
      this.hold,
    );
  }

  /** Play while the first card is there; afterwards nothing of it is left to be read. @param {boolean} isShown */
  async show(isShown) {
    this.isShown = isShown;
    if (!isShown) return this.#clear();
    try {
      if (!this.isLoaded) await this.demo.load();
    } catch {
      return; // without a server there is no demo; the card says so
    }
    this.isLoaded = true;
    if (!this.isShown) return;
    this.root.hidden = false;
    if (this.isHeld) this.#still();
    else this.demo.play();
    this.#name();
  }

  #clear() {
    this.demo.pause();
    this.root.hidden = true;
    this.#rewind();
    for (const part of [this.word, this.conflict, ...Object.values(this.alone)]) setText(part, "\u00a0");
    this.emoji.replaceChildren();
    this.label = "";
  }

  #rewind() {
    this.demo.time = this.demo.next = 0;
    this.leading = new Leading();
  }

  #again() {
    this.#rewind();
    this.demo.play();
  }

  /** One moment, without the way to it. */
  #still() {
    for (const event of this.demo.events) if (event.at <= STILL_S) this.#tell(event);
    this.demo.portrait.draw(STILL_S, 1);
  }

  #toggle() {
    this.isHeld = !this.isHeld;
    if (this.isHeld) this.demo.pause();
    else this.demo.play();
    this.#name();
  }

  #name() {
    setText(this.hold, this.isHeld ? PREVIEW.go : PREVIEW.hold);
  }

  /** @param {ServerMessage} event */
  #tell(event) {
    if (event.type === "face_emotion" && event.is_subject) this.#say("face", event);
    else if (event.type === "voice_emotion") this.#say("voice", event);
    else if (event.type === "text_emotion") this.#say("text", event);
    else if (event.type === "fused_emotion") this.#fused(event);
    if (event.type === "face_emotion") this.demo.portrait.tell(event);
  }

  /** @param {"face" | "voice" | "text"} name @param {EstimateMessage} event */
  #say(name, event) {
    setText(this.alone[name], PREVIEW.says[name](LOOKS[leader(foldTo(7, event.expressions)).label].word));
  }

  /** @param {FusedMessage} event */
  #fused(event) {
    const found = event.abstained ? "uncertain" : leader(foldTo(7, event.expressions)).label;
    const label = this.leading.see(found, timeOf(event));
    setText(this.word, LOOKS[label].word);
    const conflict = event.reasons.filter((reason) => reason.endsWith("_conflict"));
    setText(this.conflict, reasonWords(conflict.slice(0, 1)) || "\u00a0");
    if (label === this.label) return;
    this.label = label;
    this.emoji.replaceChildren(this.isColour ? LOOKS[label].emoji : drawnEmoji(label));
  }
}
