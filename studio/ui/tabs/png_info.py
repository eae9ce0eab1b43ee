"""The PNG Info tab: how was this picture made? It goes to the tabs that draw, together with its parameters."""

from html import escape
from typing import Any

import gradio as gr

from studio.prompt.infotext import Infotext, parse_infotext
from studio.ui.canvas.paint_canvas import PaintCanvas
from studio.ui.canvas.painting import CanvasMode, Painting
from studio.ui.desk import Desk, Place, Tab
from studio.ui.parcel import packed, parcel, unpacked, values_for, values_in
from studio.ui.paste import request_of
from studio.ui.values import LOUD, QUIET, Values
from studio.ui.widgets import chip, hint

KEY = "png-info"
INVITATION = (
    '<p class="hint">Drop a picture that was saved by this studio or another one. '
    "Its parameters appear here, ready to be sent to any tab.</p>"
)
NOTHING = '<p class="hint">This picture carries no generation parameters.</p>'


def build(desk: Desk) -> None:
    with gr.Row(elem_classes=["png-info"]):
        canvas = PaintCanvas(
            desk.documents, mode=CanvasMode.picture, elem_id="png_info", label="Picture", elem_classes=["canvas"]
        )
        with gr.Column(elem_classes=["card", "png-facts"]):
            told = gr.HTML(INVITATION, elem_id="png_info_text")
            with gr.Row(elem_classes=["bar", "actions", "sends"]) as row:
                hint("Send to")
    canvas.change(tell, canvas, told, **QUIET)
    desk.later.append(lambda: bind_sends(desk, canvas, row))


def bind_sends(desk: Desk, canvas: PaintCanvas, row: gr.Row) -> None:
    for place in desk.places:
        with row:
            button = chip(place.name, elem_id=f"png_info_send_{place.name.replace(' ', '_')}")
        bind_send(desk, canvas, button, place)


def bind_send(desk: Desk, canvas: PaintCanvas, button: gr.Button, place: Place) -> None:
    """The picture to the place's canvas, if there is one, and what its text says to the controls."""
    sent, back = parcel(), parcel()

    def sending(painting: Painting | None, given: Values | None) -> Any:
        values = values_in(given, place.components)
        text = painting.infotext() if painting else ""
        request = request_of(desk.studio, text, place.base(values)) if text else None
        shown = values_for(place.components, place.show(request)) if request else []
        return [painting, shown] if place.canvas else shown

    outputs = [place.canvas, back] if place.canvas else [back]
    event = packed(button.click, place.components, sent).success(sending, [canvas, sent], outputs, **LOUD)
    opened = unpacked(event.success, place.components, back)
    opened.success(None, None, None, js=f"() => {place.opening}", **QUIET)


def tell(painting: Painting | None) -> str:
    if painting is None:
        return INVITATION
    text = painting.infotext()
    return facts_html(parse_infotext(text)) if text else NOTHING


def facts_html(text: Infotext) -> str:
    rows = [("Prompt", text.prompt), ("Negative prompt", text.negative_prompt), *text.facts.items()]
    told = "".join(f"<dt>{escape(key)}</dt><dd>{escape(value)}</dd>" for key, value in rows if value)
    return f'<dl class="facts">{told}</dl>'


TAB = Tab(name="PNG Info", key=KEY, order=40, build=build)
