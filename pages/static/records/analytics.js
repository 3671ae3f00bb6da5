// <attune-analytics>: charts of own sessions, of an uploaded bundle, or of a synthetic sample. plotly is our own copy.

import { call } from "../shared/api.js";
import { h } from "../shared/dom.js";
import { Identity } from "../shared/identity.js";
import { RecordsPage } from "./records_page.js";

const PLOTLY = "/attune/vendor/plotly/plotly.min.js";
const QUIET = { displayModeBar: false, responsive: true };

/** @type {Promise<any> | null} */
let loading = null;

/** Fetched once, when the first chart is wanted. */
function plotly() {
  loading ??= new Promise((resolve, reject) =>
    document.head.append(h("script", { src: PLOTLY, onload: () => resolve(window.Plotly), onerror: reject })),
  );
  return loading;
}

class AttuneAnalytics extends RecordsPage {
  file = h("input", {
    type: "file",
    accept: ".zip,application/zip",
    class: "visually-hidden",
    tabindex: -1,
    "aria-label": "Bundle file",
    onchange: () => this.#open(),
  });
  charts = h("div", { class: "charts" });
  notice = h("p", { class: "hint" });

  begin() {
    this.identity = Identity.get();
    this.charts.replaceChildren();
    this.notice.textContent = "";
    this.show(
      h("h1", { tabindex: -1 }, "Analytics"),
      h(
        "p",
        { class: "lead" },
        "What was read in whole sessions, with units, counts and uncertainty. " +
          "Open your own sessions, or a bundle that somebody exported for you; it is read in memory and not kept.",
      ),
      h(
        "div",
        { class: "controls" },
        this.identity
          ? h("button", { type: "button", class: "primary", onclick: () => this.#own() }, "My sessions")
          : null,
        h("button", { type: "button", onclick: () => this.file.click() }, "Open a bundle"),
        h("button", { type: "button", onclick: () => this.#sample() }, "Look at a sample"),
        this.file,
      ),
      this.notice,
      this.charts,
    );
    if (location.hash === "#sample") this.#sample();
    else if (this.identity) this.#own();
  }

  #own() {
    return this.#fill("Your own sessions.", () => call("POST", "/api/analytics", this.token, { session_ids: null }));
  }

  #sample() {
    return this.#fill("A synthetic sample: nobody was recorded.", () => call("GET", "/api/analytics/sample"));
  }

  async #open() {
    const file = this.file.files?.[0];
    this.file.value = "";
    if (file) await this.#fill(`The bundle ${file.name}.`, () => call("POST", "/api/bundles", null, file));
  }

  /** @param {string} what @param {() => Promise<any>} work */
  async #fill(what, work) {
    this.charts.replaceChildren(
      h("div", { class: "skeleton", "aria-label": "Loading" }, ...[1, 2, 3].map(() => h("span"))),
    );
    const answer = await this.ask(work);
    this.charts.replaceChildren();
    if (!answer) return;
    this.say("");
    this.notice.textContent = `${what} ${answer.notice}`;
    const library = await this.ask(plotly);
    for (const chart of answer.charts) this.#add(chart, library);
  }

  /** @param {any} chart @param {any} library */
  #add(chart, library) {
    if (!chart.n) {
      this.charts.append(h("section", { class: "card chart" }, h("h2", {}, chart.title)));
      return;
    }
    const figure = h("div", {
      class: "figure",
      style: `min-height: ${chart.figure.layout.height}px`,
      role: "img",
      "aria-label": `${chart.title}. ${chart.text}`,
    });
    const picture = () =>
      library.downloadImage(figure, {
        format: "svg",
        filename: `attune-${chart.name}`,
        width: 1000,
        height: chart.figure.layout.height,
      });
    this.charts.append(
      h(
        "section",
        { class: "card chart" },
        h("h2", {}, chart.title),
        h("p", { class: "hint number" }, `${chart.unit}, n = ${chart.n}`),
        figure,
        h("details", {}, h("summary", {}, "In words, and as a table"), h("p", {}, chart.text), asTable(chart.table)),
        h(
          "div",
          { class: "controls" },
          h("button", { type: "button", class: "small", onclick: picture, disabled: !library }, "Picture (SVG)"),
          h("button", { type: "button", class: "small", onclick: () => saveTable(chart) }, "Table (CSV)"),
        ),
      ),
    );
    if (!library) return;
    const ink = getComputedStyle(this).getPropertyValue("--ink").trim();
    const line = getComputedStyle(this).getPropertyValue("--line").trim();
    const layout = structuredClone(chart.figure.layout);
    layout.font.color = ink;
    for (const name of Object.keys(layout).filter((key) => /^[xy]axis/.test(key)))
      Object.assign(layout[name], { gridcolor: line, zerolinecolor: line, linecolor: ink });
    const axes = Object.keys(layout)
      .filter((key) => /^[xy]axis/.test(key))
      .map((key) => layout[key]);
    for (const axis of axes) axis.automargin = true;
    if (this.charts.clientWidth < 600) {
      Object.assign(layout.margin, { l: 60, r: 8 });
      layout.font.size = 11;
      for (const axis of axes) if (axis.title) axis.title.font = { size: 11 };
    }
    const data = chart.figure.data.map((/** @type {any} */ trace) =>
      trace.type === "heatmap" ? { ...trace, textfont: { color: ink } } : trace,
    );
    library.newPlot(figure, data, { ...layout, autosize: true, dragmode: false }, QUIET);
  }
}

/** @param {{columns: string[], rows: any[][]}} table */
function asTable({ columns, rows }) {
  const shown = rows.slice(0, 200);
  return h(
    "div",
    { class: "table-scroll", tabindex: 0, role: "region", "aria-label": "Table" },
    h(
      "table",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          columns.map((/** @type {string} */ name) => h("th", { scope: "col" }, name)),
        ),
      ),
      h(
        "tbody",
        {},
        shown.map((/** @type {any} */ row) =>
          h(
            "tr",
            {},
            row.map((/** @type {any} */ cell) => h("td", {}, cell === null ? "" : String(cell))),
          ),
        ),
      ),
    ),
    rows.length > shown.length
      ? h("p", { class: "hint" }, `The first ${shown.length} of ${rows.length} rows; the CSV has all.`)
      : null,
  );
}

/** @param {{name: string, table: {columns: string[], rows: any[][]}}} chart */
function saveTable({ name, table }) {
  const quoted = (/** @type {any} */ cell) =>
    /[",\n]/.test(String(cell)) ? `"${String(cell).replaceAll('"', '""')}"` : (cell ?? "");
  const text = [table.columns, ...table.rows].map((row) => row.map(quoted).join(",")).join("\n");
  const link = h("a", {
    href: URL.createObjectURL(new Blob([text], { type: "text/csv" })),
    download: `attune-${name}.csv`,
  });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

customElements.define("attune-analytics", AttuneAnalytics);
