// What the pages about kept readings share: an element with our sheets, the theme, and words for what fails.

import { ApiError } from "../shared/api.js";
import { h } from "../shared/dom.js";
import { Identity } from "../shared/identity.js";
import { loadSettings } from "../shared/settings.js";
import { readSheets } from "../shared/sheets.js";
import { dress } from "../shared/theme.js";

const SHEETS = ["../shared/tokens.css", "../shared/closing.css", "./records.css"];
const sheets = await readSheets(SHEETS, import.meta.url);

/** @import {Known} from "../shared/identity.js" */

export class RecordsPage extends HTMLElement {
  /** who this browser is to the server @type {Known | null} */
  identity = null;
  main = h("div", { class: "records" });
  status = h("p", { class: "status", role: "status" });

  connectedCallback() {
    if (this.shadowRoot) return;
    const shadow = this.attachShadow({ mode: "open" });
    shadow.adoptedStyleSheets = sheets;
    this.theme = dress(this, () => loadSettings().theme);
    shadow.append(this.main, this.status);
    this.begin();
  }

  disconnectedCallback() {
    this.theme?.undress();
  }

  /** Fill the page anew, for whoever is here now. */
  begin() {}

  get token() {
    return this.identity?.token ?? null;
  }

  /** @param {...(Node | null)} nodes */
  show(...nodes) {
    this.main.replaceChildren(...nodes.filter((node) => node !== null));
  }

  /** @param {string} text */
  say(text) {
    this.status.textContent = text;
  }

  /**
   * Run what asks the server; the shape of what comes stands there meanwhile, and failures become words.
   * @template Answer
   * @param {() => Promise<Answer>} work @param {{waiting?: boolean}} [options]
   * @returns {Promise<Answer | undefined>}
   */
  async ask(work, { waiting = false } = {}) {
    if (waiting)
      this.show(h("div", { class: "skeleton", "aria-label": "Loading" }, ...[1, 2, 3].map(() => h("span"))));
    this.main.setAttribute("aria-busy", "true");
    try {
      return await work();
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) {
        Identity.forget();
        this.begin();
      }
      this.say(error instanceof ApiError ? error.message : "The server cannot be reached. Try again in a moment.");
      return undefined;
    } finally {
      this.main.removeAttribute("aria-busy");
    }
  }
}

/**
 * A button that says what will be gone and asks once, in place.
 * @param {string} label @param {string} question @param {string} sure @param {() => unknown} act
 */
export function asksFirst(label, question, sure, act) {
  const root = h("div", { class: "asks" });
  const rest = () => root.replaceChildren(h("button", { type: "button", class: "danger", onclick: ask }, label));
  const ask = () => {
    const cancel = h("button", { type: "button", onclick: rest }, "Keep it");
    root.replaceChildren(
      h("p", { role: "alert" }, question),
      h(
        "div",
        { class: "controls" },
        h(
          "button",
          {
            type: "button",
            class: "danger",
            onclick: async () => {
              await act();
              if (root.isConnected) rest();
            },
          },
          sure,
        ),
        cancel,
      ),
    );
    cancel.focus();
  };
  rest();
  return root;
}

/** @param {number} epochS */
export const when = (epochS) =>
  new Date(epochS * 1000).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
