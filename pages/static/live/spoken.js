// What was said and typed: a line per utterance with its own reading, the microphone's level, and a place to type.

import { h, setText } from "../shared/dom.js";
import { LOOKS, foldTo, leader, percent } from "../shared/labels.js";
import { COMPANION, SPOKEN } from "../shared/words.js";

const MOST_LINES = 60;
const LOWEST_DB = -60;

/** 0..1 of the meter for dB of full scale. @param {number} level */
export const meterShare = (level) => Math.max(0, Math.min(1, 1 - level / LOWEST_DB));

/** @import {EngineLine, LlmResponseMessage, ServerMessage} from "../shared/wire.js" */
/** @import {ReplyCancelledMessage, TranscriptMessage, UtteranceEmotionMessage} from "../shared/wire.js" */
/** @typedef {{chip: HTMLElement, text: HTMLElement, origin: HTMLElement, root: HTMLElement}} Line */

export class Spoken {
  /** of the meter, 0 to 100, as shown last */
  share = -1;
  /** of the view, 7 or 4 */
  classes = 7;
  /** how well the transcriber understands; "rough" or nothing */
  grade = "";
  /** a sentence that is still being heard @type {Line | null} */
  partial = null;
  /** the sentence that waits for its reading @type {Line | null} */
  newest = null;
  /** @type {{turn: number, text: HTMLElement, root: HTMLElement, parts: Map<number, HTMLElement>} | null} */
  reply = null;

  /** @param {{onsend: (text: string) => void, onmute: (isMuted: boolean) => void}} handlers */
  constructor({ onsend, onmute }) {
    this.onsend = onsend;
    this.onmute = onmute;
    this.state = h("span", { class: "speech-state", role: "status" }, SPOKEN.quiet);
    this.fill = h("span", { class: "level-fill" });
    this.meter = h(
      "span",
      {
        class: "level",
        role: "meter",
        "aria-label": SPOKEN.level,
        "aria-valuemin": 0,
        "aria-valuemax": 100,
        "aria-valuenow": 0,
      },
      this.fill,
    );
    this.mute = h(
      "button",
      { class: "small quiet mute", "aria-pressed": "false", onclick: () => this.#toggleMute() },
      SPOKEN.mute,
    );
    this.lines = h("ol", { class: "lines", "aria-label": SPOKEN.title, tabindex: 0 });
    this.empty = h("p", { class: "hint empty" }, SPOKEN.empty);
    this.note = h("p", { class: "hint note" }, " ");
    this.input = h("input", {
      type: "text",
      class: "say",
      maxlength: 4000,
      "aria-label": SPOKEN.type,
      placeholder: SPOKEN.type,
      autocomplete: "off",
    });
    this.sendButton = h("button", { class: "small", type: "submit" }, SPOKEN.send);
    this.form = h("form", { class: "say-row", onsubmit: (event) => this.#send(event) }, this.input, this.sendButton);
    this.hearing = h("div", { class: "hearing" }, this.state, this.meter, this.mute);
    this.root = h(
      "section",
      { class: "card spoken", "aria-label": SPOKEN.title },
      h("header", {}, h("h3", {}, SPOKEN.title), this.hearing),
      h("div", { class: "said" }, this.empty, this.lines),
      this.note,
      this.form,
    );
    this.clear();
  }

  clear() {
    this.lines.replaceChildren();
    this.empty.hidden = false;
    this.partial = this.newest = this.reply = null;
    this.speech("end");
    this.level(-100);
  }

  /**
   * isHeard: there is a microphone; isLive: typing goes somewhere
   * @param {{isHeard: boolean, isLive: boolean}} options
   */
  show({ isHeard, isLive }) {
    this.hearing.hidden = !isHeard;
    this.input.disabled = this.sendButton.disabled = !isLive;
    setText(this.empty, isHeard ? SPOKEN.empty : SPOKEN.emptyTyped);
  }

  /** @param {EngineLine[]} engines of `ready` @param {string} language what is spoken */
  tellEngines(engines, language) {
    const able = engines.filter(
      ({ kind, name, languages = [] }) =>
        kind === "transcribe" && name && (languages.length === 0 || languages.includes(language.split("-")[0])),
    );
    const transcriber = able.find((engine) => engine.available);
    this.grade = transcriber?.grade ?? "";
    const missing = able.length ? SPOKEN.languageMissing(able[0].note) : SPOKEN.typeInstead;
    setText(this.note, !transcriber ? missing : this.grade === "rough" ? SPOKEN.rough : " ");
  }

  /** @param {ServerMessage} event */
  receive(event) {
    if (event.type === "speech") this.speech(event.state);
    else if (event.type === "transcript") this.#transcript(event);
    else if (event.type === "utterance_emotion") this.#judged(event);
    else if (event.type === "llm_response" && event.text) this.#replied(event);
    else if (event.type === "reply_cancelled") this.#cut(event);
  }

  /** @param {"start" | "end"} state */
  speech(state) {
    this.root.dataset.speaking = String(state === "start");
    setText(this.state, state === "start" ? SPOKEN.speaking : SPOKEN.quiet);
  }

  /** @param {number} decibel */
  level(decibel) {
    const share = Math.round(100 * meterShare(decibel));
    if (share === this.share) return;
    this.share = share;
    this.fill.style.width = `${share}%`;
    this.meter.setAttribute("aria-valuenow", String(share));
  }

  /** @param {TranscriptMessage} event */
  #transcript(event) {
    const line = this.partial ?? this.#line();
    setText(line.text, event.text || SPOKEN.notUnderstood);
    line.root.classList.toggle("partial", !event.is_final);
    line.root.classList.toggle("unknown", event.is_final && !event.text);
    setText(
      line.origin,
      event.origin === "typed" ? SPOKEN.typed : this.grade === "rough" ? SPOKEN.heardRoughly : SPOKEN.heard,
    );
    this.partial = event.is_final ? null : line;
    if (event.is_final) this.newest = line;
    this.lines.scrollTop = this.lines.scrollHeight;
  }

  /** @returns {Line} */
  #line() {
    const chip = h("span", { class: "line-chip" }, "\u00a0");
    const text = h("span", { class: "line-text" });
    const origin = h("span", { class: "hint origin" });
    const line = { chip, text, origin, root: h("li", {}, chip, h("span", { class: "line-body" }, text, origin)) };
    this.#add(line.root);
    return line;
  }

  /** The reading of a whole utterance, by all read while it was said. @param {UtteranceEmotionMessage} event */
  #judged(event) {
    const line = this.newest;
    if (!line) return;
    const view = foldTo(this.classes, event.expressions);
    const best = leader(view);
    const label = event.abstained ? "uncertain" : best.label;
    line.root.dataset.expression = label;
    line.root.classList.add("judged");
    line.chip.style.setProperty("--chip", LOOKS[label].colour);
    setText(
      line.chip,
      label === "uncertain" ? LOOKS.uncertain.word : `${LOOKS[label].word} ${percent(best.confidence)}`,
    );
    const sources = Object.entries(event.weights)
      .filter(([, share]) => share > 0.005)
      .map(([name, share]) => `${name} ${percent(share)}`);
    line.chip.title = sources.join(", ");
    this.newest = null;
  }

