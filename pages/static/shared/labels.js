// The expressions, in the one order of the house, and what the screen shows for each.

export const EMOTIONS = ["neutral", "happy", "sad", "angry", "fear", "disgust", "surprise"];

export const FOUR = ["neutral", "happy", "sad", "angry"];
/** @type {Record<string, number>} */
const FOUR_FROM_SEVEN = { neutral: 0, happy: 1, sad: 2, angry: 3, disgust: 3, fear: 2, surprise: 0 };

/**
 * Okabe-Ito; tokens.css repeats none of it: colours of expressions live here alone.
 * @type {Record<string, {colour: string, emoji: string, word: string}>}
 */
export const LOOKS = {
  neutral: { colour: "#8C8C8C", emoji: "😐", word: "neutral" },
  happy: { colour: "#E69F00", emoji: "😊", word: "happy" },
  sad: { colour: "#0072B2", emoji: "😢", word: "sad" },
  angry: { colour: "#D55E00", emoji: "😠", word: "angry" },
  fear: { colour: "#CC79A7", emoji: "😨", word: "afraid" },
  disgust: { colour: "#009E73", emoji: "🤢", word: "disgusted" },
  surprise: { colour: "#56B4E9", emoji: "😮", word: "surprised" },
  uncertain: { colour: "#9A9A9A", emoji: "🤔", word: "not sure" },
};

/** Labels of the chosen view, seven or four. @param {number} classes */
export function labelsOf(classes) {
  return classes === 4 ? FOUR : EMOTIONS;
}

/**
 * {label: probability} of seven, folded to four where that view is chosen.
 * @param {number} classes @param {Record<string, number>} expressions
 */
export function foldTo(classes, expressions) {
  if (classes !== 4) return expressions;
  /** @type {Record<string, number>} */
  const four = { neutral: 0, happy: 0, sad: 0, angry: 0 };
  for (const label of EMOTIONS) four[FOUR[FOUR_FROM_SEVEN[label]]] += expressions[label] ?? 0;
  return four;
}

/** The label with the highest probability and that probability. @param {Record<string, number>} expressions */
export function leader(expressions) {
  let best = "neutral";
  for (const label of Object.keys(expressions)) {
    if (expressions[label] > (expressions[best] ?? -1)) best = label;
  }
  return { label: best, confidence: expressions[best] ?? 0 };
}

/** @param {number} share */
export const percent = (share) => `${Math.round(100 * share)} %`;

/** @param {number} seconds */
export const clock = (seconds) => {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
};
