// One live session: camera, microphone, the socket, and what happens when one of them goes away.

import { Capture, refusalOf } from "./capture.js";
import { Microphone } from "./microphone.js";
import { Transport, now } from "./transport.js";

/** @import {Guest} from "../shared/identity.js" */
/** @import {FusedMessage, ReadyMessage, ServerMessage} from "../shared/wire.js" */

/**
 * @typedef {object} SessionHandlers
 * @property {(event: ServerMessage, at: number) => void} message
 * @property {(event: ReadyMessage, isAnew: boolean) => void} ready
 * @property {(seconds: number) => void} waiting
 * @property {(reason: string, message: string) => void} closed
 * @property {() => void} unplugged
 * @property {(key: string, goesOn: boolean) => void} refused key of BANNERS; goesOn: the microphone is there
 * @property {(level: number) => void} level dB of full scale
 * @property {(key: string) => void} deaf key of BANNERS.noMicrophone
 */

export class CameraSession {
  isPaused = false;
  /** from the camera to the reading on this screen, smoothed @type {number | null} */
  latencyMs = null;
  /** counts what was opened and closed: an answer of the browser may come too late */
  opening = 0;

  /**
   * @param {object} options
   * @param {HTMLVideoElement} options.video
   * @param {Guest} options.guest
   * @param {number} options.fps
   * @param {string | null} [options.resumeToken]
   * @param {SessionHandlers} options.handlers
   */
  constructor({ video, guest, fps, resumeToken = null, handlers }) {
    this.guest = guest;
    this.handlers = handlers;
    this.capture = new Capture(video, {
      onpicture: (jpeg, time) => this.transport.sendPicture(jpeg, time),
      onunplugged: () => this.#unplugged(),
    });
    this.capture.pacer.want(fps);
    this.wants = { camera: guest.scopes.includes("camera"), microphone: guest.scopes.includes("microphone") };
    this.microphone = new Microphone({
      onsound: (pcm, time) => {
        if (!this.transport.sendSound(pcm, time)) this.unsent += 1;
      },
      onlevel: (level) => handlers.level(level),
      ongone: () => this.#deaf("gone"),
    });
    this.unsent = 0;
    this.transport = new Transport({
      token: guest.token,
      resumeToken,
      handlers: {
        message: (event) => this.#receive(event),
        ready: (event, isAnew) => this.#ready(event, isAnew),
        waiting: (seconds) => this.#waiting(seconds),
        closed: (reason, message) => handlers.closed(reason, message),
      },
    });
  }

  /** Connect, and ask for what was allowed at the same time; false when nothing could be had. */
  async begin() {
    this.transport.connect();
    return this.#openAll();
  }

  /** The camera first, then the microphone; either may be missing, not both. */
  async #openAll() {
    const turn = (this.opening += 1);
    const refusal = this.wants.camera && !this.capture.isOpen ? await this.#openCamera() : null;
    if (refusal === "closed" || turn !== this.opening) return false;
    const deafness = this.wants.microphone && !this.microphone.isOpen ? await this.#openMicrophone() : null;
    if (deafness === "closed" || turn !== this.opening) return false;
    const isBlind = !this.wants.camera || refusal !== null;
    const isDeaf = !this.wants.microphone || deafness !== null;
    if (deafness !== null && !(isBlind && refusal !== null)) this.handlers.deaf(deafness);
    if (refusal !== null) this.handlers.refused(refusal, !isDeaf);
    this.#go();
    return !(isBlind && isDeaf);
  }

  /** Null, or why it could not be had. */
  async #openCamera() {
    try {
      return (await this.capture.open()) ? null : "closed";
    } catch (error) {
      return refusalOf(error);
    }
  }

  async #openMicrophone() {
    try {
      return (await this.microphone.open()) ? null : "closed";
    } catch (error) {
      this.microphone.close();
      return refusalOf(error);
    }
  }

  #go() {
    if (!this.transport.isOpen || this.isPaused) return;
    if (this.capture.isOpen) this.capture.start();
    if (this.microphone.isOpen) this.microphone.start();
  }

  get isOpen() {
    return this.capture.isOpen || this.microphone.isOpen;
  }

  /** @param {string} key */
  #deaf(key) {
    this.microphone.close();
    this.handlers.deaf(key);
  }

  /** Answer to "which session to come back to": the token is needed again, so it stays in this tab only. */
  get ticket() {
    return { guest: this.guest, resumeToken: this.transport.resumeToken };
  }

  pause() {
    this.isPaused = true;
    this.capture.stop();
    this.microphone.stop();
    this.transport.send({ type: "pause" });
  }

  async resume() {
    if (!(await this.#openAll())) return false;
    this.isPaused = false;
    this.transport.send({ type: "resume" });
    this.#go();
    return true;
  }

  /** The server answers with `state {ended: true}` and closes; the camera goes at once. */
  stop() {
    this.#closeMedia();
    this.transport.send({ type: "stop" });
    setTimeout(() => this.transport.close(), 3000);
  }

  /** Away without a goodbye: the server keeps the session for a while. */
  leave() {
    this.#closeMedia();
    this.transport.close();
  }

  #closeMedia() {
    this.opening += 1;
    this.capture.close();
    this.microphone.close();
  }

  /** @param {number} fps */
  setFps(fps) {
    this.capture.pacer.want(fps);
  }

  get skipped() {
    return this.capture.pacer.skipped + this.unsent;
  }

  /** @param {ReadyMessage} event @param {boolean} isAnew */
  #ready(event, isAnew) {
    this.transport.send({ type: this.isPaused ? "pause" : "resume" }); // said while the line was down, or never heard
    this.#go();
    this.handlers.ready(event, isAnew);
  }

  /** @param {number} seconds */
  #waiting(seconds) {
    this.capture.stop();
    this.microphone.stop();
    this.handlers.waiting(seconds);
  }

  #unplugged() {
    this.capture.close();
    this.handlers.unplugged();
  }

  /** @param {ServerMessage} event */
  #receive(event) {
    const at = now();
    if (event.type === "face_emotion") this.capture.pacer.answered(event.capture_t, 1000 * (at - event.capture_t));
    if (event.type === "fused_emotion") this.#fused(event, at);
    this.handlers.message(event, at);
  }

  /** @param {FusedMessage} event @param {number} at */
  #fused(event, at) {
    if (event.reasons?.includes("no_face")) this.capture.pacer.settle();
    const lag = 1000 * (at - event.capture_t);
    if (event.abstained || lag < 0 || lag > 10_000) return;
    this.latencyMs = this.latencyMs === null ? lag : this.latencyMs + 0.2 * (lag - this.latencyMs);
  }
}
