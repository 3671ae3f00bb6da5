// What a mode is, and what it may do on the screen. The live view knows no more of a mode than `Mode`, and a mode no
// more of the live view than `Screen`.

/** @import {AttuneLive} from "./live.js" */
/** @import {Ledger} from "./ledger.js" */
/** @import {Settings} from "../shared/settings.js" */
/** @import {BaselineRequest, EngineLine, ErrorMessage, ServerMessage} from "../shared/wire.js" */

/** @typedef {"welcome" | "preflight" | "live" | "paused" | "clip" | "review" | "ended"} State */
/** @typedef {"camera" | "demo" | "clip"} ModeName */
/** @typedef {{shown: string, chosen: string, t?: number}} Report what was on the screen, what the person says it was */

/** A way of filling the live view: camera and microphone, the demo, a clip. By default everything is left undone. */
export class Mode {
  /** @type {ModeName} */
  name = "demo";
  /** readings are being kept right now */
  isKept = false;

  /** @param {Screen} screen */
  constructor(screen) {
    this.screen = screen;
  }

  /** Readings stand at this moment, seconds. */
  get time() {
    return 0;
  }

  /** The sentence of the summary: what has been kept. */
  get note() {
    return "";
  }

  /** How many pictures and sounds were never sent. */
  get skipped() {
    return 0;
  }

  /** There is a microphone that hears. */
  get isHeard() {
    return false;
  }

  /** What takes the focus when a clip is shown. @returns {HTMLElement | null} */
  get focus() {
    return null;
  }

  /**
   * The lamp on the stage: its words, whether it is on, its kind.
   * @param {State} _state @returns {[string, boolean, string]}
   */
  light(_state) {
    return ["", false, this.name];
  }

  /** The machine has entered a state. @param {State} _state */
  entered(_state) {}

  /** The first button of the stage. @param {State} _state */
  pauseOrResume(_state) {}

  /** The person ends it. */
  stop() {}

  /** Let go of everything; the view goes back to its first card, or away. */
  close() {}

  /** The page goes away and may come back. @param {State} _state */
  leave(_state) {}

  /** The tab was shown or hidden. @param {boolean} _isVisible @param {State} _state */
  visible(_isVisible, _state) {}

  /** Ten times a second. @param {State} _state */
  tick(_state) {}

  /** Settings have changed. @param {Settings} _settings */
  settle(_settings) {}

  /** A marker was set. @param {string} _label */
  mark(_label) {}

  /** "Was this right?" was answered. @param {Report} _report @returns {string} the word of thanks */
  report(_report) {
    return "";
  }

  /** @param {number} _seconds of the clip */
  seek(_seconds) {}

  /** Consent to keeping changed in mid-session. @param {boolean} _isKept */
  keep(_isKept) {}

  /** Something was typed. @param {string} _text */
  say(_text) {}

  /** @param {boolean} _isMuted */
  mute(_isMuted) {}

  /** The neutral baseline. @param {BaselineRequest["action"]} _action */
  calm(_action) {}

  /** So much of a reply was played. @param {number} _turn @param {number} _part @param {number} _seconds */
  heard(_turn, _part, _seconds) {}

  /** The companion is to stop speaking. */
  hush() {}

  /** The companion is to say hello. */
  greet() {}
}

/** What a mode may do on the screen: the only way from a mode into the live view. */
export class Screen {
  #view;

  /** @param {AttuneLive} view */
  constructor(view) {
    this.#view = view;
  }

  get settings() {
    return this.#view.settings;
  }

  /** @returns {State} */
  get state() {
    return this.#view.machine.state;
  }

  get banners() {
    return this.#view.banners;
  }

  get preflight() {
    return this.#view.preflight;
  }

  /** The element that shows the camera. */
  get video() {
    return this.#view.stage.video;
  }

  /**
   * One step of the machine; false where the act does not fit the state.
   * @param {string} act @param {ModeName} [name]
   */
  step(act, name) {
    return this.#view.machine.send(act, name);
  }

