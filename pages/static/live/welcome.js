// The first card: what this does, the notice, the purpose, the consent. Nothing is captured before it.

import { h, setText, toggle } from "../shared/dom.js";
import { EMOTIONS, LOOKS } from "../shared/labels.js";
import { PURPOSES, WELCOME } from "../shared/words.js";
import { drawnEmoji, hasColourEmoji } from "./portrait.js";

export class Welcome {
  /** handlers: start({scopes, purpose}), demo(), clip(file, {scopes, purpose}) */
  constructor(handlers) {
    this.handlers = handlers;
    this.title = h("h1", { tabindex: -1 }, WELCOME.title);
    this.camera = toggle(WELCOME.camera, WELCOME.cameraHint, true, () => this.#check());
    this.microphone = toggle(WELCOME.microphone, WELCOME.microphoneHint, true, () => this.#check());
    this.keep = toggle(WELCOME.keep, WELCOME.keepHint, false, (isOn) => isOn || (this.words.input.checked = false));
    this.words = toggle(WELCOME.words, WELCOME.wordsHint, false, (isOn) => isOn && (this.keep.input.checked = true));
    this.purpose = h(
      "select",
      { id: "purpose", onchange: () => this.#say("") },
      PURPOSES.map(([value, word]) => h("option", { value }, word)),
    );
    this.ephemeral = h("p", { class: "hint ephemeral", hidden: true }, WELCOME.ephemeral);
    this.full = h("div", { class: "full-text" }, WELCOME.loading);
    this.refusal = h("p", { class: "refusal", role: "alert" });
    this.startButton = h("button", { class: "primary", type: "submit" }, WELCOME.start);
    this.file = h("input", {
      type: "file",
      accept: "video/mp4,video/webm,video/quicktime,.mp4,.webm,.mov",
      class: "visually-hidden",
      tabindex: -1,
      "aria-label": WELCOME.clip,
      onchange: () => this.#clip(),
    });
    this.root = h(
      "section",
      { class: "card welcome", "aria-label": "Welcome" },
      h(
        "div",
        { class: "faces", "aria-hidden": "true" },
        EMOTIONS.map((label) => h("span", {}, hasColourEmoji() ? LOOKS[label].emoji : drawnEmoji(label))),
      ),
      this.title,
      h("p", { class: "what" }, WELCOME.what),
      h("p", { class: "notice" }, WELCOME.notice),
      this.#form(),
    );
  }

  #form() {
    const submit = (event) => {
      event.preventDefault();
      if (this.#check()) this.handlers.start(this.choices);
    };
    return h(
      "form",
      { onsubmit: submit },
      h("div", { class: "field" }, h("label", { for: "purpose" }, WELCOME.purpose), this.purpose),
      h(
        "div",
        { class: "toggles" },
        this.camera.root,
        this.microphone.root,
        this.keep.root,
        this.words.root,
        this.ephemeral,
      ),
      h("details", {}, h("summary", {}, WELCOME.full), this.full),
      this.refusal,
      h(
        "div",
        { class: "controls" },
        this.startButton,
        h("button", { type: "button", onclick: () => this.handlers.demo() }, WELCOME.demo),
        h(
          "button",
          {
            type: "button",
            class: "quiet",
            title: WELCOME.clipHint,
            onclick: () => this.#check() && this.file.click(),
          },
          WELCOME.clip,
        ),
        this.file,
      ),
    );
  }

  get choices() {
    const switches = { camera: this.camera, microphone: this.microphone, history: this.keep, text: this.words };
    const scopes = Object.keys(switches).filter((scope) => switches[scope].input.checked);
    return { scopes, purpose: this.purpose.value };
  }

  /** The server's consent text and whether its disk forgets; null when it cannot be reached. */
  tell(consent) {
    if (consent === null) return;
    this.full.replaceChildren(
      ...consent.text.split(/\n\s*\n/).map((part) => h("p", {}, part)),
      h("p", { class: "hint" }, `Version ${consent.version}`),
    );
    this.ephemeral.hidden = !consent.ephemeral_disk;
  }

  /** A refusal in the server's own words, kept on the card until something changes. */
  #say(text) {
    setText(this.refusal, text);
    this.root.classList.toggle("refused", text !== "");
  }

  refuse(text) {
    this.#say(text);
    this.setBusy(false);
  }

  setBusy(isBusy) {
    this.startButton.disabled = isBusy;
  }

  /** Take the chosen file once more from the chooser. */
  chooseClip() {
    this.file.click();
  }

  #check() {
    const isOn = this.camera.input.checked || this.microphone.input.checked;
    this.#say(isOn ? "" : WELCOME.needsCamera);
    return isOn;
  }

  #clip() {
    const [file] = this.file.files;
    this.file.value = "";
    if (file) this.handlers.clip(file, this.choices);
  }
}
