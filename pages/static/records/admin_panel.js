// For admins: users, live sessions, engines, storage; revoke and purge. Names and counts, never content.

import { call } from "../shared/api.js";
import { h } from "../shared/dom.js";
import { asksFirst, when } from "./records_page.js";

export class AdminPanel {
  /** @param {import("./records_page.js").RecordsPage} page */
  constructor(page) {
    this.page = page;
    this.root = h(
      "section",
      { class: "card admin" },
      h("h2", {}, "This server"),
      h("p", { class: "hint" }, "Loading"),
    );
    this.#load();
  }

  /** @param {string} method @param {string} path @param {any} [body] */
  #ask(method, path, body) {
    return call(method, `/api/admin/${path}`, this.page.token, body);
  }

  async #load() {
    const answers = await this.page.ask(() =>
      Promise.all(["overview", "users", "sessions"].map((name) => this.#ask("GET", name))),
    );
    if (!answers) return;
    const [overview, { users }, { sessions }] = answers;
    const bytes = Object.values(overview.storage.bytes).reduce((sum, size) => sum + size, 0);
    const facts = [
      ["Version", overview.version],
      ["Live sessions", `${overview.sessions} of ${overview.max_sessions}`],
      ["Database", `${(bytes / 1e6).toFixed(1)} MB${overview.storage.is_failing ? ", the disk refuses" : ""}`],
      ["Readings written since the start", String(overview.storage.written)],
      ["Left out", String(overview.storage.dropped + overview.storage.bad)],
      ["Kept for", `${overview.storage.retention_days} days`],
    ];
    const { retention_held: held } = overview.storage;
    const confirm = () => this.page.ask(() => this.#ask("POST", "clock")).then((done) => done && this.#load());
    this.root.replaceChildren(
      h("h2", {}, "This server"),
      h(
        "dl",
        { class: "facts" },
        facts.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", { class: "number" }, value))),
      ),
      h(
        "div",
        { hidden: !held },
        h("p", { class: "refusal" }, `Retention is held: ${held}.`),
        h("button", { type: "button", class: "small", onclick: confirm }, "The clock is right"),
      ),
      h("h3", {}, "Engines"),
      h(
        "ul",
        { class: "ledger" },
        overview.engines.map((/** @type {any} */ engine) =>
          h("li", {}, `${engine.name}: ${engine.available ? "ready" : engine.note}`),
        ),
      ),
      h("h3", {}, `Running sessions (${sessions.length})`),
      h(
        "ul",
        { class: "ledger" },
        sessions.map((/** @type {any} */ one) =>
          h(
            "li",
            {},
            `${one.session_id}, ${one.kind}, ${Math.round(one.age_s)} s, ` +
              `${one.is_connected ? "connected" : "waiting"}, ${one.dropped} left out`,
          ),
        ),
      ),
      h("h3", {}, `Users (${users.length})`),
      h(
        "ul",
        { class: "users" },
        users.map((/** @type {any} */ user) => this.#user(user)),
      ),
    );
  }

  /** @param {any} user */
  #user(user) {
    const name = user.username ?? `guest ${user.user_id.slice(0, 8)}`;
    const role = h(
      "select",
      {
        "aria-label": `Role of ${name}`,
        onchange: () => this.#do("PUT", `users/${user.user_id}/role`, { role: role.value }),
      },
      ["visitor", "facilitator", "admin"].map((value) =>
        h("option", { value, selected: value === user.role }, value),
      ),
    );
    return h(
      "li",
      {},
      h("strong", {}, name),
      ` since ${when(user.created_at)}, ${user.sessions} sessions, ${user.devices} sign-ins`,
      h(
        "div",
        { class: "controls" },
        role,
        h(
          "button",
          { type: "button", class: "small", onclick: () => this.#do("DELETE", `users/${user.user_id}/devices`) },
          "Sign out everywhere",
        ),
        asksFirst("Purge", `${name} and all of their ${user.sessions} sessions will be gone for good.`, "Purge", () =>
          this.#do("DELETE", `users/${user.user_id}`),
        ),
      ),
    );
  }

  /** @param {string} method @param {string} path @param {any} [body] */
  async #do(method, path, body) {
    if (await this.page.ask(() => this.#ask(method, path, body))) await this.#load();
  }
}
