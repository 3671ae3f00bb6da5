// The live view with camera, microphone or both: from "Start" to the last reading, and all that can go wrong between.

import { CameraSession } from "../capture/session.js";
import { now } from "../capture/transport.js";
import { BANNERS, LIVE, SUMMARY } from "../shared/words.js";
import { Returning } from "./returning.js";

const SLOW_MS = 800; // above this the picture and its reading no longer look like one moment

/** Seconds that were lived, pauses left out. */
class StopWatch {
  constructor() {
    this.before = 0;
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

export class CameraMode {
  name = "camera";

  constructor(view, guest, resumeToken = null) {
    Object.assign(this, {
      view,
      guest,
      isKept: guest.scopes.includes("history"),
      isLost: false,
      watch: new StopWatch(),
    });
    this.session = new CameraSession({
      video: view.stage.video,
      guest,
      fps: view.settings.fps,
      resumeToken,
      handlers: {
        message: (event, at) => this.#receive(event, at),
        ready: (event, isAnew) => this.#ready(event, isAnew),
        waiting: (seconds) => this.#gone(seconds),
        closed: (reason, message) => this.#closed(reason, message),
        unplugged: () => this.#unplugged(),
        refused: (key, goesOn) => this.#refused(key, goesOn),
        level: (level) => this.#level(level),
        deaf: (key) => this.#deaf(key),
      },
    });
    this.wasKept = this.isKept; // what was stored stays stored when keeping is switched off later
    view.drawer.showKeep(this.isKept, this.isKept);
  }

  /** First time: preflight, and the browser's own question. */
  start() {
    this.view.preflight.begin(this.session.wants);
    if (!this.session.wants.camera) this.#withoutPicture();
    this.view.machine.send("start", this.name);
    return this.session.begin();
  }

  /** A session that this tab left a moment ago waits on the server; it comes back paused. */
  comeBack() {
    this.session.isPaused = true;
    this.session.transport.connect();
    this.view.machine.send("back", this.name);
    this.view.banners.show("returned", BANNERS.returned);
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

  light(state) {
    if (state === "paused") return [LIVE.paused, false, "live"];
    if (state !== "live") return [LIVE.waiting, false, "live"];
    return this.isKept ? [LIVE.kept, true, "kept"] : [LIVE.notKept, true, "live"];
  }

  entered(state) {
    if (state === "live") this.watch.run();
    else this.watch.hold();
  }

  async pauseOrResume(state) {
    const { machine, banners } = this.view;
    if (state === "live") {
      this.session.pause();
      return machine.send("pause");
    }
    if (!(await this.session.resume())) return false;
    for (const key of ["unplugged", "camera", "hidden", "returned"]) banners.hide(key);
    return machine.send("resume");
  }

  stop() {
    this.session.stop();
  }

  close() {
    this.session.leave();
    this.view.drawer.showKeep(false, false);
  }

  mark(label) {
    this.session.transport.send({ type: "marker", label });
  }

  /** Answers what to say to the person. */
  report(report) {
    this.session.transport.send({ type: "self_report", ...report });
    return this.isKept ? LIVE.thanksKept : LIVE.thanksNotKept;
  }

  /** Consent changed in mid-session: the server replaces the scopes at once. */
  keep(isKept) {
    // words are kept with readings only
    const media = this.guest.scopes.filter((scope) => !["history", "text"].includes(scope));
    this.session.transport.send({ type: "consent", scopes: isKept ? this.guest.scopes : media });
  }

  settle(settings) {
    this.session.setFps(settings.fps);
    this.#prefer(settings);
  }

  tick(state) {
    const { stage, preflight, readings } = this.view;
    const hasPicture = this.session.capture.isOpen && stage.video.readyState >= 2;
    const isReady = hasPicture || (this.session.microphone.isOpen && !this.session.wants.camera);
    if (state === "preflight" && isReady)
      preflight.tick(hasPicture ? stage.video : null, this.session.transport.isOpen, now());
    if (state === "paused") readings.gauges.tick(now());
    if (state !== "live") return;
    stage.showTime(this.watch.seconds);
    this.#tellWhenSlow();
    readings.tick(now(), {
      latencyMs: this.session.latencyMs,
      skipped: this.skipped,
      isKept: this.isKept,
      wasKept: this.wasKept,
    });
  }

  #tellWhenSlow() {
    const { latencyMs } = this.session;
    if (latencyMs > SLOW_MS) this.view.banners.show("slow", BANNERS.slow);
    else if (latencyMs < 0.6 * SLOW_MS) this.view.banners.hide("slow");
  }

  visible(isVisible, state) {
    if (!isVisible && state === "live") {
      this.session.pause();
      this.isHidden = true;
    } else if (isVisible && this.isHidden) {
      this.isHidden = false;
      this.view.banners.show("hidden", BANNERS.hidden, { isShort: true });
      this.session.resume();
    }
  }

  /** The page goes away: no goodbye, so that the session can be re-entered. */
  leave(state) {
    if (!["live", "paused"].includes(state)) return;
    Returning.keep(this.session.ticket);
    this.session.leave();
  }

  // ------------------------------------------------------------------ what the session tells

  #receive(event, at) {
    const { machine, preflight, readings } = this.view;
    const isLive = machine.state === "live";
    if (event.type === "baseline") this.view.calm.receive(event);
    if (isLive) for (const part of [this.view.spoken, this.view.companion]) part.receive(event);
    if (event.type === "error") this.view.tellError(event);
    else if (event.type === "state") this.#state(event);
    else if (event.type === "face_emotion" && machine.state === "preflight") preflight.see(event, at);
    if (isLive || event.type === "face_emotion") readings.receive(event, at, isLive);
  }

  #state(event) {
    this.isKept = (event.scopes ?? []).includes("history");
    this.wasKept ||= this.isKept;
    this.view.drawer.showKeep(this.guest.scopes.includes("history"), this.isKept);
    this.view.showLight();
    if (event.ended) this.view.stop();
  }

