// What the pages about kept readings share: an element with our sheets, the theme, and words for what fails.

import { ApiError } from "../shared/api.js";
import { h } from "../shared/dom.js";
import { Identity } from "../shared/identity.js";
import { loadSettings } from "../shared/settings.js";
import { readSheets } from "../shared/sheets.js";
import { dress } from "../shared/theme.js";

const SHEETS = ["../shared/tokens.css", "../shared/closing.css", "./records.css"];
const sheets = await readSheets(SHEETS, import.meta.url);

export class RecordsPage extends HTMLElement {
  connectedCallback() {
    if (this.shadowRoot) return;
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = sheets;
    this.theme = dress(this, () => loadSettings().theme);
    this.status = h("p", { class: "status", role: "status" });
    this.main = h("div", { class: "records" });
    this.shadowRoot.append(this.main, this.status);
    this.begin();
  }

  disconnectedCallback() {
    this.theme?.undress();
  }

  show(...nodes) {
    this.main.replaceChildren(...nodes.filter(Boolean));
  }

  say(text) {
    this.status.textContent = text;
  }

  /** Run what asks the server; the shape of what comes stands there meanwhile, and failures become words. */
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

/** A button that says what will be gone and asks once, in place. */
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

export const when = (epochS) =>
  new Date(epochS * 1000).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
