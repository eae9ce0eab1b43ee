"""The Models tab: every model file, what it is, and whether it can be used. A new kind of file is a line in GROUPS."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import islice
from pathlib import Path
from typing import Any

import gradio as gr

from studio.catalog.inventory import (
    About,
    Chosen,
    Item,
    checkpoint_items,
    controlnet_items,
    embedding_items,
    lora_items,
    upscaler_items,
    vae_items,
)
from studio.catalog.network_words import preview_beside
from studio.domain.errors import StudioError
from studio.planning.installed import pick_checkpoint
from studio.studio import Studio
from studio.ui.desk import Desk, Tab
from studio.ui.download_text import size_text
from studio.ui.parts.stage import thumbnail
from studio.ui.tabs.models_add import build_add
from studio.ui.values import EACH, LOUD, QUIET
from studio.ui.widgets import icon_button, text_button

NAME = "Models"
SHOWN = 40  # files of a kind at once: each one's header is read for it


@dataclass(frozen=True, slots=True)
class Group:
    """`folder` says where such files go."""

    name: str
    folder: str
    items: Callable[[Studio, Chosen], Iterator[Item]]


GROUPS = (
    Group(
        "Checkpoints",
        "models/Stable-diffusion: .safetensors or .ckpt files, or folders in diffusers' layout",
        lambda studio, chosen: checkpoint_items(studio.checkpoints()),
    ),
    Group(
        "LoRA",
        "models/Lora: LoRA, LoCon, LoHa, LoKr and their like",
        lambda studio, chosen: lora_items(studio.networks, chosen),
    ),
    Group(
        "Embeddings",
        "embeddings: textual inversions; the file's name in a prompt switches one on",
        lambda studio, chosen: embedding_items(studio.networks, chosen),
    ),
    Group(
        "VAE",
        "models/VAE; choose one under Settings, SD VAE, or give it its checkpoint's name",
        lambda studio, chosen: vae_items(studio.networks),
    ),
    Group(
        "ControlNet",
        "models/ControlNet: files or folders",
        lambda studio, chosen: controlnet_items(studio.controlnets(), chosen),
    ),
    Group(
        "Upscalers",
        "models/ESRGAN: what spandrel knows (ESRGAN, SwinIR, DAT, ...)",
        lambda studio, chosen: upscaler_items(studio.upscalers()),
    ),
)
ALL = "All"


def build(desk: Desk) -> None:
    with gr.Column(elem_classes=["models"]):
        with gr.Row(elem_classes=["bar", "models-bar"]):
            search = gr.Textbox(
                label="Search models", placeholder="Search by name or folder", interactive=True, show_label=False,
                elem_id="models_search", elem_classes=["grow"],
            )  # fmt: skip
            unload = text_button("cube", "Unload all", elem_id="models_unload")
            refresh = icon_button("refresh", "Look into the folders again", elem_id="models_refresh")
        adding = build_add(desk)
        kinds = [ALL, *(group.name for group in GROUPS)]
        kind = gr.Radio(kinds, value=ALL, label="Kind", interactive=True, elem_classes=["chips", "no-label"])
        gr.HTML('<p role="status" class="models-told"></p>')
        listed = gr.HTML("", elem_id="models_list")

    def told(kind: str, text: str | None) -> str:
        return list_html(desk.studio, kind, text or "")

    def opened(kind: str, text: str | None, about: gr.SelectData) -> object:
        return told(kind, text) if about.value == NAME else gr.skip()

    def looked(about: gr.SelectData) -> list[Any]:
        assert adding
        return adding.looked() if about.value == NAME else [gr.skip()] * len(adding.outputs)

    def unloaded() -> None:
        desk.jobs.do(lambda progress: desk.studio.unload_models()).result()
        gr.Info("All models were taken out of memory; the next job loads its own again", duration=5)

    asked = [kind, search]
    kind.change(told, asked, listed, **QUIET)
    search.change(told, asked, listed, trigger_mode="always_last", **QUIET)
    unload.click(unloaded, None, None, **LOUD)
    refresh.click(told, asked, listed, **QUIET)
    desk.pages.select(opened, asked, listed, **QUIET)
    if adding:
        adding.arrived.change(told, asked, listed, **EACH)
        desk.pages.select(looked, None, adding.outputs, **QUIET)


def list_html(studio: Studio, kind: str, text: str) -> str:
    chosen = chosen_of(studio)
    groups = [group for group in GROUPS if kind in (ALL, group.name)]
    return "".join(group_html(group, list(matching(group.items(studio, chosen), text)), text) for group in groups)


def chosen_of(studio: Studio) -> Chosen:
    try:
        return Chosen(pick_checkpoint(studio.settings.get().checkpoint, studio.checkpoints()))
    except StudioError:  # none there, or not any more
        return Chosen(None)


def matching(items: Iterator[Item], text: str) -> Iterator[Item]:
    words = text.lower().split()
    return (item for item in items if all(word in f"{item.name}\n{item.place}".lower() for word in words))


def group_html(group: Group, items: Sequence[Item], text: str) -> str:
    rows = "".join(row_html(item) for item in islice(items, SHOWN))
    rest = len(items) - SHOWN
    more = f'<p class="hint">{rest} more. Type into the search to see them</p>' if rest > 0 else ""
    empty = "No file of this kind fits the search" if text.strip() else "None yet"
    inside = f'<ul class="models-rows">{rows}</ul>{more}' if items else f'<p class="hint">{empty}</p>'
    title = f'<h2>{escape(group.name)}</h2><span class="count">{len(items)}</span>'
    folder = f'<span class="models-folder">Put them into {escape(group.folder)}</span>'
    return f'<section class="card models-group"><header>{title}{folder}</header>{inside}</section>'


def row_html(item: Item) -> str:
    about = item.about()
    folder = str(Path(item.place).parent)
    place = "" if folder == "." else f'<span class="models-place">{escape(folder)}</span>'
    facts = " · ".join(each for each in (about.kind, about.base, size_text(about.size)) if each)
    return (
        f'<li class="models-row"><div class="models-name">{preview_html(item)}<b>{escape(item.name)}</b>{place}</div>'
        f'<div class="models-facts">{escape(facts)}</div><div class="models-state">{state_html(about)}</div>'
        f'<div class="models-use">{use_html(item, about)}</div></li>'
    )


def preview_html(item: Item) -> str:
    """The picture beside the file, if there is one that can be read."""
    path = preview_beside(item.path) if item.path else None
    try:
        return f'<img class="models-preview" src="{thumbnail(path)}" alt="">' if path else ""
    except (OSError, ValueError):  # Pillow's for files that are no pictures
        return ""


def state_html(about: About) -> str:
    if about.problem:
        return f'<span class="state is-bad">{escape(about.problem)}</span>'
    if about.mismatch:
        return f'<span class="state is-other">{escape(about.mismatch)}</span>'
    return '<span class="state is-good">Ready</span>'


def use_html(item: Item, about: About) -> str:
    """The button that writes into the prompt, and one for each trigger word."""
    if not about.insert:
        return ""
    words = "".join(insert_html(word, word, f"Trigger word of {item.name}: into the prompt") for word in about.words)
    return insert_html(about.insert, "Into the prompt", f"Write {about.insert} into the prompt, or take it out") + words


def insert_html(text: str, label: str, title: str) -> str:
    """`assets/networks.js` does what its name says."""
    quoted = escape(text, quote=True)
    return (
        f'<button type="button" class="models-insert" data-insert="{quoted}" title="{escape(title, quote=True)}">'
        f"{escape(label)}</button>"
    )


TAB = Tab(name=NAME, key="models", order=60, build=build)
