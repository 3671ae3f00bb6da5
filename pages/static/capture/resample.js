// From the device's own rate to 16 kHz: a windowed-sinc low-pass and resampler in one, continuous from block to block.
// Pure arithmetic, no audio API, so that it can be tested anywhere. (Smith, "Digital Audio Resampling", CCRMA.)

export const GOAL_HZ = 16000;
const HALF_TAPS = 24; // zero crossings on either side: the band above 8 kHz is over 60 dB down from 9 kHz on
const CUTOFF = 0.91; // of 8 kHz, so that the slope lies below it

/** @param {number} x */
function window(x) {
  const angle = (Math.PI * (x + 1)) / 2; // Blackman over -1..1
  return 0.42 - 0.5 * Math.cos(2 * angle) + 0.08 * Math.cos(4 * angle);
}

export class Resampler {
  /** @param {number} fromHz */
  constructor(fromHz) {
    this.step = fromHz / GOAL_HZ;
    const scale = Math.max(1, this.step); // upsampling needs no lower cutoff than the source has
    this.cut = (CUTOFF / scale) * 1;
    this.reach = Math.ceil(HALF_TAPS * scale);
    this.past = new Float32Array(2 * this.reach); // silence before the first sample
    this.at = this.reach; // where the next output lies, in input samples of `past` and the block behind it
  }

  /** Float32Array of the device's samples to Float32Array at 16 kHz. @param {Float32Array} block */
  feed(block) {
    const input = new Float32Array(this.past.length + block.length);
    input.set(this.past);
    input.set(block, this.past.length);
    const output = [];
    while (Math.floor(this.at) + this.reach + 1 < input.length) {
      output.push(this.#sample(input, this.at));
      this.at += this.step;
    }
    const kept = Math.min(input.length, Math.max(0, Math.floor(this.at) - this.reach));
    this.past = input.slice(kept);
    this.at -= kept;
    return Float32Array.from(output);
  }

  /** @param {Float32Array} input @param {number} at */
  #sample(input, at) {
    const centre = Math.floor(at);
    let sum = 0;
    let total = 0;
    for (let i = centre - this.reach + 1; i <= centre + this.reach; i += 1) {
      const x = at - i;
      const angle = Math.PI * x * this.cut;
      const weight = (x === 0 ? 1 : Math.sin(angle) / angle) * window(x / this.reach);
      sum += weight * input[i];
      total += weight;
    }
    return sum / total;
  }
}

/** Float samples -1..1 to little-endian PCM16 bytes. @param {Float32Array} samples */
export function pcm16(samples) {
  const view = new DataView(new ArrayBuffer(2 * samples.length));
  samples.forEach((/** @type {number} */ sample, /** @type {number} */ i) =>
    view.setInt16(2 * i, Math.round(32767 * Math.max(-1, Math.min(1, sample))), true),
  );
  return view.buffer;
}

/** Root mean square in dB of full scale, -100 at least. @param {Float32Array} samples */
export function levelOf(samples) {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return samples.length && sum > 0 ? Math.max(-100, 10 * Math.log10(sum / samples.length)) : -100;
}
