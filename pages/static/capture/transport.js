// The WebSocket: auth first, pictures as binary, JSON back, and a calm way back after a drop.

/** @import {AuthRequest, ClientMessage, ErrorMessage, ReadyMessage, ServerMessage} from "../shared/wire.js" */

/**
 * @typedef {object} TransportHandlers
 * @property {(event: ServerMessage) => void} message
 * @property {(event: ReadyMessage, isAnew: boolean) => void} ready isAnew: it is another session than before
 * @property {(seconds: number) => void} waiting until the next try; 0: trying now
 * @property {(reason: string, message: string) => void} closed "ended", "expired", "full", "failed"
 */

const BACKOFF_S = [1, 2, 4, 8, 8];
const PING_S = 4;
const SILENT_S = 12; // no byte for three pings: the connection is dead even if nobody said so
const JPEG = 1;
const PCM = 2;
const MOST_WAITING = 300_000; // bytes: about nine seconds of sound on a line that takes nothing
/** @type {Record<string, string>} */
const REFUSALS = { server_full: "full", token_expired: "expired", bad_token: "expired", no_auth: "expired" };
const HEADER_BYTES = 9; // one byte kind, eight bytes float64 little-endian client time in seconds

/** Client times everywhere: seconds on the page's own monotonic clock. */
export const now = () => performance.now() / 1000;

/**
 * Address of a server path, as ws: or wss: where a socket is wanted; works behind any prefix of the page.
 * @param {string} path
 */
export function socketAddress(path) {
  const address = new URL(path, location.origin);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  return address.href;
}

export class Transport {
  /** @type {WebSocket | null} */
  socket = null;
  /** the fatal error that came last @type {ErrorMessage | null} */
  fatal = null;
  isReady = false;
  hasEnded = false;
  heardAt = 0;
  /** @type {number | undefined} */
  timer = undefined;
  /** @type {number | undefined} */
  pings = undefined;
  /** @type {string | null} */
  sessionId = null;
  /** @type {number | null} */
  roundTripMs = null;

  /**
   * @param {object} options
   * @param {string} options.token
   * @param {string | null} [options.resumeToken]
   * @param {string} [options.path]
   * @param {boolean} [options.mayStartAnew] where the session to come back to is gone
   * @param {TransportHandlers} options.handlers
   */
  constructor({ token, resumeToken = null, path = "/ws", mayStartAnew = true, handlers }) {
    this.token = token;
    this.resumeToken = resumeToken;
    this.mayStartAnew = mayStartAnew;
    this.handlers = handlers;
    this.address = socketAddress(path);
    this.attempt = 0;
    this.isClosed = false;
  }

  get isOpen() {
    return this.socket?.readyState === WebSocket.OPEN && this.isReady;
  }

  connect() {
    this.isReady = false;
    this.fatal = null;
    this.socket?.close();
    const socket = new WebSocket(this.address);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#authenticate(socket);
    socket.onmessage = (message) => socket === this.socket && this.#receive(message.data);
    socket.onclose = (event) => socket === this.socket && this.#dropped(event);
    this.socket = socket;
    this.heardAt = now();
    return this;
  }

  /** Dropped while the line is down. @param {ClientMessage} message */
  send(message) {
    if (this.isOpen) this.socket?.send(JSON.stringify(message));
  }

  /**
   * One JPEG; false when the line is full, so that the next picture is newer instead of queued.
   * @param {ArrayBuffer} jpeg @param {number} captureTime
   */
  sendPicture(jpeg, captureTime) {
    if (this.#waiting > 2 * jpeg.byteLength) return false;
    return this.#sendMedia(JPEG, jpeg, captureTime);
  }

  /**
   * PCM16 of 100 ms. Sound is not left out for newer sound; only a dead line is.
   * @param {ArrayBuffer} pcm @param {number} captureTime
   */
  sendSound(pcm, captureTime) {
    if (this.#waiting > MOST_WAITING) return false;
    return this.#sendMedia(PCM, pcm, captureTime);
  }

  /** Bytes that the line has not taken yet; endless while it is down. */
  get #waiting() {
    return this.isOpen ? (this.socket?.bufferedAmount ?? Infinity) : Infinity;
  }

  /** @param {number} kind @param {ArrayBuffer} payload @param {number} captureTime */
  #sendMedia(kind, payload, captureTime) {
    const packet = new Uint8Array(HEADER_BYTES + payload.byteLength);
    const view = new DataView(packet.buffer);
    view.setUint8(0, kind);
    view.setFloat64(1, captureTime, true);
    packet.set(new Uint8Array(payload), HEADER_BYTES);
    this.socket?.send(packet);
    return true;
  }

