"""The ControlNet accordion: units in tabs, of which the closed header names those that are on. A unit's own parameters
are in `control_unit.py`, what its buttons do in `ui/control_binding.py`.
"""

from collections.abc import Sequence

import gradio as gr

from studio.domain.registry import Registry
from studio.domain.request import ControlUnit
from studio.domain.things import Preprocessor
from studio.store.documents import Documents
from studio.studio import Studio
from studio.ui.parts.control_pictures import SINGLE
from studio.ui.parts.control_unit import build_unit, named, read_unit, show_unit
from studio.ui.values import Controls, Values


def build(key: str, studio: Studio, documents: Documents, *, has_picture: bool, has_folders: bool) -> Controls:
    """As many units as the setting says. Handles: `control.fold`, and `control.<number>.tab` beside the units' own."""
    drawn = Controls()
    fold = gr.Accordion("ControlNet", open=False, elem_classes=["fold"], elem_id=f"{key}_controlnet")
    with fold, gr.Tabs(elem_classes=["units"]):
        for number in range(studio.settings.get().control_units):
            with gr.Tab(f"Unit {number}", elem_id=f"{key}_unit_{number}") as tab:
                drawn |= build_unit(key, number, studio, documents, has_picture=has_picture, has_folders=has_folders)
            drawn |= Controls(handles={named(number, "tab"): tab})
    return drawn | Controls(handles={"control.fold": fold})


def count_units(values: Values) -> int:
    return sum(name.startswith("control.") and name.endswith(".enabled") for name in values)


def read(values: Values, documents: Documents, *, has_picture: bool) -> tuple[ControlUnit, ...]:
    """The enabled units, in order. Raises BrokenFile, BadRequest, UnknownName."""
    numbers = [number for number in range(count_units(values)) if values[named(number, "enabled")]]
    return tuple(read_unit(values, number, documents, has_picture=has_picture) for number in numbers)


def without_pictures(values: Values) -> Values:
    """The values as if no unit had several pictures, which need not be read for a text to be put on."""
    return {**values, **{named(number, "input_mode"): SINGLE for number in range(count_units(values))}}


def show(
    units: tuple[ControlUnit, ...], count: int, preprocessors: Registry[Preprocessor], *, has_picture: bool
) -> Values:
    """The units on the first tabs, and nothing enabled on the others (`count` in all)."""
    shown: dict[str, object] = {named(number, "enabled"): False for number in range(len(units), count)}
    for number, unit in enumerate(units[:count]):
        shown |= show_unit(unit, number, preprocessors, has_picture=has_picture)
    return shown


def header(active: Sequence[str]) -> str:
    """Of the closed panel; `active` are the units that are on, by number and name."""
    return " · ".join(["ControlNet", ", ".join(active)] if active else ["ControlNet"])
