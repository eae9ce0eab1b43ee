"""The slider that only models have which edit a picture as they are told (InstructPix2Pix)."""

import gradio as gr

from studio.studio import Studio
from studio.ui.desk import Desk
from studio.ui.generation import Panel
from studio.ui.top import CHECKPOINT, current_checkpoint
from studio.ui.values import QUIET, Controls
from studio.ui.widgets import slider

CHANNELS = 8  # of the network's input: the latent, and the picture's own beside it


def build_edit(studio: Studio) -> Controls:
    shown = is_edit_model(studio, current_checkpoint(studio))
    return Controls(values={"image_cfg_scale": slider("Image CFG Scale", 0, 3, 1.5, 0.05, visible=shown)})


def bind_edit(desk: Desk, panel: Panel) -> None:
    """It comes and goes with the checkpoint."""
    checkpoint, scale = desk.tops.get(CHECKPOINT), panel.components["image_cfg_scale"]
    if checkpoint is None:
        return

    def seen(title: str | None) -> gr.Slider:
        return gr.Slider(visible=is_edit_model(desk.studio, title))

    checkpoint.change(seen, checkpoint, scale, **QUIET)


def is_edit_model(studio: Studio, title: str | None) -> bool:
    checkpoints = studio.checkpoints()
    return bool(title) and title in checkpoints and checkpoints[title].in_channels == CHANNELS
