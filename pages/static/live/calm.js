// The neutral baseline: thirty quiet seconds, guided, that later readings are measured against.

import { h, setText } from "../shared/dom.js";
import { BASELINE, MODALITIES } from "../shared/words.js";

/** @import {BaselineMessage, BaselineRequest} from "../shared/wire.js" */

/** No baseline has been taken. @type {BaselineMessage} */
export const NO_BASELINE = {
  type: "baseline",
  state: "none",
  done_s: 0,
  total_s: 30,
  modalities: [],
  message: "",
  t: 0,
};

export class Calm {
  /** onact("start" | "stop" | "clear") @param {{onact: (action: BaselineRequest["action"]) => void}} options */
  constructor({ onact }) {
    this.onact = onact;
    this.text = h("p", { class: "calm-text" }, BASELINE.what);
    this.bar = h("progress", { max: 100, value: 0, "aria-label": BASELINE.title });
    this.go = h(
      "button",
      { class: "small", onclick: () => this.onact(this.state === "running" ? "stop" : "start") },
      BASELINE.start,
    );
    this.remove = h("button", { class: "small quiet", onclick: () => this.#remove() }, BASELINE.remove);
    this.root = h(
      "section",
      { class: "card calm", "aria-label": BASELINE.title },
      h("header", {}, h("h3", {}, BASELINE.title), h("span", { class: "calm-acts" }, this.go, this.remove)),
      this.text,
      this.bar,
    );
    this.receive(NO_BASELINE);
  }

  /** @param {BaselineMessage} event */
  receive(event) {
    this.state = event.state;
    this.root.dataset.state = event.state;
    this.isSure = false;
    this.bar.value = event.total_s ? (100 * event.done_s) / event.total_s : 0;
    const names = event.modalities
      .map((/** @type {string} */ name) => MODALITIES[name].name.toLowerCase())
      .join(", ");
    const told = {
      running: BASELINE.running(Math.ceil(event.total_s - event.done_s)),
      ready: BASELINE.ready(names),
      none: BASELINE.what,
    }[event.state];
    setText(this.text, event.message ? `${told} ${sentence(event.message)}` : told);
    setText(this.go, { running: BASELINE.stop, ready: BASELINE.again, none: BASELINE.start }[event.state]);
    this.bar.classList.toggle("later", event.state !== "running");
    this.remove.classList.toggle("later", event.state !== "ready");
    setText(this.remove, BASELINE.remove);
  }

  /** It took thirty seconds to make: asked once. */
  #remove() {
    if (!this.isSure) {
      this.isSure = true;
      return setText(this.remove, BASELINE.sure);
    }
    return this.onact("clear");
  }
}

/** @param {string} text */
const sentence = (text) => `${text[0].toUpperCase()}${text.slice(1)}.`;