  /** Say goodbye for good: nothing reconnects after it. */
  close() {
    this.isClosed = true;
    clearTimeout(this.timer);
    clearInterval(this.pings);
    this.socket?.close(1000);
  }

  /** Skip what is left of the countdown. */
  retryNow() {
    if (this.timer === undefined || this.isClosed) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.handlers.waiting(0);
    this.connect();
  }

  /** @param {WebSocket} socket */
  #authenticate(socket) {
    /** @type {AuthRequest} */
    const auth = { type: "auth", token: this.token };
    if (this.resumeToken) auth.resume_token = this.resumeToken;
    socket.send(JSON.stringify(auth));
  }

  /** @param {string} data */
  #receive(data) {
    this.heardAt = now();
    /** @type {ServerMessage} */
    let event;
    try {
      event = JSON.parse(data);
    } catch {
      return; // not ours: the protocol lets both sides ignore what they do not know
    }
    if (event.type === "ready") this.#ready(event);
    else if (event.type === "pong") this.roundTripMs = 1000 * (now() - Number(event.id));
    else if (event.type === "error" && event.fatal) this.fatal = event;
    if (event.type === "state" && event.ended) this.hasEnded = true;
    this.handlers.message(event);
  }

  /** @param {ReadyMessage} event */
  #ready(event) {
    const isAnew = this.sessionId !== null && this.sessionId !== event.session_id;
    this.isReady = true;
    this.attempt = 0;
    this.sessionId = event.session_id;
    this.resumeToken = event.resume_token;
    clearInterval(this.pings);
    this.pings = setInterval(() => this.#ping(), 1000 * PING_S);
    this.handlers.ready(event, isAnew);
  }

  #ping() {
    if (now() - this.heardAt > SILENT_S) this.socket?.close();
    else this.send({ type: "ping", id: now() });
  }

  /** @param {CloseEvent} event */
  #dropped(event) {
    clearInterval(this.pings);
    this.isReady = false;
    if (this.isClosed) return;
    if (this.hasEnded || (event.code === 1000 && !this.fatal)) return this.#finish("ended");
    if (this.fatal) return this.#refused(this.fatal);
    this.#wait(BACKOFF_S[Math.min(this.attempt++, BACKOFF_S.length - 1)]);
  }

  /** The server answered and said no: find out whether asking again can help. @param {ErrorMessage} error */
  #refused(error) {
    if (this.mayStartAnew && this.resumeToken && ["not_found", "closed"].includes(error.code)) {
      this.resumeToken = null; // that session is gone; the consent still stands, so a new one may begin
      return this.#wait(BACKOFF_S[Math.min(this.attempt++, BACKOFF_S.length - 1)]);
    }
    return this.#finish(REFUSALS[error.code] ?? "failed", error.message);
  }

  /** @param {number} seconds */
  #wait(seconds) {
    this.handlers.waiting(Math.ceil(seconds));
    this.timer = setTimeout(
      () => {
        this.timer = undefined;
        if (seconds > 1) return this.#wait(seconds - 1);
        this.handlers.waiting(0);
        this.connect();
      },
      1000 * Math.min(1, seconds),
    );
  }

  /** @param {string} reason @param {string} [message] */
  #finish(reason, message = "") {
    this.isClosed = true;
    this.handlers.closed(reason, message);
  }
}