  /**
   * What the companion says, to be read whether or not it is heard; parts light up as they are spoken.
   * @param {LlmResponseMessage} event
   */
  #replied({ turn, part, text }) {
    if (!this.reply || this.reply.turn !== turn) {
      const line = h("span", { class: "line-text" });
      const root = h(
        "li",
        { class: "reply" },
        h("span", { class: "line-chip" }, COMPANION.said),
        h("span", { class: "line-body" }, line),
      );
      this.reply = { turn, text: line, root, parts: new Map() };
      this.#add(root);
    }
    const span = h("span", { class: "reply-part" }, `${text} `);
    this.reply.parts.set(part, span);
    this.reply.text.append(span);
    this.lines.scrollTop = this.lines.scrollHeight;
  }

  /** A part begins to be spoken. @param {LlmResponseMessage} reply */
  speakPart({ turn, part }) {
    if (this.reply?.turn === turn) this.reply.parts.get(part)?.classList.add("spoken-part");
  }

  /** It was interrupted: what was heard stays, the rest is gone. @param {ReplyCancelledMessage} event */
  #cut({ turn, heard }) {
    if (!this.reply || this.reply.turn !== turn) return;
    if (!heard) {
      this.reply.root.remove();
      return;
    }
    this.reply.text.replaceChildren(heard, " … ", h("span", { class: "hint" }, COMPANION.cut));
    this.reply.root.classList.add("cut");
  }

  /** @param {HTMLElement} root */
  #add(root) {
    this.lines.append(root);
    while (this.lines.children.length > MOST_LINES) this.lines.firstElementChild?.remove();
    this.empty.hidden = true;
  }

  /** @param {Event} event */
  #send(event) {
    event.preventDefault();
    const text = this.input.value.trim();
    if (!text) return;
    this.onsend(text);
    this.input.value = "";
  }

  #toggleMute() {
    const isMuted = this.mute.getAttribute("aria-pressed") !== "true";
    this.mute.setAttribute("aria-pressed", String(isMuted));
    setText(this.mute, isMuted ? SPOKEN.unmute : SPOKEN.mute);
    if (isMuted) this.speech("end");
    this.onmute(isMuted);
  }
}
