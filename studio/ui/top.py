"""The line on top: brand, checkpoint, quick settings, queue, light or dark. A quick setting is any declared setting."""

from functools import partial
from html import escape
from typing import Any

import gradio as gr

from studio.domain.settings import BY_KEY, Declared
from studio.jobs.queue import JobQueue
from studio.studio import Studio
from studio.ui.errors import shown
from studio.ui.icons import svg
from studio.ui.lists import checkpoint_titles, lists_of
from studio.ui.queue_text import queue_html, waiting
from studio.ui.values import LOUD, QUIET
from studio.ui.widgets import component, icon_button

CHECKPOINT = "sd_model_checkpoint"
BRAND = (
    '<div class="brand"><svg width="26" height="26" viewBox="0 0 26 26" aria-hidden="true">'
    '<rect width="26" height="26" rx="7" fill="var(--accent)"/>'
    '<path d="M0 17c5-4 9-3 13-1s9 2 13-2v5a7 7 0 0 1-7 7H7a7 7 0 0 1-7-7z" fill="var(--on-accent)" opacity=".35"/>'
    '<path d="M8 18V12l5-5 5 5v6z" fill="var(--on-accent)"/></svg><b>Redraw Studio</b></div>'
)
NO_MODEL = (
    "No checkpoint is installed. Put one (.safetensors or .ckpt) into models/Stable-diffusion, then press Refresh "
    "checkpoints"
)


def build(page: gr.Blocks, studio: Studio, jobs: JobQueue) -> tuple[dict[str, Any], gr.HTML]:
    """(the components by the keys of their settings, the text about the queue)."""
    keys = [key for key in studio.settings.get().quick_settings if key in BY_KEY]
    drawn: dict[str, Any] = {}
    with gr.Row(elem_classes=["top", "bar"]):
        gr.HTML(BRAND, elem_classes=["brand-box"])
        with gr.Row(elem_classes=["bar", "quick"]):
            if CHECKPOINT in keys:
                drawn[CHECKPOINT] = build_checkpoint(studio)
                drawn["refresh"] = icon_button("refresh", "Refresh checkpoints", elem_id="refresh_checkpoints")
            for key in keys:
                if key != CHECKPOINT:
                    drawn[key] = build_quick(studio, BY_KEY[key])
        queue = gr.HTML(queue_html(0), elem_classes=["queue-box"])
        gr.HTML(theme_html(), elem_classes=["theme-box"])
    missing = gr.HTML(missing_html(studio), elem_classes=["problem-box"])
    bind_checkpoint(page, studio, drawn, missing)
    page.load(lambda: queue_html(waiting(jobs)), None, queue, **QUIET)
    return drawn, queue


def build_checkpoint(studio: Studio) -> gr.Dropdown:
    titles = checkpoint_titles(studio)
    chosen = gr.Dropdown(
        titles,
        value=current_checkpoint(studio),
        label="Checkpoint",
        interactive=True,
        elem_id="checkpoint",
        elem_classes=["line"],
    )
    chosen.input(partial(change, studio, CHECKPOINT), chosen, None, **LOUD)
    return chosen


def bind_checkpoint(page: gr.Blocks, studio: Studio, drawn: dict[str, Any], missing: gr.HTML) -> None:
    """A file that was just put into the folder shows after Refresh, and after a reload."""
    if CHECKPOINT not in drawn:
        return

    def found() -> list[Any]:
        return [checkpoints_of(studio), missing_html(studio)]

    outputs = [drawn[CHECKPOINT], missing]
    drawn["refresh"].click(found, None, outputs, **QUIET)
    page.load(found, None, outputs, **QUIET)


def build_quick(studio: Studio, declared: Declared) -> Any:
    value = getattr(studio.settings.get(), declared.attribute)
    drawn = component(declared.field, lists_of(studio), value)
    drawn.input(partial(change, studio, declared.field.name), drawn, None, **LOUD)
    return drawn


def change(studio: Studio, key: str, value: Any) -> None:
    with shown():
        studio.settings.change({key: BY_KEY[key].field.check(value)})


def checkpoints_of(studio: Studio) -> gr.Dropdown:
    return gr.Dropdown(choices=list(checkpoint_titles(studio)), value=current_checkpoint(studio))


def current_checkpoint(studio: Studio) -> str | None:
    """The title of the one that draws: the chosen one, or the first that is there."""
    checkpoints = studio.checkpoints()
    chosen = studio.settings.get().checkpoint
    if chosen in checkpoints:
        return checkpoints[chosen].title
    return next((checkpoint.title for checkpoint in checkpoints), None)


def missing_html(studio: Studio) -> str:
    return "" if current_checkpoint(studio) else problem_html(NO_MODEL)


def problem_html(text: str) -> str:
    """What is wrong as a title, and what to do below it."""
    title, _, remedy = text.partition(". ")
    return (
        f'<div class="page-problem" role="alert">{svg("info", 18)}<p><b>{escape(title)}.</b> {escape(remedy)}</p></div>'
    )


def theme_html() -> str:
    return (
        '<button type="button" class="theme-toggle" aria-label="Light or dark" title="Light or dark">'
        f"{svg('sun', 18)}{svg('moon', 18)}</button>"
    )
