// The live view with a clip: sending, reading, then playing it with the readings beside it.

import { h } from "../shared/dom.js";
import { BANNERS, CLIP, LIVE, SUMMARY } from "../shared/words.js";
import { ClipPlayer, ClipSession } from "./clip.js";

export class ClipMode {
  name = "clip";
  skipped = 0;

  constructor(view, guest, file) {
    Object.assign(this, { view, file, isKept: guest.scopes.includes("history") });
    this.session = new ClipSession({
      file,
      guest,
      handlers: {
        progress: (title, share, text) => view.progress.show(title, file.name, share, text),
        ready: (event) => view.readings.setModalities(event.modalities ?? ["face"]),
        message: (event) => event.type === "error" && view.tellError(event),
        done: () => this.#review(),
        failed: (reason, message) => this.#failed(reason, message),
      },
    });
  }

  start() {
    this.view.progress.show(CLIP.uploading, this.file.name, 0);
    this.view.stage.replacePicture(h("div", { class: "blank" }));
    this.view.machine.send("clip", this.name);
    return this.session.begin();
  }

  get note() {
    return this.isKept ? SUMMARY.kept : SUMMARY.notKept;
  }

  get time() {
    return this.player?.video.currentTime ?? 0;
  }

  light() {
    return [LIVE.clip, false, "clip"];
  }

  entered() {}

  /** The first button of the stage says "Another clip" here. */
  pauseOrResume() {
    this.view.welcome.chooseClip();
  }

  stop() {
    this.session.cancel();
  }

  close() {
    this.session.cancel();
    this.player?.close();
    this.player = null;
  }

  seek(seconds) {
    this.player?.seek(seconds);
  }

  mark() {}

  report() {
    return LIVE.thanksClip;
  }

  settle() {}

  tick() {}

  visible() {}

  leave() {
    this.session.cancel();
  }

  #review() {
    const { ledger } = this.session;
    const { readings, stage, machine, banners } = this.view;
    this.player = new ClipPlayer(this.session, (shown, seconds) => readings.replay(shown, seconds));
    this.player.video.addEventListener("loadedmetadata", () => readings.timeline.use(ledger, this.player.length));
    stage.replacePicture(this.player.video);
    this.view.useLedger(ledger, this.player.length);
    readings.status.tick({ isKept: this.isKept });
    this.view.spoken.clear();
    for (const { event } of ledger.said) this.view.spoken.receive(event);
    if (ledger.faces.length === 0 && ledger.said.length === 0) banners.show("clip", CLIP.noFaces);
    machine.send("review");
  }

  #failed(reason, message) {
    if (reason === "cancelled") return;
    this.view.machine.send("fail");
    this.view.banners.show("clip", reason === "expired" ? BANNERS.expired : message || CLIP.failed, { kind: "warn" });
  }
}
