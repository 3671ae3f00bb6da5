// Light or dark: the person's choice, else ?__theme=, else the system; Gradio's page follows the same class.

const asked = () => new URLSearchParams(location.search).get("__theme");
const system = matchMedia("(prefers-color-scheme: dark)");

/** @param {string} choice "light", "dark" or "auto" @returns {string} */
export function themeOf(choice) {
  if (choice !== "auto") return choice;
  const wanted = asked();
  return wanted === "light" || wanted === "dark" ? wanted : system.matches ? "dark" : "light";
}

/**
 * Dress an element and the page around it, now and whenever the system changes its mind.
 * @param {HTMLElement} element @param {() => string} choiceNow
 */
export function dress(element, choiceNow) {
  const apply = () => {
    const theme = themeOf(choiceNow());
    element.dataset.theme = theme;
    document.body.classList.toggle("dark", theme === "dark");
  };
  system.addEventListener("change", apply);
  apply();
  return { apply, undress: () => system.removeEventListener("change", apply) };
}
