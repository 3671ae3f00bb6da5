// The conversation partner: its face, what it is doing, and the buttons that stop and silence it.

import { h, setText } from "../shared/dom.js";
import { COMPANION, engineWord } from "../shared/words.js";
import { Avatar } from "./avatar.js";
import { Player } from "./player.js";

const THINKING_MS = 6000; // no answer by then: it no longer looks as if one were coming

/** @import {EngineLine, EstimateMessage, LlmResponseMessage, ServerMessage} from "../shared/wire.js" */

export class Companion {
  /** somebody speaks, or the answer is awaited */
  isHearing = false;
  isThinking = false;
  /** @type {number | undefined} */
  thinking = undefined;

  /**
   * @param {object} options
   * @param {(turn: number, part: number, seconds: number) => void} options.onheard so much of a reply was played
   * @param {() => void} options.oncancel
   * @param {() => void} options.ongreet
   * @param {(reply: LlmResponseMessage) => void} options.onpart a part begins to be spoken
   * @param {(isOn: boolean) => void} options.onsound
   */
  constructor({ onheard, oncancel, ongreet, onpart, onsound }) {
    this.handlers = { onpart };
    this.host = h("div", { class: "companion-face" });
    this.avatar = new Avatar(this.host);
    this.word = h("p", { class: "companion-state", role: "status" }, COMPANION.idle);
    this.engine = h("p", { class: "hint companion-engine" }, " ");
    this.stop = h("button", { class: "small", disabled: true, onclick: () => this.#stop(oncancel) }, COMPANION.stop);
    this.sound = h(
      "button",
      { class: "small quiet", "aria-pressed": "false", onclick: () => onsound(this.player.isSilent) },
      COMPANION.soundOff,
    );
    this.greet = h("button", { class: "small quiet", onclick: () => ongreet() }, COMPANION.greet);
    this.root = h(
      "section",
      { class: "card companion", "aria-label": COMPANION.title },
      h("h3", {}, COMPANION.title),
      this.host,
      this.word,
      h("div", { class: "companion-buttons" }, this.stop, this.sound, this.greet),
      this.engine,
      h("p", { class: "hint" }, COMPANION.whatItIsNot),
    );
    this.player = new Player({
      onreport: onheard,
      onpart: (reply, clock) => this.#begin(reply, clock),
      onstate: (state) => this.#played(state),
      onblocked: () => setText(this.engine, COMPANION.blocked),
    });
    this.clear();
  }

  clear() {
    this.player.reset();
    clearTimeout(this.thinking);
    this.isHearing = this.isThinking = false;
    this.avatar.hush();
    this.avatar.feel("neutral", 0.3);
    this.#show();
  }

  /** isLive: there is a session that answers @param {{isLive: boolean}} options */
  show({ isLive }) {
    this.greet.disabled = !isLive;
    if (!isLive) this.clear();
  }

  /**
   * Where words go: engines of `ready`, and the one that was chosen.
   * @param {EngineLine[]} engines @param {string} chosen
   */
  tellEngines(engines, chosen) {
    const replies = engines.filter((/** @type {EngineLine} */ engine) => engine.kind === "reply");
    const used =
      replies.find((/** @type {EngineLine} */ engine) => engine.name === chosen && engine.available) ??
      replies.find((/** @type {EngineLine} */ engine) => engine.is_default);
    const leaves = used?.leaves_machine ?? false;
    this.host.dataset.leaves = String(leaves);
    setText(this.engine, used ? COMPANION.engine(engineWord(used.name), leaves) : COMPANION.noEngine);
    this.engine.classList.toggle("leaves", leaves);
  }

  /** @param {boolean} isSilent */
  setSilent(isSilent) {
    this.player.setSilent(isSilent);
    this.sound.setAttribute("aria-pressed", String(isSilent));
    setText(this.sound, isSilent ? COMPANION.soundOn : COMPANION.soundOff);
  }

  /** @param {ServerMessage} event */
  receive(event) {
    if (event.type === "speech") this.#speech(event.state === "start");
    else if (event.type === "transcript" && event.is_final && event.text) this.#think();
    else if (event.type === "llm_response") this.player.add(event);
    else if (event.type === "reply_cancelled") this.player.cancel(event.turn);
    else if (event.type === "reply_resumed") this.player.resume();
    else if (event.type === "face_emotion" && event.is_subject) this.#look(event);
  }

  /**
   * Lips and loudspeaker fall silent with the first sign of speech; the server decides what it was.
   * @param {boolean} isStart
   */
  #speech(isStart) {
    this.isHearing = isStart;
    if (isStart) this.player.pause();
    this.#show();
  }

  #think() {
    this.isThinking = !this.player.isBusy;
    clearTimeout(this.thinking);
    this.thinking = setTimeout(() => this.#rest(), THINKING_MS);
    this.#show();
  }

  #rest() {
    this.isThinking = false;
    this.#show();
  }

  /** @param {LlmResponseMessage} reply @param {() => number} clock */
  #begin(reply, clock) {
    clearTimeout(this.thinking);
    this.isThinking = false;
    this.avatar.feel(reply.emotion, reply.intensity);
    this.avatar.say(reply.visemes, clock);
    this.handlers.onpart(reply);
  }

  /** @param {string} state */
  #played(state) {
    if (state === "idle") this.avatar.hush();
    this.#show();
  }

  /** Towards the person's face, as in a mirror. @param {EstimateMessage} event */
  #look({ box, frame }) {
    if (!box || !frame) return;
    const [x, y] = [(box[0] + box[2]) / 2 / frame[0], (box[1] + box[3]) / 2 / frame[1]];
    this.avatar.lookAt(1 - 2 * x, 1 - 2 * y);
  }

  /** @param {() => void} oncancel */
  #stop(oncancel) {
    this.player.cancel();
    oncancel();
  }

  #show() {
    const state = this.player.isSpeaking
      ? "speaking"
      : this.isHearing
        ? "listening"
        : this.isThinking
          ? "thinking"
          : "idle";
    this.avatar.listen(state);
    this.root.dataset.state = state;
    setText(this.word, COMPANION[state]);
    this.stop.disabled = !this.player.isBusy;
  }
}
