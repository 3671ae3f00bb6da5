// What the avatar's face does at a time t: lips, feeling, blink, breath, gaze and posture in one map of weights.
// Pure: every time is given, chance comes from a seed, so the same calls give the same face.

/** @import {VisemeLine} from "../shared/wire.js" */

const FEEL_S = 0.4; // an expression blends in over this long
const HUSH_S = 0.12; // lips close when somebody speaks over them
const STILL_S = 0.4; // a sound that has stood still this long is paused, and the mouth closes
const CLOSE_S = 0.25;
const EDGE_S = 0.1; // before the first and after the last viseme the lips come from and go to rest
const GAZE_S = 0.22;
const POSTURE_S = 0.5;

// Feelings as ARKit weights at full intensity, after the action units of FACS. A "*" stands for Left and Right.
/** @type {Record<string, Record<string, number>>} */
const FEELINGS = {
  neutral: { "mouthSmile*": 0.2 },
  happy: { "mouthSmile*": 0.85, "eyeSquint*": 0.45, browInnerUp: 0.12, "browOuterUp*": 0.15, jawOpen: 0.1 },
  sad: { "mouthFrown*": 0.6, browInnerUp: 0.85, "eyeSquint*": 0.15, "mouthPress*": 0.15, lids: 0.16 },
  angry: { "browDown*": 0.75, "eyeSquint*": 0.35, "mouthPress*": 0.5, "mouthFrown*": 0.3, "noseSneer*": 0.25 },
  fear: { browInnerUp: 0.75, "browOuterUp*": 0.35, "eyeWide*": 0.65, "mouthStretch*": 0.55, jawOpen: 0.14 },
  disgust: { "noseSneer*": 0.85, "browDown*": 0.4, "mouthUpperUp*": 0.45, "mouthFrown*": 0.35, "eyeSquint*": 0.45 },
  surprise: { browInnerUp: 0.7, "browOuterUp*": 0.8, "eyeWide*": 0.7, jawOpen: 0.42, mouthFunnel: 0.2 },
};

// Head angles in radians, gaze in -1..1, and the few weights that belong to a posture.
/** @type {Record<string, Record<string, number>>} */
const POSTURES = {
  idle: {},
  listening: { headRoll: 0.085, headPitch: 0.03, browInnerUp: 0.14, "browOuterUp*": 0.08, nod: 1 },
  thinking: {
    headYaw: 0.16,
    headPitch: -0.06,
    headRoll: -0.04,
    gazeX: 0.6,
    gazeY: 0.5,
    browOuterUpLeft: 0.25,
    "mouthPress*": 0.2,
    aside: 1,
  },
  speaking: { headPitch: 0.01, sway: 1 },
};

// The fifteen mouth shapes of Oculus in ARKit's terms, for a track that has only those.
/** @type {Record<string, Record<string, number>>} */
const OCULUS = {
  viseme_sil: {},
  viseme_PP: { mouthClose: 0.35, "mouthPress*": 0.6 },
  viseme_FF: { jawOpen: 0.08, "mouthLowerDown*": 0.1, "mouthPress*": 0.3, "mouthUpperUp*": 0.25 },
  viseme_TH: { jawOpen: 0.18, "mouthLowerDown*": 0.25 },
  viseme_DD: { jawOpen: 0.16, "mouthLowerDown*": 0.3, "mouthStretch*": 0.15 },
  viseme_kk: { jawOpen: 0.2, "mouthLowerDown*": 0.2, "mouthStretch*": 0.1 },
  viseme_CH: { jawOpen: 0.12, mouthFunnel: 0.45, "mouthUpperUp*": 0.1 },
  viseme_SS: { jawOpen: 0.07, "mouthStretch*": 0.35, "mouthLowerDown*": 0.25 },
  viseme_nn: { jawOpen: 0.14, "mouthLowerDown*": 0.2 },
  viseme_RR: { jawOpen: 0.14, mouthFunnel: 0.3, mouthPucker: 0.15 },
  viseme_aa: { jawOpen: 0.62, "mouthLowerDown*": 0.25 },
  viseme_E: { jawOpen: 0.32, "mouthStretch*": 0.3, "mouthSmile*": 0.15 },
  viseme_I: { jawOpen: 0.2, "mouthStretch*": 0.35, "mouthSmile*": 0.25 },
  viseme_O: { jawOpen: 0.4, mouthFunnel: 0.55, mouthPucker: 0.2 },
  viseme_U: { jawOpen: 0.18, mouthPucker: 0.75, mouthFunnel: 0.2 },
};

