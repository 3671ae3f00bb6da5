// Settings, in a drawer: a modal dialog, so that the browser keeps the focus inside and Escape closes it.

import { choice, h, toggle } from "../shared/dom.js";
import { USUAL, saveSettings } from "../shared/settings.js";
import { LANGUAGES, MODALITIES, SETTINGS } from "../shared/words.js";
import { TalkSettings } from "./drawer_talk.js";

/** @import {Settings} from "../shared/settings.js" */
/** @import {EngineLine, FigureLine} from "../shared/wire.js" */
let sliderCount = 0;

/** @typedef {{ok: boolean, message: string}} FaceAnswer whether the face is shown, and what to say */

/** "Right in 59 of 100 on strangers (53 to 64; 4,090 …)". @param {FigureLine} figure */
const figureWords = ({ on, at_home: isHome, value, low, high, count }) => {
  const [middle, least, most] = [value, low, high].map((share) => Math.round(100 * share));
  return SETTINGS.figure(isHome ? SETTINGS.atHome : SETTINGS.onStrangers, middle, least, most, count, on);
};

export class Drawer {
  /** @type {{root: HTMLElement, show: () => void}[]} */
  sliders = [];

  /**
   * @param {object} options
   * @param {Settings} options.settings
   * @param {(settings: Settings) => void} options.onchange
   * @param {(isKept: boolean) => void} options.onkeep consent changed in mid-session
   * @param {(face: string | File) => Promise<FaceAnswer>} options.onface a face for the companion
   */
  constructor({ settings, onchange, onkeep, onface }) {
    this.settings = settings;
    this.onchange = onchange;
    this.classes = choice(
      "classes",
      [
        ["7", SETTINGS.seven],
        ["4", SETTINGS.four],
      ],
      settings.classes,
      (key) => this.set({ classes: key }),
    );
    this.theme = choice(
      "theme",
      [
        ["auto", SETTINGS.auto],
        ["light", SETTINGS.light],
        ["dark", SETTINGS.dark],
      ],
      settings.theme,
      (key) => this.set({ theme: key }),
    );
    this.mirror = toggle(SETTINGS.mirror, null, settings.mirror, (isOn) => this.set({ mirror: isOn }));
    this.keep = toggle(SETTINGS.keep, SETTINGS.keepHint, false, onkeep);
    this.engines = h("ul", { class: "engines" });
    this.talk = new TalkSettings({ settings, onchange: (change) => this.set(change), onface });
    /** @type {HTMLDialogElement} */
    this.root = h(
      "dialog",
      {
        class: "drawer",
        "aria-label": SETTINGS.title,
        onclick: (event) => event.target === this.root && this.root.close(),
      },
      h(
        "div",
        { class: "drawer-body" },
        h(
          "header",
          {},
          h("h2", {}, SETTINGS.title),
          h("button", { class: "small quiet", onclick: () => this.root.close() }, SETTINGS.close),
        ),
        this.#group(SETTINGS.classes, this.classes.root, h("p", { class: "hint" }, SETTINGS.fourHint)),
        this.#group(SETTINGS.theme, this.theme.root),
        this.mirror.root,
        this.#speed(),
        this.#weights(),
        this.#times(),
        this.#language(),
        this.keep.root,
        this.talk.root,
        this.#group(SETTINGS.engines, this.engines),
      ),
    );
    this.keep.root.hidden = true;
  }

