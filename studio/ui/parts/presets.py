"""Ways to inpaint, one click each: they set controls, which stay open to change. A new one is an entry of the file."""

import json
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from studio.ui.values import QUIET, Components, Controls

CHOOSING = """
element.addEventListener('click', (event) => {
  const chip = event.target.closest('.chip');
  if (chip) trigger('select', { number: Number(chip.dataset.number) });
});
"""
FILE = Path(__file__).parents[3] / "configs" / "inpaint_presets.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Preset:
    """`sets`: values by the names of the controls."""

    name: str
    about: str
    sets: dict[str, Any]


def read_presets(file: Path = FILE) -> list[Preset]:
    return [Preset(**each) for each in json.loads(file.read_text("utf-8"))]


def build() -> Controls:
    """A row of chips, on the tabs that have a mask. Handle: presets."""
    chips = "".join(
        f'<button type="button" class="chip" data-number="{number}" title="{escape(each.about)}">'
        f"{escape(each.name)}</button>"
        for number, each in enumerate(read_presets())
    )
    html = f'<div class="presets" role="group" aria-label="Presets of inpainting">{chips}</div>'
    return Controls(handles={"presets": gr.HTML(html, elem_classes=["presets-box", "only-mask"], js_on_load=CHOOSING)})


def bind(components: Components, controls: Controls) -> None:
    presets = read_presets()
    names = sorted({name for each in presets for name in each.sets})

    def chosen(event: gr.EventData) -> list[Any]:
        sets = presets[int(event.number)].sets
        return [sets.get(name, gr.skip()) for name in names]

    outputs: list[Any] = [components[name] for name in names]
    controls.handles["presets"].select(chosen, None, outputs, **QUIET)
