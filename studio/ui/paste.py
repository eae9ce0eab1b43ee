"""Parameters that come as text: the paste button, a picture that is dropped on the prompts, one that carries them."""

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
from studio.ui.errors import shown as told
from studio.ui.generation import Panel
from studio.ui.parcel import packed, parcel, unpacked, values_for, values_in
from studio.ui.parts import job, picture
from studio.ui.parts.job import Shown
from studio.ui.values import LOUD, QUIET, Values

PICTURES = [mode.picture for mode in picture.MODES]
NO_PARAMETERS = "There are no generation parameters in it"


def bind_paste(desk: Desk, panel: Panel, shown: gr.State) -> None:
    handles = panel.controls.handles

    def pasted(known: Shown, sent: Values | None) -> list[Any]:
        values = values_in(sent, panel.kept)
        return restored(desk, panel, values["prompt"] or last_infotext(desk, known), values)

    def dropped(path: str | None, sent: Values | None) -> list[Any]:
        return restored(desk, panel, infotext_of(path), values_in(sent, panel.kept)) if path else []

    for listener, read, source in (
        (handles["paste"].click, pasted, shown),
        (handles["dropped"].upload, dropped, handles["dropped"]),
    ):
        sent, back = parcel(), parcel()
        event = packed(listener, panel.kept, sent).success(read, [source, sent], back, **LOUD)
        unpacked(event.success, panel.kept, back)
        if source is handles["dropped"]:  # an empty field takes the next file
            event.then(None, None, source, js="() => null", **QUIET)


def bind_carried(desk: Desk, panel: Panel, button: gr.Button) -> None:
    """A picture that was put on a canvas and carries its parameters offers them, by a button that shows only then."""
    text, sent, back = gr.State(""), parcel(), parcel()

    def looked(painting: Painting | None) -> list[Any]:
        found = painting.infotext() if painting else ""
        return [found, gr.Button(visible=bool(found))]

    def taken(found: str, sent: Values | None) -> list[Any]:
        return [gr.Button(visible=False), restored(desk, panel, found, values_in(sent, panel.kept))]

    for name in PICTURES:
        panel.components[name].upload(looked, panel.components[name], [text, button], **QUIET)
    event = packed(button.click, panel.kept, sent).success(taken, [text, sent], [button, back], **LOUD)
    unpacked(event.success, panel.kept, back)


def restored(desk: Desk, panel: Panel, text: str, values: Values) -> list[Any]:
    """What the controls of a panel are set to by a text; nothing, and a word about it, where it says nothing."""
    with told():
        request = request_of(desk.studio, text, panel.base(values))
    if request is None:
        gr.Warning(NO_PARAMETERS)
        return []
    return values_for(panel.kept, panel.show(request))


def request_of(studio: Studio, text: str, base: GenerationRequest) -> GenerationRequest | None:
    """What an infotext says, on top of `base`; None for a text without parameters. Says what it cannot take."""
    parsed = parse_infotext(text)
    if not parsed.facts:
        return None
    found = restore(parsed, base, studio.settings.get())
    if found.ignored:
        gr.Info(f"Not taken over: {', '.join(found.ignored)}")
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
