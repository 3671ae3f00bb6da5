// Plays the companion's parts one after another, gives way at once when the person speaks, and tells the server
// how much was heard. With the sound off, or where nothing can speak, a part lasts as long as its words take to read.

const REPORT_S = 0.5; // the server hears this often how far a part has come
const WAIT_MS = 5000; // paused for speech that led to nothing: then it goes on by itself
const LATE_MS = 4000; // a sound that has not begun by then is read instead

/** A part that is heard. */
class Heard {
  constructor(url, onend, onfail) {
    this.audio = new Audio(url);
    this.audio.preload = "auto";
    this.audio.addEventListener("ended", onend);
    this.audio.addEventListener("error", onfail);
    this.onfail = onfail;
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
  constructor(duration, onend, from = 0) {
    Object.assign(this, { duration, onend, before: from, since: null });
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
  /**
   * onreport(turn, part, seconds); onpart(reply, clock) as one begins; onstate("speaking" | "paused" | "idle");
   * onblocked()
   */
  constructor(handlers) {
    Object.assign(this, { handlers, isSilent: false, queue: [], now: null, isPaused: false, over: 0 });
  }

  get isSpeaking() {
    return this.now !== null && !this.isPaused;
  }

  get isBusy() {
    return this.now !== null || this.queue.length > 0;
  }

  /** One llm_response. */
  add(reply) {
    if (reply.is_final || !reply.text || reply.turn <= this.over) return;
    if (this.now && reply.turn !== this.now.reply.turn) this.cancel();
    this.queue.push({ reply, sound: null });
    this.#prepare(this.queue.at(-1));
    if (!this.now) this.#next();
  }

  /** Somebody speaks: silence at once, and wait for what the server makes of it. */
  pause() {
    if (!this.isSpeaking) return;
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
    for (const { sound } of [this.now, ...this.queue].filter(Boolean)) sound?.close();
    const wasBusy = this.isBusy;
    Object.assign(this, { queue: [], now: null, isPaused: false });
    if (wasBusy) this.handlers.onstate("idle");
  }

  /** Another session, whose turns are counted anew. */
  reset() {
    this.cancel();
    this.over = 0;
  }

  /** From now on, and in the part that is playing, without or with sound. */
  setSilent(isSilent) {
    if (this.isSilent === isSilent) return;
    this.isSilent = isSilent;
    for (const part of this.queue) {
      part.sound?.close();
      this.#prepare(part);
    }
    if (this.now && isSilent) this.#readOn();
  }

  #prepare(part) {
    const { reply } = part;
    const isHeard = reply.audio_url && !this.isSilent;
    part.sound = isHeard
      ? new Heard(
          reply.audio_url,
          () => this.#ended(part),
          (error) => this.#failed(part, error),
        )
      : new Read(reply.duration_s, () => this.#ended(part));
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

  #report(seconds = this.now.sound.seconds) {
    const { turn, part } = this.now.reply;
    this.handlers.onreport(turn, part, Math.round(1000 * seconds) / 1000);
  }

  #ended(part) {
    if (part !== this.now) return;
    clearInterval(this.reporting);
    this.#report(part.reply.duration_s);
    this.#next();
  }

  /** The sound did not come, or may not play: its words are read instead. */
  #failed(part, error) {
    if (error?.name === "NotAllowedError") this.handlers.onblocked();
    if (part === this.now) this.#readOn();
    else if (this.queue.includes(part)) part.sound = new Read(part.reply.duration_s, () => this.#ended(part));
  }

  #readOn() {
    const part = this.now;
    const seconds = part.sound.seconds || 0;
    part.sound.close();
    part.sound = new Read(part.reply.duration_s, () => this.#ended(part), seconds);
    if (!this.isPaused) part.sound.play();
  }
}
