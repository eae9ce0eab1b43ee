// JSON of poses from files, from the clipboard and from what is dropped, and out to a file.

import { sceneOfText } from "./json.js";

/** @typedef {import("./editor.js").PoseEditor} PoseEditor */

/** Asks for a file. @param {PoseEditor} editor */
export function readJson(editor) {
  const chooser = document.createElement("input");
  chooser.type = "file";
  chooser.accept = ".json,application/json,text/plain";
  chooser.addEventListener("change", () => {
    const file = chooser.files?.[0];
    if (file) void file.text().then((text) => takeText(editor, text));
  });
  chooser.click();
}

/**
 * The poses take the place of what is there, as a step that can be undone.
 * @param {PoseEditor} editor @param {string} text
 */
export function takeText(editor, text) {
  try {
    editor.replace(sceneOfText(text, editor.scene));
    const undo = { label: "Undo", act: () => editor.show(editor.steps.undo()) };
    editor.dialog.message.tell("The poses were opened.", [undo]);
  } catch (error) {
    editor.dialog.message.complain(error instanceof Error ? error.message : String(error));
  }
}

/** @param {PoseEditor} editor */
export function saveJson(editor) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(editor.json())], { type: "application/json" }));
  link.download = "poses.json";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** @param {PoseEditor} editor */
export function listenToFiles(editor) {
  const { element } = editor.dialog;
  element.addEventListener("paste", (event) => {
    const text = event.clipboardData?.getData("text/plain");
    if (event.target instanceof HTMLInputElement) return;
    event.preventDefault(); // and no canvas of the page takes it
    if (text) takeText(editor, text);
  });
  element.addEventListener("dragover", (event) => event.preventDefault());
  element.addEventListener("drop", (event) => {
    event.preventDefault();
    event.stopPropagation();
    const file = event.dataTransfer?.files[0];
    if (file) void file.text().then((text) => takeText(editor, text));
  });
}
