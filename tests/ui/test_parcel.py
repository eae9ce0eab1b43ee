from pathlib import Path

import gradio as gr
import pytest

from studio.domain.errors import BrokenFile
from studio.store.documents import Documents
from studio.ui.canvas.paint_canvas import PaintCanvas
from studio.ui.parcel import values_for, values_in, visit_of
from tests.fakes import noisy


def test_values_come_by_name_with_the_tab_and_the_visit():
    with gr.Blocks():
        components = {"steps": gr.Slider(1, 150, 20), "prompt": gr.Textbox()}
    sent = {"visit": "v", "mode": "sketch", "values": [30, "a fox"]}
    assert values_in(sent, components) == {"mode": "sketch", "steps": 30, "prompt": "a fox"}
    assert visit_of(sent) == "v"
    assert values_in(None, components) == {"mode": "", "steps": None, "prompt": None}


def test_a_canvas_arrives_as_a_painting_and_one_that_is_gone_is_said(tmp_path: Path):
    documents = Documents(tmp_path)
    with gr.Blocks():
        canvas = PaintCanvas(documents, mode="mask", elem_id="canvas")
    value = canvas.postprocess(noisy())
    painting = values_in({"values": [value]}, {"canvas": canvas})["canvas"]
    assert painting.picture() == noisy()
    with pytest.raises(BrokenFile, match="not kept here any more"):
        values_in({"values": [{**value, "picture": "0" * 64}]}, {"canvas": canvas})


def test_names_that_are_not_installed_are_left_as_they_are():
    with gr.Blocks():
        sampler = gr.Dropdown(["Euler", "DDIM"])
        styles = gr.Dropdown(["one", "two"], multiselect=True)
        steps = gr.Slider(1, 150, 20)
    components = {"sampler": sampler, "styles": styles, "steps": steps}
    assert values_for(components, {"sampler": "DDIM", "styles": ["one"], "steps": 3}) == ["DDIM", ["one"], 3]
    assert values_for(components, {"sampler": "Ueler", "styles": ["one", "three"]}) == [None, None, None]


def test_chips_bring_their_own_choices_and_show_only_where_there_are_any():
    with gr.Blocks():
        chips = gr.Dropdown([], multiselect=True, allow_custom_value=True)
    shown = values_for({"overrides": chips}, {"overrides": ["Clip skip: 2"]})[0]
    assert (shown["value"], shown["visible"]) == (["Clip skip: 2"], True)
    assert values_for({"overrides": chips}, {"overrides": []})[0]["visible"] is False
