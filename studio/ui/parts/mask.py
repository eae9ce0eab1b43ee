"""How the masked part is redrawn; where the mask comes from says `picture.py`. A parameter is a component in `build`, a
line in `read` and one in `show`.
"""

import gradio as gr
from PIL.Image import Image

from studio.domain.request import ColourMatch, Mask, MaskedContent
from studio.ui.parts import soft
from studio.ui.values import Controls, Values, real, whole
from studio.ui.widgets import check, choice, segments, slider

MASKED, NOT_MASKED = "Inpaint masked", "Inpaint not masked"
KEEPS = "the redrawn part goes back into the picture at its own size; otherwise the result has Width and Height"
WHOLE, ONLY_MASKED = "Whole picture", "Only masked"


def build() -> Controls:
    """The card under the canvas; `assets/mask.css` shows it on the tabs that have a mask."""
    with gr.Column(elem_classes=["card", "mask-options"]):
        with gr.Row(elem_classes=["halves"]):
            mode = segments("Mask mode", [MASKED, NOT_MASKED])
            area = segments("Inpaint area", [WHOLE, ONLY_MASKED])
        content = segments("Masked content", [each.value for each in MaskedContent], MaskedContent.original.value)
        with gr.Row(elem_classes=["halves"]):
            blur = slider("Mask blur", 0, 64, 4, 1)
            padding = slider("Only masked padding, pixels", 0, 256, 32, 4)
        with gr.Column(elem_classes=["only-inpaint-sketch"]):
            transparency = slider("Mask transparency", 0, 100, 0, 1)
    return Controls(
        values={
            "mask_mode": mode,
            "area": area,
            "content": content,
            "mask_blur": blur,
            "padding": padding,
            "transparency": transparency,
        }
    )


def build_rarer() -> Controls:
    """The fold with what is seldom changed; it shows on the tabs that have a mask."""
    with (
        gr.Accordion("Colours and size of the redrawn part", open=False, elem_classes=["fold", "only-mask"]),
        gr.Column(elem_classes=["columns"]),
    ):
        return Controls(
            values={
                "colour_match": choice("Colour match", [each.value for each in ColourMatch]),
                "keep_original_size": check("Keep original size", True, info=KEEPS),
            }
        )


def read(values: Values, image: Image | None, *, rounded: bool) -> Mask | None:
    """`image` (L, white is redrawn) is what the tab gives, None where nothing is masked."""
    if image is None:
        return None
    softly = soft.read(values)
    blur = real(values, "mask_blur")
    return Mask(
        image=image,
        blur_x=blur,
        blur_y=blur,
        inverted=values["mask_mode"] == NOT_MASKED,
        only_masked=values["area"] == ONLY_MASKED,
        padding=whole(values, "padding"),
        content=MaskedContent(values["content"]),
        rounded=rounded,
        colour_match=ColourMatch(values["colour_match"]),
        soft=softly,
    )


def show(mask: Mask) -> Values:
    return {
        "mask_mode": NOT_MASKED if mask.inverted else MASKED,
        "area": ONLY_MASKED if mask.only_masked else WHOLE,
        "content": mask.content.value,
        "mask_blur": mask.blur_x,
        "padding": mask.padding,
        "colour_match": mask.colour_match.value,
        **soft.show(mask.soft),
    }