// How much of a feeling's mouth stays while it speaks: a smile is heard, an open mouth would spoil an "m".
/** @type {Record<string, number>} */
const WHILE_SPEAKING = {
  jawOpen: 0,
  mouthFunnel: 0,
  mouthPress: 0.15,
  mouthStretch: 0.35,
  mouthUpperUp: 0.3,
  mouthFrown: 0.5,
  mouthSmile: 0.6,
};

/** @param {number} x */
const clamp = (x, low = 0, high = 1) => Math.min(high, Math.max(low, x));
/** @param {number} x */
const smooth = (x) => {
  const share = clamp(x);
  return share * share * (3 - 2 * share);
};

/** {"mouthSmile*": 1} -> {mouthSmileLeft: 1, mouthSmileRight: 1} @param {Record<string, number>} map */
function spread(map, factor = 1) {
  /** @type {Record<string, number>} */
  const full = {};
  for (const [name, value] of Object.entries(map)) {
    const names = name.endsWith("*") ? [`${name.slice(0, -1)}Left`, `${name.slice(0, -1)}Right`] : [name];
    for (const one of names) full[one] = value * factor;
  }
  return full;
}

/**
 * a + share * (b - a), name by name.
 * @param {Record<string, number>} a @param {Record<string, number>} b @param {number} share
 */
export function between(a, b, share) {
  /** @type {Record<string, number>} */
  const mixed = {};
  for (const name of Object.keys(a)) mixed[name] = (1 - share) * a[name];
  for (const name of Object.keys(b)) mixed[name] = (mixed[name] ?? 0) + share * b[name];
  return mixed;
}

/** The weights of a feeling; unknown labels are neutral. @param {string} label */
export function feeling(label, intensity = 1) {
  const share = clamp(Number.isFinite(intensity) ? intensity : 1);
  return between(spread(FEELINGS.neutral), spread(FEELINGS[label] ?? FEELINGS.neutral), share);
}

/**
 * One frame's weights with the ARKit names filled in where only Oculus names came.
 * @param {Record<string, number>} blend
 */
export function lipsOf(blend) {
  const names = Object.keys(blend);
  if (names.some((name) => !name.startsWith("viseme_"))) return blend;
  const lips = { ...blend };
  for (const name of names) {
    for (const [target, value] of Object.entries(spread(OCULUS[name] ?? {}, blend[name])))
      lips[target] = (lips[target] ?? 0) + value;
  }
  return lips;
}

/** A viseme track; at(seconds of its sound) gives weights, straight between two frames. */
export class Track {
  /** @param {VisemeLine[]} visemes */
  constructor(visemes) {
    this.frames = (visemes ?? [])
      .filter((frame) => Number.isFinite(frame.t))
      .map(({ t, blend }) => ({ t, blend: lipsOf(blend ?? {}) }))
      .sort((a, b) => a.t - b.t);
    this.start = this.frames[0]?.t ?? 0;
    this.end = this.frames.at(-1)?.t ?? 0;
  }

  /** @param {number} sound */
  at(sound) {
    if (!this.frames.length || !Number.isFinite(sound)) return {};
    const { frames } = this;
    if (sound <= this.start) return between({}, frames[0].blend, clamp(1 - (this.start - sound) / EDGE_S));
    if (sound >= this.end)
      return between({}, frames[frames.length - 1].blend, clamp(1 - (sound - this.end) / EDGE_S));
    let [low, high] = [0, frames.length - 1];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (frames[middle].t <= sound) low = middle;
      else high = middle;
    }
    return between(
      frames[low].blend,
      frames[high].blend,
      (sound - frames[low].t) / (frames[high].t - frames[low].t || 1),
    );
  }

  /** 0 to 1: how far the lips belong to the sound at that moment. @param {number} sound */
  hold(sound) {
    if (!this.frames.length || !Number.isFinite(sound)) return 0;
    return smooth(Math.min(1 + (sound - this.start) / EDGE_S, 1 + (this.end - sound) / (2 * EDGE_S)));
  }
}

