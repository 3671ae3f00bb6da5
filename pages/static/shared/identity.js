// Who this browser is to the server: a token in the browser's storage, never in an address and never a cookie.

import { ApiError, call, postGuest } from "./api.js";

const KEY = "attune-identity";

export const Identity = {
  /** {token, username, role, scopes, expires_at} or null when there is none, or it has run out. */
  get() {
    try {
      const known = JSON.parse(localStorage.getItem(KEY));
      return known?.token && known.expires_at * 1000 > Date.now() ? known : null;
    } catch {
      return null; // no storage: everybody is new
    }
  },

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
   */
  async enter(scopes, purpose) {
    const known = this.get();
    if (known && (known.username || scopes.includes("history"))) {
      try {
        const { scopes: given } = await call("POST", "/api/consent", known.token, { scopes, purpose });
        this.keep({ ...known, scopes: given });
        return { ...known, scopes: given };
      } catch (error) {
        if (!(error instanceof ApiError) || error.status !== 401) throw error;
        this.forget();
      }
    }
    const guest = { ...(await postGuest(scopes, purpose)), purpose };
    if (scopes.includes("history")) this.keep(guest);
    return guest;
  },
};
