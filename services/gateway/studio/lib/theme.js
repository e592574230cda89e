/** Light, dark, or what the system says. */

const KEY = "popcon.theme";
const ORDER = ["system", "light", "dark"];

export const current = () => document.documentElement.dataset.theme ?? "system";

/** The next of system, light and dark. */
export function next() {
  const found = ORDER[(ORDER.indexOf(current()) + 1) % ORDER.length];
  if (found === "system") {
    delete document.documentElement.dataset.theme;
    localStorage.removeItem(KEY);
  } else {
    document.documentElement.dataset.theme = found;
    localStorage.setItem(KEY, found);
  }
  return found;
}
