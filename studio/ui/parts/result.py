"""The column on the right: run bar, stage, strip, actions, history, infotext. HTML: `stage.py`; its life: `job.py`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from studio.ui.parts.stage import empty_inside, history_html, ready_html, stage_html, strip_html
from studio.ui.widgets import check, chip, hint, text_button

# Buttons that are drawn by ourselves tell Python which of them was pressed.
CHOOSING = """
element.addEventListener('click', (event) => {
  const thumb = event.target.closest('.thumb');
  if (thumb) trigger('select', { number: Number(thumb.dataset.number ?? -1), job: thumb.dataset.job ?? '' });
});
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """`sends`: the buttons that send the picture to a place, by the place's name."""

    generate: gr.Button
    interrupt: gr.Button
    skip: gr.Button
    progress: gr.HTML
    stage: gr.HTML
    strip: gr.HTML
    history: gr.HTML
    infotext: gr.Textbox
    sends: dict[str, gr.Button]
    with_parameters: gr.Checkbox
    undo: gr.Button
    invitation: str

    def outputs(self) -> list[Any]:
        return [
            self.generate, self.interrupt, self.skip, self.progress,
            self.stage, self.strip, self.history, self.infotext,
        ]  # fmt: skip


def build(key: str, invitation: str, places: Sequence[str], units: int) -> Result:
    """`places` and the `units` of ControlNet are where the picture can be sent to."""
    with gr.Column(elem_classes=["area-result"]):
        with gr.Column(elem_classes=["run", "card"]):
            with gr.Row(elem_classes=["bar"]):
                generate = gr.Button(
                    "Generate", variant="primary", elem_classes=["generate"], elem_id=f"{key}_generate"
                )
                interrupt = text_button("stop", "Interrupt", interactive=False, elem_id=f"{key}_interrupt")
                skip = text_button("skip", "Skip", interactive=False, elem_id=f"{key}_skip")
            progress = gr.HTML(ready_html(), elem_classes=["progress-box"], elem_id=f"{key}_progress")
        with gr.Column(elem_classes=["card", "outcome"]):
            empty = stage_html(empty_inside(invitation), "is-empty")
            stage = gr.HTML(empty, elem_classes=["stage-box"], elem_id=f"{key}_stage")
            strip = gr.HTML(strip_html((), 0), elem_classes=["strip-box"], elem_id=f"{key}_strip", js_on_load=CHOOSING)
            sends, with_parameters, undo = build_sends(key, [*places, *map(unit_name, range(units))])
            history = gr.HTML(
                history_html((), (), ""), elem_classes=["history-box"], elem_id=f"{key}_history", js_on_load=CHOOSING
            )
            with gr.Accordion("Generation parameters", open=False, elem_classes=["quiet"]):
                infotext = gr.Textbox(
                    "",
                    show_label=False,
                    label="Generation parameters",
                    lines=5,
                    interactive=False,
                    buttons=["copy"],
                    elem_id=f"{key}_infotext",
                )
    return Result(
        generate=generate,
        interrupt=interrupt,
        skip=skip,
        progress=progress,
        stage=stage,
        strip=strip,
        history=history,
        infotext=infotext,
        sends=sends,
        with_parameters=with_parameters,
        undo=undo,
        invitation=invitation,
    )


def unit_name(number: int) -> str:
    return f"unit {number}"


def build_sends(key: str, places: Sequence[str]) -> tuple[dict[str, gr.Button], gr.Checkbox, gr.Button]:
    with gr.Row(elem_classes=["bar", "actions", "sends"]):
        hint("Send to")
        sends = {place: chip(place, elem_id=f"{key}_send_{place.replace(' ', '_')}") for place in places}
    with gr.Row(elem_classes=["bar", "actions"]):
        with_parameters = check("with parameters", False, elem_id=f"{key}_with_parameters")
        gr.HTML("<i></i>", elem_classes=["spring"])
        undo = chip("Undo send", "undo-send", interactive=False, elem_id=f"{key}_undo_send")
        gr.HTML(
            '<a class="zip" href="#" download aria-disabled="true">All as zip</a>'
            '<a class="download" href="#" download aria-disabled="true">Download</a>',
            elem_classes=["download-box"],
        )
    return sends, with_parameters, undo
