// <attune-account>: sign in or up, what is stored about this person, consent, retention, devices, deletion; for admins
// more.

import { call, download, getConsent } from "../shared/api.js";
import { h, toggle } from "../shared/dom.js";
import { Identity } from "../shared/identity.js";
import { AdminPanel } from "./admin_panel.js";
import { canSignIn, signIn } from "./huggingface.js";
import { RecordsPage, asksFirst, when } from "./records_page.js";

const KEPT = [
  ["sessions", "sessions"],
  ["fused", "fused readings"],
  ["estimates", "readings of face, voice and words"],
  ["messages", "sealed lines of conversation"],
  ["summary", "sealed summary of earlier talks"],
  ["markers", "markers"],
  ["self_reports", "answers to “was this right?”"],
  ["faults", "notes of what failed"],
  ["consents", "entries in the consent ledger"],
  ["devices", "sign-ins"],
];
/** @type {[number, string][]} */
const DAYS = [
  [1, "1 day"],
  [7, "1 week"],
  [30, "1 month"],
  [90, "3 months"],
  [180, "6 months"],
  [365, "1 year"],
];

/** What can be switched here; the words beside the switches are those of the consent text. */
const SWITCHED = ["camera", "microphone", "history", "text"];

/** @import {Consent, ConsentParts} from "../shared/api.js" */

/**
 * The words of a purpose; one that is no longer offered keeps its own name.
 * @param {ConsentParts} parts @param {string} purpose
 */
const purposeWord = (parts, purpose) => parts.purposes.find(({ name }) => name === purpose)?.title ?? purpose;

class AttuneAccount extends RecordsPage {
  begin() {
    this.identity = Identity.get();
    if (this.identity) this.#refresh();
    else this.#nobody();
  }

