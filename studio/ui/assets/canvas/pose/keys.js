// The pose editor's keys. A new key is an entry of KEYS, or of WITH_CONTROL.

/** @typedef {import("./editor.js").PoseEditor} PoseEditor */

const STEP = 1; // canvas pixels
const LONG_STEP = 10;

/** @type {Record<string, (editor: PoseEditor, event: KeyboardEvent) => void>} */
const KEYS = {
  h: (editor) => editor.place && editor.toggle(editor.place),
  delete: (editor) => remove(editor),
  backspace: (editor) => remove(editor),
  arrowleft: (editor, event) => nudge(editor, -1, 0, event),
  arrowright: (editor, event) => nudge(editor, 1, 0, event),
  arrowup: (editor, event) => nudge(editor, 0, -1, event),
  arrowdown: (editor, event) => nudge(editor, 0, 1, event),
  0: ({ view }) => view.fit(),
  "+": ({ view }) => view.zoomMiddle(view.scale * 1.25),
  "=": ({ view }) => view.zoomMiddle(view.scale * 1.25),
  "-": ({ view }) => view.zoomMiddle(view.scale / 1.25),
};

/** @type {Record<string, (editor: PoseEditor, event: KeyboardEvent) => void>} */
const WITH_CONTROL = {
  z: (editor, event) => editor.show(event.shiftKey ? editor.steps.redo() : editor.steps.undo()),
  y: (editor) => editor.show(editor.steps.redo()),
};

/** @param {PoseEditor} editor */
export function listenToKeys(editor) {
  const { element } = editor.dialog;
  element.addEventListener("keydown", (event) => {
    event.stopPropagation(); // the page has keys of its own
    if (event.target instanceof HTMLInputElement && event.target.type !== "range") return;
    const isOnStage = event.target === editor.stage;
    if (event.code === "Space" && isOnStage) editor.gestures.isSpaceDown = true;
    const keys = event.ctrlKey || event.metaKey ? WITH_CONTROL : isOnStage ? KEYS : {};
    const act = keys[event.key.toLowerCase()];
    if (act || (event.code === "Space" && isOnStage)) event.preventDefault();
    act?.(editor, event);
  });
  element.addEventListener("keyup", (event) => {
    if (event.code === "Space") editor.gestures.isSpaceDown = false;
  });
}

/** The chosen joint is hidden; without one the chosen part, or the figure, goes. @param {PoseEditor} editor */
function remove(editor) {
  const { place, chosen } = editor;
  const joint = place && editor.jointOf(place);
  if (place && joint?.isShown) editor.toggle(place);
  else if (!place && chosen.part && chosen.part !== "body") editor.togglePart(chosen.part);
  else if (!place && chosen.figure >= 0) editor.removeFigure(chosen.figure);
}

/** @param {PoseEditor} editor @param {number} across @param {number} down @param {KeyboardEvent} event */
function nudge(editor, across, down, { shiftKey }) {
  const far = shiftKey ? LONG_STEP : STEP;
  const joint = editor.place && editor.jointOf(editor.place);
  if (editor.place && joint) editor.pullJoint(editor.place, { x: joint.x + across * far, y: joint.y + down * far });
  else if (editor.chosen.figure >= 0) editor.changeChosen(({ x, y }) => ({ x: x + across * far, y: y + down * far }));
  editor.commit();
}
