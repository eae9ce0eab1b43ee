import gradio as gr
import pytest

from studio.domain.errors import BadRequest
from studio.ui.values import Controls, real, whole


def test_whole_numbers_are_whole_whatever_gradio_gives():
    assert (whole({"steps": 20.0}, "steps"), type(whole({"steps": 20.0}, "steps"))) == (20, int)
    assert (real({"cfg_scale": 7}, "cfg_scale"), type(real({"cfg_scale": 7}, "cfg_scale"))) == (7.0, float)


@pytest.mark.parametrize("value", [None, "", True, float("nan")])
def test_an_emptied_number_box_is_named(value: object):
    with pytest.raises(BadRequest, match="Batch count: type a number"):
        whole({"batch_count": value}, "batch_count")


def test_controls_join():
    with gr.Blocks():
        one, two = gr.Textbox(), gr.Textbox()
        button = gr.Button()
    joined = Controls(values={"one": one}) | Controls(values={"two": two}, handles={"press": button})
    assert dict(joined.values) == {"one": one, "two": two}
    assert joined.handles["press"] is button
