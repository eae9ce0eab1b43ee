"""How to sample, and from which seed. A parameter is a component in a `build`, a line in `read` and one in `show`."""

from collections.abc import Sequence

import gradio as gr

from studio.domain.geometry import Size
from studio.domain.request import Sampling
from studio.ui.values import QUIET, Controls, Names, Values, real, whole
from studio.ui.widgets import choice, icon_button, number, slider

AUTOMATIC = "Automatic"


def build(samplers: Sequence[str], schedules: Sequence[str]) -> Controls:
    """`schedules` are labels."""
    first = "Euler a" if "Euler a" in samplers else None
    return Controls(
        values={
            "sampler": choice("Sampling method", samplers, first),
            "schedule": choice("Schedule type", [AUTOMATIC, *schedules]),
            "steps": slider("Sampling steps", 1, 150, 20, 1),
            "cfg_scale": slider("CFG Scale", 1, 30, 7, 0.5),
        }
    )


def build_seed(key: str) -> Controls:
    """The seed's row. Handle: again (the seed of the last picture)."""
    with gr.Row(elem_classes=["bar"]):
        seed = number("Seed", -1, "grow", precision=0, elem_id=f"{key}_seed")
        dice = icon_button("dice", "Random seed (-1)")
        again = icon_button("again", "Seed of the last picture", elem_id=f"{key}_seed_again")
    dice.click(None, None, seed, js="() => -1", **QUIET)
    return Controls(values={"seed": seed}, handles={"again": again})


def build_extra_seed(key: str) -> Controls:
    with gr.Accordion("Extra seed", open=False, elem_classes=["quiet"], elem_id=f"{key}_extra_seed"):
        with gr.Row(elem_classes=["bar"]):
            variation = number("Variation seed", -1, "grow", precision=0)
            dice = icon_button("dice", "Random variation seed (-1)")
        values = {
            "variation_seed": variation,
            "variation_strength": slider("Variation strength", 0, 1, 0, 0.01),
            "seed_resize_width": slider("Resize seed from width", 0, 2048, 0, 8),
            "seed_resize_height": slider("Resize seed from height", 0, 2048, 0, 8),
        }
    dice.click(None, None, variation, js="() => -1", **QUIET)
    return Controls(values=values)


def read(values: Values) -> Sampling:
    return Sampling(
        sampler=values["sampler"] or "",
        schedule="" if values["schedule"] == AUTOMATIC else values["schedule"] or "",
        steps=whole(values, "steps"),
        cfg_scale=real(values, "cfg_scale"),
        seed=whole(values, "seed"),
        variation_seed=whole(values, "variation_seed"),
        variation_strength=real(values, "variation_strength"),
        seed_resize_from=Size(whole(values, "seed_resize_width"), whole(values, "seed_resize_height")),
    )


def show(sampling: Sampling, names: Names) -> Values:
    """Names that are installed as the page's lists have them, others as they are."""
    sampler, schedule = sampling.sampler, sampling.schedule
    return {
        "sampler": names.samplers[sampler].name if sampler in names.samplers else sampler,
        "schedule": names.schedules[schedule].label if schedule in names.schedules else schedule or AUTOMATIC,
        "steps": sampling.steps,
        "cfg_scale": sampling.cfg_scale,
        "seed": sampling.seed,
        "variation_seed": sampling.variation_seed,
        "variation_strength": sampling.variation_strength,
        "seed_resize_width": sampling.seed_resize_from.width,
        "seed_resize_height": sampling.seed_resize_from.height,
    }
