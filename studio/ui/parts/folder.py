"""Many pictures at once: files or a folder, each redrawn with the page's values. A field is a component in `build`."""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gradio as gr
from PIL.Image import Image

from studio.domain.errors import BadRequest, StudioError
from studio.domain.old_names import split_sampler
from studio.domain.request import GenerationRequest
from studio.imaging.load import load_path, read_infotext
from studio.prompt.infotext import Infotext, parse_infotext
from studio.ui.values import Controls, Values
from studio.ui.widgets import check

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".avif", ".tif", ".tiff")
PARAMETERS = ("Prompt", "Negative prompt", "Seed", "CFG scale", "Sampler", "Steps", "Model hash")
TOLD = (
    "<p>Every picture is redrawn with the settings of this page; masks act as on the tab Inpaint upload. Results are "
    "never written over; one picture that cannot be read does not stop the rest.</p>"
)
FIELDS = (
    ("batch_input", "Input directory", "A folder with pictures; files above come first"),
    (
        "batch_output",
        "Output directory",
        "Empty: the usual outputs folder. Else a copy goes there, named as its source",
    ),
    ("batch_masks", "Inpaint batch mask directory", "Empty: no masks. One mask for all, or one of each picture's name"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One file, or why it is left out. `mask` None: everything is redrawn."""

    path: Path
    image: Image | None = None
    mask: Image | None = None
    problem: str = ""


def build(*, has_folders: bool) -> Controls:
    """`has_folders`: whether people may name folders of the machine that runs the studio; else nothing takes a name."""
    values: dict[str, Any] = {}
    with gr.Column(elem_classes=["card", "batch-fields"]):
        gr.HTML(TOLD)
        values["batch_files"] = gr.File(
            label="Pictures", file_count="multiple", file_types=["image"], height=110, interactive=True
        )
        for name, label, tip in FIELDS if has_folders else ():
            values[name] = gr.Textbox(label=label, placeholder=tip, interactive=True)
        values["batch_png_info"] = check("Append png info to prompts")
        if has_folders:
            values["batch_png_folder"] = gr.Textbox(
                label="PNG info directory", placeholder="Empty: each picture's own parameters", interactive=True
            )
        values["batch_png_parameters"] = gr.CheckboxGroup(
            list(PARAMETERS),
            value=["Prompt", "Negative prompt"],
            label="Parameters to take from png info",
            interactive=True,
        )
    return Controls(values=values)


def files(values: Values) -> list[Path]:
    """In natural order. Raises BadRequest."""
    given = [Path(path) for path in values["batch_files"] or ()]
    folder = folder_of(values, "batch_input", "Input directory")
    if folder:
        given += pictures_in(folder)
    if not given:
        raise BadRequest("There are no pictures. Choose files, or name a folder with pictures", field="batch_input")
    return given


def items(values: Values) -> Iterator[Item]:
    """Each picture with its mask. Raises BadRequest."""
    found = files(values)
    folder = folder_of(values, "batch_masks", "Inpaint batch mask directory")
    masks = pictures_in(folder) if folder else None
    if masks is not None and not masks:
        raise BadRequest("Inpaint batch mask directory: there are no pictures in it", field="batch_masks")
    for path in found:
        yield item(path, masks)


def item(path: Path, masks: Sequence[Path] | None) -> Item:
    mask = mask_for(path, masks) if masks else None
    if masks and mask is None:
        return Item(path=path, problem=f"{path.name} was left out: no mask has its name")
    try:
        return Item(path=path, image=load_path(path), mask=load_path(mask) if mask else None)
    except StudioError as error:
        return Item(path=path, problem=f"{path.name} was left out: {error.message}")


def mask_for(path: Path, masks: Sequence[Path]) -> Path | None:
    if len(masks) == 1:
        return masks[0]
    return next((mask for mask in masks if mask.stem == path.stem), None)


def folder_of(values: Values, name: str, label: str) -> Path | None:
    text = (values.get(name) or "").strip()
    if not text:
        return None
    folder = Path(text).expanduser()
    if not folder.is_dir():
        raise BadRequest(f"{label}: there is no folder {text}. Check the path", field=name)
    return folder


def output_folder(values: Values) -> Path | None:
    """It is made where it is not there yet. Raises BadRequest."""
    text = (values.get("batch_output") or "").strip()
    if not text:
        return None
    try:
        Path(text).expanduser().mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadRequest(f"Output directory: {error}. Name another one", field="batch_output") from error
    return Path(text).expanduser()


def pictures_in(folder: Path) -> list[Path]:
    """With subfolders, in natural order ("2" before "10")."""
    found = (path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    return sorted(found, key=lambda path: natural(path.relative_to(folder).as_posix()))


def natural(text: str) -> list[tuple[int, int, str]]:
    parts = re.split(r"(\d+)", text.lower())
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts]


def fixed_seed(values: Values) -> Values:
    """One seed for all pictures, drawn once where it is open."""
    return {**values, "seed": random.randrange(2**32)} if values["seed"] == -1 else values


def with_own_parameters(request: GenerationRequest, path: Path, values: Values) -> GenerationRequest:
    """Prompts of the file are put behind those of the page, the rest replaces them, as far as it is asked for.

    They may stand in a file of the same name in another folder. Raises BadRequest where there is no such folder.
    """
    if not values["batch_png_info"]:
        return request
    folder = folder_of(values, "batch_png_folder", "PNG info directory")
    source = folder / path.name if folder else path
    text = parse_infotext(read_infotext(source)) if source.is_file() else None
    return with_parameters(request, text, values["batch_png_parameters"] or ()) if text and text.facts else request


def with_parameters(request: GenerationRequest, text: Infotext, wanted: Sequence[str]) -> GenerationRequest:
    facts = {key: value for key, value in text.facts.items() if key in wanted}
    changes: dict[str, Any] = {
        attribute: read(facts[key])
        for key, attribute, read in (("Seed", "seed", int), ("CFG scale", "cfg_scale", float), ("Steps", "steps", int))
        if key in facts
    }
    if "Sampler" in facts:
        changes["sampler"], schedule = split_sampler(facts["Sampler"])
        changes["schedule"] = text.facts.get("Schedule type", schedule).replace("Automatic", "")
    prompts = [request.prompt, text.prompt if "Prompt" in wanted else ""]
    negative = [request.negative_prompt, text.negative_prompt if "Negative prompt" in wanted else ""]
    model = {"sd_model_checkpoint": facts["Model hash"]} if "Model hash" in facts else {}
    return replace(
        request,
        prompt=" ".join(part for part in prompts if part),
        negative_prompt=" ".join(part for part in negative if part),
        sampling=replace(request.sampling, **changes),
        settings={**request.settings, **model},
    )


def copy_to(folder: Path, stem: str, pictures: Sequence[Path]) -> list[Path]:
    """Under the source's name; a name that is taken gets a number, so that nothing is ever written over."""
    made: list[Path] = []
    for picture in pictures:
        number, target = 0, folder / f"{stem}{picture.suffix}"
        while True:
            try:
                with target.open("xb") as file:
                    file.write(picture.read_bytes())
                break
            except FileExistsError:
                number += 1
                target = folder / f"{stem}-{number}{picture.suffix}"
        made.append(target)
    return made
