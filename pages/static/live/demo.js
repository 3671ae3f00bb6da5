// Plays the synthetic session in the browser: nothing is sent, stored or read by a model.

import { Portrait } from "./portrait.js";

/** @import {ServerMessage} from "../shared/wire.js" */

/** @typedef {ServerMessage & {synthetic?: boolean, at: number}} DemoEvent at: when it is told, seconds */

export class Demo {
  /** @type {DemoEvent[]} */
  events = [];
  /** seconds */
  length = 0;
  last = 0;
  request = 0;

  /**
   * @param {object} handlers
   * @param {(event: ServerMessage) => void} handlers.message
   * @param {(seconds: number) => void} handlers.time
   * @param {() => void} handlers.over
   */
  constructor(handlers) {
    this.handlers = handlers;
    this.portrait = new Portrait();
    this.time = 0;
    this.next = 0;
    this.isPlaying = false;
  }

  /** Events that do not say they are synthetic are not played. */
  async load() {
    const answer = await fetch(new URL("./demo.json", import.meta.url));
    const session = await answer.json();
    this.events = session.events.filter((/** @type {DemoEvent} */ event) => event.synthetic === true);
    this.length = session.duration_s;
  }

  play() {
    this.isPlaying = true;
    this.last = performance.now();
    this.#step();
  }

  pause() {
    this.isPlaying = false;
    cancelAnimationFrame(this.request);
  }

  #step() {
    if (!this.isPlaying) return;
    const moment = performance.now();
    // a hidden tab draws nothing; the demo then stands still instead of jumping
    const elapsed = Math.min(0.25, (moment - this.last) / 1000);
    this.last = moment;
    this.time += elapsed;
    while (this.next < this.events.length && this.events[this.next].at <= this.time)
      this.#tell(this.events[this.next++]);
    this.portrait.draw(this.time, elapsed);
    this.handlers.time(this.time);
    if (this.time >= this.length) return this.handlers.over();
    this.request = requestAnimationFrame(() => this.#step());
  }

  /** @param {ServerMessage} event */
  #tell(event) {
    if (event.type === "face_emotion") this.portrait.tell(event);
    this.handlers.message(event);
  }
}

/** Seconds of session time; what carries none is told at once. @param {ServerMessage} event */
export const timeOf = (event) => ("t" in event ? (event.t ?? 0) : 0);
