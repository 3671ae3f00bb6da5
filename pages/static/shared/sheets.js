// Style sheets for the inside of our elements: fetched once a page, shared by every element on it.

/**
 * The sheets at `names`, relative to the module at `base`, in their order.
 * @param {string[]} names @param {string} base @returns {Promise<CSSStyleSheet[]>}
 */
export function readSheets(names, base) {
  return Promise.all(
    names.map(async (name) => {
      const answer = await fetch(new URL(name, base));
      return new CSSStyleSheet().replace(await answer.text());
    }),
  );
}
