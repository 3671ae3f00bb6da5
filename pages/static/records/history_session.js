// One kept session: figures, timeline and transcript side by side (each moves the other), note, export.

import { call, download } from "../shared/api.js";
import { h } from "../shared/dom.js";
import { EMOTIONS, LOOKS, clock, percent } from "../shared/labels.js";
import { HistoryTimeline } from "./history_timeline.js";
import { when } from "./records_page.js";

const LABELS = [...EMOTIONS, "uncertain"];
/** @type {Record<string, string>} */
const NAMES = { face: "Face", voice: "Voice", text: "Words" };

export class HistorySession {
  /** once it is loaded @type {HistoryTimeline | null} */
  timeline = null;
  /** of the transcript @type {{t: number, root: HTMLElement}[]} */
  lines = [];

  /** @param {import("./records_page.js").RecordsPage} page @param {string} sessionId */
  constructor(page, sessionId) {
    this.page = page;
    this.path = `/api/sessions/${sessionId}`;
    this.token = page.token;
    this.title = h("h1", { tabindex: -1 });
    this.root = h("article", { class: "session-view" });
  }

  async load() {
    const asked = await this.page.ask(
      () =>
        Promise.all(
          ["", "/timeline?bins=300", "/messages"]
            .map((part) => call("GET", this.path + part, this.token))
            .concat(call("GET", "/api/exports", this.token)),
        ),
      { waiting: true },
    );
    if (!asked) return false;
    const [summary, timeline, { messages }, { formats }] = asked;
    this.title.textContent = `Session of ${when(summary.started_at)}`;
    this.timeline = new HistoryTimeline(timeline, (t) => this.#followTimeline(t));
    this.lines = messages.map((/** @type {any} */ message) => this.#line(message));
    this.root.replaceChildren(
      this.title,
      h("p", { class: "lead" }, inWords(summary)),
      h(
        "div",
        { class: "side-by-side" },
        h("section", { class: "card" }, h("h2", {}, "Over time"), this.timeline.root),
        h(
          "section",
          { class: "card transcript" },
          h("h2", {}, "What was said"),
          this.lines.length
            ? h(
                "ol",
                {},
                this.lines.map((line) => line.root),
              )
            : h("p", { class: "hint" }, "No words are kept of this session."),
        ),
      ),
      h("section", { class: "card" }, h("h2", {}, "Figures"), this.#figures(summary)),
      this.#note(summary.note),
      this.#exports(formats),
    );
    return true;
  }

  /** @param {{role: string, content: string, emotion: string, t: number}} message */
  #line({ role, content, emotion, t }) {
    const root = h(
      "li",
      {},
      h(
        "button",
        {
          type: "button",
          class: `line ${role}`,
          onclick: () => {
            this.timeline?.go(t);
            this.#mark(t);
          },
        },
        h("span", { class: "number" }, clock(t)),
        h("span", { class: "who" }, role === "user" ? "You" : "Companion"),
        h("span", {}, content),
        emotion && role === "user"
          ? h("span", { class: "hint" }, `read as ${LOOKS[emotion]?.word ?? emotion}`)
          : null,
      ),
    );
    return { t, root };
  }

  /** @param {number} t */
  #followTimeline(t) {
    const line = this.#mark(t);
    line?.root.scrollIntoView({ block: "nearest" });
  }

  /** @param {number} t */
  #mark(t) {
    const before = this.lines.findLast((line) => line.t <= t + 0.01);
    for (const line of this.lines) line.root.firstElementChild?.toggleAttribute("aria-current", line === before);
    return before;
  }

  /** @param {any} summary */
  #figures(summary) {
    const shares = LABELS.filter((label) => summary.shares[label] > 0.004);
    const coverage = Object.entries(summary.modalities).map(([name, { n, quality, coverage: share }]) => [
      NAMES[name],
      n ? `${percent(share)} of the time, quality ${percent(quality)}, ${n} readings` : "no readings",
    ]);
    const { longest } = summary;
    const facts = [
      ["Length", clock(summary.duration_s)],
      ["Changes per minute", summary.changes_per_minute.toFixed(1)],
      [
        "Longest span",
        longest
          ? `${LOOKS[longest.expression].word}, ${Math.round(longest.seconds)} s, from ${clock(longest.start_s)}`
          : "none",
      ],
      ["Not sure", summary.n_readings ? percent(summary.shares.uncertain) : "none"],
      ...coverage,
    ];
    return h(
      "div",
      {},
      h(
        "div",
        { class: "share-bar", "aria-hidden": "true" },
        shares.map((label) =>
          h("span", {
            class: "part",
            style: `flex-grow: ${summary.shares[label]}; background-color: ${LOOKS[label].colour}`,
          }),
        ),
      ),
      h(
        "ul",
        { class: "share-list" },
        shares.map((label) =>
          h(
            "li",
            {},
            h("span", { class: "swatch", style: `background-color: ${LOOKS[label].colour}`, "aria-hidden": "true" }),
            h("span", {}, LOOKS[label].word),
            h("span", { class: "number" }, percent(summary.shares[label])),
          ),
        ),
      ),
      h(
        "dl",
        { class: "facts" },
        facts.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", { class: "number" }, value))),
      ),
    );
  }

  /** @param {string} text */
  #note(text) {
    const field = h("textarea", { id: "note", rows: 3, maxlength: 10000 });
    field.value = text;
    const save = async () =>
      (await this.page.ask(() => call("PUT", `${this.path}/note`, this.token, { text: field.value }))) &&
      this.page.say("Note saved, sealed on the server.");
    return h(
      "section",
      { class: "card" },
      h("h2", {}, h("label", { for: "note" }, "Your note")),
      field,
      h("div", { class: "controls" }, h("button", { type: "button", onclick: save }, "Save note")),
    );
  }

  /** @param {{name: string, title: string}[]} formats */
  #exports(formats) {
    const select = h(
      "select",
      { id: "format" },
      formats.map((/** @type {any} */ { name, title }) =>
        h("option", { value: name, selected: name === "csv" }, title),
      ),
    );
    const go = () => this.page.ask(() => download(`${this.path}/export?format=${select.value}`, this.token));
    return h(
      "section",
      { class: "card" },
      h("h2", {}, "Take it with you"),
      h(
        "div",
        { class: "controls" },
        h("label", { for: "format", class: "visually-hidden" }, "Format"),
        select,
        h("button", { type: "button", class: "primary", onclick: go }, "Export"),
      ),
    );
  }
}

/** The session in two sentences, from its figures alone. @param {any} summary */
function inWords(summary) {
  if (!summary.n_readings) return "No readings are kept of this session.";
  const led = EMOTIONS.filter((label) => summary.shares[label] > 0)
    .sort((a, b) => summary.shares[b] - summary.shares[a])
    .slice(0, 2);
  const mostly = led.map((label) => `${LOOKS[label].word} (${percent(summary.shares[label])})`).join(", then ");
  const unsure =
    summary.shares.uncertain > 0.005
      ? ` For ${percent(summary.shares.uncertain)} of the time the machine was not sure.`
      : "";
  return led.length
    ? `It mostly read ${mostly}.${unsure} These are estimates, not feelings.`
    : `The machine was never sure enough to say.`;
}
