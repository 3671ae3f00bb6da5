// The companion's face on the page: keeps the time, picks the drawing (built in, or 3D), and holds a person's own head.
// A head of one's own stays in this browser (IndexedDB); no server ever sees it.

import { h, isCalm } from "../shared/dom.js";
import { FaceDrawing } from "./drawing.js";
import { tooLarge, validate } from "./glb.js";
import { Mix } from "./mix.js";

/** @import {VisemeLine} from "../shared/wire.js" */

const DEFAULT_HEAD = new URL("./avatar.glb", import.meta.url);
const STATES = new Set(["idle", "listening", "thinking", "speaking"]);
const WORDS = {
  label: (/** @type {string} */ state) => `companion, ${state}`,
  face: "The built-in face.",
  head: "The 3D head.",
  noOwn: "No head of your own is kept in this browser. Choose a GLB file first.",
  noAddress: "The file could not be fetched from there. Download it, then choose the downloaded file.",
  onlyHttps: "Only https addresses are fetched. Download the file, then choose it here.",
  noHead: "The 3D head could not be loaded. The built-in face stays.",
  noDrawing: "This browser cannot draw in 3D here (WebGL or three.js is missing). The built-in face stays.",
  broken:
    "The file could not be opened as a 3D head. Export it again as glTF 2.0 binary (.glb). The face stays as it was.",
  notKept: " It could not be kept for the next visit: the browser's storage is full or switched off.",
  kept: " It is kept in this browser only.",
  later: "Another face was chosen meanwhile.",
};

/** The one place of a person's own head: one database, one store, one entry. */
const own = {
  /** @param {IDBTransactionMode} mode @param {(store: IDBObjectStore) => IDBRequest} act */
  async with(mode, act) {
    const database = await promised(
      Object.assign(indexedDB.open("attune-avatar", 1), {
        onupgradeneeded: (/** @type {any} */ event) => event.target.result.createObjectStore("heads"),
      }),
    );
    try {
      return await promised(act(database.transaction("heads", mode).objectStore("heads")));
    } finally {
      database.close();
    }
  },
  load: () => own.with("readonly", (/** @type {IDBObjectStore} */ store) => store.get("own")),
  keep: (/** @type {ArrayBuffer} */ buffer) =>
    own.with("readwrite", (/** @type {IDBObjectStore} */ store) => store.put(buffer, "own")),
  forget: () => own.with("readwrite", (/** @type {IDBObjectStore} */ store) => store.delete("own")),
};

/** @param {IDBRequest} request */
const promised = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    if (request instanceof IDBOpenDBRequest)
      request.onblocked = () => reject(new Error("another tab holds the old database"));
    request.onerror = () => reject(request.error);
  });

/** Why a file is refused, in words for the person. */
class Refused extends Error {}

/** Throws Refused where a file of this many bytes is not even opened. @param {number} bytes */
function refuseLarge(bytes) {
  const words = tooLarge(bytes);
  if (words) throw new Refused(words);
}

/**
 * The bytes behind an address; the size is watched while they come, since a server may not tell it.
 * @param {string | URL} address
 */
async function fetchHead(address) {
  const url = new URL(address, location.href);
  const isNear = url.origin === location.origin || url.protocol === "blob:";
  if (url.protocol !== "https:" && !isNear) throw new Refused(WORDS.onlyHttps);
  const answer = await fetch(url, { credentials: isNear ? "same-origin" : "omit", referrerPolicy: "no-referrer" });
  if (!answer.ok || !answer.body) throw new Refused(WORDS.noAddress);
  const chunks = [];
  refuseLarge(Number(answer.headers.get("Content-Length") ?? 0));
  let size = 0;
  for (const reader = answer.body.getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) return new Blob(chunks).arrayBuffer();
    chunks.push(value);
    size += value.length;
    if (tooLarge(size)) reader.cancel();
    refuseLarge(size);
  }
}

export class Avatar {
  /** the picture that comes next */
  frame = 0;
  /** every second picture is left out while nobody speaks */
  isOdd = false;
  /** it is on the screen, not scrolled away */
  isSeen = true;
  ends = new AbortController();
  /** the 3D head, where one is shown @type {import("./head_3d.js").Head | null} */
  head = null;
  /** jawOpen and the like, as drawn last @type {Record<string, number>} */
  weights = {};
  /** playback position of the sound, seconds @type {(() => number) | null} */
  clock = null;

