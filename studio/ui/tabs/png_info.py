"""The PNG Info tab: how was this picture made? Its parameters can be sent to the tabs that draw."""

from html import escape
from typing import Any

import gradio as gr

from studio.prompt.infotext import Infotext, parse_infotext
from studio.ui.canvas.paint_canvas import FLUSH, PaintCanvas
from studio.ui.canvas.painting import CanvasMode, Painting
from studio.ui.tabs.tab import Desk, Tab
from studio.ui.values import LOUD, QUIET

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
            with gr.Row(elem_classes=["bar", "actions"]):
                gr.HTML('<span class="hint">Send to</span>')
                sends = gr.Row(elem_classes=["bar"])
    canvas.change(tell, canvas, told, **QUIET)
    desk.later.append(lambda: bind_sends(desk, canvas, sends))


def bind_sends(desk: Desk, canvas: PaintCanvas, row: gr.Row) -> None:
    """A button for each place that a picture can go to."""
    for place in desk.places:
        with row:
            button = gr.Button(place.name, size="sm", scale=0, min_width=0, elem_classes=["chip"])
        event = button.click(as_it_is, canvas, place.canvas, js=FLUSH, **LOUD)
        event.success(None, None, None, js=f"() => window.StudioPage.open('{place.page}', '{place.mode}')", **LOUD)


def as_it_is(painting: Painting | None) -> Painting | None:
    return painting


def tell(painting: Painting | None) -> str:
    if painting is None:
        return INVITATION
    text = painting.infotext()
    return facts_html(parse_infotext(text)) if text else NOTHING


def facts_html(text: Infotext) -> str:
    rows: list[tuple[str, Any]] = [
        ("Prompt", text.prompt),
        ("Negative prompt", text.negative_prompt),
        *text.facts.items(),
    ]
    told = "".join(f"<dt>{escape(key)}</dt><dd>{escape(str(value))}</dd>" for key, value in rows if value)
    return f'<dl class="facts">{told}</dl>'


TAB = Tab(name="PNG Info", key=KEY, order=40, build=build)
