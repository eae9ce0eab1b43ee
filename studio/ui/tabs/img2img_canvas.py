"""What goes on between the canvases of the img2img tab and the rest: copies, words for a picture."""

from typing import Any

import gradio as gr

from studio.ui.desk import Desk
from studio.ui.errors import shown
from studio.ui.generation import Panel
from studio.ui.parcel import WITH_MODE
from studio.ui.parts import picture
from studio.ui.values import LOUD

NO_PICTURE = "There is no picture on this tab to copy"


def bind_canvases(desk: Desk, panel: Panel) -> None:
    for mode in picture.MODES[:4]:
        bind_copy(panel, mode)
    for name in desk.studio.interrogators.names():
        bind_interrogate(desk, panel, name)


def bind_copy(panel: Panel, target: picture.Mode) -> None:
    """The picture as it is seen, colours baked in; what selects only is no part of it."""
    names = [mode.picture for mode in picture.MODES]

    def copied(*given: Any) -> Any:
        values = dict(zip(["mode", *names], given, strict=True))
        painting = picture.painting(values)
        if painting is None:
            gr.Warning(NO_PICTURE)
            return gr.skip()
        with shown():
            return {"image": painting.composite(), "name": painting.name} if painting.drawing() else painting

    event = panel.controls.handles[f"copy.{target.key}"].click(
        copied,
        [panel.mode, *(panel.components[name] for name in names)],
        panel.components[target.picture],
        js=WITH_MODE,
        **LOUD,
    )
    event.success(None, None, None, js=f"() => window.StudioPage.open('img2img', '{target.key}')", **LOUD)


def bind_interrogate(desk: Desk, panel: Panel, name: str) -> None:
    """The picture of the open tab, in words, into the prompt."""
    names = [mode.picture for mode in picture.MODES]

    def described(*given: Any) -> Any:
        values = dict(zip(["mode", *names], given, strict=True))
        with shown():
            image = picture.source({**values, "transparency": 0, "picture.upload_mask": None}).image
            return desk.jobs.do(lambda progress: desk.studio.interrogate(name, image)).result()

    panel.controls.handles[f"interrogate.{name}"].click(
        described,
        [panel.mode, *(panel.components[name] for name in names)],
        panel.components["prompt"],
        js=WITH_MODE,
        **LOUD,
    )
