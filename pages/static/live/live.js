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
import { Calm } from "./calm.js";
import { ClipProgress, MAX_BYTES } from "./clip.js";
import { Drawer } from "./drawer.js";
import { Ledger } from "./ledger.js";
import { Machine } from "./machine.js";
import { CameraMode } from "./mode_camera.js";
import { ClipMode } from "./mode_clip.js";
import { DemoMode } from "./mode_demo.js";
import { Preflight } from "./preflight.js";
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
  "./instruments.css",
  "./timeline.css",
  "./speech.css",
  "../avatar/companion.css",
  "../avatar/avatar.css",
  "../shared/closing.css",
];

/** Without the consent text nothing can be started, so it is asked for until it comes. */
const ASK_AGAIN_MS = 3000;

const sheets = await readSheets(SHEETS, import.meta.url);

class AttuneLive extends HTMLElement {
  connectedCallback() {
    if (this.shadowRoot) return;
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = sheets;
    this.settings = loadSettings();
    this.machine = new Machine((state, before, act) => this.#changed(state, before, act));
    this.ledger = new Ledger();
    this.mode = null;
    this.#build();
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
    this.unlisten?.abort();
  }

  // ------------------------------------------------------------------ parts

  #build() {
    this.banners = new Banners();
    this.welcome = new Welcome({
      start: (choices) => this.#start(choices),
      demo: () => this.#playDemo(),
      clip: (file, choices) => this.#readClip(file, choices),
    });
    this.stage = new Stage({
      onpause: () => this.mode.pauseOrResume(this.machine.state),
      onstop: () => this.stop(),
      onsettings: () => this.drawer.open(),
    });
    this.preflight = new Preflight({ ongo: () => this.machine.send("ready"), oncancel: () => this.stop() });
    this.progress = new ClipProgress({ oncancel: () => this.stop() });
    this.readings = new Readings({
      stage: this.stage,
      onreport: (report) => this.#report(report),
      onmark: () => this.#mark(),
      onseek: (seconds) => this.mode.seek?.(seconds),
      onclasses: (key) => this.drawer.setClasses(key),
    });
    this.summary = new Summary({ onagain: () => this.machine.send("again") });
    this.drawer = new Drawer({
      settings: this.settings,
      onchange: () => this.#settle(),
      onkeep: (isKept) => this.mode?.keep?.(isKept),
      onface: (face) => this.#chooseFace(face),
    });
    this.spoken = new Spoken({
      onsend: (text) => this.mode?.say?.(text),
      onmute: (isMuted) => this.mode?.mute?.(isMuted),
    });
    this.calm = new Calm({ onact: (action) => this.mode?.calm?.(action) });
    this.companion = new Companion({
      onheard: (turn, part, seconds) => this.mode?.heard?.(turn, part, seconds),
      oncancel: () => this.mode?.hush?.(),
      ongreet: () => this.mode?.greet?.(),
      onpart: (reply) => this.spoken.speakPart(reply),
      onsound: (isOn) => this.drawer.set({ sound: isOn }),
    });
    this.words = h("div", { class: "words-panel" }, this.companion.root, this.spoken.root, this.calm.root);
    const side = h("div", { class: "side" }, this.preflight.root, this.progress.root, this.readings.side);
    this.workspace = h(
      "div",
      { class: "workspace" },
      this.stage.root,
      side,
      this.words,
      this.readings.timeline.root,
      this.readings.status.root,
    );
    const page = h("div", { class: "page" }, this.welcome.root, this.workspace, this.summary.root);
    this.shadowRoot.append(this.banners.root, page, this.drawer.root);
  }

  #listen() {
    this.unlisten = new AbortController();
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

  /** The companion's face: a kind, a file of one's own, or "forget". */
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

