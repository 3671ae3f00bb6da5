// The one way this page makes elements: no innerHTML with data in it, so no text can become markup.

const SVG = "http://www.w3.org/2000/svg";

/** h("button", {class: "quiet", onclick: go, disabled: true}, "Go", child) */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function s(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

/** Write only what changed, so that a screen reader and the layout are left alone. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** A labelled on/off switch; returns {root, input}. */
export function toggle(label, hint, checked, onchange) {
  const id = `t${(toggle.count = (toggle.count ?? 0) + 1)}`;
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

/** A row of exclusive choices as radio buttons; returns {root, set}. */
export function choice(name, options, value, onchange) {
  const inputs = options.map(([key, label]) => {
    const input = h("input", { type: "radio", name, value: key, onchange: () => onchange(key) });
    input.checked = key === value;
    return { key, input, root: h("label", {}, input, h("span", {}, label)) };
  });
  const set = (key) => inputs.forEach((item) => (item.input.checked = item.key === key));
  return {
    root: h(
      "div",
      { class: "choice", role: "radiogroup" },
      inputs.map((item) => item.root),
    ),
    set,
  };
}

/** Reduced motion, asked anew each time: people change it while a page is open. */
export const isCalm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
