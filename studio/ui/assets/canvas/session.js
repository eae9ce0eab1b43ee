// The document of this browser tab: what its canvases and its page hold, kept on the server. A new tab starts from a
// copy of the one that was used last in this browser. A new kind of content is a part with a new name.

import { copyDocument, getDocument, putPart } from "./server.js";

const TAB_KEY = "redraw.document";
const NEWEST_KEY = "redraw.newest";
const ANSWER_MS = 60;

export class Session {
  constructor() {
    this.id = "";
    /** @type {Record<string, any>} */
    this.parts = {};
    this.channel = new BroadcastChannel("redraw.documents");
    this.channel.onmessage = ({ data }) => {
      if (data.ask === this.id) this.channel.postMessage({ taken: this.id });
      if (data.taken === this.asked) this.isTaken = true;
    };
    this.asked = "";
    this.isTaken = false;
    /** @type {Promise<void>} */
    this.ready = this.open();
  }

  async open() {
    const own = sessionStorage.getItem(TAB_KEY);
    const source = own ?? localStorage.getItem(NEWEST_KEY);
    const isFree = own !== null && !(await this.isOpenElsewhere(own));
    this.id = own !== null && isFree ? own : newId();
    if (source && this.id !== source) await copyDocument(this.id, source);
    this.parts = await getDocument(this.id);
    sessionStorage.setItem(TAB_KEY, this.id);
    localStorage.setItem(NEWEST_KEY, this.id);
  }

  /** A duplicated tab brings the same id along, and must not write over the other's work. @param {string} id */
  async isOpenElsewhere(id) {
    this.asked = id;
    this.channel.postMessage({ ask: id });
    await new Promise((resolve) => setTimeout(resolve, ANSWER_MS));
    this.asked = "";
    return this.isTaken;
  }

  /** @param {string} name @returns {Promise<any>} what was kept last, or undefined */
  async part(name) {
    await this.ready.catch(() => {});
    return this.parts[name];
  }

  /** @param {string} name @param {object} content */
  async savePart(name, content) {
    this.parts[name] = content;
    await this.ready.catch(() => this.retry());
    await putPart(this.id, name, content);
    localStorage.setItem(NEWEST_KEY, this.id);
  }

  /** The page's own values, as it has saved them last. @returns {Promise<Record<string, any>>} */
  async values() {
    return (await this.part("values")) ?? {};
  }

  /** @param {Record<string, any>} values */
  async saveValues(values) {
    await this.savePart("values", values);
  }

  retry() {
    const parts = this.parts;
    this.ready = this.open().then(() => {
      this.parts = { ...this.parts, ...parts };
    });
    return this.ready;
  }
}

function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
