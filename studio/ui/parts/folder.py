"""Many pictures at once: files or a folder, each redrawn with the page's values. A field is a component in `build`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from PIL.Image import Image

from studio.domain.errors import BadRequest, StudioError
from studio.imaging.folders import mask_for, pictures_in
from studio.imaging.load import load_path
from studio.store.documents import Documents
from studio.studio import random_seed
from studio.ui.parts import own_parameters, uploads
from studio.ui.parts.places import folder_of
from studio.ui.values import Controls, Values

TOLD = (
    "<p>Every picture is redrawn with the settings of this page; masks act as on the tab Inpaint upload. Results are "
    "never written over; one picture that cannot be read does not stop the rest.</p>"
)
FIELDS = (
    ("batch_input", "Input directory", "A folder with pictures; files above come first"),
    ("batch_output", "Output directory", "Empty: the usual outputs folder. Else there, named as their sources"),
    ("batch_masks", "Inpaint batch mask directory", "Empty: no masks. One mask for all, or one of each picture's name"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One file, or why it is left out. `mask` None: everything is redrawn."""

    name: str
    path: Path
    image: Image | None = None
    mask: Image | None = None
    problem: StudioError | None = None


def build(documents: Documents, *, has_folders: bool) -> Controls:
    """`has_folders`: whether people may name folders of the machine that runs the studio; else nothing takes a name."""
    with gr.Column(elem_classes=["card", "batch-fields"]):
        gr.HTML(TOLD)
        drawn = uploads.build(documents, "batch_uploads", "batch_uploads")
        named: dict[str, Any] = {
            name: gr.Textbox(label=label, placeholder=tip, interactive=True)
            for name, label, tip in (FIELDS if has_folders else ())
        }
        drawn |= Controls(values=named) | own_parameters.build(has_folders=has_folders)
    return drawn


def items(values: Values, documents: Documents) -> Iterator[Item]:
    """Each picture with its mask: uploads, then the folder in natural order. Raises BadRequest."""
    folder = folder_of(values, "batch_input", "Input directory")
    kept, found = uploads.listed(values["batch_uploads"]), pictures_in(folder) if folder else []
    if not kept and not found:
        raise BadRequest("There are no pictures. Choose files, or name a folder with pictures", field="batch_input")
    place = folder_of(values, "batch_masks", "Inpaint batch mask directory")
    masks = pictures_in(place) if place else None
    if masks is not None and not masks:
        raise BadRequest("Inpaint batch mask directory: there are no pictures in it", field="batch_masks")
    for each in kept:
        yield kept_item(each, masks, documents)
    for path in found:
        yield item(path.name, path, masks)


def kept_item(upload: uploads.Upload, masks: Sequence[Path] | None, documents: Documents) -> Item:
    try:
        return item(upload.name, documents.path(upload.key), masks)
    except StudioError as error:
        return Item(name=upload.name, path=Path(upload.name), problem=error)


def item(name: str, path: Path, masks: Sequence[Path] | None) -> Item:
    mask = mask_for(name, masks) if masks else None
    if masks and mask is None:
        return Item(name=name, path=path, problem=BadRequest("no mask has its name", field="batch_masks"))
    try:
        return Item(name=name, path=path, image=load_path(path), mask=load_path(mask) if mask else None)
    except StudioError as error:
        return Item(name=name, path=path, problem=error)


def fixed_seed(values: Values) -> Values:
    """One seed for all pictures, drawn once where it is open."""
    return {**values, "seed": random_seed()} if values["seed"] == -1 else values


def kept_as(folder: Path | None, name: str) -> Mapping[str, Any]:
    """The settings that put a result into a folder under its source's name; a name that is taken gets a number."""
    if folder is None:
        return {}
    return {
        "pictures_folder": str(folder),
        "name_pattern": Path(name).stem,
        "is_numbered": False,
        "has_subfolders": False,
        "saves_pictures": True,
    }
