// The microphone: opened only after consent, resampled off the main thread, sent in chunks of 100 ms.

import { now } from "./transport.js";

const CHUNK_S = 0.1;
const STEADY_S = 0.06; // a chunk this near to where the last one ended follows it: the sound card tells time better
const SILENT_DB = -70;

/** Client time of the first sample of each chunk: arrival tells roughly, counting samples tells well. Pure. */
export class SampleClock {
  /** where the next chunk begins if none is lost @type {number | undefined} */
  next = undefined;

  /** @param {number} arrival */
  start(arrival) {
    const begin = arrival - CHUNK_S;
    if (this.next === undefined || Math.abs(begin - this.next) > STEADY_S) this.next = begin;
    const told = this.next;
    this.next += CHUNK_S;
    return told;
  }
}

export class Microphone {
  /** @type {MediaStream | null} */
  stream = null;
  /** @type {AudioContext | null} */
  context = null;
  clock = new SampleClock();
  /** counts what was opened and closed: an answer of the browser may come too late */
  turn = 0;
  isSending = false;
  isMuted = false;
  /** dB of full scale */
  level = -100;

  /**
   * @param {object} handlers
   * @param {(pcm: ArrayBuffer, time: number) => void} handlers.onsound PCM16, and the time of its first sample
   * @param {(level: number) => void} handlers.onlevel dB of full scale
   * @param {() => void} handlers.ongone
   */
  constructor({ onsound, onlevel, ongone }) {
    this.onsound = onsound;
    this.onlevel = onlevel;
    this.ongone = ongone;
  }

  /** Ask the browser for the microphone; false when it was closed meanwhile. Throws what getUserMedia throws. */
  async open() {
    if (!navigator.mediaDevices?.getUserMedia) throw Object.assign(new Error(), { name: "insecure" });
    const turn = (this.turn += 1);
    // Echo is cancelled, so that the companion's own voice is not read. Noise suppression and gain control stay off:
    // they flatten just what is to be read in a voice, and the server levels and measures noise itself.
    const audio = { echoCancellation: true, noiseSuppression: false, autoGainControl: false, channelCount: 1 };
    const stream = await navigator.mediaDevices.getUserMedia({ audio, video: false });
    if (turn !== this.turn) {
      stream.getTracks().forEach((track) => track.stop());
      return false;
    }
    this.stream = stream;
    for (const track of stream.getAudioTracks()) track.onended = () => this.stream && this.ongone();
    // The device's own rate: Firefox refuses to join a stream to a context of another rate.
    this.context = new AudioContext();
    await this.context.audioWorklet.addModule(new URL("./microphone_worklet.js", import.meta.url));
    if (turn !== this.turn) return false;
    const node = new AudioWorkletNode(this.context, "attune-microphone", { numberOfOutputs: 0 });
    this.clock = new SampleClock();
    node.port.onmessage = ({ data }) => this.#take(data);
    this.context.createMediaStreamSource(stream).connect(node);
    await this.context.resume();
    return turn === this.turn;
  }

  get isOpen() {
    return this.stream?.getAudioTracks().some((track) => track.readyState === "live") ?? false;
  }

  get isSilent() {
    return this.level < SILENT_DB;
  }

  /** @param {boolean} isMuted */
  mute(isMuted) {
    this.isMuted = isMuted;
  }

  start() {
    this.isSending = true;
  }

  stop() {
    this.isSending = false;
  }

  /** Let the microphone go; its light turns off. */
  close() {
    this.stop();
    this.turn += 1;
    const { stream, context } = this;
    this.stream = this.context = null;
    stream?.getTracks().forEach((track) => track.stop());
    context?.close().catch(() => {});
  }

  /** @param {{pcm: ArrayBuffer, level: number}} chunk */
  #take({ pcm, level }) {
    const time = this.clock.start(now());
    this.level = this.isMuted ? -100 : level;
    this.onlevel(this.level);
    if (this.isSending && !this.isMuted) this.onsound(pcm, time);
  }
}