  #changed(state, before, act) {
    const { mode } = this.machine;
    Object.assign(this.dataset, { state, mode });
    this.welcome.root.hidden = state !== "welcome";
    this.summary.root.hidden = state !== "ended";
    this.workspace.hidden = ["welcome", "ended"].includes(state);
    this.preflight.root.hidden = state !== "preflight";
    this.progress.root.hidden = state !== "clip";
    const isShown = ["live", "paused", "review"].includes(state);
    this.readings.show(isShown);
    this.words.hidden = !isShown;
    this.calm.root.hidden = mode === "clip";
    this.companion.root.hidden = mode === "clip";
    this.showHearing();
    this.stage.setState(state, mode);
    this.stage.mirror(this.settings.mirror && mode !== "clip");
    this.showLight();
    if (before === null) return;
    this.mode?.entered(state);
    if (state === "welcome") this.#tidy();
    if (state === "ended") this.#showSummary();
    this.#focus(state, act);
  }

  /** The focus follows what has just become important, so that nobody is left on a hidden button. */
  #focus(state, act) {
    const goal = {
      welcome: this.welcome.title,
      preflight: this.preflight.title,
      clip: this.progress.title,
      ended: this.summary.title,
      live: this.stage.pause,
      paused: this.stage.pause,
      review: this.mode?.player?.video,
    }[state];
    const isElsewhere = this.shadowRoot.activeElement && !this.preflight.root.contains(this.shadowRoot.activeElement);
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

  #showSummary() {
    this.ledger.dropped += this.mode.skipped;
    this.summary.show(this.ledger, {
      mode: this.mode.name,
      note: this.mode.note,
      classes: Number(this.settings.classes),
    });
    if (this.mode.name !== "camera") this.stage.replacePicture(null);
  }

  // ------------------------------------------------------------------ what modes ask for

  /** Show the readings of a ledger; whole: its length in seconds where a clip is shown at once. */
  useLedger(ledger, whole = null) {
    this.ledger = ledger;
    this.readings.begin(ledger, this.mode.name, whole);
    this.spoken.clear();
    this.companion.clear();
    this.calm.receive({ state: "none", done_s: 0, total_s: 30, modalities: [], message: "" });
  }

  stop() {
    if (!this.machine.can("stop")) return;
    this.mode.stop();
    this.machine.send("stop");
  }

  tellError(event) {
    if (event.code === "history_resumed") this.banners.hide("error-history_paused");
    if (!event.fatal)
      this.banners.show(`error-${event.code}`, event.message, {
        kind: "warn",
        isShort: !["engine_unavailable", "history_paused"].includes(event.code),
      });
  }

  // ------------------------------------------------------------------ ways in

  #enter(mode) {
    this.mode?.close();
    this.mode = mode;
    this.banners.clear();
    this.useLedger(new Ledger());
  }

  /** A token for the choices on the card, or null when the server refused or is gone: the card says why. */
  async #askToken({ scopes, purpose }) {
    this.welcome.setBusy(true);
    try {
      return await Identity.enter(scopes, purpose);
    } catch (error) {
      this.welcome.refuse(error instanceof ApiError ? error.message : BANNERS.noServer);
      return null;
    }
  }

  async #start(choices) {
    const guest = await this.#askToken(choices);
    if (!guest) return;
    this.#enter(new CameraMode(this, guest));
    this.mode.start();
  }

  #comeBack() {
    const ticket = Returning.take();
    if (!ticket) return;
    this.#enter(new CameraMode(this, ticket.guest, ticket.resumeToken));
    this.mode.comeBack();
  }

  async #playDemo() {
    const mode = new DemoMode(this);
    try {
      await mode.load();
    } catch {
      this.banners.show("server", BANNERS.noServer, { kind: "warn" });
      return;
    }
    this.#enter(mode);
    mode.start();
  }

  async #readClip(file, choices) {
    if (file.size > MAX_BYTES) {
      this.welcome.refuse(CLIP.tooLarge);
      this.banners.show("clip", CLIP.tooLarge, { kind: "warn" });
      return;
    }
    const guest = await this.#askToken(choices);
    if (!guest) return;
    this.#enter(new ClipMode(this, guest, file));
    this.mode.start();
  }

  // ------------------------------------------------------------------ what the person says

  #mark() {
    const label = TIMELINE.marker(this.ledger.markers.length + 1);
    this.ledger.addMarker(label, this.mode.time);
    this.mode.mark(label);
  }

  #report(report) {
    this.ledger.reports.push(report);
    return this.mode.report(report);
  }
}

customElements.define("attune-live", AttuneLive);
