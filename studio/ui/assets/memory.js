// What this browser tab remembers over a reload: the values of the controls and the tab that was open (in the document that
// the canvases use too), and the jobs that it has started.

import { mode, open, page } from "./modes.js";

const JOBS = "redraw.jobs.";
const VISIT = "redraw.visit";
const REST_MS = 400;
const FIRST = "img2img";

/** @type {Record<string, any>} */
let values = {};
/** @type {Promise<Record<string, any>> | undefined} */
let booted;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let resting;
/** @type {Map<string, ReturnType<typeof setTimeout>>} */
const touched = new Map();

/** A random name for this browser tab, which its jobs carry. */
export function visit() {
  let own = sessionStorage.getItem(VISIT);
  if (!own) {
    own = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
    sessionStorage.setItem(VISIT, own);
  }
  return own;
}

/** What the panel `key` was like: its values by name and its jobs. @param {string} key */
export async function boot(key) {
  const session = await sessionOfCanvas();
  booted ??= session ? session.values() : Promise.resolve({});
  values = { ...(await booted), ...values };
  if (key === FIRST && values.page) open(values.page, values.mode);
  return { values: values[key], jobs: jobs(key) };
}

async function sessionOfCanvas() {
  for (let tries = 0; !window.RedrawCanvas?.session && tries < 100; tries++) await new Promise((go) => setTimeout(go, 20));
  return window.RedrawCanvas?.session;
}

/** A control of a panel has changed: once all have rested, they are asked for what they hold. @param {string} key */
export function touch(key) {
  clearTimeout(touched.get(key));
  touched.set(key, setTimeout(() => document.getElementById(`${key}_gather`)?.click(), REST_MS));
}

/** Keeps the values of a panel. @param {string} key @param {string[]} names @param {any[]} given */
export function keep(key, names, given) {
  values[key] = Object.fromEntries(names.map((name, index) => [name, given[index]]));
  saveSoon();
}

function saveSoon() {
  clearTimeout(resting);
  resting = setTimeout(save, REST_MS);
}

async function save() {
  values.mode = mode();
  values.page = page();
  await window.RedrawCanvas?.session?.saveValues(values);
}

/** @param {string} key @returns {string[]} */
function jobs(key) {
  const kept = sessionStorage.getItem(JOBS + key) ?? localStorage.getItem(JOBS + key) ?? "";
  return kept.split(" ").filter(Boolean);
}

export function start() {
  document.addEventListener("studio-opened", saveSoon);
}

/** The server writes the jobs of a panel into its history; they are kept as soon as they stand there. */
export function redrawn() {
  for (const history of document.querySelectorAll(".history[data-jobs]")) {
    const key = history.closest('[id$="_history"]')?.id.replace(/_history$/, "");
    const now = history.getAttribute("data-jobs");
    if (!key || !now || sessionStorage.getItem(JOBS + key) === now) continue;
    sessionStorage.setItem(JOBS + key, now);
    localStorage.setItem(JOBS + key, now);
  }
}
