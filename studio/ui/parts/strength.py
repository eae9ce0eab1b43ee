"""How much is redrawn, with a sentence that says what the number means (`assets/strength.js` keeps it up to date)."""

import gradio as gr

from studio.ui.values import Controls, Values, real

TIP = "0 returns the picture, 1 draws a new one; below 0.5 most of it stays"
WORDS = (
    f'<div class="strength-words" title="{TIP}"><span>same picture</span><span>new picture</span></div>'
    '<p class="strength-says" role="status"></p>'
)


def build(key: str) -> Controls:
    strength = gr.Slider(
        0,
        1,
        0.75,
        step=0.01,
        label="Denoising strength",
        interactive=True,
        buttons=[],
        elem_id=f"{key}_strength",
        elem_classes=["strength"],
    )
    gr.HTML(WORDS, elem_classes=["strength-box"])
    return Controls(values={"strength": strength})


def read(values: Values) -> float:
    return real(values, "strength")


def show(strength: float) -> Values:
    return {"strength": strength}
