// A clip: sent, read by the server, then played here with the readings beside it.

import { Transport } from "../capture/transport.js";
import { postClip } from "../shared/api.js";
import { h, setText } from "../shared/dom.js";
import { percent } from "../shared/labels.js";
import { CLIP } from "../shared/words.js";
import { Ledger } from "./ledger.js";

/** @import {ApiError} from "../shared/api.js" */
/** @import {Guest} from "../shared/identity.js" */
/** @import {ClipProgressMessage, EstimateMessage, ReadyMessage, ServerMessage} from "../shared/wire.js" */
/** @import {FusedEntry, ReadingEntry} from "./ledger.js" */

/**
 * @typedef {object} ClipHandlers
 * @property {(title: string, share: number, text: string) => void} progress
 * @property {(event: ReadyMessage) => void} ready
 * @property {(event: ServerMessage) => void} message
 * @property {() => void} done
 * @property {(reason: string, message: string) => void} failed
 */

/**
 * @typedef {object} Shown what belongs to the picture that is shown
 * @property {FusedEntry | null} fused
 * @property {ReadingEntry | null} face
 * @property {ReadingEntry[]} others
 * @property {ReadingEntry | null} voice
 * @property {ReadingEntry | null} text
 */

export const MAX_BYTES = 100e6;
const BOX_S = 0.4; // a face box belongs to the picture for this long

/** The card that tells how far sending and reading have come. */
export class ClipProgress {
  /** @param {{oncancel: () => void}} options */
  constructor({ oncancel }) {
    this.title = h("h2", { tabindex: -1 }, CLIP.uploading);
    this.name = h("p", { class: "clip-name" }, " ");
    this.fill = h("span", { class: "fill" });
    this.bar = h(
      "div",
      {
        class: "progress",
        role: "progressbar",
        "aria-valuemin": 0,
        "aria-valuemax": 100,
        "aria-valuenow": 0,
        "aria-label": CLIP.uploading,
      },
      this.fill,
    );
    this.value = h("p", { class: "number" }, "0 %");
    this.root = h(
      "section",
      { class: "card clip-progress", "aria-label": CLIP.uploading },
      this.title,
      this.name,
      this.bar,
      this.value,
      h("p", { class: "hint" }, CLIP.note),
      h("div", { class: "controls" }, h("button", { onclick: oncancel }, CLIP.cancel)),
    );
  }

  /** @param {string} title @param {string} name @param {number} share */
  show(title, name, share, text = "") {
    setText(this.title, title);
    setText(this.name, name);
    const whole = Math.round(100 * Math.min(1, share));
    this.fill.style.width = `${whole}%`;
    this.bar.setAttribute("aria-label", title);
    this.bar.setAttribute("aria-valuenow", String(whole));
    setText(this.value, text ? `${percent(share)} · ${text}` : percent(share));
  }
}

export class ClipSession {
  ledger = new Ledger();
  /** seconds, as far as the server has told */
  length = 0;
  isOver = false;
  /** @type {Transport | null} */
  transport = null;

  /**
   * @param {object} options
   * @param {File} options.file
   * @param {Guest} options.guest
   * @param {ClipHandlers} options.handlers
   */
  constructor({ file, guest, handlers }) {
    this.file = file;
    this.guest = guest;
    this.handlers = handlers;
  }

