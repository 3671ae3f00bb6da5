// The one way this page makes elements: no innerHTML with data in it, so no text can become markup.

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {Record<string, any> & {[listener: `on${string}`]: (event: any) => any}} Attributes */
/** @typedef {Node | string | null | undefined} Child */

/**
 * h("button", {class: "quiet", onclick: go, disabled: true}, "Go", child)
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes] false, null and undefined are left out; "on…" is a listener
 * @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/**
 * The same for SVG.
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes]
 * @param {...(Child | Child[])} children
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function s(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/**
 * @template {Element} E
 * @param {E} node @param {Attributes} attributes @param {(Child | Child[])[]} children
 * @returns {E}
 */
function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

/**
 * Write only what changed, so that a screen reader and the layout are left alone.
 * @param {Node} node @param {string} text
 */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

let toggles = 0;

/**
 * A labelled on/off switch.
 * @param {string} label @param {string | null} hint @param {boolean} checked
 * @param {(isOn: boolean) => void} [onchange]
 */
export function toggle(label, hint, checked, onchange) {
  const id = `t${(toggles += 1)}`;
  const input = h("input", { type: "checkbox", role: "switch", id, onchange: () => onchange?.(input.checked) });
  input.checked = checked;
  if (hint) input.setAttribute("aria-describedby", `${id}h`);
  const text = h(
    "span",
    { class: "toggle-text" },
    h("label", { for: id }, label),
    hint ? h("span", { class: "hint", id: `${id}h` }, hint) : null,
  );
  return { root: h("div", { class: "toggle" }, text, input), input };
}

/**
 * A row of exclusive choices as radio buttons.
 * @param {string} name @param {string[][]} options pairs of a value and its words
 * @param {string} value @param {(key: string) => void} onchange
 */
export function choice(name, options, value, onchange) {
  const inputs = options.map(([key, label]) => {
    const input = h("input", { type: "radio", name, value: key, onchange: () => onchange(key) });
    input.checked = key === value;
    return { key, input, root: h("label", {}, input, h("span", {}, label)) };
  });
  const set = (/** @type {string} */ key) => inputs.forEach((item) => (item.input.checked = item.key === key));
  return {
    root: h(
      "div",
      { class: "choice", role: "radiogroup" },
      inputs.map((item) => item.root),
    ),
    set,
  };
}

/** @type {Record<string, number>} */
const STEPS = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity };

/** Seconds that a key moves a slider of time by; undefined for any other key. @param {string} key */
export const stepOfKey = (key) => /** @type {number | undefined} */ (STEPS[key]);

/** Reduced motion, asked anew each time: people change it while a page is open. */
export const isCalm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
