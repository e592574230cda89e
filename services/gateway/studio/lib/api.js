/** The REST API. Programs use the same calls; the page can do nothing that they cannot. */

import * as connection from "./connection.js";

/** What went wrong, as the API tells it (RFC 9457): `code`, `detail`, `field`, `status`, `retryable`, `retryAfter` (s). */
export class Problem extends Error {
  constructor(status, body) {
    super(body.detail ?? body.title ?? `HTTP ${status}`);
    Object.assign(this, { status, code: body.code ?? "unknown", detail: this.message, field: body.field ?? "" });
    this.retryable = body.retryable ?? false;
    this.retryAfter = body.retry_after_s ?? 0;
  }
}

const TRIES = 5;
const FIRST_WAIT = 250; // ms
const BUSY = new Set([429, 502, 503, 504]);

/** An answer's JSON. Reading may be repeated, so it waits for a lost connection and tries again. */
export const get = (path, { signal } = {}) => send("GET", path, { signal, repeatable: true });

/**
 * Sends JSON. `repeatable`: the change names the version it saw or an idempotency key, so that sending it twice is one
 * change; then it outlives a lost connection too.
 */
export const post = (path, json = {}, options = {}) => send("POST", path, { json, ...options });
export const put = (path, json) => send("PUT", path, { json, repeatable: true });
export const remove = (path) => send("DELETE", path, { repeatable: true });

/** Uploads a picture's bytes: the same bytes are the same picture, so this may be repeated. */
export const upload = (file, { signal } = {}) =>
  send("POST", "/v1/pictures", { body: file, type: file.type || "application/octet-stream", repeatable: true, signal });

/** A key that makes one change of several tries. */
export const newKey = () => crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint8Array(16))].join("-");

async function send(method, path, { json, body, type, key, repeatable = false, signal }) {
  const headers = { Accept: "application/json" };
  if (json !== undefined) headers["Content-Type"] = "application/json";
  if (type) headers["Content-Type"] = type;
  if (key) headers["Idempotency-Key"] = key;
  const request = { method, headers, signal, body: json === undefined ? body : JSON.stringify(json) };
  const tries = repeatable || key ? TRIES : 1;
  for (let attempt = 1; ; attempt += 1) {
    const last = attempt === tries;
    const answer = await tried(path, request);
    // A wait of more than 5 s is the person's to choose.
    if (answer && (last || !BUSY.has(answer.status) || answer.headers.get("Retry-After") > 5)) return read(answer);
    if (last) throw new Problem(0, { code: "unreachable", detail: "popcon cannot be reached.", retryable: true });
    if (!answer) await connection.back();
    await wait(FIRST_WAIT * 2 ** (attempt - 1), signal);
  }
}

async function tried(path, request) {
  try {
    const answer = await fetch(path, request);
    connection.found();
    return answer;
  } catch (error) {
    if (error.name === "AbortError") throw error;
    connection.missed();
    return null;
  }
}

async function read(answer) {
  const text = await answer.text();
  if (answer.ok) return text ? JSON.parse(text) : null;
  if (answer.status === 401) location = "/sign-in";
  let told = {};
  try {
    told = JSON.parse(text);
  } catch {
    // Something between us and popcon answered in its own words.
  }
  throw new Problem(answer.status, told);
}

function wait(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds * (0.5 + Math.random()));
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
