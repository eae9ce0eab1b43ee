"""The canvas as a Gradio component."""

import json
from pathlib import Path

import gradio as gr
import pytest
from PIL import Image

from studio.store.documents import Documents
from studio.ui.canvas.paint_canvas import FLUSH, PaintCanvas, canvas_head


@pytest.fixture
def documents(tmp_path: Path) -> Documents:
    return Documents(tmp_path / "documents")


def test_what_python_sets_is_what_python_gets(documents: Documents):
    canvas = PaintCanvas(documents, mode="mask", elem_id="inpaint", label="Inpaint")
    mask = Image.new("L", (40, 30), 200)
    value = canvas.postprocess({"image": Image.new("RGB", (40, 30), "red"), "mask": mask})
    painting = canvas.preprocess(json.loads(json.dumps(value)))
    assert painting.mask().tobytes() == mask.tobytes()
    assert canvas.preprocess(canvas.postprocess(None)) is None


def test_every_value_that_python_sets_is_a_new_one(documents: Documents):
    canvas = PaintCanvas(documents, mode="mask", elem_id="inpaint")
    assert canvas.value["set"] == "start"
    assert canvas.value["canvas"] == "inpaint"
    first, second = canvas.postprocess(None), canvas.postprocess(None)
    assert len({"start", first["set"], second["set"]}) == 3


def test_forgotten_bytes_are_told_to_the_user(documents: Documents):
    canvas = PaintCanvas(documents, mode="mask", elem_id="inpaint")
    value = canvas.postprocess(Image.new("RGB", (8, 8)))
    documents.path(value["picture"]).unlink()
    with pytest.raises(gr.Error, match="put it in again"):
        canvas.preprocess(value)


def test_its_config_is_plain_json(documents: Documents):
    with gr.Blocks() as page:
        PaintCanvas(documents, mode="sketch", elem_id="sketch", label='Say "sketch"', small=True)
    config = json.dumps(page.get_config_file())
    assert "sketch" in config


def test_an_unknown_mode_is_refused(documents: Documents):
    with pytest.raises(ValueError, match="watercolour"):
        PaintCanvas(documents, mode="watercolour", elem_id="x")


def test_the_head_and_the_flush_belong_together():
    assert 'src="canvas/assets/main.js"' in canvas_head()
    assert "RedrawCanvas.flush" in FLUSH
