// The live view with a clip: sending, reading, then playing it with the readings beside it.

import { h } from "../shared/dom.js";
import { BANNERS, CLIP, LIVE, SUMMARY } from "../shared/words.js";
import { ClipPlayer, ClipSession } from "./clip.js";
import { Mode } from "./mode.js";

/** @import {ModeName, Screen} from "./mode.js" */
/** @import {Guest} from "../shared/identity.js" */

export class ClipMode extends Mode {
  name = /** @type {ModeName} */ ("clip");
  /** @type {ClipPlayer | null} */
  player = null;

  /** @param {Screen} screen @param {Guest} guest @param {File} file */
  constructor(screen, guest, file) {
    super(screen);
    this.file = file;
    this.isKept = guest.scopes.includes("history");
    this.session = new ClipSession({
      file,
      guest,
      handlers: {
        progress: (title, share, text) => screen.showProgress(title, file.name, share, text),
        ready: (event) => screen.showModalities(event.modalities ?? ["face"]),
        message: (event) => event.type === "error" && screen.tellError(event),
        done: () => this.#review(),
        failed: (reason, message) => this.#failed(reason, message),
      },
    });
  }

  start() {
    this.screen.showProgress(CLIP.uploading, this.file.name, 0);
    this.screen.showPicture(h("div", { class: "blank" }));
    this.screen.step("clip", this.name);
    return this.session.begin();
  }

  get note() {
    return this.isKept ? SUMMARY.kept : SUMMARY.notKept;
  }

  get time() {
    return this.player?.video.currentTime ?? 0;
  }

  get focus() {
    return this.player?.video ?? null;
  }

  /** @returns {[string, boolean, string]} */
  light() {
    return [LIVE.clip, false, "clip"];
  }

  /** The first button of the stage says "Another clip" here. */
  pauseOrResume() {
    this.screen.chooseClip();
  }

  stop() {
    this.session.cancel();
  }

  close() {
    this.session.cancel();
    this.player?.close();
    this.player = null;
  }

  leave() {
    this.session.cancel();
  }

  /** @param {number} seconds */
  seek(seconds) {
    this.player?.seek(seconds);
  }

  report() {
    return LIVE.thanksClip;
  }

  #review() {
    const { ledger } = this.session;
    const player = new ClipPlayer(this.session, (shown, seconds) => this.screen.replay(shown, seconds));
    this.player = player;
    player.video.addEventListener("loadedmetadata", () => this.screen.showLength(ledger, player.length));
    this.screen.showPicture(player.video);
    this.screen.showWhole(ledger, player.length);
    this.screen.showStatus({ isKept: this.isKept });
    if (ledger.faces.length === 0 && ledger.said.length === 0) this.screen.banners.show("clip", CLIP.noFaces);
    this.screen.step("review");
  }

  /** @param {string} reason @param {string} message */
  #failed(reason, message) {
    if (reason === "cancelled") return;
    this.screen.step("fail");
    const text = reason === "expired" ? BANNERS.expired : message || CLIP.failed;
    this.screen.banners.show("clip", text, { kind: "warn" });
  }
}
