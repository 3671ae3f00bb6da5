// The live view with the synthetic session: everything moves, nothing leaves the browser.

import { LIVE, SUMMARY } from "../shared/words.js";
import { Demo, timeOf } from "./demo.js";
import { Mode } from "./mode.js";

/** @import {Screen, State} from "./mode.js" */

export class DemoMode extends Mode {
  /** @param {Screen} screen */
  constructor(screen) {
    super(screen);
    this.demo = new Demo({
      message: (event) => screen.tell(event, timeOf(event)),
      time: (seconds) => screen.showTime(seconds),
      over: () => screen.stop(),
    });
  }

  /** Fetch the session; throws when the server is gone. */
  load() {
    return this.demo.load();
  }

  start() {
    this.screen.showModalities(["face", "voice", "text"]);
    this.screen.showPicture(this.demo.portrait.root);
    this.screen.step("demo", this.name);
    this.demo.play();
  }

  get time() {
    return this.demo.time;
  }

  get note() {
    return SUMMARY.demo;
  }

  /** @param {State} state @returns {[string, boolean, string]} */
  light(state) {
    return state === "paused" ? [LIVE.paused, false, "demo"] : [LIVE.demoPlays, state === "live", "demo"];
  }

  /** @param {State} state */
  pauseOrResume(state) {
    this.screen.silence();
    if (state === "live") {
      this.demo.pause();
      this.screen.step("pause");
    } else {
      this.screen.step("resume");
      this.demo.play();
    }
  }

  stop() {
    this.demo.pause();
  }

  close() {
    this.demo.pause();
  }

  report() {
    return LIVE.thanksDemo;
  }

  /** @param {State} state */
  tick(state) {
    if (state === "live") this.screen.tick(this.demo.time, {});
  }
}
