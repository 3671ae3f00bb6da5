// The few REST calls of the live view. A refusal becomes an ApiError with the server's own words.

export class ApiError extends Error {
  /** @param {string} code @param {string} message @param {number} status of HTTP; 0 where nobody answered */
  constructor(code, message, status) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** @param {Response} answer @returns {Promise<any>} */
async function read(answer) {
  const body = await answer.json().catch(() => ({}));
  if (answer.ok) return body;
  const error = body.error ?? {};
  throw new ApiError(error.code ?? "failed", error.message ?? `The server answered ${answer.status}.`, answer.status);
}

/**
 * What is asked before anything is captured.
 * @typedef {object} Consent
 * @property {string} version of the words; changes with any of them
 * @property {string} text_hash of version and parts, as each consent keeps it
 * @property {ConsentParts} parts shown as they are
 * @property {string[]} scopes names of all scopes
 * @property {string[]} purposes names of all purposes, those that are refused at the end
 * @property {boolean} ephemeral_disk whether a restart forgets everything
 */

/**
 * @typedef {object} ConsentParts
 * @property {string} title heading of the card
 * @property {string} what what this does
 * @property {string} notice that a machine estimates
 * @property {string} purpose the question
 * @property {{name: string, title: string}[]} purposes its answers
 * @property {{name: string, title: string, text: string}[]} scopes what may be allowed
 * @property {string} ephemeral empty where the disk outlives a restart
 * @property {string} more heading of kept, withdrawal and refused
 * @property {string} kept what is noted and what is never saved
 * @property {string} withdrawal how to take it back
 * @property {string} refused why two purposes are refused
 * @property {string} elsewhere heading of the scopes that are not asked for
 */

/** @returns {Promise<Consent>} */
export async function getConsent() {
  return read(await fetch("/api/consent", { headers: { Accept: "application/json" } }));
}

/**
 * {token, scopes, expires_at}; scopes are the consent.
 * @param {string[]} scopes @param {string} purpose @param {string} [text_hash] of the words that were shown
 */
export async function postGuest(scopes, purpose, text_hash) {
  return read(
    await fetch("/api/guest", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ scopes, purpose, text_hash }),
    }),
  );
}

/**
 * Sends a clip as a raw body; XMLHttpRequest because fetch cannot tell how far an upload has come.
 * @param {File} file @param {string | null} token @param {(share: number) => void} onprogress
 */
export function postClip(file, token, onprogress) {
  const request = new XMLHttpRequest();
  const done = new Promise((resolve, reject) => {
    request.open("POST", "/api/clips");
    request.setRequestHeader("Authorization", `Bearer ${token}`);
    request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
    request.responseType = "json";
    request.upload.onprogress = (event) => event.lengthComputable && onprogress(event.loaded / event.total);
    request.onload = () => {
      if (request.status < 300) return resolve(request.response);
      const error = request.response?.error ?? {};
      reject(new ApiError(error.code ?? "failed", error.message ?? "", request.status));
    };
    request.onerror = () => reject(new ApiError("network", "", 0));
    request.onabort = () => reject(new ApiError("cancelled", "", 0));
    request.send(file);
  });
  return { done, cancel: () => request.abort() };
}

/**
 * Any other call with a token; the answer's JSON.
 * @param {string} method @param {string} path @param {string | null} [token] @param {any} [body]
 */
export async function call(method, path, token, body) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json", ...(token ? { Authorization: `Bearer ${token}` } : {}) };
  if (body !== undefined)
    headers["Content-Type"] = body instanceof Blob ? "application/octet-stream" : "application/json";
  const content = body === undefined || body instanceof Blob ? body : JSON.stringify(body);
  return read(await fetch(path, { method, headers, body: content }));
}

/**
 * Fetch a file with a token (an address cannot carry one) and hand it to the browser's downloads.
 * @param {string} path @param {string | null} token
 */
export async function download(path, token) {
  const answer = await fetch(path, { headers: { Authorization: `Bearer ${token}` } });
  if (!answer.ok) return read(answer);
  const name = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") ?? "")?.[1] ?? "attune-export";
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  return { name };
}
