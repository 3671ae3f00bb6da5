// The way back into a session this tab left a moment ago. Kept in this tab only, used once, soon worthless.

const KEY = "attune-session";
const WAITS_MS = 25_000; // the server lets go after 30 s

/** @typedef {{guest: import("../shared/identity.js").Guest, resumeToken: string | null}} Ticket */

export const Returning = {
  /** @param {Ticket} ticket */
  keep(ticket) {
    if (!ticket.resumeToken) return;
    try {
      sessionStorage.setItem(KEY, JSON.stringify({ ...ticket, leftAt: Date.now() }));
    } catch {
      return; // no storage, no way back: the session then simply ends
    }
  },

  /** @returns {Ticket | null} */
  take() {
    try {
      const ticket = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
      sessionStorage.removeItem(KEY);
      return ticket && Date.now() - ticket.leftAt < WAITS_MS ? ticket : null;
    } catch {
      return null; // as above
    }
  },
};
