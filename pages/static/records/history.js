// <attune-history>: own sessions as a list, and one of them with its timeline and words side by side.

import { call, download } from "../shared/api.js";
import { h, s } from "../shared/dom.js";
import { Identity } from "../shared/identity.js";
import { LOOKS, clock, percent } from "../shared/labels.js";
import { HistorySession } from "./history_session.js";
import { RecordsPage, asksFirst, when } from "./records_page.js";

const PAGE = 25;

class AttuneHistory extends RecordsPage {
  search = h("input", {
    type: "search",
    "aria-label": "Search in words, notes and markers",
    placeholder: "Search words, notes, markers",
    maxlength: 200,
    oninput: () => this.#searchSoon(),
  });
  list = h("ul", { class: "sessions" });
  more = h("button", { type: "button", hidden: true, onclick: () => this.#load(false) }, "Show more");
  count = h("p", { class: "hint", role: "status" });
  /** @type {number | undefined} */
  soon = undefined;

  begin() {
    this.identity = Identity.get();
    if (this.identity) this.#overview();
    else this.#nobody();
  }

  #nobody() {
    this.show(
      h("h1", {}, "Your sessions"),
      h(
        "div",
        { class: "card" },
        h(
          "p",
          {},
          "Nothing is kept for this browser. Start a session with “Keep readings” switched on, or sign in to " +
            "an account that has some.",
        ),
        h(
          "div",
          { class: "controls" },
          h("a", { class: "button primary", href: "/" }, "Start a session"),
          h("a", { class: "button", href: "/account" }, "Sign in"),
          h("a", { class: "button", href: "/analytics#sample" }, "Look at a sample"),
        ),
      ),
    );
  }

  async #overview() {
    const total = h(
      "button",
      { type: "button", class: "small", onclick: () => this.#exportAll() },
      "Export all (bundle)",
    );
    this.show(
      h("h1", { tabindex: -1 }, "Your sessions"),
      h("div", { class: "bar" }, this.search, total),
      this.count,
      this.list,
      this.more,
    );
    await this.#load(true);
  }

  #exportAll() {
    return this.ask(() => download("/api/me/export?format=bundle", this.token));
  }

  #searchSoon() {
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.#load(true), 300);
  }

  /** @param {boolean} isAnew */
  async #load(isAnew) {
    const text = this.search.value.trim();
    const offset = isAnew ? 0 : this.list.children.length;
    const answer = await this.ask(() =>
      call("POST", "/api/sessions/search", this.token, { words: text, limit: PAGE, offset }),
    );
    if (!answer || text !== this.search.value.trim()) return;
    const rows = answer.sessions.map((/** @type {any} */ session) => this.#row(session));
    if (isAnew) this.list.replaceChildren(...rows);
    else this.list.append(...rows);
    this.more.hidden = this.list.children.length >= answer.total;
    this.count.textContent = answer.total
      ? `${answer.total} ${answer.total === 1 ? "session" : "sessions"}`
      : text
        ? "Nothing found. Try another word."
        : "No session is kept yet. Start one with “Keep readings” switched on.";
  }

  /** @param {any} session */
  #row(session) {
    const main =
      session.main
        .map((/** @type {any} */ { expression, share }) => `${LOOKS[expression].word} ${percent(share)}`)
        .join(", ") || "no readings";
    return h(
      "li",
      {},
      h(
        "button",
        { type: "button", class: "session", onclick: () => this.#open(session) },
        h("span", { class: "when" }, when(session.started_at)),
        h("span", { class: "number" }, session.ended_at === null ? "running" : clock(session.duration_s)),
        sparkline(session.sparkline),
        h("span", { class: "main" }, main),
      ),
    );
  }

  /** @param {any} session */
  async #open(session) {
    const view = new HistorySession(this, session.session_id);
    if (!(await view.load())) return;
    const gone =
      `This session of ${when(session.started_at)} will be deleted: ` +
      "its readings, words, markers and note. It cannot be brought back.";
    this.show(
      h("button", { type: "button", class: "small", onclick: () => this.#back() }, "← All sessions"),
      view.root,
      h(
        "section",
        { class: "card" },
        h("h2", {}, "Delete"),
        asksFirst("Delete this session", gone, "Delete it", () => this.#delete(session.session_id)),
      ),
    );
    view.title.focus();
    scrollTo({ top: 0 });
  }

  /** @param {string} sessionId */
  async #delete(sessionId) {
    const done = await this.ask(() => call("DELETE", `/api/sessions/${sessionId}`, this.token));
    if (!done) return;
    this.say("The session is deleted, from the file too.");
    await this.#overview();
  }

  async #back() {
    await this.#overview();
    this.main.querySelector("h1")?.focus();
  }
}

/** Colour blocks over the length of a session; the words beside it say the same. @param {string[]} labels */
function sparkline(labels) {
  return s(
    "svg",
    {
      class: "sparkline",
      viewBox: `0 0 ${labels.length * 6} 18`,
      preserveAspectRatio: "none",
      "aria-hidden": "true",
    },
    labels.map(
      (/** @type {string} */ label, /** @type {number} */ index) =>
        label &&
        s("rect", {
          x: index * 6,
          y: label === "uncertain" ? 7 : 2,
          width: 5.4,
          height: label === "uncertain" ? 4 : 14,
          rx: 1,
          fill: LOOKS[label].colour,
        }),
    ),
  );
}

customElements.define("attune-history", AttuneHistory);
