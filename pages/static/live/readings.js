// The instruments together: what one event does to gauges, emoji, box, timeline and status line.

import { choice, h, setText } from "../shared/dom.js";
import { LOOKS } from "../shared/labels.js";
import { LIVE, SETTINGS, TABS } from "../shared/words.js";
import { Gauges } from "./gauges.js";
import { Ledger } from "./ledger.js";
import { Status } from "./status.js";
import { Timeline } from "./timeline.js";
import { Together } from "./together.js";

const SEEK_S = 0.35; // a larger step in a clip is a seek: the emoji then changes at once
const ANNOUNCE_MS = 3000; // a screen reader hears a change at most this often

/** @import {ReadingEntry} from "./ledger.js" */
/** @import {ModeName, Report} from "./mode.js" */
/** @import {EstimateMessage, FusedMessage, ServerMessage, StatsMessage} from "../shared/wire.js" */

export class Readings {
  ledger = new Ledger();
  /** of the view, 7 or 4 */
  classes = 7;
  /** what is shown as leading */
  label = "uncertain";
  /** the fused reading that is shown @type {FusedMessage | null} */
  fused = null;
  /** of that reading, on the clock of the session */
  time = 0;
  /** what a screen reader was told last, and when */
  announced = "uncertain";
  announcedAt = -1e9;
  /** the moment of a clip that is shown */
  replayedAt = 0;

  /**
   * @param {object} options
   * @param {import("./stage.js").Stage} options.stage
   * @param {(report: Report) => string} options.onreport answers with the word of thanks
   * @param {() => void} options.onmark
   * @param {(seconds: number) => void} options.onseek
   * @param {(classes: string) => void} options.onclasses
   */
  constructor({ stage, onreport, onmark, onseek, onclasses }) {
    this.stage = stage;
    this.together = new Together({ onreport });
    this.gauges = new Gauges();
    this.timeline = new Timeline({ onmark, onseek });
    this.status = new Status();
    this.spoken = h("p", { class: "visually-hidden", "aria-live": "polite", "data-live": "expression" });
    this.toggle = choice(
      "view",
      [
        ["7", SETTINGS.seven],
        ["4", SETTINGS.four],
      ],
      "7",
      onclasses,
    );
    /** on a phone gauges and timeline share one place @type {Record<string, HTMLElement>} */
    this.tabs = Object.fromEntries(Object.entries(TABS).map(([name, word]) => [name, this.#tab(name, word)]));
    this.toggle.root.setAttribute("aria-label", SETTINGS.classes);
    const panel = h(
      "div",
      { class: "gauge-panel" },
      h("header", { class: "gauge-head" }, h("h3", {}, LIVE.readings), this.toggle.root),
      this.gauges.root,
    );
    const tabs = h("div", { class: "tabs", role: "group", "aria-label": LIVE.readings }, Object.values(this.tabs));
    this.side = h("div", { class: "instruments" }, this.together.root, tabs, panel, this.spoken);
  }

  /** @param {string} name @param {string} word */
  #tab(name, word) {
    const attributes = { class: "tab", "aria-pressed": String(name === "gauges"), onclick: () => this.#pick(name) };
    return h("button", attributes, word);
  }

  /** @param {string} name */
  #pick(name) {
    const workspace = this.side.parentElement?.parentElement;
    if (workspace) workspace.dataset.tab = name;
    for (const [key, button] of Object.entries(this.tabs)) button.setAttribute("aria-pressed", String(key === name));
  }

  /** @param {boolean} isShown */
  show(isShown) {
    this.side.hidden = this.timeline.root.hidden = this.status.root.hidden = !isShown;
    if (isShown) this.timeline.draw();
  }

  /** @param {string[]} modalities */
  setModalities(modalities) {
    this.gauges.setModalities(modalities);
  }

  /** @param {number} classes 7 or 4 */
  setClasses(classes) {
    this.classes = classes;
    this.toggle.set(String(classes));
    this.gauges.redraw(classes);
    if (this.fused) this.label = this.together.show(this.fused, classes, this.time);
    this.timeline.tick(this.timeline.until, classes, true);
  }

  /**
   * @param {Ledger} ledger @param {ModeName} mode
   * @param {number | null} [whole] seconds where a clip is shown at once
   */
  begin(ledger, mode, whole = null) {
    this.ledger = ledger;
    this.fused = null;
    this.announced = "uncertain";
    this.label = this.together.show(null, this.classes, 0);
    this.gauges.clear(this.classes);
    this.timeline.use(ledger, whole);
    this.status.begin(mode);
    this.stage.clear();
    this.stage.showTime(0);
  }

  /**
   * One event of a running session.
   * @param {ServerMessage} event @param {number} at clock of that session @param {boolean} isLive
   */
  receive(event, at, isLive) {
    if (event.type === "face_emotion") this.#face(event, at, isLive);
    else if (event.type === "fused_emotion") this.#fused(event, at);
    else if (event.type === "voice_emotion") this.#other("voice", event, at, isLive);
    else if (event.type === "text_emotion") this.#other("text", event, at, isLive);
    else if (event.type === "stats") this.#stats(event);
  }

  /** @param {EstimateMessage} event @param {number} at @param {boolean} isLive */
  #face(event, at, isLive) {
    this.stage.face(event, at, this.label);
    if (!isLive) return;
    this.ledger.addFace(event, at);
    if (event.is_subject) this.gauges.show("face", event, this.classes, at);
  }

  /** @param {"voice" | "text"} name @param {EstimateMessage} event @param {number} at @param {boolean} isLive */
  #other(name, event, at, isLive) {
    if (!isLive) return;
    this.ledger.addOther(name, event, at);
    this.gauges.show(name, event, this.classes, at);
  }

