// The live view with camera, microphone or both: from "Start" to the last reading, and all that can go wrong between.

import { CameraSession } from "../capture/session.js";
import { now } from "../capture/transport.js";
import { BANNERS, LIVE, SUMMARY, engineWord } from "../shared/words.js";
import { Mode } from "./mode.js";
import { Returning } from "./returning.js";

/** @import {ModeName, Report, Screen, State} from "./mode.js" */
/** @import {Guest} from "../shared/identity.js" */
/** @import {Settings} from "../shared/settings.js" */
/** @import {BaselineRequest, EngineLine, PreferRequest} from "../shared/wire.js" */
/** @import {ReadyMessage, ServerMessage, StateMessage} from "../shared/wire.js" */

const SLOW_MS = 800; // above this the picture and its reading no longer look like one moment

/** @type {Record<string, string>} */
const NO_MICROPHONE = BANNERS.noMicrophone;
const { refused, none, busy, insecure, unplugged, camera } = BANNERS;
/** @type {Record<string, string>} */
const NO_CAMERA = { refused, none, busy, insecure, unplugged, camera };

/** Seconds that were lived, pauses left out. */
class StopWatch {
  constructor() {
    this.before = 0;
    /** @type {number | null} */
    this.since = null;
  }

  run() {
    this.since ??= now();
  }

  hold() {
    this.before = this.seconds;
    this.since = null;
  }

  get seconds() {
    return this.before + (this.since === null ? 0 : now() - this.since);
  }
}

export class CameraMode extends Mode {
  name = /** @type {ModeName} */ ("camera");
  /** the line was lost and is not back */
  isLost = false;
  /** paused because the tab is hidden */
  isHidden = false;
  watch = new StopWatch();
  /** @type {EngineLine[]} */
  engines = [];
  /** the preferences the server was told last, as JSON @type {string | null} */
  preferred = null;

  /** @param {Screen} screen @param {Guest} guest @param {string | null} [resumeToken] */
  constructor(screen, guest, resumeToken = null) {
    super(screen);
    this.guest = guest;
    this.isKept = guest.scopes.includes("history");
    this.session = new CameraSession({
      video: screen.video,
      guest,
      fps: screen.settings.fps,
      resumeToken,
      handlers: {
        message: (event, at) => this.#receive(event, at),
        ready: (event, isAnew) => this.#ready(event, isAnew),
        waiting: (seconds) => this.#gone(seconds),
        closed: (reason, message) => this.#closed(reason, message),
        unplugged: () => this.#unplugged(),
        refused: (key, goesOn) => this.#refused(key, goesOn),
        level: (level) => screen.hear(level, now()),
        deaf: (key) => this.#deaf(key),
      },
    });
    this.wasKept = this.isKept; // what was stored stays stored when keeping is switched off later
    screen.showKeep(this.isKept, this.isKept);
  }

  /** First time: preflight, and the browser's own question. */
  start() {
    this.screen.preflight.begin(this.session.wants);
    if (!this.session.wants.camera) this.#withoutPicture();
    this.screen.step("start", this.name);
    return this.session.begin();
  }

  /** A session that this tab left a moment ago waits on the server; it comes back paused. */
  comeBack() {
    this.session.isPaused = true;
    this.session.transport.connect();
    this.screen.step("back", this.name);
    this.screen.banners.show("returned", BANNERS.returned);
  }

  get note() {
    if (this.isKept) return SUMMARY.kept;
    return this.wasKept ? SUMMARY.keptInPart : SUMMARY.notKept;
  }

  get skipped() {
    return this.session.skipped;
  }

  get time() {
    return now();
  }

  /** @param {State} state @returns {[string, boolean, string]} */
  light(state) {
    if (state === "paused") return [LIVE.paused, false, "live"];
    if (state !== "live") return [LIVE.waiting, false, "live"];
    return this.isKept ? [LIVE.kept, true, "kept"] : [LIVE.notKept, true, "live"];
  }

  /** @param {State} state */
  entered(state) {
    if (state === "live") this.watch.run();
    else this.watch.hold();
  }

