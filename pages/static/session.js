// One camera session: the camera, the socket, and what happens when either goes away.

import { Capture, refusalOf } from "./capture.js";
import { Transport, now } from "./transport.js";

export class CameraSession {
  /**
   * handlers: message(event, at), ready(event, isAnew), waiting(seconds), closed(reason, message),
   * unplugged(), refused(key of BANNERS)
   */
  constructor({ video, guest, fps, resumeToken = null, handlers }) {
    Object.assign(this, { guest, handlers, isPaused: false, latencyMs: null });
    this.capture = new Capture(video, {
      onpicture: (jpeg, time) => this.transport.sendPicture(jpeg, time),
      onunplugged: () => this.#unplugged(),
    });
    this.capture.pacer.want(fps);
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

  /** Connect, and ask for the camera at the same time; false when the camera could not be had. */
  async begin() {
    this.transport.connect();
    return this.openCamera();
  }

  async openCamera() {
    try {
      if (!(await this.capture.open())) return false;
    } catch (error) {
      this.handlers.refused(error.name === "insecure" ? "insecure" : refusalOf(error));
      return false;
    }
    if (this.transport.isOpen && !this.isPaused) this.capture.start();
    return true;
  }

  /** Answer to "which session to come back to": the token is needed again, so it stays in this tab only. */
  get ticket() {
    return { guest: this.guest, resumeToken: this.transport.resumeToken };
  }

  pause() {
    this.isPaused = true;
    this.capture.stop();
    this.transport.send({ type: "pause" });
  }

  async resume() {
    if (!this.capture.isOpen && !(await this.openCamera())) return false;
    this.isPaused = false;
    this.transport.send({ type: "resume" });
    if (this.transport.isOpen) this.capture.start();
    return true;
  }

  /** The server answers with `state {ended: true}` and closes; the camera goes at once. */
  stop() {
    this.capture.close();
    this.transport.send({ type: "stop" });
    setTimeout(() => this.transport.close(), 3000);
  }

  /** Away without a goodbye: the server keeps the session for a while. */
  leave() {
    this.capture.close();
    this.transport.close();
  }

  setFps(fps) {
    this.capture.pacer.want(fps);
  }

  get skipped() {
    return this.capture.pacer.skipped;
  }

  #ready(event, isAnew) {
    this.transport.send({ type: this.isPaused ? "pause" : "resume" }); // said while the line was down, or never heard
    if (!this.isPaused && this.capture.isOpen) this.capture.start();
    this.handlers.ready(event, isAnew);
  }

  #waiting(seconds) {
    this.capture.stop();
    this.handlers.waiting(seconds);
  }

  #unplugged() {
    this.capture.close();
    this.handlers.unplugged();
  }

  #receive(event) {
    const at = now();
    if (event.type === "face_emotion") this.capture.pacer.answered(event.capture_t, 1000 * (at - event.capture_t));
    if (event.type === "fused_emotion") this.#fused(event, at);
    this.handlers.message(event, at);
  }

  #fused(event, at) {
    if (event.reasons?.includes("no_face")) this.capture.pacer.settle();
    const lag = 1000 * (at - event.capture_t);
    if (event.abstained || lag < 0 || lag > 10_000) return;
    this.latencyMs = this.latencyMs === null ? lag : this.latencyMs + 0.2 * (lag - this.latencyMs);
  }
}
