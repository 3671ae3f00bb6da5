// Sign in with Hugging Face, on a Space: in a tab of its own, which hands a one-time code back; no cookie is needed.

import { ApiError, call } from "../shared/api.js";

/** @param {ArrayBuffer | Uint8Array} bytes */
const url64 = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

export async function canSignIn() {
  try {
    return (await call("GET", "/api/hf")).available;
  } catch {
    return false; // the server is gone: the page says so elsewhere
  }
}

/**
 * The identity, once the other tab has handed its code back, or `typed` (a promise) has it from the person.
 * @param {Promise<string>} typed
 */
export async function signIn(typed) {
  const tab = open("about:blank", "_blank"); // at once, while the click still allows it
  if (!tab)
    throw new ApiError("blocked", "The browser blocked the new tab. Allow it for this page and try again.", 0);
  const verifier = url64(crypto.getRandomValues(new Uint8Array(32)));
  const challenge = url64(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier)));
  tab.location.href = `/api/hf/start?challenge=${challenge}`;
  const handed = new Promise((done) =>
    addEventListener("message", function heard({ origin, data }) {
      if (origin !== location.origin || !data?.attune_code) return;
      removeEventListener("message", heard);
      done(data.attune_code);
    }),
  );
  const code = await Promise.race([handed, typed]); // a provider may cut the tab off from this page: then it is typed
  return call("POST", "/api/hf/finish", null, { code, verifier, purpose: "self" });
}