/** From one map towards another, begun at a time; a new goal starts from what is shown at that moment. */
class Ease {
  /** @param {Record<string, number>} map @param {(seconds: number) => number} share 0 to 1 */
  constructor(map, share) {
    this.from = this.to = map;
    this.since = -1e9;
    this.share = share;
  }

  /** @param {Record<string, number>} map @param {number} t */
  go(map, t) {
    this.from = this.at(t);
    this.to = map;
    this.since = t;
  }

  /** @param {number} t */
  at(t) {
    const share = this.share(t - this.since);
    return share >= 1 ? this.to : between(this.from, this.to, share);
  }
}

/** Chance that does not change from run to run: 0 to 1 for a whole number. @param {number} number */
function chance(number) {
  const x = Math.sin(number * 127.1 + 311.7) * 43758.5453;
  return x - Math.floor(x);
}

/**
 * 0 open to 1 shut. Every 4.2 s one blink somewhere in the slot, now and then a second one right after.
 * @param {number} t
 */
export function blinkAt(t, seed = 1) {
  const slot = Math.floor(t / 4.2);
  const since = t - slot * 4.2 - 0.4 - 2.6 * chance(slot + seed);
  const once = (/** @type {number} */ x) =>
    x < 0 || x > 0.24 ? 0 : x < 0.08 ? smooth(x / 0.08) : x < 0.11 ? 1 : 1 - smooth((x - 0.11) / 0.13);
  return Math.max(once(since), chance(slot * 3 + seed) > 0.82 ? once(since - 0.32) : 0);
}

/** A small step of the eyes every second or two, as living eyes make them. @param {number} t @param {number} seed */
function saccade(t, seed) {
  const slot = Math.floor(t / 1.7);
  const place = (/** @type {number} */ number) => [
    0.1 * (chance(number + seed) - 0.5),
    0.07 * (chance(number * 7 + seed) - 0.5),
  ];
  const [before, now] = [place(slot - 1), place(slot)];
  const share = smooth((t - slot * 1.7) / 0.05);
  return [0, 1].map((i) => before[i] + share * (now[i] - before[i]));
}

/** Two soft nods, then a rest. @param {number} t */
const nod = (t) =>
  t % 5.5 < 1.3 ? Math.sin((Math.PI * (t % 5.5)) / 1.3) * (0.5 - 0.5 * Math.cos((4 * Math.PI * (t % 5.5)) / 1.3)) : 0;

export class Mix {
  /** isCalm: no blink, breath, sway or nod, and every change at once; lips and expressions stay, they mean much. */
  constructor({ isCalm = false, seed = 1 } = {}) {
    this.isCalm = isCalm;
    this.seed = seed;
    this.mood = new Ease(feeling("neutral"), (s) => (this.isCalm ? 1 : smooth(s / FEEL_S)));
    /** x and y from the middle of the picture, -1 to 1 */
    this.gaze = new Ease({ x: 0, y: 0 }, (s) => (this.isCalm ? 1 : 1 - Math.exp(-s / GAZE_S)));
    this.posture = new Ease({}, (s) => (this.isCalm ? 1 : smooth(s / POSTURE_S)));
    /** @type {Track | null} */
    this.track = null;
    /** since when it is to be quiet @type {number | null} */
    this.hushed = null;
    /** where its sound stands, seconds @type {number | null} */
    this.sound = null;
    /** when that moved last */
    this.moved = 0;
  }

  /** @param {string} label @param {number} intensity @param {number} t */
  feel(label, intensity, t) {
    this.mood.go(feeling(label, intensity), t);
  }

  /** @param {number} x @param {number} y @param {number} t */
  lookAt(x, y, t) {
    this.gaze.go({ x: clamp(Number(x) || 0, -1, 1), y: clamp(Number(y) || 0, -1, 1) }, t);
  }

  /** @param {string} state @param {number} t */
  listen(state, t) {
    this.posture.go(spread(POSTURES[state] ?? POSTURES.idle), t);
  }

  /** @param {VisemeLine[]} visemes */
  say(visemes) {
    this.track = new Track(visemes);
    this.hushed = this.sound = null;
  }

  /** @param {number} t */
  hush(t) {
    if (this.track) this.hushed ??= t;
  }

