// Who this browser is to the server: a token in the browser's storage, never in an address and never a cookie.

import { ApiError, call, postGuest } from "./api.js";

/**
 * @typedef {object} Guest what a session is opened with
 * @property {string} token
 * @property {string[]} scopes
 * @property {number} expires_at seconds since 1970
 * @property {string} [purpose]
 */
/** @typedef {Guest & {username?: string, role?: string}} Known somebody this browser knows: a guest or an account */

const KEY = "attune-identity";

export const Identity = {
  /** Null when there is none, or it has run out. @returns {Known | null} */
  get() {
    try {
      const known = JSON.parse(localStorage.getItem(KEY) ?? "null");
      return known?.token && known.expires_at * 1000 > Date.now() ? known : null;
    } catch {
      return null; // no storage: everybody is new
    }
  },

  /** @param {Known} identity */
  keep(identity) {
    try {
      localStorage.setItem(KEY, JSON.stringify(identity));
    } catch {
      return; // then it holds for this page only
    }
  },

  forget() {
    try {
      localStorage.removeItem(KEY);
    } catch {
      return; // nothing was kept
    }
  },

  /**
   * A token for these scopes: the account or the guest this browser knows, with the consent given anew, else a new
   * guest. A guest is kept here only when readings are: otherwise there is nothing to come back to.
   * @param {import("../live/welcome.js").Choices} choices @returns {Promise<Known>}
   */
  async enter({ scopes, purpose, textHash }) {
    const known = this.get();
    if (known && (known.username || scopes.includes("history"))) {
      try {
        const { scopes: given } = await call("POST", "/api/consent", known.token, {
          scopes,
          purpose,
          text_hash: textHash,
        });
        this.keep({ ...known, scopes: given });
        return { ...known, scopes: given };
      } catch (error) {
        if (!(error instanceof ApiError) || error.status !== 401) throw error;
        this.forget();
      }
    }
    const guest = { ...(await postGuest(scopes, purpose, textHash)), purpose };
    if (scopes.includes("history")) this.keep(guest);
    return guest;
  },
};
