import gradio as gr
import pytest

from studio.domain.fields import Check, Choice, Colour, Field, File, MultiChoice, Note, Number, Picture, Slider, Text
from studio.ui.widgets import component, icon_button


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        (Slider(name="n", label="L", minimum=0, maximum=1, step=0.5, default=0.5), gr.Slider),
        (Number(name="n", label="L", default=3), gr.Number),
        (Choice(name="n", label="L", options=("a", "b"), default="b"), gr.Dropdown),
        (MultiChoice(name="n", label="L", options=("a", "b"), default=("b",)), gr.Dropdown),
        (Check(name="n", label="L", default=True), gr.Checkbox),
        (Text(name="n", label="L", default="text"), gr.Textbox),
        (Colour(name="n", label="L", default="#ff0000"), gr.ColorPicker),
        (File(name="n", label="L", default="file"), gr.Textbox),
        (Picture(name="n", label="L"), gr.Image),
    ],
)
def test_a_declared_field_is_drawn_with_its_label_and_default(field: Field, kind: type):
    with gr.Blocks():
        drawn = component(field, lambda _: ())
    assert isinstance(drawn, kind)
    assert drawn.label == "L"
    expected = list(field.default) if isinstance(field, MultiChoice) else field.default
    assert drawn.value == expected
    assert drawn.interactive


def test_a_note_is_no_input():
    with gr.Blocks():
        assert "Read this" in component(Note(name="n", label="Read this"), lambda _: ()).value


def test_a_list_that_is_named_is_looked_up():
    field = Choice(name="n", label="L", options="samplers", default="Euler")
    with gr.Blocks():
        drawn = component(field, lambda name: {"samplers": ["Euler", "DDIM"]}[name])
    assert [value for _, value in drawn.choices] == ["Euler", "DDIM"]


def test_an_icon_button_keeps_its_name():
    with gr.Blocks():
        assert icon_button("swap", "Switch width/height").value == "Switch width/height"