  /** @param {State} state */
  async pauseOrResume(state) {
    if (state === "live") {
      this.session.pause();
      this.screen.step("pause");
      return;
    }
    if (!(await this.session.resume())) return;
    for (const key of ["unplugged", "camera", "hidden", "returned"]) this.screen.banners.hide(key);
    this.screen.step("resume");
  }

  stop() {
    this.session.stop();
  }

  close() {
    this.session.leave();
    this.screen.showKeep(false, false);
  }

  /** @param {string} label */
  mark(label) {
    this.session.transport.send({ type: "marker", label });
  }

  /** Answers what to say to the person. @param {Report} report */
  report(report) {
    this.session.transport.send({ type: "self_report", ...report });
    return this.isKept ? LIVE.thanksKept : LIVE.thanksNotKept;
  }

  /** Consent changed in mid-session: the server replaces the scopes at once. @param {boolean} isKept */
  keep(isKept) {
    // words are kept with readings only
    const media = this.guest.scopes.filter((scope) => !["history", "text"].includes(scope));
    this.session.transport.send({ type: "consent", scopes: isKept ? this.guest.scopes : media });
  }

  /** @param {Settings} settings */
  settle(settings) {
    this.session.setFps(settings.fps);
    this.#prefer(settings);
  }

  /** @param {State} state */
  tick(state) {
    const { latencyMs } = this.session;
    if (state === "preflight") this.#check();
    if (state === "paused") this.screen.age(now());
    if (state !== "live") return;
    this.screen.showTime(this.watch.seconds);
    this.#tellWhenSlow();
    this.screen.tick(now(), { latencyMs, skipped: this.skipped, isKept: this.isKept, wasKept: this.wasKept });
  }

