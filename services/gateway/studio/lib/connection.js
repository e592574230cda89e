/** Whether popcon can be reached: told by every request, and looked after while it cannot. */

const state = new EventTarget();
let lost = false;

/** Calls back with whether the connection is lost, at every change. Returns what ends that. */
export function watch(listener) {
  const heard = () => listener(lost);
  state.addEventListener("change", heard);
  return () => state.removeEventListener("change", heard);
}

export const isLost = () => lost;

/** A request got an answer. */
export function found() {
  if (!lost) return;
  lost = false;
  state.dispatchEvent(new Event("change"));
}

/** A request got none. */
export function missed() {
  if (lost) return;
  lost = true;
  state.dispatchEvent(new Event("change"));
  look(1000);
}

/** Resolves when popcon can be reached. */
export function back() {
  if (!lost) return Promise.resolve();
  return new Promise((resolve) => {
    const end = watch((away) => {
      if (away) return;
      end();
      resolve();
    });
  });
}

async function look(delay) {
  if (!lost) return;
  try {
    await fetch("/studio/icon.svg", { method: "GET", cache: "no-store" });
    found();
  } catch {
    setTimeout(() => look(Math.min(delay * 1.6, 10_000)), delay * (0.75 + Math.random() / 2));
  }
}

window.addEventListener("online", () => lost && look(1000));
window.addEventListener("offline", missed);
