"""All that the buttons of a tab that draws do, bound at once."""

from typing import Any

import gradio as gr

from studio.domain.geometry import Size
from studio.ui.desk import Desk
from studio.ui.generation import Panel, bind
from studio.ui.parts import size
from studio.ui.paste import bind_paste
from studio.ui.sending import bind_seed, bind_sending
from studio.ui.style_binding import bind_styles
from studio.ui.values import QUIET


def bind_all(desk: Desk, panel: Panel) -> None:
    shown = bind(desk, panel)
    bind_paste(desk, panel, shown)
    bind_seed(desk, panel, shown)
    bind_styles(desk, panel)
    bind_checkpoint(desk, panel)
    desk.later.append(lambda: bind_sending(desk, panel, shown))


def bind_checkpoint(desk: Desk, panel: Panel) -> None:
    """Another checkpoint brings its own pixel count, for the shape that is set, unless the user has set the size."""
    checkpoint = desk.tops.get("sd_model_checkpoint")
    if checkpoint is None:
        return
    sides = [panel.components["width"], panel.components["height"]]

    def fitted(title: str | None, is_typed: bool, width: int | None, height: int | None) -> list[Any]:
        if is_typed or not title or not width or not height:
            return [gr.skip()] * 2
        return list(size.fitting(Size(width, height), desk.studio.native_size(title)))

    checkpoint.input(fitted, [checkpoint, panel.controls.handles["typed"], *sides], sides, **QUIET)
