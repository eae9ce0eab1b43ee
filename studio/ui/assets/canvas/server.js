// What is asked of the server; the routes are in `studio/ui/canvas/routes.py`. A new route is a function here.

const ROOT = new URL("../", import.meta.url); // this file lies in canvas/assets/

/** What went wrong, in words for the user. */
export class ServerError extends Error {}

/** @param {string} path @param {RequestInit} [request] */
async function ask(path, request) {
  let response;
  try {
    response = await fetch(new URL(path, ROOT), request);
  } catch {
    throw new ServerError(
      "The studio does not answer. Is it still running? What you painted stays here until it does.",
    );
  }
  if (response.ok) return response;
  const told = await response.json().catch(() => null);
  throw new ServerError(
    typeof told?.detail === "string"
      ? told.detail
      : `The studio refused this (${response.status} ${response.statusText})`,
  );
}

/** @param {Blob} file @returns {Promise<{key: string, width: number, height: number}>} */
export async function putPicture(file) {
  return (await ask("pictures", { method: "PUT", body: file })).json();
}

/** What this canvas has coded itself, which needs no check. @param {Blob} file @returns {Promise<string>} its key */
export async function putDrawing(file) {
  return (await (await ask("drawings", { method: "PUT", body: file })).json()).key;
}

/** @param {string} key @returns {Promise<Blob>} */
export async function getPicture(key) {
  return (await ask(`pictures/${key}`)).blob();
}

/** The picture as PNG, for formats that this browser does not know. @param {string} key @returns {Promise<Blob>} */
export async function getShown(key) {
  return (await ask(`pictures/${key}/shown`)).blob();
}

/**
 * What any picture selects, as a grey PNG of a size: its brightness, or its alpha where it has any.
 * @param {string} key @param {number} width @param {number} height
 */
export async function getMask(key, width, height) {
  return (await ask(`pictures/${key}/mask?width=${width}&height=${height}`)).blob();
}

/**
 * A new picture: this one with a smaller one laid over it at a place.
 * @param {string} key @param {{layer: string, left: number, top: number}} laid
 * @returns {Promise<{key: string, width: number, height: number}>}
 */
export async function layOver(key, laid) {
  return (await ask(`pictures/${key}/over`, { method: "POST", body: JSON.stringify(laid), headers: JSON_TYPE })).json();
}

/**
 * The thing inside a box, as a PNG mask.
 * @param {string} key @param {import("./box.js").Box} box @returns {Promise<Blob>}
 */
export async function selectInBox(key, { left, top, right, bottom }) {
  const body = JSON.stringify({ box: [left, top, right, bottom] });
  return (await ask(`pictures/${key}/select`, { method: "POST", body, headers: JSON_TYPE })).blob();
}

/** @param {string} id @returns {Promise<Record<string, any>>} the parts by name */
export async function getDocument(id) {
  return (await ask(`documents/${id}`)).json();
}

/** @param {string} id @param {string} part @param {object} content */
export async function putPart(id, part, content) {
  await ask(`documents/${id}/${part}`, { method: "PUT", body: JSON.stringify(content), headers: JSON_TYPE });
}

/** @param {string} id @param {string} source */
export async function copyDocument(id, source) {
  await ask(`documents/${id}/copy/${source}`, { method: "POST" });
}

const JSON_TYPE = { "Content-Type": "application/json" };
