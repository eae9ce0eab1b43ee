"""Parameters that come as text: the paste button, and a picture that is dropped on the prompts."""

from pathlib import Path
from typing import Any

import gradio as gr

from studio.domain.errors import StudioError
from studio.domain.request import GenerationRequest
from studio.imaging.load import read_infotext
from studio.prompt.infotext import parse_infotext
from studio.prompt.restore import restore
from studio.studio import Studio
from studio.ui.canvas.painting import Painting
from studio.ui.desk import Desk
from studio.ui.generation import Panel, shown_on
from studio.ui.parts import job, picture
from studio.ui.parts.job import Shown
from studio.ui.values import LOUD, QUIET, Values

PICTURES = [mode.picture for mode in picture.MODES]
NO_PARAMETERS = "There are no generation parameters in it"


def bind_paste(desk: Desk, panel: Panel, shown: gr.State) -> None:
    handles, names = panel.controls.handles, list(panel.kept)

    def pasted(known: Shown, *given: Any) -> list[Any]:
        values = dict(zip(names, given, strict=True))
        text = values["prompt"] or last_infotext(desk, known)
        return restored(text, values)

    def dropped(path: str | None, *given: Any) -> list[Any]:
        values = dict(zip(names, given, strict=True))
        return restored(infotext_of(path), values) if path else [gr.skip() for _ in names]

    def restored(text: str, values: Values) -> list[Any]:
        request = request_of(desk.studio, text, panel.base(values))
        if request is None:
            gr.Warning(NO_PARAMETERS)
            return [gr.skip() for _ in names]
        return shown_on(panel.kept, panel.show(request))

    kept = list(panel.kept.values())
    handles["paste"].click(pasted, [shown, *kept], kept, **LOUD)
    handles["dropped"].upload(dropped, [handles["dropped"], *kept], kept, **LOUD)


def bind_carried(desk: Desk, panel: Panel, button: gr.Button) -> None:
    """A picture that was put on a canvas and carries its parameters offers them, by a button that shows only then."""
    names = list(panel.kept)
    text = gr.State("")

    def looked(painting: Painting | None) -> list[Any]:
        found = painting.infotext() if painting else ""
        return [found, gr.Button(visible=bool(found))]

    def taken(found: str, *given: Any) -> list[Any]:
        request = request_of(desk.studio, found, panel.base(dict(zip(names, given, strict=True))))
        shown = shown_on(panel.kept, panel.show(request)) if request else [gr.skip()] * len(names)
        return [gr.Button(visible=False), *shown]

    canvases = [each for name, each in panel.components.items() if name in PICTURES]
    for canvas in canvases:
        canvas.upload(looked, canvas, [text, button], **QUIET)
    kept = list(panel.kept.values())
    button.click(taken, [text, *kept], [button, *kept], **LOUD)


def request_of(studio: Studio, text: str, base: GenerationRequest) -> GenerationRequest | None:
    """What an infotext says, on top of `base`; None for a text without parameters. Says what it cannot take."""
    parsed = parse_infotext(text)
    if not parsed.facts:
        return None
    found = restore(parsed, base, studio.settings.get())
    if found.ignored:
        gr.Info(f"Not understood, and left out: {', '.join(found.ignored)}")
    return found.request


def infotext_of(path: str) -> str:
    try:
        return read_infotext(Path(path))
    except StudioError:  # a text file with parameters is as good
        return Path(path).read_text("utf-8", errors="replace")


def last_infotext(desk: Desk, shown: Shown) -> str:
    """Of the picture on the stage, else of the newest picture of this page."""
    for press in (",".join(shown.ids), *reversed(shown.history)):
        found = desk.jobs.get(job.ids_of(press)[0])
        paths = job.paths_of([found]) if found else []
        if paths:
            return read_infotext(paths[min(max(shown.selected, 0), len(paths) - 1)])
    return ""
