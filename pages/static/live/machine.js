// The states of the live view and the only ways between them. Pure: no DOM, no time.

/** @import {ModeName, State} from "./mode.js" */

/** @type {Record<State, Record<string, State>>} */
const WAYS = {
  welcome: { start: "preflight", demo: "live", clip: "clip", back: "paused" },
  preflight: { ready: "live", cancel: "welcome", fail: "welcome", expire: "welcome", stop: "welcome" },
  live: { pause: "paused", stop: "ended", expire: "welcome", fail: "paused" },
  paused: { resume: "live", stop: "ended", expire: "welcome" },
  clip: { stop: "welcome", fail: "welcome", expire: "welcome", review: "review" },
  review: { stop: "ended", clip: "clip", expire: "welcome" },
  ended: { again: "welcome" },
};

/** A demo, a camera session and a clip walk the same states; `mode` says which it is. */
export class Machine {
  /** @type {State} */
  state = "welcome";
  /** @type {ModeName} */
  mode = "camera";

  /** @param {(state: State, before: State, act: string) => void} onChange */
  constructor(onChange) {
    this.onChange = onChange;
  }

  /** @param {string} act */
  can(act) {
    return act in WAYS[this.state];
  }

  /** Take one step; an act that does not fit is ignored: false. @param {string} act @param {ModeName} [mode] */
  send(act, mode = this.mode) {
    const next = WAYS[this.state][act];
    if (next === undefined) return false;
    const before = this.state;
    this.state = next;
    this.mode = mode;
    this.onChange(next, before, act);
    return true;
  }
}
