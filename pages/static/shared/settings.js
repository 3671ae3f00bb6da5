// What a person likes on this screen. Taste, not data about them: kept in this browser.

const KEY = "attune-settings";

/** What "as they were" means for weights and times. */
export const USUAL = { weights: { face: 0.4, voice: 0.3, text: 0.3 }, patience: 0.7, smoothing: 0.6 };
const TALK = {
  replies: true,
  sound: true,
  voice: "female",
  personality: "therapist",
  style: "brief",
  replyEngine: "",
  face: "face",
};
const DEFAULTS = { classes: "7", theme: "auto", mirror: true, fps: 7, language: "en", ...USUAL, ...TALK };

/** @typedef {typeof DEFAULTS} Settings */

/** @returns {Settings} */
export function loadSettings() {
  try {
    return { ...DEFAULTS, ...JSON.parse(localStorage.getItem(KEY) ?? "{}") };
  } catch {
    return { ...DEFAULTS }; // storage may be switched off; defaults then
  }
}

/** @param {Settings} settings */
export function saveSettings(settings) {
  try {
    localStorage.setItem(KEY, JSON.stringify(settings));
  } catch {
    return; // as above
  }
}