  #ready(event, isAnew) {
    const { banners, drawer, readings } = this.view;
    readings.setModalities(event.modalities ?? ["face"]);
    drawer.showEngines(event.engines ?? []);
    this.engines = event.engines ?? [];
    this.#tellEngines(this.view.settings);
    this.preferred = null;
    this.#prefer(this.view.settings);
    // who replies is a choice; a place of no name is optional and empty
    const needed = this.engines.filter((one) => one.name && one.available === false && one.kind !== "reply");
    for (const engine of needed) {
      banners.show(`engine-${engine.name}`, BANNERS.engine(engine.name, engine.note ?? ""), { kind: "warn" });
    }
    if (this.isLost) banners.show("gone", isAnew ? BANNERS.anew : BANNERS.back, { isShort: true });
    this.isLost = false;
  }

  #gone(seconds) {
    this.isLost = true;
    const text = seconds > 0 ? BANNERS.gone(seconds) : BANNERS.trying;
    this.view.banners.show("gone", text, {
      kind: "warn",
      action: [BANNERS.retry, () => this.session.transport.retryNow()],
    });
  }

  #closed(reason, message) {
    if (reason === "ended") return this.view.stop();
    const text = { expired: BANNERS.expired, full: message || BANNERS.full }[reason] ?? (message || BANNERS.noServer);
    this.view.banners.clear();
    this.view.machine.send("expire");
    return this.view.banners.show(reason, text, { kind: "warn" });
  }

  /** What the person set goes to the server when it differs from what the server was told last. */
  #prefer(settings) {
    const { weights, patience, smoothing, language, voice, personality, style, replies, replyEngine } = settings;
    const message = {
      type: "preferences",
      weights,
      patience_s: patience,
      smoothing_s: smoothing,
      language,
      voice,
      personality,
      style,
      replies,
    };
    if (this.engines?.some((one) => one.name === replyEngine && one.available)) message.reply_engine = replyEngine;
    const told = JSON.stringify(message);
    if (told === this.preferred || !this.session.transport.isOpen) return;
    this.preferred = told;
    this.session.transport.send(message);
    this.#tellEngines(settings);
  }

  #tellEngines({ language, replyEngine }) {
    this.view.spoken.tellEngines(this.engines ?? [], language);
    this.view.companion.tellEngines(this.engines ?? [], replyEngine);
  }

  say(text) {
    this.session.transport.send({ type: "text", text });
  }

  heard(turn, part, seconds) {
    this.session.transport.send({ type: "reply_heard", turn, part, seconds });
  }

  hush() {
    this.session.transport.send({ type: "cancel_reply" });
  }

  greet() {
    this.session.transport.send({ type: "request_greeting" });
  }

  mute(isMuted) {
    this.session.microphone.mute(isMuted);
    if (isMuted) this.session.transport.send({ type: "speech_end" });
  }

  calm(action) {
    this.session.transport.send({ type: "baseline", action });
  }

  get isHeard() {
    return this.session.microphone.isOpen;
  }

  #level(level) {
    this.view.spoken.level(level);
    this.view.preflight.hear(level, now());
  }

  /** Without a microphone the session goes on: words can be typed. */
  #deaf(key) {
    this.view.preflight.without("sound");
    this.view.banners.show("microphone", BANNERS.noMicrophone[key] ?? BANNERS.noMicrophone.camera, { kind: "warn" });
    this.view.showHearing();
  }

  #withoutPicture() {
    this.view.stage.replacePicture(this.view.stage.blank(LIVE.noPicture));
  }

  /** goesOn: the microphone is there, so voice and words are read without a picture. */
  #refused(key, goesOn = false) {
    if (goesOn) {
      this.session.wants.camera = false;
      for (const row of ["light", "face", "size"]) this.view.preflight.without(row);
      this.#withoutPicture();
      this.view.banners.show("camera", BANNERS.noCamera, { kind: "warn" });
      return;
    }
    if (this.view.machine.state === "preflight") {
      this.session.stop();
      this.view.machine.send("fail");
    }
    this.view.banners.show("camera", BANNERS[key], { kind: "warn" });
  }

  #unplugged() {
    if (this.view.machine.state === "preflight") return this.#refused("unplugged");
    this.session.pause();
    this.view.machine.send("pause");
    return this.view.banners.show("unplugged", BANNERS.unplugged, { kind: "warn" });
  }
}