  /** Whether a sound is being played, or was a moment ago. @param {number} t */
  isSounding(t) {
    return this.track !== null && (this.sound === null || t - this.moved < STILL_S + CLOSE_S);
  }

  /**
   * {name: weight}: ARKit and Oculus names in 0..1; headYaw, headPitch, headRoll; gazeX, gazeY; breath in -1..1.
   * @param {number} t
   */
  at(t, sound = NaN) {
    const { lips, hold } = this.#lips(t, sound);
    const mood = this.mood.at(t);
    const posture = this.posture.at(t);
    /** @type {Record<string, number>} */
    const weights = {};
    for (const map of [mood, posture]) {
      for (const [name, value] of Object.entries(map))
        weights[name] = (weights[name] ?? 0) + value * leftWhile(name, hold);
    }
    for (const [name, value] of Object.entries(lips)) weights[name] = (weights[name] ?? 0) + value;
    this.#look(weights, t);
    this.#live(weights, t, hold);
    for (const name of Object.keys(weights)) {
      if (!/^(head|gaze|breath)/.test(name)) weights[name] = clamp(weights[name]);
    }
    return weights;
  }

  /** @param {number} t @param {number} sound */
  #lips(t, sound) {
    if (!this.track) return { lips: {}, hold: 0 };
    if (sound !== this.sound) {
      this.sound = sound;
      this.moved = t;
    }
    const paused = smooth((t - this.moved - STILL_S) / CLOSE_S);
    const hushed = this.hushed === null ? 0 : smooth((t - this.hushed) / HUSH_S);
    if (hushed >= 1) this.track = null;
    const open = (1 - paused) * (1 - hushed);
    return this.track
      ? { lips: between({}, this.track.at(sound), open), hold: open * this.track.hold(sound) }
      : { lips: {}, hold: 0 };
  }

  /** Eyes first, and the head follows a little. @param {Record<string, number>} weights @param {number} t */
  #look(weights, t) {
    const { x, y } = this.gaze.at(t);
    const away = weights.aside ?? 0;
    weights.gazeX = clamp((weights.gazeX ?? 0) + (1 - away) * x, -1, 1);
    weights.gazeY = clamp((weights.gazeY ?? 0) + (1 - away) * y, -1, 1);
    weights.headYaw = (weights.headYaw ?? 0) + 0.16 * x * (1 - 0.5 * away);
    weights.headPitch = (weights.headPitch ?? 0) - 0.1 * y * (1 - 0.5 * away);
    weights.headRoll ??= 0;
  }

  /** @param {Record<string, number>} weights @param {number} t @param {number} hold */
  #live(weights, t, hold) {
    let blink = weights.lids ?? 0;
    weights.breath = 0;
    if (!this.isCalm) {
      const [stepX, stepY] = saccade(t, this.seed);
      const sway = 0.35 + 0.65 * Math.max(weights.sway ?? 0, hold);
      blink = Math.max(blink, blinkAt(t, this.seed));
      weights.gazeX = clamp(weights.gazeX + stepX, -1, 1);
      weights.gazeY = clamp(weights.gazeY + stepY, -1, 1);
      weights.breath = Math.sin((2 * Math.PI * t) / 4.4);
      weights.headYaw += sway * 0.035 * (Math.sin(t * 0.71) + 0.6 * Math.sin(t * 1.63));
      weights.headRoll += sway * 0.02 * Math.sin(t * 0.93 + 1);
      weights.headPitch += sway * 0.02 * Math.sin(t * 1.21 + 2) + 0.07 * (weights.nod ?? 0) * nod(t);
    }
    // A lid that is down has no room to widen; looking down takes the lids along.
    const shut = clamp(blink + 0.18 * clamp(-weights.gazeY));
    for (const side of ["Left", "Right"]) {
      weights[`eyeBlink${side}`] = Math.max(weights[`eyeBlink${side}`] ?? 0, shut);
      weights[`eyeWide${side}`] = (weights[`eyeWide${side}`] ?? 0) * (1 - shut);
    }
    for (const name of ["lids", "nod", "sway", "aside"]) delete weights[name];
  }
}

/** @param {string} name @param {number} hold */
function leftWhile(name, hold) {
  const share = WHILE_SPEAKING[name.replace(/(Left|Right)$/, "")];
  return share === undefined ? 1 : 1 - hold * (1 - share);
}
