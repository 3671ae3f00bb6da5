// The companion's part of the settings drawer: voice, manner, length, who answers, and its face.

import { choice, h, setText, toggle } from "../shared/dom.js";
import { COMPANION } from "../shared/words.js";

/** @import {Settings} from "../shared/settings.js" */
/** @import {EngineLine} from "../shared/wire.js" */
/** @import {FaceAnswer} from "./drawer.js" */

export class TalkSettings {
  /**
   * @param {object} options
   * @param {Settings} options.settings
   * @param {(change: Partial<Settings>) => void} options.onchange
   * @param {(face: string | File) => Promise<FaceAnswer>} options.onface "face", "3d", an address, a file, "forget"
   */
  constructor({ settings, onchange, onface }) {
    this.settings = settings;
    const pick = (
      /** @type {"voice" | "personality" | "style"} */ name,
      /** @type {string} */ label,
      /** @type {string[][]} */ options,
    ) => this.#group(label, choice(`talk-${name}`, options, settings[name], (key) => onchange({ [name]: key })).root);
    this.replies = toggle(COMPANION.replies, null, settings.replies, (isOn) => onchange({ replies: isOn }));
    this.engine = h("select", { id: "reply-engine", onchange: () => onchange({ replyEngine: this.engine.value }) });
    this.faces = choice("talk-face", COMPANION.faces, settings.face, (key) => this.#face(key, onchange, onface));
    this.file = h("input", {
      type: "file",
      id: "own-head",
      accept: ".glb,model/gltf-binary",
      onchange: () => this.#own(onface),
    });
    this.address = h("input", {
      type: "url",
      id: "head-address",
      "aria-label": COMPANION.address,
      placeholder: COMPANION.address,
    });
    const fetchIt = h(
      "button",
      { class: "small", type: "button", onclick: () => this.#fetch(onface) },
      COMPANION.fetch,
    );
    this.said = h("p", { class: "hint face-note", role: "status" }, " ");
    this.root = h(
      "div",
      { class: "talk-settings" },
      h("h3", {}, COMPANION.settings),
      this.replies.root,
      pick("personality", COMPANION.personality, COMPANION.personalities),
      pick("style", COMPANION.style, COMPANION.styles),
      pick("voice", COMPANION.voice, COMPANION.voices),
      h("div", { class: "group" }, h("label", { for: "reply-engine" }, COMPANION.replyEngine), this.engine),
      this.#group(
        COMPANION.face,
        this.faces.root,
        h("label", { for: "own-head" }, COMPANION.own),
        this.file,
        h("div", { class: "address" }, this.address, fetchIt),
        h("p", { class: "hint" }, COMPANION.ownHint),
        this.said,
        h("button", { class: "small quiet", onclick: () => this.#forget(onface) }, COMPANION.forget),
      ),
    );
  }

  /** @param {string} label @param {...import("../shared/dom.js").Child} parts */
  #group(label, ...parts) {
    return h("div", { class: "group", role: "group", "aria-label": label }, h("h4", {}, label), parts);
  }

  /** engines of `ready`: those that can answer, cloud ones named as such @param {EngineLine[]} engines */
  showEngines(engines) {
    const found = engines.filter((/** @type {EngineLine} */ engine) => engine.kind === "reply" && engine.available);
    const chosen = found.some((/** @type {EngineLine} */ engine) => engine.name === this.settings.replyEngine)
      ? this.settings.replyEngine
      : found.find((/** @type {EngineLine} */ engine) => engine.is_default)?.name;
    this.engine.replaceChildren(
      ...found.map(({ name, leaves_machine: leaves }) =>
        h("option", { value: name, selected: name === chosen }, leaves ? COMPANION.leaves(name) : name),
      ),
    );
  }

  /**
   * @param {string} key
   * @param {(change: Partial<Settings>) => void} onchange
   * @param {(face: string | File) => Promise<FaceAnswer>} onface
   */
  async #face(key, onchange, onface) {
    const { ok, message } = await onface(key);
    setText(this.said, message);
    if (ok) onchange({ face: key });
    else this.faces.set("face");
  }

  /** @param {(face: string | File) => Promise<FaceAnswer>} onface */
  async #own(onface) {
    const file = this.file.files?.[0];
    if (!file) return;
    const { message } = await onface(file);
    setText(this.said, message);
    this.file.value = "";
  }

  /**
   * From an address the person typed; the browser asks there, this server never does.
   * @param {(face: string | File) => Promise<FaceAnswer>} onface
   */
  async #fetch(onface) {
    const address = this.address.value.trim();
    if (!address) return;
    const { ok, message } = await onface(address);
    setText(this.said, message);
    if (ok) this.address.value = "";
  }

  /** @param {(face: string | File) => Promise<FaceAnswer>} onface */
  async #forget(onface) {
    const { message } = await onface("forget");
    setText(this.said, message);
    this.faces.set("face");
  }
}