  #nobody() {
    this.show(
      h("h1", {}, "Your data"),
      h(
        "p",
        { class: "lead" },
        "Nothing is stored about this browser. You can use everything as a guest; " +
          "an account lets you come back to your sessions from other devices.",
      ),
      this.#credentials(),
    );
  }

  async #refresh() {
    const asked = () => Promise.all([call("GET", "/api/me", this.token), getConsent()]);
    const answers = await this.ask(asked, { waiting: true });
    if (!answers) return;
    const [me, consent] = answers;
    if (this.identity) Identity.keep({ ...this.identity, role: me.role, scopes: me.scopes });
    this.show(
      h("h1", { tabindex: -1 }, me.username ? `Signed in as ${me.username}` : "You are here as a guest"),
      this.#kept(me),
      this.#consent(me, consent),
      this.#retention(me),
      me.username ? this.#security(me) : this.#credentials(),
      this.#end(me),
      me.role === "admin" ? new AdminPanel(this).root : null,
    );
  }

  /** @param {any} me */
  #kept(me) {
    const rows = KEPT.filter(([key]) => me.kept[key] > 0).map(([key, words]) =>
      h("li", {}, h("strong", { class: "number" }, String(me.kept[key])), ` ${words}`),
    );
    const all = () => this.ask(() => download("/api/me/export?format=bundle", this.token));
    return h(
      "section",
      { class: "card" },
      h("h2", {}, "What is stored about you now"),
      h("ul", { class: "kept-list" }, rows.length ? rows : h("li", {}, "Nothing.")),
      h(
        "p",
        { class: "hint" },
        "Pictures and sound are never stored. Readings are numbers; words are encrypted on the server's disk.",
      ),
      h("p", { class: "hint" }, `About ${me.stored_mb.toFixed(1)} of ${me.max_stored_mb} MB.`),
      me.quota_reached
        ? h(
            "p",
            { class: "refusal" },
            "No more is kept of you on this server: history is paused until you delete sessions; export them first.",
          )
        : null,
      me.history_paused ? h("p", { class: "refusal" }, "The disk takes nothing right now: history is paused.") : null,
      h(
        "div",
        { class: "controls" },
        h("a", { class: "button", href: "/history" }, "Look at sessions"),
        h("button", { type: "button", onclick: all }, "Export everything"),
      ),
    );
  }

  /** @param {any} me @param {Consent} consent */
  #consent(me, { parts, text_hash }) {
    const offered = SWITCHED.flatMap((name) => parts.scopes.filter((scope) => scope.name === name));
    const switches = offered.map(({ name, title, text }) => {
      const { root, input } = toggle(title, text, me.scopes.includes(name));
      return { name, root, input };
    });
    const also = toggle(
      "Also delete what was kept under it",
      "Takes away all sessions with “keep readings”, all words with “keep words”.",
      false,
    );
    const save = async () => {
      const scopes = switches
        .filter((one) => one.input.checked)
        .map((one) => one.name)
        .concat(me.scopes.filter((/** @type {string} */ scope) => !SWITCHED.includes(scope)));
      const answer = { scopes, text_hash, delete: also.input.checked };
      if (!(await this.ask(() => call("POST", "/api/consent", this.token, answer)))) return;
      await this.#refresh();
      this.say("Your consent is changed, in running sessions too.");
    };
    const ledger = me.consents.map((/** @type {any} */ one) =>
      h(
        "li",
        {},
        `${when(one.given_at)}: ${one.scopes.join(", ") || "nothing"}, for “${purposeWord(parts, one.purpose)}”, ` +
          `text ${one.version}`,
        one.withdrawn_at === null ? " (in force)" : ` (until ${when(one.withdrawn_at)})`,
      ),
    );
    return h(
      "section",
      { class: "card" },
      h("h2", {}, "What you allow"),
      h(
        "div",
        { class: "toggles" },
        switches.map((one) => one.root),
        also.root,
      ),
      h("p", { class: "hint" }, parts.withdrawal),
      h("div", { class: "controls" }, h("button", { type: "button", class: "primary", onclick: save }, "Save")),
      h(
        "details",
        {},
        h("summary", {}, `Consent ledger (${me.consents.length})`),
        h("ul", { class: "ledger" }, ledger),
      ),
    );
  }

  /** @param {any} me */
  #retention(me) {
    const select = h(
      "select",
      {
        id: "days",
        onchange: () =>
          this.ask(() =>
            call("PUT", "/api/me/retention", this.token, {
              days: select.value ? Number(select.value) : null,
            }),
          ).then((done) => done && this.say("Saved.")),
      },
      h("option", { value: "" }, `As this server does (${me.default_retention_days} days)`),
      DAYS.map(([days, word]) => h("option", { value: days, selected: me.retention_days === days }, word)),
    );
    return h(
      "section",
      { class: "card" },
      h("h2", {}, h("label", { for: "days" }, "How long readings are kept")),
      select,
      h("p", { class: "hint" }, "Older sessions are deleted by themselves, from the file too."),
      me.retention_held
        ? h(
            "p",
            { class: "refusal" },
            "The server's clock looks wrong: until that is settled nothing is deleted for its age.",
          )
        : null,
    );
  }

  /** @param {any} me */
  #security(me) {
    const devices = me.devices.map((/** @type {any} */ one) =>
      h(
        "li",
        {},
        `signed in ${when(one.created_at)}`,
        one.device_id === me.device_id
          ? " (this one)"
          : h(
              "button",
              {
                type: "button",
                class: "small",
                onclick: () =>
                  this.#act("DELETE", `/api/me/devices/${one.device_id}`, undefined, "That device is signed out."),
              },
              "Sign out",
            ),
      ),
    );
    const [before, next] = ["current-password", "new-password"].map((kind) =>
      h("input", { type: "password", autocomplete: kind, id: kind, required: true, maxlength: 200 }),
    );
    const change = (/** @type {Event} */ event) => {
      event.preventDefault();
      this.#act(
        "POST",
        "/api/me/password",
        { old: before.value, new: next.value },
        "Password changed; other devices are signed out.",
      );
    };
    return h(
      "section",
      { class: "card" },
      h("h2", {}, "Devices and password"),
      h("ul", { class: "ledger" }, devices),
      h(
        "form",
        { class: "fields", onsubmit: change },
        field("current-password", "Present password", before),
        field("new-password", "New password", next),
        h("div", { class: "controls" }, h("button", { type: "submit" }, "Change password")),
      ),
    );
  }

  /** @param {string} method @param {string} path @param {any} body @param {string} told */
  async #act(method, path, body, told) {
    if (!(await this.ask(() => call(method, path, this.token, body)))) return;
    await this.#refresh();
    this.say(told);
  }

  /** @param {any} me */
  #end(me) {
    const leave = async () => {
      if (me.username) await this.ask(() => call("POST", "/api/logout", this.token, {}));
      Identity.forget();
      this.begin();
      this.say("Signed out.");
    };
    const total = KEPT.filter(([key]) => me.kept[key] > 0)
      .map(([key, words]) => `${me.kept[key]} ${words}`)
      .join(", ");
    const account = me.username ? `, and the account ${me.username}` : "";
    const gone =
      `Everything will be gone, at once and for good: ${total || "your guest pass"}${account}. ` +
      "Export first if you want a copy.";
    const purge = async () => {
      if (!(await this.ask(() => call("DELETE", "/api/me", this.token)))) return;
      Identity.forget();
      this.begin();
      this.say("Everything about you is deleted, from the file too.");
    };
    return h(
      "section",
      { class: "card" },
      h("h2", {}, "Leave"),
      me.username
        ? h("div", { class: "controls" }, h("button", { type: "button", onclick: leave }, "Sign out"))
        : null,
      asksFirst("Delete everything", gone, "Yes, delete everything", purge),
    );
  }

  async #signInElsewhere() {
    const code = h("input", { id: "hf-code", autocomplete: "one-time-code", maxlength: 100 });
    const typed = new Promise((done) =>
      this.main.append(
        h(
          "form",
          {
            class: "card fields",
            onsubmit: (event) => {
              event.preventDefault();
              done(code.value.trim());
            },
          },
          field("hf-code", "Code from the other tab", code, "Only if this page does not go on by itself."),
          h("div", { class: "controls" }, h("button", { type: "submit" }, "Finish")),
        ),
      ),
    );
    const answer = await this.ask(() => signIn(typed));
    if (!answer) return;
    Identity.keep(answer);
    this.begin();
    this.say(`Welcome, ${answer.username}.`);
  }

  /**
   * Sign in or up with what stands in the two fields.
   * @param {string} path @param {HTMLInputElement} name @param {HTMLInputElement} password
   */
  async #enter(path, name, password) {
    if (!name.reportValidity() || !password.reportValidity()) return;
    this.say("One moment.");
    const answer = await this.ask(() =>
      call("POST", path, null, { username: name.value, password: password.value, purpose: "self" }),
    );
    if (!answer) return;
    Identity.keep(answer);
    this.begin();
    this.say(`Welcome, ${answer.username}.`);
  }

  #credentials() {
    const name = h("input", {
      id: "username",
      autocomplete: "username",
      required: true,
      minlength: 3,
      maxlength: 32,
      autocapitalize: "none",
      spellcheck: "false",
    });
    const password = h("input", {
      id: "password",
      type: "password",
      autocomplete: "current-password",
      required: true,
      maxlength: 200,
    });
    const elsewhere = h(
      "button",
      { type: "button", hidden: true, onclick: () => this.#signInElsewhere() },
      "Sign in with Hugging Face",
    );
    canSignIn().then((isThere) => (elsewhere.hidden = !isThere));
    return h(
      "section",
      { class: "card" },
      h("h2", {}, "Sign in, or make an account"),
      h(
        "form",
        {
          class: "fields",
          onsubmit: (event) => {
            event.preventDefault();
            this.#enter("/api/login", name, password);
          },
        },
        field("username", "Name", name),
        field("password", "Password", password, "At least 10 characters; a few unusual words together do well."),
        h(
          "div",
          { class: "controls" },
          h("button", { type: "submit", class: "primary" }, "Sign in"),
          h(
            "button",
            { type: "button", onclick: () => this.#enter("/api/signup", name, password) },
            "Make an account",
          ),
          elsewhere,
        ),
      ),
      h(
        "p",
        { class: "hint" },
        "No address, no mail. A forgotten password can be set anew only by whoever runs this server.",
      ),
    );
  }
}

/** @param {string} id @param {string} label @param {HTMLElement} input @param {string | null} [hint] */
const field = (id, label, input, hint = null) =>
  h(
    "div",
    { class: "field" },
    h("label", { for: id }, label),
    input,
    hint ? h("span", { class: "hint" }, hint) : null,
  );

customElements.define("attune-account", AttuneAccount);
