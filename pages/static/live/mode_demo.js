// The live view with the synthetic session: everything moves, nothing leaves the browser.

import { LIVE, SUMMARY } from "../shared/words.js";
import { Demo } from "./demo.js";

export class DemoMode {
  name = "demo";
  isKept = false;
  skipped = 0;
  note = SUMMARY.demo;

  constructor(view) {
    this.view = view;
    this.demo = new Demo({
      message: (event) => {
        view.readings.receive(event, event.t, true);
        view.spoken.receive(event);
        view.companion.receive(event);
        if (event.type === "baseline") view.calm.receive(event);
      },
      time: (seconds) => view.stage.showTime(seconds),
      over: () => view.stop(),
    });
  }

  /** Fetch the session; throws when the server is gone. */
  load() {
    return this.demo.load();
  }

  start() {
    this.view.readings.setModalities(["face", "voice", "text"]);
    this.view.stage.replacePicture(this.demo.portrait.root);
    this.view.machine.send("demo", this.name);
    this.demo.play();
  }

  get time() {
    return this.demo.time;
  }

  light(state) {
    return state === "paused" ? [LIVE.paused, false, "demo"] : [LIVE.demoPlays, state === "live", "demo"];
  }

  entered() {}

  pauseOrResume(state) {
    this.view.companion.clear();
    if (state === "live") this.demo.pause();
    else this.demo.play();
    this.view.machine.send(state === "live" ? "pause" : "resume");
  }

  stop() {
    this.demo.pause();
  }

  close() {
    this.demo.pause();
  }

  mark() {}

  report() {
    return LIVE.thanksDemo;
  }

  settle() {}

  tick(state) {
    if (state === "live") this.view.readings.tick(this.demo.time, {});
  }

  visible() {}

  leave() {}
}
