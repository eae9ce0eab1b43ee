"""Another checkpoint for the last steps. A parameter is a component in `build`, a line in `read` and one in `show`."""

from collections.abc import Sequence

import gradio as gr

from studio.domain.request import Refiner
from studio.ui.values import Controls, Values, real
from studio.ui.widgets import choice, slider

NONE = "None"


def build(checkpoints: Sequence[str]) -> Controls:
    with gr.Accordion("Refiner", open=False, elem_classes=["fold"]), gr.Column(elem_classes=["columns"]):
        return Controls(
            values={
                "refiner": choice("Checkpoint", [NONE, *checkpoints]),
                "refiner_switch_at": slider("Switch at", 0.01, 1, 0.8, 0.01),
            }
        )


def read(values: Values) -> Refiner | None:
    if values["refiner"] in (NONE, "", None):
        return None
    return Refiner(model=values["refiner"], switch_at=real(values, "refiner_switch_at"))


def show(refiner: Refiner | None) -> Values:
    if refiner is None:
        return {"refiner": NONE}
    return {"refiner": refiner.model, "refiner_switch_at": refiner.switch_at}
