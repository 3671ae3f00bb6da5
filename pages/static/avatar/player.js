// Plays the companion's parts one after another, gives way at once when the person speaks, and tells the server
// how much was heard. With the sound off, or where nothing can speak, a part lasts as long as its words take to read.

const REPORT_S = 0.5; // the server hears this often how far a part has come
const WAIT_MS = 5000; // paused for speech that led to nothing: then it goes on by itself
const LATE_MS = 4000; // a sound that has not begun by then is read instead

/** @import {LlmResponseMessage} from "../shared/wire.js" */
/** @typedef {{reply: LlmResponseMessage, sound: Heard | Read}} Part */

/** A part that is heard. */
class Heard {
  /** @param {string} url @param {() => void} onend @param {(error?: any) => void} onfail */
  constructor(url, onend, onfail) {
    this.audio = new Audio(url);
    this.audio.preload = "auto";
    this.audio.addEventListener("ended", onend);
    this.audio.addEventListener("error", onfail);
    this.onfail = onfail;
    /** @type {number | undefined} */
    this.late = undefined;
  }

  play() {
    this.late = setTimeout(() => this.audio.currentTime === 0 && !this.audio.paused && this.onfail(), LATE_MS);
    this.audio.play().catch((error) => error.name !== "AbortError" && this.onfail(error));
  }

  pause() {
    clearTimeout(this.late);
    this.audio.pause();
  }

  close() {
    this.pause();
    this.onfail = () => null;
    this.audio.removeAttribute("src");
  }

  get seconds() {
    return this.audio.currentTime;
  }
}

/** A part that is read along in silence. */
class Read {
  /** @param {number} duration @param {() => void} onend @param {number} [from] seconds */
  constructor(duration, onend, from = 0) {
    this.duration = duration;
    this.onend = onend;
    this.before = from;
    /** @type {number | null} */
    this.since = null;
    /** @type {number | undefined} */
    this.timer = undefined;
  }

  play() {
    this.since = performance.now();
    this.timer = setTimeout(() => this.onend(), 1000 * Math.max(0, this.duration - this.before));
  }

  pause() {
    this.before = this.seconds;
    this.since = null;
    clearTimeout(this.timer);
  }

  close() {
    this.pause();
  }

  get seconds() {
    return this.since === null
      ? this.before
      : Math.min(this.duration, this.before + (performance.now() - this.since) / 1000);
  }
}

export class Player {
  /** @type {Part[]} */
  queue = [];
  /** the part that is being said @type {Part | null} */
  now = null;
  isSilent = false;
  isPaused = false;
  /** turns up to this one are over */
  over = 0;
  /** @type {number | undefined} */
  waiting = undefined;
  /** @type {number | undefined} */
  reporting = undefined;

  /**
   * @param {object} handlers
   * @param {(turn: number, part: number, seconds: number) => void} handlers.onreport
   * @param {(reply: LlmResponseMessage, clock: () => number) => void} handlers.onpart as one begins
   * @param {(state: "speaking" | "paused" | "idle") => void} handlers.onstate
   * @param {() => void} handlers.onblocked
   */
  constructor(handlers) {
    this.handlers = handlers;
  }

  get isSpeaking() {
    return this.now !== null && !this.isPaused;
  }

  get isBusy() {
    return this.now !== null || this.queue.length > 0;
  }

  /** @param {LlmResponseMessage} reply */
  add(reply) {
    if (reply.is_final || !reply.text || reply.turn <= this.over) return;
    if (this.now && reply.turn !== this.now.reply.turn) this.cancel();
    this.queue.push(this.#prepare(reply));
    if (!this.now) this.#next();
  }

  /** Somebody speaks: silence at once, and wait for what the server makes of it. */
  pause() {
    if (!this.now || this.isPaused) return;
    this.isPaused = true;
    this.now.sound.pause();
    this.#report();
    clearInterval(this.reporting);
    this.waiting = setTimeout(() => this.resume(), WAIT_MS);
    this.handlers.onstate("paused");
  }

  resume() {
    clearTimeout(this.waiting);
    if (!this.now || !this.isPaused) return;
    this.isPaused = false;
    this.now.sound.play();
    this.#tellAlong();
    this.handlers.onstate("speaking");
  }

  /** Nothing more of this turn is said, nor of any before it; parts of it may still be on their way. */
  cancel(turn = this.now?.reply.turn ?? this.queue[0]?.reply.turn ?? 0) {
    this.over = Math.max(this.over, turn);
    clearTimeout(this.waiting);
    clearInterval(this.reporting);
    this.now?.sound.close();
    for (const { sound } of this.queue) sound.close();
    const wasBusy = this.isBusy;
    this.queue = [];
    this.now = null;
    this.isPaused = false;
    if (wasBusy) this.handlers.onstate("idle");
  }

  /** Another session, whose turns are counted anew. */
  reset() {
    this.cancel();
    this.over = 0;
  }

  /** From now on, and in the part that is playing, without or with sound. @param {boolean} isSilent */
  setSilent(isSilent) {
    if (this.isSilent === isSilent) return;
    this.isSilent = isSilent;
    for (const { sound } of this.queue) sound.close();
    this.queue = this.queue.map(({ reply }) => this.#prepare(reply));
    if (this.now && isSilent) this.#readOn(this.now);
  }

  /** @param {LlmResponseMessage} reply @returns {Part} */
  #prepare(reply) {
    const onend = () => this.#ended(part);
    const sound =
      reply.audio_url && !this.isSilent
        ? new Heard(reply.audio_url, onend, (error) => this.#failed(part, error))
        : new Read(reply.duration_s, onend);
    /** @type {Part} */
    const part = { reply, sound };
    return part;
  }

  #next() {
    this.now = this.queue.shift() ?? null;
    if (!this.now) return this.handlers.onstate("idle");
    const part = this.now;
    part.sound.play();
    this.#tellAlong();
    this.handlers.onpart(part.reply, () => part.sound.seconds);
    return this.handlers.onstate("speaking");
  }

  #tellAlong() {
    clearInterval(this.reporting);
    this.#report();
    this.reporting = setInterval(() => this.#report(), 1000 * REPORT_S);
  }

  /** @param {number} [seconds] */
  #report(seconds = this.now?.sound.seconds) {
    if (!this.now || seconds === undefined) return;
    const { turn, part } = this.now.reply;
    this.handlers.onreport(turn, part, Math.round(1000 * seconds) / 1000);
  }

  /** @param {Part} part */
  #ended(part) {
    if (part !== this.now) return;
    clearInterval(this.reporting);
    this.#report(part.reply.duration_s);
    this.#next();
  }

  /** The sound did not come, or may not play: its words are read instead. @param {Part} part @param {any} error */
  #failed(part, error) {
    if (error?.name === "NotAllowedError") this.handlers.onblocked();
    if (part === this.now) this.#readOn(part);
    else if (this.queue.includes(part)) part.sound = new Read(part.reply.duration_s, () => this.#ended(part));
  }

  /** @param {Part} part */
  #readOn(part) {
    const seconds = part.sound.seconds || 0;
    part.sound.close();
    part.sound = new Read(part.reply.duration_s, () => this.#ended(part), seconds);
    if (!this.isPaused) part.sound.play();
  }
}