  /**
   * @param {Element} host where it stands
   * @param {{reducedMotion?: boolean}} [options] true or false to fix it, left out to follow the system
   */
  constructor(host, { reducedMotion } = {}) {
    this.reducedMotion = reducedMotion;
    this.face = new FaceDrawing();
    this.kind = "face";
    this.state = "idle";
    this.choice = 0;
    this.mix = new Mix({ isCalm: this.#isCalm(), seed: Math.floor(1000 * Math.random()) });
    this.root = h(
      "div",
      { class: "avatar", role: "img", "aria-label": WORDS.label("idle"), "data-state": "idle", "data-kind": "face" },
      this.face.root,
    );
    host.append(this.root);
    this.seen = new IntersectionObserver((entries) => {
      this.isSeen = entries.at(-1)?.isIntersecting ?? false;
      this.#wake();
    });
    this.#watch();
  }

  // ------------------------------------------------------------------ what it is told

  /**
   * visemes: [{t, blend}]; clock: seconds of the sound's own playback position. Times count from the sound's start.
   * @param {VisemeLine[]} visemes @param {() => number} clock
   */
  say(visemes, clock) {
    this.clock = clock;
    this.mix.say(visemes);
  }

  hush() {
    this.mix.hush(now());
  }

  /** @param {string} expression */
  feel(expression, intensity = 1) {
    this.mix.feel(expression, intensity, now());
  }

  /**
   * From the middle of the picture: x -1 left to 1 right, y -1 down to 1 up, as seen on the screen.
   * @param {number} x @param {number} y
   */
  lookAt(x, y) {
    this.mix.lookAt(x, y, now());
  }

  /** @param {string} state */
  listen(state) {
    this.state = STATES.has(state) ? state : "idle";
    this.mix.listen(this.state, now());
    this.root.dataset.state = this.state;
    this.root.setAttribute("aria-label", WORDS.label(this.state));
  }

  /** jawOpen as it is drawn at this moment. */
  mouth() {
    return this.weights.jawOpen ?? 0;
  }

  destroy() {
    this.choice += 1;
    cancelAnimationFrame(this.frame);
    this.seen.disconnect();
    this.ends.abort();
    this.head?.destroy();
    this.root.remove();
  }

  // ------------------------------------------------------------------ which face

  /**
   * "face", "3d", "own" (the kept one), a File, or an address. Whatever goes wrong, a face stays.
   * @param {string | Blob} choice
   */
  async use(choice) {
    const turn = (this.choice += 1);
    try {
      if (choice === "face") return this.#show("face", null, WORDS.face);
      const found = await this.#bytesOf(choice);
      const { ok, message } = validate(found.buffer);
      if (!ok) return { ok, message };
      const head = await this.#open(found.buffer);
      if (turn !== this.choice) return this.#late(head);
      const kept = found.isNew
        ? await own.keep(found.buffer).then(
            () => WORDS.kept,
            () => WORDS.notKept,
          )
        : "";
      if (turn !== this.choice) return this.#late(head);
      return this.#show(found.kind, head, found.kind === "3d" ? WORDS.head : message + kept);
    } catch (error) {
      if (error instanceof Refused) return { ok: false, message: error.message };
      throw error;
    }
  }

  /** Takes a person's head out of this browser; the built-in face comes back if it was shown. */
  async forget() {
    this.choice += 1;
    if (this.kind === "own") await this.use("face");
    await own.forget().catch(() => null); // no storage, nothing kept
  }

  static hasOwn() {
    return own.load().then(
      (buffer) => buffer !== undefined,
      () => false,
    );
  }

  /**
   * @param {string | Blob} choice
   * @returns {Promise<{kind: string, buffer: ArrayBuffer, isNew?: boolean}>} isNew: it is to be kept
   */
  async #bytesOf(choice) {
    if (choice === "3d")
      return { kind: "3d", buffer: await fetchHead(DEFAULT_HEAD).catch(() => refuse(WORDS.noHead)) };
    if (choice === "own") {
      const buffer = await own.load().catch(() => undefined);
      return buffer ? { kind: "own", buffer } : refuse(WORDS.noOwn);
    }
    if (choice instanceof Blob) {
      refuseLarge(choice.size);
      return { kind: "own", isNew: true, buffer: await choice.arrayBuffer() };
    }
    const buffer = await fetchHead(String(choice)).catch((error) =>
      refuse(error instanceof Refused ? error.message : WORDS.noAddress),
    );
    return { kind: "own", isNew: true, buffer };
  }

  /**
   * three.js is asked for here and nowhere else: who keeps the built-in face never loads it.
   * @param {ArrayBuffer} buffer
   */
  async #open(buffer) {
    const { Head, Unavailable } = await import("./head_3d.js").catch(() => refuse(WORDS.noDrawing));
    try {
      return await Head.open(buffer, { onlost: () => this.#show("face", null, WORDS.face) });
    } catch (error) {
      return refuse(error instanceof Unavailable ? WORDS.noDrawing : WORDS.broken);
    }
  }

  /** @param {import("./head_3d.js").Head} head */
  #late(head) {
    head.destroy();
    return { ok: false, message: WORDS.later };
  }

  /** @param {string} kind @param {import("./head_3d.js").Head | null} head @param {string} message */
  #show(kind, head, message) {
    this.head?.destroy();
    this.head = head;
    this.kind = this.root.dataset.kind = kind;
    this.face.root.classList.toggle("av-away", head !== null);
    if (head) this.root.append(head.canvas);
    this.#draw(true);
    return { ok: true, message };
  }

  // ------------------------------------------------------------------ time

  #isCalm() {
    return this.reducedMotion ?? isCalm();
  }

  #watch() {
    document.addEventListener("visibilitychange", () => this.#wake(), { signal: this.ends.signal });
    this.seen.observe(this.root);
    this.#draw(true);
    this.#wake();
  }

  #wake() {
    cancelAnimationFrame(this.frame);
    if (document.hidden || !this.isSeen) return;
    this.frame = requestAnimationFrame(() => {
      // Half the pictures are enough while nobody speaks: a page is left open all day.
      this.isOdd = !this.isOdd;
      if (this.isOdd || this.mix.isSounding(now())) this.#draw();
      this.#wake();
    });
  }

  #draw(isForced = false) {
    this.mix.isCalm = this.#isCalm();
    const weights = this.mix.at(now(), this.clock?.() ?? NaN);
    if (!isForced && isAlike(weights, this.weights)) return;
    this.weights = weights;
    (this.head ?? this.face).draw(weights);
  }
}

const now = () => performance.now() / 1000;

/** @param {string} message @returns {never} */
function refuse(message) {
  throw new Refused(message);
}

/**
 * Nothing to draw anew; a thousandth is less than a screen can show.
 * @param {Record<string, number>} a @param {Record<string, number>} b
 */
function isAlike(a, b) {
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length && names.every((name) => Math.abs(a[name] - (b[name] ?? NaN)) < 0.001)
  );
}
