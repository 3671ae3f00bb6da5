// The camera: opened only after consent, read newest-first, never faster than the server answers.

import { now } from "./transport.js";

const LONG_SIDE_PX = 640;
const JPEG_QUALITY = 0.8;
const MAX_IN_FLIGHT = 2; // one being read, one on its way: more would only grow old
const GIVE_UP_S = 1.2; // a picture without an answer (no face in it) stops counting after this
const SLOW_MS = 350; // above this round trip fewer pictures are sent
const MIN_FPS = 2;

/** Why getUserMedia failed, as a key of BANNERS. @param {unknown} error */
export function refusalOf(error) {
  const name = error instanceof Error ? error.name : "";
  /** @type {Record<string, string>} */
  const known = {
    insecure: "insecure",
    NotAllowedError: "refused",
    SecurityError: "refused",
    NotFoundError: "none",
    OverconstrainedError: "none",
    NotReadableError: "busy",
    AbortError: "busy",
  };
  return known[name] ?? "camera";
}

/** Which pictures may go: pure, times are given. */
export class Pacer {
  /** @param {number} fps */
  constructor(fps) {
    this.fps = this.wanted = fps;
    /** @type {number[]} times of pictures without an answer */
    this.inFlight = [];
    this.skipped = 0;
  }

  /** @param {number} fps */
  want(fps) {
    this.fps = this.wanted = fps;
  }

  /** @param {number} time */
  mayGo(time) {
    this.inFlight = this.inFlight.filter((sent) => time - sent < GIVE_UP_S);
    return this.inFlight.length < MAX_IN_FLIGHT;
  }

  /** @param {number} time */
  sent(time) {
    this.inFlight.push(time);
  }

  /**
   * An answer for the picture of that time also settles all before it.
   * @param {number} captureTime @param {number} roundTripMs
   */
  answered(captureTime, roundTripMs) {
    this.inFlight = this.inFlight.filter((sent) => sent > captureTime + 1e-6);
    const goal = roundTripMs > SLOW_MS ? Math.max(MIN_FPS, (this.wanted * SLOW_MS) / roundTripMs) : this.wanted;
    this.fps += 0.2 * (goal - this.fps);
  }

  settle() {
    this.inFlight = [];
  }
}

export class Capture {
  /** @type {MediaStream | null} */
  stream = null;
  /** counts what was opened and closed: an answer of the browser may come too late */
  turn = 0;
  /** a picture is being made */
  isBusy = false;
  /** @type {number | undefined} */
  timer = undefined;

  /**
   * @param {HTMLVideoElement} video the element of the stage
   * @param {object} handlers
   * @param {(jpeg: ArrayBuffer, time: number) => boolean} handlers.onpicture false when it could not be sent
   * @param {() => void} handlers.onunplugged
   */
  constructor(video, { onpicture, onunplugged }) {
    this.video = video;
    this.onpicture = onpicture;
    this.onunplugged = onunplugged;
    this.pacer = new Pacer(7);
    this.canvas = document.createElement("canvas");
    this.isSending = false;
  }

  /** Ask the browser for the camera; false when it was closed meanwhile. Throws what getUserMedia throws. */
  async open() {
    if (!navigator.mediaDevices?.getUserMedia) throw Object.assign(new Error(), { name: "insecure" });
    const turn = (this.turn += 1);
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { width: { ideal: 640 }, height: { ideal: 480 }, facingMode: "user", frameRate: { ideal: 30 } },
    });
    if (turn !== this.turn) {
      stream.getTracks().forEach((track) => track.stop()); // closed while the browser was still asking
      return false;
    }
    this.stream = stream;
    for (const track of stream.getVideoTracks()) track.onended = () => this.stream && this.onunplugged();
    this.video.srcObject = stream;
    await this.video.play();
    return turn === this.turn;
  }

  get isOpen() {
    return this.stream?.getVideoTracks().some((track) => track.readyState === "live") ?? false;
  }

  start() {
    if (this.isSending) return;
    this.isSending = true;
    this.#next();
  }

  stop() {
    this.isSending = false;
    clearTimeout(this.timer);
    this.pacer.settle();
  }

  /** Let the camera go; its light turns off. */
  close() {
    this.stop();
    this.turn += 1;
    const stream = this.stream;
    this.stream = null;
    stream?.getTracks().forEach((track) => track.stop());
    this.video.srcObject = null;
  }

  #next() {
    if (!this.isSending) return;
    const began = now();
    this.timer = setTimeout(() => this.#next(), 1000 / this.pacer.fps);
    if (this.video.readyState < 2 || this.isBusy) return;
    if (!this.pacer.mayGo(began)) {
      this.pacer.skipped += 1;
      return;
    }
    this.#take(began);
  }

  /** @param {number} time */
  #take(time) {
    const { videoWidth: width, videoHeight: height } = this.video;
    const scale = Math.min(1, LONG_SIDE_PX / Math.max(width, height));
    const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
    if (this.canvas.width !== w || this.canvas.height !== h) Object.assign(this.canvas, { width: w, height: h });
    const context = this.canvas.getContext("2d", { alpha: false });
    context?.drawImage(this.video, 0, 0, w, h);
    this.isBusy = true;
    this.canvas.toBlob((blob) => this.#deliver(blob, time), "image/jpeg", JPEG_QUALITY);
  }

  /** @param {Blob | null} blob @param {number} time */
  async #deliver(blob, time) {
    const jpeg = await blob?.arrayBuffer();
    this.isBusy = false;
    if (!jpeg || !this.isSending) return;
    if (this.onpicture(jpeg, time)) this.pacer.sent(time);
    else this.pacer.skipped += 1;
  }
}

/** @type {CanvasRenderingContext2D | null} */
let tiny = null;

/**
 * Mean brightness of what the video shows, 0 to 255, from a tiny copy: enough for the light tick.
 * @param {HTMLVideoElement} video
 */
export function brightnessOf(video) {
  tiny ??= Object.assign(document.createElement("canvas"), { width: 32, height: 24 }).getContext("2d", {
    willReadFrequently: true,
    alpha: false,
  });
  if (!tiny) return NaN;
  const context = tiny;
  context.drawImage(video, 0, 0, 32, 24);
  const pixels = context.getImageData(0, 0, 32, 24).data;
  let sum = 0;
  for (let i = 0; i < pixels.length; i += 4) sum += 0.299 * pixels[i] + 0.587 * pixels[i + 1] + 0.114 * pixels[i + 2];
  return sum / (pixels.length / 4);
}
