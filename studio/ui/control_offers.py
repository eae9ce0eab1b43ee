"""A ControlNet unit whose control type has no model yet: the known one is offered, and one click brings it."""

import time
from collections.abc import Iterator
from html import escape
from typing import Any

import gradio as gr

from studio.catalog.controlnets import WIDTHS, text_width_of
from studio.catalog.downloads import DownloadState
from studio.catalog.kinds import Kind
from studio.catalog.known import Known
from studio.controlnet.control_types import ALL, CONTROL_TYPES, ControlType, default_model, models_of
from studio.domain.errors import StudioError
from studio.planning.installed import pick_checkpoint
from studio.planning.unions import CONTROLS
from studio.ui.desk import Desk
from studio.ui.download_text import known_text, state_text
from studio.ui.errors import shown
from studio.ui.generation import Panel
from studio.ui.parts.control_unit import model_names, named
from studio.ui.values import EACH, LOUD

POLL = 0.3  # seconds


def offered(desk: Desk, kind_name: str) -> Known | None:
    """The known model for a type that has none for the chosen checkpoint, of that one's architecture."""
    kind = CONTROL_TYPES[kind_name]
    if desk.downloads is None or kind is ALL or model_names(kind, desk.studio)[1:]:
        return None
    try:
        checkpoint = pick_checkpoint(desk.studio.settings.get().checkpoint, desk.studio.checkpoints())
    except StudioError:
        return None
    width = text_width_of(checkpoint)
    controls = (each for each in desk.downloads.known if each.kind is Kind.controlnet)
    fitting = (each for each in controls if WIDTHS[each.architecture] == width)
    return next((each for each in fitting if is_for(kind, each.file)), None)


def is_for(kind: ControlType, file: str) -> bool:
    """A union belongs to all types, but only some of their maps were shown to it."""
    return bool(models_of(kind, [file])[1:]) and ("union" not in file or kind.name in CONTROLS)


def bind_offer(desk: Desk, panel: Panel, number: int) -> None:
    kind: Any = panel.components[named(number, "type")]
    model: Any = panel.components[named(number, "model")]
    row, told, bring = (panel.controls.handles[named(number, each)] for each in ("offer", "offer_told", "offer_bring"))

    def asked(kind_name: str) -> list[Any]:
        known = offered(desk, kind_name)
        return [gr.Row(visible=known is not None), offer_html(kind_name, known) if known else ""]

    def brought(kind_name: str) -> Iterator[list[Any]]:
        with shown():
            for words in bringing(desk, kind_name):
                yield [gr.skip(), f'<span class="hint">{escape(words)}</span>', gr.skip()]
        names = model_names(CONTROL_TYPES[kind_name], desk.studio)
        chosen = default_model(CONTROL_TYPES[kind_name], names[1:])
        yield [gr.Row(visible=False), "", gr.Dropdown(choices=names, value=chosen)]

    kind.change(asked, kind, [row, told], **EACH)
    bring.click(brought, kind, [row, told, model], **LOUD)


def offer_html(kind_name: str, known: Known) -> str:
    words = f"No model for {kind_name} yet: {known.file}, {known_text(known)}"
    return f'<span class="hint">{escape(words)}</span>'


def bringing(desk: Desk, kind_name: str) -> Iterator[str]:
    """How far the download is, until it is over. Raises StudioError where it fails."""
    known = offered(desk, kind_name)
    if known is None or desk.downloads is None:
        return
    number = desk.downloads.add_known(known.file).number
    while True:
        download = next(each for each in desk.downloads.list() if each.number == number)
        if download.state in (DownloadState.failed, DownloadState.cancelled):
            raise StudioError(state_text(download))
        if download.state.is_over:
            return
        yield state_text(download)
        time.sleep(POLL)
