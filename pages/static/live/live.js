// <attune-live>: the whole live view. This file only joins the parts; each part draws or does one thing.

import { Companion } from "../avatar/companion.js";
import { ApiError, getConsent } from "../shared/api.js";
import { h } from "../shared/dom.js";
import { Identity } from "../shared/identity.js";
import { loadSettings } from "../shared/settings.js";
import { readSheets } from "../shared/sheets.js";
import { dress } from "../shared/theme.js";
import { BANNERS, CLIP, TIMELINE } from "../shared/words.js";
import { Banners } from "./banners.js";
import { Calm, NO_BASELINE } from "./calm.js";
import { ClipProgress, MAX_BYTES } from "./clip.js";
import { Drawer } from "./drawer.js";
import { Ledger } from "./ledger.js";
import { Machine } from "./machine.js";
import { Screen } from "./mode.js";
import { CameraMode } from "./mode_camera.js";
import { ClipMode } from "./mode_clip.js";
import { DemoMode } from "./mode_demo.js";
import { Preflight } from "./preflight.js";
import { Preview } from "./preview.js";
import { Readings } from "./readings.js";
import { Returning } from "./returning.js";
import { Spoken } from "./spoken.js";
import { Stage } from "./stage.js";
import { Summary } from "./summary.js";
import { Welcome } from "./welcome.js";

const TICK_MS = 100;
const SHEETS = [
  "../shared/tokens.css",
  "./live.css",
  "./opening.css",
  "./together.css",
  "./gauges.css",
  "./timeline.css",
  "./speech.css",
  "../avatar/companion.css",
  "../avatar/avatar.css",
  "./screen.css",
  "../shared/closing.css",
];

/** Without the consent text nothing can be started, so it is asked for until it comes. */
const ASK_AGAIN_MS = 3000;

const sheets = await readSheets(SHEETS, import.meta.url);

/** @import {Mode, Report, State} from "./mode.js" */
/** @import {Known} from "../shared/identity.js" */
/** @import {ErrorMessage} from "../shared/wire.js" */
/** @import {Choices} from "./welcome.js" */

export class AttuneLive extends HTMLElement {
  settings = loadSettings();
  machine = new Machine((state, before, act) => this.#changed(state, before, act));
  ledger = new Ledger();
  /** what fills the view now @type {Mode | null} */
  mode = null;
  screen = new Screen(this);
  banners = new Banners();
  summary = new Summary({ onagain: () => this.machine.send("again") });
  preflight = new Preflight({ ongo: () => this.machine.send("ready"), oncancel: () => this.stop() });
  progress = new ClipProgress({ oncancel: () => this.stop() });
  calm = new Calm({ onact: (action) => this.mode?.calm(action) });
  welcome = new Welcome({
    start: (choices) => this.#start(choices),
    demo: () => this.#playDemo(),
    clip: (file, choices) => this.#readClip(file, choices),
  });
  preview = new Preview();
  opening = h("div", { class: "opening" }, this.preview.root, this.welcome.root);
  stage = new Stage({
    onpause: () => this.mode?.pauseOrResume(this.machine.state),
    onstop: () => this.stop(),
    onsettings: () => this.drawer.open(),
  });
  readings = new Readings({
    stage: this.stage,
    onreport: (report) => this.#report(report),
    onmark: () => this.#mark(),
    onseek: (seconds) => this.mode?.seek(seconds),
    onclasses: (key) => this.drawer.setClasses(key),
  });
  drawer = new Drawer({
    settings: this.settings,
    onchange: () => this.#settle(),
    onkeep: (isKept) => this.mode?.keep(isKept),
    onface: (face) => this.#chooseFace(face),
  });
  spoken = new Spoken({
    onsend: (text) => this.mode?.say(text),
    onmute: (isMuted) => this.mode?.mute(isMuted),
  });
  companion = new Companion({
    onheard: (/** @type {number} */ turn, /** @type {number} */ part, /** @type {number} */ seconds) =>
      this.mode?.heard(turn, part, seconds),
    oncancel: () => this.mode?.hush(),
    ongreet: () => this.mode?.greet(),
    onpart: (reply) => this.spoken.speakPart(reply),
    onsound: (/** @type {boolean} */ isOn) => this.drawer.set({ sound: isOn }),
  });
  words = h("div", { class: "words-panel" }, this.companion.root, this.spoken.root);
  workspace = h("div", { class: "workspace" }, this.stage.root, this.#side(), this.words, ...this.#below());
  /** @type {ReturnType<typeof dress> | null} */
  theme = null;
  unlisten = new AbortController();
  ticking = 0;

  connectedCallback() {
    if (this.shadowRoot) return;
    const shadow = this.attachShadow({ mode: "open" });
    shadow.adoptedStyleSheets = sheets;
    const page = h("div", { class: "page" }, this.opening, this.workspace, this.summary.root);
    shadow.append(this.banners.root, page, this.drawer.root);
    this.theme = dress(this, () => this.settings.theme);
    this.#settle();
    this.#changed("welcome", null, null);
    this.#listen();
    this.#askConsentText();
    if (this.settings.face !== "face") this.companion.avatar.use(this.settings.face);
    this.#comeBack();
  }

  disconnectedCallback() {
    clearInterval(this.ticking);
    clearTimeout(this.askingAgain);
    this.theme?.undress();
    this.mode?.close();
    this.preview.show(false);
    this.unlisten.abort();
  }

  // ------------------------------------------------------------------ parts

  #side() {
    return h("div", { class: "side" }, this.preflight.root, this.progress.root, this.readings.side);
  }

  #below() {
    return [this.readings.timeline.root, this.readings.status.root, this.calm.root];
  }

