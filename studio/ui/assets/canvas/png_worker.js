// Codes PNG files beside the page, so that nobody waits for them while painting.

import { encodePng } from "./png.js";

/** @param {MessageEvent<{number: number, bitmap: import("./png.js").Bitmap}>} event */
self.onmessage = async ({ data: { number, bitmap } }) => {
  self.postMessage({ number, file: await encodePng(bitmap) });
};