  /** End the session as the stop button does. */
  stop() {
    this.#view.stop();
  }

  /**
   * Hand one event to everything that shows it.
   * @param {ServerMessage} event @param {number} at clock of the session
   */
  tell(event, at) {
    const { calm, companion, preflight, readings, spoken } = this.#view;
    const isLive = this.state === "live";
    if (event.type === "baseline") calm.receive(event);
    if (event.type === "error") this.tellError(event);
    if (event.type === "face_emotion" && this.state === "preflight") preflight.see(event, at);
    if (isLive) for (const part of [spoken, companion]) part.receive(event);
    if (isLive || event.type === "face_emotion") readings.receive(event, at, isLive);
  }

  /** @param {ErrorMessage} event */
  tellError(event) {
    this.#view.tellError(event);
  }

  /** What can be read, and by whom. @param {string[]} modalities @param {EngineLine[]} engines */
  tellServer(modalities, engines) {
    this.#view.readings.setModalities(modalities);
    this.#view.drawer.showEngines(engines);
  }

  /** Who hears and who answers, with the settings of now. @param {EngineLine[]} engines */
  tellEngines(engines) {
    const { language, replyEngine } = this.settings;
    this.#view.spoken.tellEngines(engines, language);
    this.#view.companion.tellEngines(engines, replyEngine);
  }

  /** How loud it is. @param {number} level dB of full scale @param {number} at */
  hear(level, at) {
    this.#view.spoken.level(level);
    this.#view.preflight.hear(level, at);
  }

  /** @param {string[]} modalities */
  showModalities(modalities) {
    this.#view.readings.setModalities(modalities);
  }

  /** In the place of the camera's picture. @param {Element | null} node */
  showPicture(node) {
    this.#view.stage.replacePicture(node);
  }

  /** @param {string} text */
  showNoPicture(text) {
    this.showPicture(this.#view.stage.blank(text));
  }

  /** @param {number} seconds */
  showTime(seconds) {
    this.#view.stage.showTime(seconds);
  }

  showLight() {
    this.#view.showLight();
  }

  showHearing() {
    this.#view.showHearing();
  }

  /** The switch "keep" in the drawer. @param {boolean} isOffered @param {boolean} isKept */
  showKeep(isOffered, isKept) {
    this.#view.drawer.showKeep(isOffered, isKept);
  }

  /**
   * How far a clip has come.
   * @param {string} title @param {string} name @param {number} share @param {string} [text]
   */
  showProgress(title, name, share, text = "") {
    this.#view.progress.show(title, name, share, text);
  }

  /** Readings age, the timeline moves. @param {number} time @param {import("./status.js").Facts} facts */
  tick(time, facts) {
    this.#view.readings.tick(time, facts);
  }

  /** While paused the readings age and nothing else moves. @param {number} time */
  age(time) {
    this.#view.readings.gauges.tick(time);
  }

  /** Everything of a finished ledger at once. @param {Ledger} ledger @param {number} length seconds */
  showWhole(ledger, length) {
    this.#view.useLedger(ledger, length);
    this.#view.spoken.clear();
    for (const { event } of ledger.said) this.#view.spoken.receive(event);
  }

  /** The true length of a clip, once its player knows. @param {Ledger} ledger @param {number} length seconds */
  showLength(ledger, length) {
    this.#view.readings.timeline.use(ledger, length);
  }

  /** What a clip shows at one moment. @param {import("./clip.js").Shown} shown @param {number} seconds */
  replay(shown, seconds) {
    this.#view.readings.replay(shown, seconds);
  }

  /** @param {import("./status.js").Facts} facts */
  showStatus(facts) {
    this.#view.readings.status.tick(facts);
  }

  /** The companion says nothing more. */
  silence() {
    this.#view.companion.clear();
  }

  /** Ask for another file. */
  chooseClip() {
    this.#view.welcome.chooseClip();
  }
}