  /** @param {string} title @param {...import("../shared/dom.js").Child} parts */
  #group(title, ...parts) {
    return h("div", { class: "group", role: "group", "aria-label": title }, h("h3", {}, title), parts);
  }

  #speed() {
    const shown = h("output", { class: "number" }, String(this.settings.fps));
    const input = h("input", {
      type: "range",
      id: "fps",
      min: 2,
      max: 8,
      step: 1,
      value: this.settings.fps,
      oninput: () => {
        shown.textContent = input.value;
        this.set({ fps: Number(input.value) });
      },
    });
    return h("div", { class: "group" }, h("label", { for: "fps" }, SETTINGS.fps, " ", shown), input);
  }

  /** How much each source counts; the server takes it at once. */
  #weights() {
    const names = /** @type {(keyof Settings["weights"])[]} */ (Object.keys(USUAL.weights));
    const rows = names.map((name) =>
      this.#slider(
        MODALITIES[name].name,
        { min: 0, max: 1, step: 0.05 },
        () => this.settings.weights[name],
        (value) => this.set({ weights: { ...this.settings.weights, [name]: value } }),
        (value) => value.toFixed(2),
      ),
    );
    this.sliders = rows;
    return this.#group(
      SETTINGS.weights,
      ...rows.map((row) => row.root),
      h("button", { class: "small quiet", onclick: () => this.#reset() }, SETTINGS.reset),
    );
  }

  #times() {
    const patience = this.#slider(
      SETTINGS.patience,
      { min: 0.3, max: 2, step: 0.1 },
      () => this.settings.patience,
      (value) => this.set({ patience: value }),
      SETTINGS.seconds,
    );
    const smoothing = this.#slider(
      SETTINGS.smoothing,
      { min: 0, max: 2, step: 0.1 },
      () => this.settings.smoothing,
      (value) => this.set({ smoothing: value }),
      SETTINGS.seconds,
    );
    this.sliders.push(patience, smoothing);
    return h(
      "div",
      { class: "group" },
      patience.root,
      h("p", { class: "hint" }, SETTINGS.patienceHint),
      smoothing.root,
    );
  }

  #language() {
    const select = h(
      "select",
      { id: "language", onchange: () => this.set({ language: select.value }) },
      LANGUAGES.map(([code, name]) => h("option", { value: code, selected: code === this.settings.language }, name)),
    );
    return h("div", { class: "group" }, h("label", { for: "language" }, SETTINGS.language), select);
  }

  /**
   * @param {string} label @param {{min: number, max: number, step: number}} range
   * @param {() => number} read @param {(value: number) => void} write @param {(value: number) => string} word
   */
  #slider(label, range, read, write, word) {
    const id = `s${(sliderCount += 1)}`;
    const shown = h("output", { class: "number", for: id }, word(read()));
    const input = h("input", {
      type: "range",
      id,
      ...range,
      value: read(),
      oninput: () => {
        write(Number(input.value));
        show();
      },
    });
    const show = () => {
      input.value = String(read());
      shown.textContent = word(read());
    };
    return { root: h("div", { class: "slider" }, h("label", { for: id }, label, " ", shown), input), show };
  }

  /** Weights and times as they were; at least one weight stays above nothing. */
  #reset() {
    this.set(structuredClone(USUAL));
    for (const slider of this.sliders) slider.show();
  }

  /** @param {Partial<Settings>} change */
  set(change) {
    if (change.weights && Object.values(change.weights).every((weight) => weight === 0)) return;
    Object.assign(this.settings, change);
    saveSettings(this.settings);
    this.onchange(this.settings);
  }

  /** From outside, such as the toggle on the gauges. @param {string} key */
  setClasses(key) {
    this.classes.set(key);
    this.set({ classes: key });
  }

  /** The switch is offered only to those who allowed keeping. @param {boolean} isOffered @param {boolean} isKept */
  showKeep(isOffered, isKept) {
    this.keep.root.hidden = !isOffered;
    this.keep.input.checked = isKept;
  }

  /** @param {EngineLine[]} engines */
  showEngines(engines) {
    this.talk.showEngines(engines);
    this.engines.replaceChildren(
      ...engines.map((engine) =>
        h(
          "li",
          { "data-available": String(engine.available) },
          h("strong", {}, engine.name || engine.kind),
          ` ${engine.version ?? ""} · ${engine.licence ?? ""}`,
          engine.note ? h("span", { class: "hint" }, engine.note) : null,
          ...(engine.figures ?? []).map((figure) => h("span", { class: "hint" }, figureWords(figure))),
        ),
      ),
    );
  }

  open() {
    this.root.showModal();
  }
}