  /** @param {FusedMessage} event @param {number} at */
  #fused(event, at) {
    this.ledger.addFused(event, at);
    this.#showFused(event, at);
    if (event.reasons.includes("no_face")) this.stage.noFace();
    this.#announce();
  }

  /** @param {FusedMessage} event @param {number} at */
  #showFused(event, at) {
    this.fused = event;
    this.time = at;
    this.label = this.together.show(event, this.classes, at);
    this.gauges.show(
      "fused",
      { ...event, engine: LIVE.fusedFrom(Object.values(event.weights ?? {}).filter((share) => share > 0).length) },
      this.classes,
      at,
    );
  }

  /** @param {StatsMessage} event */
  #stats(event) {
    this.ledger.dropped = event.dropped;
    this.status.stats(event);
  }

  #announce() {
    if (this.label === this.announced || performance.now() - this.announcedAt < ANNOUNCE_MS) return;
    this.announced = this.label;
    this.announcedAt = performance.now();
    setText(
      this.spoken,
      this.label === "uncertain"
        ? `${LIVE.together}: ${this.together.detail.textContent}`
        : LIVE.announce(LOOKS[this.label].word),
    );
  }

  /** What a clip shows at one moment. @param {import("./clip.js").Shown} shown @param {number} seconds */
  replay({ fused, face, others, voice, text }, seconds) {
    if (Math.abs(seconds - this.replayedAt) > SEEK_S) this.together.forget();
    this.replayedAt = seconds;
    if (fused) this.#showFused(fused.event, seconds);
    else this.label = this.together.show(null, this.classes, seconds);
    this.stage.faces.clear();
    for (const { event } of others) this.stage.face(event, seconds, this.label);
    if (face) this.stage.face(face.event, seconds, this.label);
    for (const [name, entry] of Object.entries({ face, voice, text }))
      this.gauges.show(name, entry?.event ?? null, this.classes, entry?.at ?? 0);
    if (!face) this.stage.noFace();
    this.timeline.playhead = seconds;
    this.timeline.tick(seconds, this.classes, true);
    this.gauges.tick(seconds);
  }

  /** @param {number} time @param {import("./status.js").Facts} facts */
  tick(time, facts) {
    this.stage.draw(time);
    this.gauges.tick(time);
    this.timeline.tick(time, this.classes);
    this.status.tick(facts);
  }
}
