from typing import Any

from studio.ui.desk import Desk
from studio.ui.paste import infotext_of, request_of
from studio.ui.tabs import img2img
from studio.ui.values import Names
from tests.fakes import noisy

INFOTEXT = (
    "a fox\nNegative prompt: blur\nSteps: 33, Sampler: Euler, Schedule type: Karras, CFG scale: 4.5, Seed: 12, "
    "Size: 320x192, Denoising strength: 0.4, Mask blur: 9, Masked content: fill, Clip skip: 2"
)


def test_a_text_becomes_values_of_the_page(desk: Desk, names: Names, img2img_values: dict[str, Any]):
    request = request_of(desk.studio, INFOTEXT, img2img.base_request(img2img_values, names))
    assert request
    shown = img2img.show_parameters(request, names)
    expected = {
        "prompt": "a fox", "negative_prompt": "blur", "steps": 33, "sampler": "Euler", "schedule": "Karras",
        "cfg_scale": 4.5, "seed": 12, "width": 320, "height": 192, "strength": 0.4, "mask_blur": 9.0, "content": "fill",
    }  # fmt: skip
    assert {name: shown[name] for name in expected} == expected
    assert "Clip skip: 2" in shown["overrides"]


def test_a_text_without_parameters_changes_nothing(desk: Desk, names: Names, img2img_values: dict[str, Any]):
    assert request_of(desk.studio, "only a prompt", img2img.base_request(img2img_values, names)) is None


def test_parameters_come_from_pictures_and_from_text_files(desk: Desk):
    text = desk.outputs.parent / "parameters.txt"
    text.write_text(INFOTEXT)
    assert infotext_of(str(text)) == INFOTEXT
    picture = desk.outputs.parent / "plain.png"
    noisy().save(picture)
    assert infotext_of(str(picture)) == ""
