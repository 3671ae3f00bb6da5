// One calm line at a time over the top of the page; it covers nothing that moves and pushes nothing aside.

import { h } from "../shared/dom.js";
import { BANNERS } from "../shared/words.js";

const SHORT_MS = 5000;

export class Banners {
  constructor() {
    this.root = h("div", { class: "banners", role: "status" });
    this.lines = new Map();
  }

  /**
   * @param {string} key a later line with the same key takes its place
   * @param {string} text
   * @param {{kind?: string, action?: [string, () => void] | null, isShort?: boolean}} [options] isShort: goes by itself
   */
  show(key, text, { kind = "note", action = null, isShort = false } = {}) {
    const old = this.lines.get(key);
    if (old?.text === text) return;
    clearTimeout(old?.timer);
    const button = action ? h("button", { class: "small", onclick: action[1] }, action[0]) : null;
    const close = h(
      "button",
      { class: "small quiet close", "aria-label": BANNERS.close, onclick: () => this.hide(key) },
      "×",
    );
    const node = h("div", { class: `banner ${kind}`, "data-banner": key }, h("span", {}, text), button, close);
    if (old) old.node.replaceWith(node);
    else this.root.append(node);
    this.lines.set(key, { node, text, timer: isShort ? setTimeout(() => this.hide(key), SHORT_MS) : null });
  }

  /** @param {string} key */
  hide(key) {
    const line = this.lines.get(key);
    if (!line) return;
    clearTimeout(line.timer);
    line.node.remove();
    this.lines.delete(key);
  }

  clear() {
    for (const key of this.lines.keys()) this.hide(key);
  }
}
