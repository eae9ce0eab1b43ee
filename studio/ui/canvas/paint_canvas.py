"""PaintCanvas, the canvas as a Gradio component, and the texts that a page needs beside it.

How to use it (everything else about the canvas is in `assets/canvas`):

    documents = Documents(data_dir / "documents")          # outside every folder that is served
    mount_canvas(app, documents)                           # `routes.py`; before Gradio is mounted at "/"
    canvas = PaintCanvas(documents, mode="mask", elem_id="img2img_inpaint", label="Inpaint")
    button.click(run, inputs=[canvas], js=FLUSH, show_progress="hidden")
    gr.mount_gradio_app(app, page, path="/", head=canvas_head())

Arguments: `mode` is a `CanvasMode` ("picture" without a brush, "sketch", "mask", "colour_mask"); `elem_id` (needed, one
per canvas: the document keeps the painting under it); `label` (stands in its head, names it for screen readers);
`small` for a canvas without a second line of options and without a blank-canvas button; other keywords as of `gr.HTML`.

Python receives a `Painting` (`painting.py`: `picture()`, `mask()`, `drawing()`, `composite()`, `infotext()`, `file()`,
`name`, `size`) or None for an empty canvas. Python may set None, a path, bytes, a PIL image, a `Painting` of another
canvas (nothing is copied or encoded again), or `{"image": ..., "mask": L | "drawing": RGBA, "name": ...}`.

`js=FLUSH` belongs on every event that reads a canvas: it waits until all that was painted lies on the server, also for
canvases in tabs that were never opened since the reload; a picture that is just coming is waited for, a layer becomes
part of the picture. Where that fails the event does not run and the canvas says why.

Events of the component: `change` after its value has changed, however that came about; `upload` after the user has put
in another picture, `clear` after it was removed, `input` after a stroke. They carry the new value.

In the browser, `window.RedrawCanvas`:
    get(elem_id)               -> the canvas, or undefined before its tab was opened; `.width`, `.height` of the picture
    get(id).showTarget(width, height, resizeMode)   the rectangle of the result over the picture, fades after 1.5 s;
                               resizeMode is A1111's label or its index ("Crop and resize", 2 ...)
    showTarget(width, height, resizeMode)           the same on every visible canvas
    get(id).showBox({left, top, right, bottom} | null)   the crop box, in picture pixels; stays until null
    get(id).load(File), .blank(width, height, "#ffffff"), .clear(), .remove()
    openPoses(told)            the pose editor, see `ui/pose_binding.py`
    session                    `await session.values()`, `await session.saveValues({...})`: the page's own values in the
                               document of this browser tab; survives reload and restart
A DOM event "redraw-canvas" bubbles from the canvas after every change: detail {id, kind: "picture" | "drawing" |
"removed", width, height}.
"""

import json
import uuid
from html import escape
from typing import Any

import gradio as gr

from studio.domain.errors import StudioError
from studio.store.documents import Documents
from studio.ui.canvas.painting import CanvasMode, Settable, from_value, to_painting, to_value

FLUSH = "async (...values) => window.RedrawCanvas ? await window.RedrawCanvas.flush(values) : values"

# Relative to the page, so that it also works below a path (`--subpath`).
ASSETS = "canvas/assets/"
JS_ON_LOAD = """
const page = document.baseURI.split(/[?#]/)[0];
const base = page.endsWith('/') ? page : page + '/';
const host = {
  value: () => props.value,
  setValue: (value) => { props.value = value; },
  watchValue: (react) => watch('value', react),
  trigger,
};
import(base + 'ASSETSmain.js').then((main) => main.mount(element.querySelector('.rc-host'), OPTIONS, host));
"""


def canvas_head() -> str:
    """For the page's `head=`: loads the canvas early, and its style."""
    styles = "".join(f'<link rel="stylesheet" href="{ASSETS}{name}.css">' for name in ("canvas", "editors"))
    return f'{styles}<script type="module" src="{ASSETS}main.js"></script>'


class PaintCanvas(gr.HTML):
    """See the head of this module."""

    def __init__(
        self,
        documents: Documents,
        value: Settable = None,
        *,
        mode: str = CanvasMode.mask,
        elem_id: str,
        label: str = "Picture",
        small: bool = False,
        **keywords: Any,
    ) -> None:
        self._documents = documents
        self._is_made = False
        # Public, and plain values: Gradio puts constructor arguments into the page's config, and takes a name that it
        # does not find on the component for an event when it stands in the script.
        self.mode = CanvasMode(mode).value
        self.small = small
        options = {"id": elem_id, "mode": self.mode, "label": label, "small": small}
        super().__init__(
            value,
            elem_id=elem_id,
            label=label,
            html_template=f'<div class="rc-host" aria-label="{escape(label)}"></div>',
            css_template="",
            apply_default_css=False,
            js_on_load=JS_ON_LOAD.replace("ASSETS", ASSETS).replace("OPTIONS", json.dumps(options)),
            **keywords,
        )
        self._is_made = True

    def preprocess(self, payload: Any) -> Any:
        """A `Painting`, or None for an empty canvas."""
        try:
            return from_value(self._documents, CanvasMode(self.mode), payload)
        except StudioError as error:
            raise gr.Error(error.message, duration=None) from error

    def postprocess(self, value: Any) -> Any:
        """The browser's value of anything that `to_painting` takes."""
        painting = to_painting(self._documents, CanvasMode(self.mode), value)
        number = uuid.uuid4().hex if self._is_made else "start"
        return dict(to_value(painting, str(self.elem_id), number))

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}

    def example_payload(self) -> Any:
        return None

    def example_value(self) -> Any:
        return None
