// The first card: what this does, the notice, the purpose, the consent. Nothing is captured before it.
// Every sentence on it is a part of the consent text that the server keeps the hash of; only controls are named here.

import { h, setText, toggle } from "../shared/dom.js";
import { EMOTIONS, LOOKS } from "../shared/labels.js";
import { WELCOME } from "../shared/words.js";
import { drawnEmoji, hasColourEmoji } from "./portrait.js";

/** @import {Consent, ConsentParts} from "../shared/api.js" */
/** @typedef {{scopes: string[], purpose: string, textHash?: string}} Choices what the card says, under which words */
/** @typedef {ReturnType<typeof toggle>} Switch */

/** What the server opens, for the chooser; `CONTAINERS` in core/transports/media.py. */
const CLIP_TYPES =
  "video/mp4,video/webm,video/quicktime,.mp4,.m4v,.webm,.mkv,.mov,.3gp,.avi,.m4a,.wav,.ogg,.oga,.opus,.mp3,.flac,.aac";

/** The scopes this card asks for, and whether each is on at first. */
/** @type {Record<string, boolean>} */
const ASKED = { camera: true, microphone: true, history: false, text: false };

const faces = () =>
  h(
    "div",
    { class: "faces", "aria-hidden": "true" },
    EMOTIONS.map((label) => h("span", {}, hasColourEmoji() ? LOOKS[label].emoji : drawnEmoji(label))),
  );

export class Welcome {
  /** by scope; null until the words beside them are there @type {Record<string, Switch> | null} */
  switches = null;
  /** hash of the words that are shown @type {string | undefined} */
  textHash = undefined;
  startButton = h("button", { class: "primary", type: "submit" }, WELCOME.start);
  clipButton = h(
    "button",
    { type: "button", class: "quiet", title: WELCOME.clipHint, onclick: () => this.#check() && this.file.click() },
    WELCOME.clip,
  );
  file = h("input", {
    type: "file",
    accept: CLIP_TYPES,
    class: "visually-hidden",
    tabindex: -1,
    "aria-label": WELCOME.clip,
    onchange: () => this.#clip(),
  });

  /**
   * @param {object} handlers
   * @param {(choices: Choices) => void} handlers.start
   * @param {() => void} handlers.demo
   * @param {(file: File, choices: Choices) => void} handlers.clip
   */
  constructor(handlers) {
    this.handlers = handlers;
    this.title = h("h1", { tabindex: -1 }, WELCOME.name);
    this.what = h("p", { class: "what" }, WELCOME.loading);
    this.notice = h("p", { class: "notice", hidden: true });
    this.purpose = h("select", { id: "purpose", onchange: () => this.#say("") });
    this.question = h("label", { for: "purpose" });
    this.field = h("div", { class: "field", hidden: true }, this.question, this.purpose);
    this.toggles = h("div", { class: "toggles", hidden: true });
    this.more = h("details", { hidden: true });
    this.refusal = h("p", { class: "refusal", role: "alert" });
    this.root = h(
      "section",
      { class: "card welcome", "aria-label": "Welcome" },
      faces(),
      this.title,
      this.what,
      this.notice,
      this.#form(),
    );
    this.setBusy(false);
  }

  #form() {
    const submit = (/** @type {Event} */ event) => {
      event.preventDefault();
      if (this.#check()) this.handlers.start(this.choices);
    };
    return h("form", { onsubmit: submit }, this.field, this.toggles, this.more, this.refusal, this.#controls());
  }

  #controls() {
    const demo = h("button", { type: "button", onclick: () => this.handlers.demo() }, WELCOME.demo);
    return h("div", { class: "controls" }, this.startButton, demo, this.clipButton, this.file);
  }

  get choices() {
    const scopes = Object.keys(ASKED).filter((scope) => this.#isOn(scope));
    return { scopes, purpose: this.purpose.value, textHash: this.textHash };
  }

  /** @param {string} scope */
  #isOn(scope) {
    return this.switches?.[scope].input.checked ?? false;
  }

  /** Show the consent text, without which nothing can be started. @param {Consent} consent */
  tell({ parts, version, text_hash }) {
    this.textHash = text_hash;
    setText(this.title, parts.title);
    setText(this.what, parts.what);
    setText(this.notice, parts.notice);
    setText(this.question, parts.purpose);
    this.purpose.replaceChildren(...parts.purposes.map(({ name, title }) => h("option", { value: name }, title)));
    this.#showSwitches(parts);
    this.#showMore(parts, version);
    for (const part of [this.notice, this.field, this.toggles, this.more]) part.hidden = false;
    this.setBusy(false);
  }

  /** @param {ConsentParts} parts */
  #showSwitches({ scopes, ephemeral }) {
    const asked = Object.keys(ASKED).flatMap((name) => scopes.filter((scope) => scope.name === name));
    this.switches = Object.fromEntries(
      asked.map(({ name, title, text }) => [name, toggle(title, text, ASKED[name], () => this.#turned(name))]),
    );
    this.toggles.replaceChildren(...Object.values(this.switches).map((one) => one.root));
    if (ephemeral) this.toggles.append(h("p", { class: "hint ephemeral" }, ephemeral));
  }

  /** Words are kept with readings only, so one switch moves the other. @param {string} name */
  #turned(name) {
    const { history, text } = this.switches ?? {};
    if (name === "history" && !this.#isOn(name)) text.input.checked = false;
    else if (name === "text" && this.#isOn(name)) history.input.checked = true;
    else this.#check();
  }

  /** @param {ConsentParts} parts @param {string} version */
  #showMore(parts, version) {
    const others = parts.scopes.filter((scope) => !(scope.name in ASKED));
    this.more.replaceChildren(
      h("summary", {}, parts.more),
      h(
        "div",
        { class: "full-text" },
        [parts.kept, parts.withdrawal, parts.refused].map((text) => h("p", {}, text)),
        h("h2", {}, parts.elsewhere),
        others.map(({ title, text }) => h("p", {}, h("strong", {}, title), " ", text)),
        h("p", { class: "hint" }, `Version ${version}`),
      ),
    );
  }

  /** A refusal in the server's own words, kept on the card until something changes. @param {string} text */
  #say(text) {
    setText(this.refusal, text);
    this.root.classList.toggle("refused", text !== "");
  }

  /** @param {string} text */
  refuse(text) {
    this.#say(text);
    this.setBusy(false);
  }

  /** @param {boolean} isBusy */
  setBusy(isBusy) {
    this.startButton.disabled = isBusy || this.switches === null;
    this.clipButton.disabled = this.switches === null;
  }

  /** Take the chosen file once more from the chooser. */
  chooseClip() {
    this.file.click();
  }

  #check() {
    if (this.switches === null) {
      this.#say(WELCOME.loading);
      return false;
    }
    const isOn = this.#isOn("camera") || this.#isOn("microphone");
    this.#say(isOn ? "" : WELCOME.needsCamera);
    return isOn;
  }

  #clip() {
    const file = this.file.files?.[0];
    this.file.value = "";
    if (file && this.#check()) this.handlers.clip(file, this.choices);
  }
}
