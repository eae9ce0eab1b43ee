// The door of the pose editor: one at a time, with what was left in it the last time. `main.js` of the canvas loads it.

import { PoseEditor, sceneAtFirst } from "./editor.js";
import { listenToFiles } from "./files.js";
import { listenToKeys } from "./keys.js";

/** @typedef {import("./editor.js").Told} Told */
/** @typedef {import("./figure.js").Scene} Scene */
/** @typedef {{from: string, scene: Scene | null, background: string | null}} Draft */

const RESUMED = "This is how you left it, not yet sent.";

/** @type {PoseEditor | null} */
let open = null;

/** @param {Told} told @param {import("../session.js").Session} session */
export async function openPoses(told, session) {
  if (open) return;
  const name = `poses:${told.unit}`;
  const draft = /** @type {Draft | undefined} */ (await session.part(name));
  const resumed = draft?.scene && draft.from === told.from ? draft.scene : null;
  const background = told.background ?? draft?.background ?? null;
  const keep = (/** @type {Scene} */ scene) => {
    const saved = session.savePart(name, { from: told.from, scene, background });
    saved.catch((error) => editor.dialog.message.complain(error.message));
  };
  const editor = new PoseEditor({ ...told, background }, resumed ?? sceneAtFirst(told), keep);
  open = editor;
  editor.dialog.onClose = () => (open = null);
  listenToFiles(editor);
  listenToKeys(editor);
  editor.open();
  const anew = { label: "Start anew", act: () => editor.replace(sceneAtFirst(told)) };
  if (resumed) editor.dialog.message.tell(RESUMED, [anew]);
}

/** @param {string} problem @param {import("../session.js").Session} session */
export async function answeredPoses(problem, session) {
  const editor = open;
  if (!editor) return;
  editor.answered(problem);
  if (problem) return;
  const { unit, background } = editor.told;
  await session.savePart(`poses:${unit}`, { from: "", scene: null, background }); // the picture carries the poses now
}
