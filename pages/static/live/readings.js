// The instruments together: what one event does to gauges, emoji, box, timeline and status line.

import { choice, h, setText } from "../shared/dom.js";
import { LOOKS } from "../shared/labels.js";
import { LIVE, SETTINGS, TABS } from "../shared/words.js";
import { Gauges } from "./gauges.js";
import { Status } from "./status.js";
import { Timeline } from "./timeline.js";
import { Together } from "./together.js";

const SEEK_S = 0.35; // a larger step in a clip is a seek: the emoji then changes at once
const ANNOUNCE_MS = 3000; // a screen reader hears a change at most this often

export class Readings {
  constructor({ stage, onreport, onmark, onseek, onclasses }) {
    this.stage = stage;
    this.classes = 7;
    this.label = "uncertain";
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
    this.toggle.root.setAttribute("aria-label", SETTINGS.classes);
    const panel = h(
      "div",
      { class: "gauge-panel" },
      h("header", { class: "gauge-head" }, h("h3", {}, LIVE.readings), this.toggle.root),
      this.gauges.root,
    );
    this.side = h("div", { class: "instruments" }, this.together.root, this.#tabs(), panel, this.spoken);
  }

  /** On a phone gauges and timeline share one place. */
  #tabs() {
    const pick = (name) => {
      this.side.parentElement.parentElement.dataset.tab = name;
      for (const [key, button] of Object.entries(this.tabs))
        button.setAttribute("aria-pressed", String(key === name));
    };
    this.tabs = Object.fromEntries(
      Object.entries(TABS).map(([name, word]) => [
        name,
        h("button", { class: "tab", "aria-pressed": String(name === "gauges"), onclick: () => pick(name) }, word),
      ]),
    );
    return h("div", { class: "tabs", role: "group", "aria-label": LIVE.readings }, Object.values(this.tabs));
  }

  show(isShown) {
    this.side.hidden = this.timeline.root.hidden = this.status.root.hidden = !isShown;
    if (isShown) this.timeline.draw();
  }

  setModalities(modalities) {
    this.gauges.setModalities(modalities);
  }

  setClasses(classes) {
    this.classes = classes;
    this.toggle.set(String(classes));
    this.gauges.redraw(classes);
    if (this.fused) this.label = this.together.show(this.fused, classes, this.time);
    this.timeline.tick(this.timeline.until, classes, true);
  }

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

  /** One event of a running session; at: the clock of that session. */
  receive(event, at, isLive) {
    if (event.type === "face_emotion") this.#face(event, at, isLive);
    else if (event.type === "fused_emotion") this.#fused(event, at);
    else if (["voice_emotion", "text_emotion"].includes(event.type)) this.#other(event, at, isLive);
    else if (event.type === "stats") this.#stats(event);
  }

  #face(event, at, isLive) {
    this.stage.face(event, at, this.label);
    if (!isLive) return;
    this.ledger.addFace(event, at);
    if (event.is_subject) this.gauges.show("face", event, this.classes, at);
  }

  #other(event, at, isLive) {
    const name = event.type.replace("_emotion", "");
    if (!isLive) return;
    this.ledger.addOther(name, event, at);
    this.gauges.show(name, event, this.classes, at);
  }

  #fused(event, at) {
    this.ledger.addFused(event, at);
    this.#showFused(event, at);
    if (event.reasons.includes("no_face")) this.stage.noFace();
    this.#announce();
  }

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

  #stats(event) {
    this.ledger.dropped = event.dropped;
    this.status.stats(event);
  }

  #announce() {
    if (this.label === this.announced || performance.now() - (this.announcedAt ?? -1e9) < ANNOUNCE_MS) return;
    this.announced = this.label;
    this.announcedAt = performance.now();
    setText(
      this.spoken,
      this.label === "uncertain"
        ? `${LIVE.together}: ${this.together.detail.textContent}`
        : LIVE.announce(LOOKS[this.label].word),
    );
  }

  /** What a clip shows at one moment of its playback. */
  replay({ fused, face, others, voice, text }, seconds) {
    if (Math.abs(seconds - (this.replayedAt ?? 0)) > SEEK_S) this.together.forget();
    this.replayedAt = seconds;
    if (fused) this.#showFused(fused.event, seconds);
    else this.label = this.together.show(null, this.classes, seconds);
    this.stage.faces.clear();
    for (const { event } of others) this.stage.face(event, seconds, this.label);
    if (face) this.stage.face(face.event, seconds, this.label);
    this.gauges.show("face", face?.event ?? null, this.classes, face?.at ?? 0);
    for (const [name, entry] of [
      ["voice", voice],
      ["text", text],
    ])
      this.gauges.show(name, entry?.event ?? null, this.classes, entry?.at ?? 0);
    if (!face) this.stage.noFace();
    this.timeline.playhead = seconds;
    this.timeline.tick(seconds, this.classes, true);
    this.gauges.tick(seconds);
  }

  tick(time, facts) {
    this.stage.draw(time);
    this.gauges.tick(time);
    this.timeline.tick(time, this.classes);
    this.status.tick(facts);
  }
}