  /** The preflight looks at the picture, or listens where there is none. */
  #check() {
    const { capture, microphone, transport, wants } = this.session;
    const { preflight, video } = this.screen;
    const hasPicture = capture.isOpen && video.readyState >= 2;
    const isReady = hasPicture || (microphone.isOpen && !wants.camera);
    if (isReady) preflight.tick(hasPicture ? video : null, transport.isOpen, now());
  }

  #tellWhenSlow() {
    const latencyMs = this.session.latencyMs ?? SLOW_MS;
    if (latencyMs > SLOW_MS) this.screen.banners.show("slow", BANNERS.slow);
    else if (latencyMs < 0.6 * SLOW_MS) this.screen.banners.hide("slow");
  }

  /** @param {boolean} isVisible @param {State} state */
  visible(isVisible, state) {
    if (!isVisible && state === "live") {
      this.session.pause();
      this.isHidden = true;
    } else if (isVisible && this.isHidden) {
      this.isHidden = false;
      this.screen.banners.show("hidden", BANNERS.hidden, { isShort: true });
      this.session.resume();
    }
  }

  /** The page goes away: no goodbye, so that the session can be re-entered. @param {State} state */
  leave(state) {
    if (!["live", "paused"].includes(state)) return;
    Returning.keep(this.session.ticket);
    this.session.leave();
  }

  // ------------------------------------------------------------------ what the session tells

  /** @param {ServerMessage} event @param {number} at */
  #receive(event, at) {
    if (event.type === "state") this.#state(event);
    else this.screen.tell(event, at);
  }

  /** @param {StateMessage} event */
  #state(event) {
    this.isKept = (event.scopes ?? []).includes("history");
    this.wasKept ||= this.isKept;
    this.screen.showKeep(this.guest.scopes.includes("history"), this.isKept);
    this.screen.showLight();
    if (event.ended) this.screen.stop();
  }

  /** @param {ReadyMessage} event @param {boolean} isAnew */
  #ready(event, isAnew) {
    const { banners, settings } = this.screen;
    this.engines = event.engines ?? [];
    this.screen.tellServer(event.modalities ?? ["face"], this.engines);
    this.screen.tellEngines(this.engines);
    this.preferred = null;
    this.#prefer(settings);
    // who replies is a choice; a place of no name is optional and empty
    const needed = this.engines.filter((one) => one.name && one.available === false && one.kind !== "reply");
    for (const engine of needed) {
      banners.show(`engine-${engine.name}`, BANNERS.engine(engineWord(engine.name), engine.note ?? ""), {
        kind: "warn",
      });
    }
    if (this.isLost) banners.show("gone", isAnew ? BANNERS.anew : BANNERS.back, { isShort: true });
    this.isLost = false;
  }

  /** @param {number} seconds */
  #gone(seconds) {
    this.isLost = true;
    const text = seconds > 0 ? BANNERS.gone(seconds) : BANNERS.trying;
    this.screen.banners.show("gone", text, {
      kind: "warn",
      action: [BANNERS.retry, () => this.session.transport.retryNow()],
    });
  }

  /** @param {string} reason @param {string} message */
  #closed(reason, message) {
    if (reason === "ended") return this.screen.stop();
    const known = { expired: BANNERS.expired, full: message || BANNERS.full };
    const text = known[/** @type {keyof typeof known} */ (reason)] ?? (message || BANNERS.noServer);
    this.screen.banners.clear();
    this.screen.step("expire");
    return this.screen.banners.show(reason, text, { kind: "warn" });
  }

  // what the person set goes to the server when it differs from what the server was told last
  /** @param {Settings} settings */
  #prefer(settings) {
    const { weights, patience, smoothing, language, voice, personality, style, replies, replyEngine } = settings;
    /** @type {PreferRequest} */
    const message = {
      type: "preferences",
      weights,
      patience_s: patience,
      smoothing_s: smoothing,
      language,
      voice: /** @type {PreferRequest["voice"]} */ (voice),
      personality: /** @type {PreferRequest["personality"]} */ (personality),
      style: /** @type {PreferRequest["style"]} */ (style),
      replies,
    };
    if (this.engines.some((one) => one.name === replyEngine && one.available)) message.reply_engine = replyEngine;
    const told = JSON.stringify(message);
    if (told === this.preferred || !this.session.transport.isOpen) return;
    this.preferred = told;
    this.session.transport.send(message);
    this.screen.tellEngines(this.engines);
  }

  /** @param {string} text */
  say(text) {
    this.session.transport.send({ type: "text", text });
  }

  /** @param {number} turn @param {number} part @param {number} seconds */
  heard(turn, part, seconds) {
    this.session.transport.send({ type: "reply_heard", turn, part, seconds });
  }

  hush() {
    this.session.transport.send({ type: "cancel_reply" });
  }

  greet() {
    this.session.transport.send({ type: "request_greeting" });
  }

  /** @param {boolean} isMuted */
  mute(isMuted) {
    this.session.microphone.mute(isMuted);
    if (isMuted) this.session.transport.send({ type: "speech_end" });
  }

  /** @param {BaselineRequest["action"]} action */
  calm(action) {
    this.session.transport.send({ type: "baseline", action });
  }

  get isHeard() {
    return this.session.microphone.isOpen;
  }

  /** Without a microphone the session goes on: words can be typed. @param {string} key */
  #deaf(key) {
    this.screen.preflight.without("sound");
    this.screen.banners.show("microphone", NO_MICROPHONE[key] ?? BANNERS.noMicrophone.camera, {
      kind: "warn",
    });
    this.screen.showHearing();
  }

  #withoutPicture() {
    this.screen.showNoPicture(LIVE.noPicture);
  }

  /** @param {string} key @param {boolean} [goesOn] the microphone is there: all but the picture is read */
  #refused(key, goesOn = false) {
    if (goesOn) {
      this.session.wants.camera = false;
      for (const row of ["light", "face", "size"]) this.screen.preflight.without(row);
      this.#withoutPicture();
      this.screen.banners.show("camera", BANNERS.noCamera, { kind: "warn" });
      return;
    }
    if (this.screen.state === "preflight") {
      this.session.stop();
      this.screen.step("fail");
    }
    this.screen.banners.show("camera", NO_CAMERA[key], { kind: "warn" });
  }

  #unplugged() {
    if (this.screen.state === "preflight") return this.#refused("unplugged");
    this.session.pause();
    this.screen.step("pause");
    return this.screen.banners.show("unplugged", BANNERS.unplugged, { kind: "warn" });
  }
}
