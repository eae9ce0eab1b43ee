"""Several pictures of one ControlNet unit: a batch, or Multi-Inputs. A field is a component in `build`."""

from typing import Any

import gradio as gr

from studio.domain.request import ControlPictures, InputMode
from studio.imaging.folders import named_files, with_masks
from studio.store.documents import Documents
from studio.ui.parts import uploads
from studio.ui.parts.places import folder_of
from studio.ui.values import Controls, Values
from studio.ui.widgets import check, hint, segments

SINGLE = "Single Image"
TOLD = {
    InputMode.batch: "One run for each picture. Of several units with a batch the shortest says how many",
    InputMode.merge: "All pictures act together, each with its share of the Control Weight",
}
FOLDERS = (
    ("directory", "Input Directory", "A folder with pictures; files above come first"),
    ("mask_directory", "Mask Directory", "Empty: no masks. One mask for all, or one of each picture's name"),
)


def build_mode() -> gr.Radio:
    return segments("Input Mode", [SINGLE, *InputMode], SINGLE, "wide")


def build(key: str, documents: Documents, *, has_folders: bool) -> Controls:
    """Handles: the column `several`, what it tells (`several_told`), and `batch`, which only a batch has."""
    with gr.Column(visible=False, elem_classes=["several"], min_width=0) as several:
        told = hint(TOLD[InputMode.batch], "wrapping")
        drawn = uploads.build(documents, "uploads", f"{key}_uploads")
        named: dict[str, Any] = {
            name: gr.Textbox(label=label, placeholder=tip, interactive=True)
            for name, label, tip in (FOLDERS if has_folders else ())
        }
        with gr.Row(visible=False) as batch:
            named["loopback"] = check("Batch Loopback", False, "check-chip")
    handles = {"several": several, "several_told": told, "batch": batch}
    return drawn | Controls(values=named, handles=handles)


def read(own: Values, documents: Documents) -> ControlPictures | None:
    """None for a single picture. Raises BadRequest, BrokenFile, UnknownName."""
    if own["input_mode"] == SINGLE:
        return None
    mode = InputMode(own["input_mode"])
    kept = [(each.name, documents.path(each.key)) for each in uploads.listed(own["uploads"])]
    folder, masks = (folder_of(own, name, label) for name, label, _ in FOLDERS)
    images, found = with_masks([*kept, *named_files(folder)], masks)
    has_loopback = bool(own["loopback"]) and mode is InputMode.batch
    return ControlPictures(mode=mode, images=images, masks=found, has_loopback=has_loopback)


def show(several: ControlPictures | None) -> Values:
    """The pictures stay as they are on the page."""
    if several is None:
        return {"input_mode": SINGLE}
    return {"input_mode": several.mode.value, "loopback": several.has_loopback}