  async begin() {
    const upload = postClip(this.file, this.guest.token, (/** @type {number} */ share) =>
      this.handlers.progress(CLIP.uploading, share, ""),
    );
    this.cancelUpload = upload.cancel;
    let clip;
    try {
      clip = await upload.done;
    } catch (error) {
      const { status, code, message } = /** @type {ApiError} */ (error);
      return this.#fail(status === 401 ? "expired" : code, message);
    }
    if (this.isOver) return undefined;
    this.handlers.progress(CLIP.analysing, 0, "");
    this.transport = new Transport({
      token: this.guest.token,
      resumeToken: clip.resume_token,
      path: clip.socket ?? "/ws",
      mayStartAnew: false,
      handlers: {
        message: (event) => this.#receive(event),
        ready: (event) => this.handlers.ready(event),
        waiting: () => {},
        closed: (reason, message) => (reason === "ended" ? this.#finish() : this.#fail(reason, message)),
      },
    }).connect();
    return undefined;
  }

  cancel() {
    this.isOver = true;
    this.cancelUpload?.();
    this.transport?.send({ type: "stop" });
    this.transport?.close();
  }

  /** @param {ServerMessage} event */
  #receive(event) {
    if (event.type === "face_emotion") this.ledger.addFace(event, event.t);
    else if (event.type === "fused_emotion") this.ledger.addFused(event, event.t);
    else if (event.type === "voice_emotion") this.ledger.addOther("voice", event, event.t);
    else if (event.type === "text_emotion") this.ledger.addOther("text", event, event.t);
    else if (event.type === "transcript" && event.is_final) this.ledger.addSaid(event, event.end_s);
    else if (event.type === "utterance_emotion") this.ledger.addSaid(event, event.end_s);
    else if (event.type === "stats") this.ledger.dropped = event.dropped;
    else if (event.type === "clip_progress") this.#progress(event);
    this.handlers.message(event);
  }

  /** @param {ClipProgressMessage} event */
  #progress({ done_s: done, total_s: total, is_final: isFinal }) {
    this.length = Math.max(this.length, total, done);
    this.handlers.progress(CLIP.analysing, isFinal ? 1 : total ? done / total : 0, CLIP.progress(done, total));
    if (isFinal) this.#finish();
  }

  #finish() {
    if (this.isOver) return;
    this.isOver = true;
    this.transport?.close();
    this.handlers.done();
  }

  /** @param {string} reason @param {string} message */
  #fail(reason, message) {
    if (this.isOver) return;
    this.isOver = true;
    this.transport?.close();
    this.handlers.failed(reason, message);
  }
}

/** The clip on the stage; tells which readings belong to the picture that is shown. */
export class ClipPlayer {
  /** the moment that was told last; -1: none yet */
  shown = -1;

  /**
   * @param {ClipSession} session
   * @param {(shown: Shown, seconds: number) => void} show called when the shown time has changed
   */
  constructor(session, show) {
    this.session = session;
    this.show = show;
    this.address = URL.createObjectURL(session.file);
    this.video = h("video", {
      class: "picture",
      src: this.address,
      controls: true,
      playsinline: true,
      "aria-label": session.file.name,
    });
    this.video.muted = true;
    this.request = requestAnimationFrame(() => this.#step());
  }

  /** Voice and words as they stood then; words count for longer than a look. @param {number} time */
  #heard(time) {
    const { ledger } = this.session;
    const [voice, text] = [Ledger.before(ledger.voice, time + 0.05), Ledger.before(ledger.text, time + 0.05)];
    return { voice: voice && time - voice.at < 6 ? voice : null, text: text && time - text.at < 20 ? text : null };
  }

  /** Whole length in seconds, as the container or the readings tell. */
  get length() {
    const { duration } = this.video;
    return Number.isFinite(duration) && duration > 0 ? duration : Math.max(1, this.session.length);
  }

  /** @param {number} seconds */
  seek(seconds) {
    this.video.currentTime = seconds;
  }

  close() {
    cancelAnimationFrame(this.request);
    this.video.pause();
    this.video.removeAttribute("src");
    URL.revokeObjectURL(this.address);
  }

  #step() {
    this.request = requestAnimationFrame(() => this.#step());
    const time = this.video.currentTime;
    if (time === this.shown) return;
    this.shown = time;
    const { ledger } = this.session;
    const face = Ledger.before(ledger.faces, time + 0.05);
    const others = ledger.others.filter((other) => other.at <= time + 0.05 && time - other.at < BOX_S);
    this.show(
      {
        fused: Ledger.before(ledger.fused, time + 0.05),
        face: face && time - face.at < 1 ? face : null,
        others,
        ...this.#heard(time),
      },
      time,
    );
  }
}
