"""Parameters that the pictures of a batch bring along. To add one: a name in `PARAMETERS`, a line in `with_text`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr

from studio.domain.errors import BadRequest
from studio.domain.old_names import split_sampler
from studio.domain.request import GenerationRequest
from studio.imaging.load import read_infotext
from studio.prompt.infotext import Infotext, parse_infotext
from studio.ui.parts.places import folder_of
from studio.ui.values import Controls, Values
from studio.ui.widgets import check

PARAMETERS = ("Prompt", "Negative prompt", "Seed", "CFG scale", "Sampler", "Steps", "Model hash")


def build(*, has_folders: bool) -> Controls:
    values: dict[str, Any] = {}
    with gr.Accordion("PNG info", open=False, elem_classes=["quiet"]):
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
            elem_classes=["chips"],
        )
    return Controls(values=values)


def with_own_parameters(request: GenerationRequest, path: Path, name: str, values: Values) -> GenerationRequest:
    """Prompts of the file are put behind those of the page, the rest replaces them, as far as it is asked for.

    They stand in the picture at `path`, or in the file of its `name` in another folder. Raises BadRequest where there
    is no such folder, or a parameter is no number; BrokenFile.
    """
    if not values["batch_png_info"]:
        return request
    folder = folder_of(values, "batch_png_folder", "PNG info directory")
    source = folder / name if folder else path
    text = parse_infotext(read_infotext(source)) if source.is_file() else None
    return with_text(request, text, values["batch_png_parameters"] or ()) if text and text.facts else request


def with_text(request: GenerationRequest, text: Infotext, wanted: Sequence[str]) -> GenerationRequest:
    facts = {key: value for key, value in text.facts.items() if key in wanted}
    changes: dict[str, Any] = {
        attribute: number(facts, key, read)
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


def number(facts: Mapping[str, str], key: str, read: Callable[[str], float]) -> float:
    try:
        return read(facts[key])
    except ValueError as error:
        message = f"its PNG info says {key}: {facts[key]}, which is no number. Take other parameters from it"
        raise BadRequest(message, field=key) from error
