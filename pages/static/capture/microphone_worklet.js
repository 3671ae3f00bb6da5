// Runs on the audio thread: the device's blocks of 128 samples in, chunks of 100 ms PCM16 at 16 kHz out.

import { GOAL_HZ, Resampler, levelOf, pcm16 } from "./resample.js";

const CHUNK = GOAL_HZ / 10;

class MicrophoneWorklet extends AudioWorkletProcessor {
  constructor() {
    super();
    this.resampler = new Resampler(sampleRate);
    this.waiting = new Float32Array(CHUNK);
    this.filled = 0;
  }

  /** @param {Float32Array[][]} inputs one, by channel */
  process([input]) {
    if (!input?.length) return true;
    const mono =
      input.length === 1
        ? input[0]
        : input[0].map((_, i) => input.reduce((sum, channel) => sum + channel[i], 0) / input.length);
    for (const sample of this.resampler.feed(mono)) {
      this.waiting[this.filled++] = sample;
      if (this.filled === CHUNK) this.#send();
    }
    return true;
  }

  #send() {
    const pcm = pcm16(this.waiting);
    this.port.postMessage({ pcm, level: levelOf(this.waiting), age: this.filled / GOAL_HZ }, [pcm]);
    this.filled = 0;
  }
}

registerProcessor("attune-microphone", MicrophoneWorklet);