  #listen() {
    const { signal } = this.unlisten;
    document.addEventListener("visibilitychange", () => this.mode?.visible(!document.hidden, this.machine.state), {
      signal,
    });
    addEventListener("pagehide", () => this.mode?.leave(this.machine.state), { signal });
    addEventListener("pageshow", (event) => event.persisted && location.reload(), { signal });
    this.ticking = setInterval(() => this.mode?.tick(this.machine.state), TICK_MS);
  }

  #settle() {
    this.theme?.apply();
    this.stage.mirror(this.settings.mirror && this.machine.mode !== "clip");
    this.readings.setClasses(Number(this.settings.classes));
    this.spoken.classes = Number(this.settings.classes);
    this.companion.setSilent(!this.settings.sound);
    this.mode?.settle(this.settings);
  }

  /** The companion's face: a kind, a file of one's own, or "forget". @param {string | File} face */
  async #chooseFace(face) {
    if (face !== "forget") return this.companion.avatar.use(face);
    await this.companion.avatar.forget();
    return { ok: true, message: "" };
  }

  async #askConsentText() {
    try {
      this.welcome.tell(await getConsent());
      this.banners.hide("consent");
    } catch {
      this.banners.show("consent", BANNERS.noServer, { kind: "warn" });
      this.askingAgain = setTimeout(() => this.#askConsentText(), ASK_AGAIN_MS);
    }
  }

  // ------------------------------------------------------------------ states

  /** @param {State} state @param {State | null} before null: at first @param {string | null} act */
  #changed(state, before, act) {
    const { mode } = this.machine;
    Object.assign(this.dataset, { state, mode });
    this.opening.hidden = state !== "welcome";
    this.preview.show(state === "welcome");
    this.summary.root.hidden = state !== "ended";
    this.workspace.hidden = ["welcome", "ended"].includes(state);
    this.preflight.root.hidden = state !== "preflight";
    this.progress.root.hidden = state !== "clip";
    const isShown = ["live", "paused", "review"].includes(state);
    this.readings.show(isShown);
    this.words.hidden = !isShown;
    this.calm.root.hidden = !isShown || mode === "clip";
    this.companion.root.hidden = mode === "clip";
    this.spoken.form.hidden = mode === "clip";
    this.showHearing();
    this.stage.setState(state, mode);
    this.stage.mirror(this.settings.mirror && mode !== "clip");
    this.showLight();
    if (before === null) return;
    this.mode?.entered(state);
    if (state === "welcome") this.#tidy();
    if (state === "ended" && this.mode) this.#showSummary(this.mode);
    this.#focus(state, act);
  }

  /**
   * The focus follows what has just become important, so that nobody is left on a hidden button.
   * @param {State} state @param {string | null} act
   */
  #focus(state, act) {
    const goal = {
      welcome: this.welcome.title,
      preflight: this.preflight.title,
      clip: this.progress.title,
      ended: this.summary.title,
      live: this.stage.pause,
      paused: this.stage.pause,
      review: this.mode?.focus,
    }[state];
    const active = this.shadowRoot?.activeElement ?? null;
    const isElsewhere = active !== null && !this.preflight.root.contains(active);
    if (act === "ready" && isElsewhere) return;
    goal?.focus({ preventScroll: true });
    if (["welcome", "preflight", "clip", "ended", "review"].includes(state) || act === "demo") scrollTo({ top: 0 });
  }

  showHearing() {
    const isLive = this.machine.state === "live" && this.machine.mode === "camera";
    this.spoken.show({ isHeard: this.mode?.isHeard ?? false, isLive });
    this.companion.show({ isLive });
  }

  showLight() {
    if (this.mode) this.stage.showLight(...this.mode.light(this.machine.state));
  }

  #tidy() {
    this.welcome.setBusy(false);
    this.mode?.close();
    this.mode = null;
    this.stage.replacePicture(null);
    this.stage.clear();
    for (const key of ["gone", "hidden", "unplugged", "slow"]) this.banners.hide(key);
  }

  /** @param {Mode} mode */
  #showSummary(mode) {
    this.ledger.dropped += mode.skipped;
    this.summary.show(this.ledger, {
      mode: mode.name,
      note: mode.note,
      classes: Number(this.settings.classes),
    });
    if (mode.name !== "camera") this.stage.replacePicture(null);
  }

  // ------------------------------------------------------------------ what modes ask for

  /**
   * Show the readings of a ledger.
   * @param {Ledger} ledger @param {number | null} [whole] seconds where a clip is shown at once
   */
  useLedger(ledger, whole = null) {
    this.ledger = ledger;
    this.readings.begin(ledger, this.mode?.name ?? this.machine.mode, whole);
    this.spoken.clear();
    this.companion.clear();
    this.calm.receive(NO_BASELINE);
  }

  stop() {
    if (!this.machine.can("stop")) return;
    this.mode?.stop();
    this.machine.send("stop");
  }

  /** @param {ErrorMessage} event */
  tellError(event) {
    if (event.code === "history_resumed")
      for (const code of ["history_paused", "quota_reached"]) this.banners.hide(`error-${code}`);
    if (!event.fatal)
      this.banners.show(`error-${event.code}`, event.message, {
        kind: "warn",
        isShort: !["engine_unavailable", "history_paused", "quota_reached"].includes(event.code),
      });
  }

  // ------------------------------------------------------------------ ways in

  /** @param {Mode} mode */
  #enter(mode) {
    this.mode?.close();
    this.mode = mode;
    this.banners.clear();
    this.useLedger(new Ledger());
  }

  /**
   * A token for the choices on the card, or null when the server refused or is gone: the card says why.
   * @param {Choices} choices @returns {Promise<Known | null>}
   */
  async #askToken(choices) {
    this.welcome.setBusy(true);
    try {
      return await Identity.enter(choices);
    } catch (error) {
      if (error instanceof ApiError && error.code === "consent_changed") await this.#askConsentText();
      this.welcome.refuse(error instanceof ApiError ? error.message : BANNERS.noServer);
      return null;
    }
  }

  /** @param {Choices} choices */
  async #start(choices) {
    const guest = await this.#askToken(choices);
    if (!guest) return;
    const mode = new CameraMode(this.screen, guest);
    this.#enter(mode);
    mode.start();
  }

  #comeBack() {
    const ticket = Returning.take();
    if (!ticket) return;
    const mode = new CameraMode(this.screen, ticket.guest, ticket.resumeToken);
    this.#enter(mode);
    mode.comeBack();
  }

  async #playDemo() {
    const mode = new DemoMode(this.screen);
    try {
      await mode.load();
    } catch {
      this.banners.show("server", BANNERS.noServer, { kind: "warn" });
      return;
    }
    this.#enter(mode);
    mode.start();
  }

  /** @param {File} file @param {Choices} choices */
  async #readClip(file, choices) {
    if (file.size > MAX_BYTES) {
      this.welcome.refuse(CLIP.tooLarge);
      this.banners.show("clip", CLIP.tooLarge, { kind: "warn" });
      return;
    }
    const guest = await this.#askToken(choices);
    if (!guest) return;
    const mode = new ClipMode(this.screen, guest, file);
    this.#enter(mode);
    mode.start();
  }

  // ------------------------------------------------------------------ what the person says

  #mark() {
    if (!this.mode) return;
    const label = TIMELINE.marker(this.ledger.markers.length + 1);
    this.ledger.addMarker(label, this.mode.time);
    this.mode.mark(label);
  }

  /** @param {Report} report */
  #report(report) {
    this.ledger.reports.push(report);
    return this.mode?.report(report) ?? "";
  }
}

customElements.define("attune-live", AttuneLive);
