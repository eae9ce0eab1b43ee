import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from studio.domain.errors import BadRequest, PictureMissing
from studio.domain.geometry import Size
from studio.domain.request import ColourMatch, MaskedContent, Refiner, ResizeMode, SoftInpainting
from studio.imaging.metadata import encoded
from studio.store.documents import Documents
from studio.ui.canvas.painting import CanvasMode, Painting, to_painting
from studio.ui.parts import picture
from studio.ui.parts.control_unit import named
from studio.ui.tabs.img2img import asked, base_request, note, show_parameters, show_request, to_request
from studio.ui.values import Names
from tests.fakes import half_mask, noisy

MODES = {
    "picture.img2img": CanvasMode.picture,
    "picture.sketch": CanvasMode.sketch,
    "picture.inpaint": CanvasMode.mask,
    "picture.inpaint_sketch": CanvasMode.colour_mask,
    "picture.upload": CanvasMode.picture,
    "picture.upload_mask": CanvasMode.picture,
}


@pytest.fixture
def documents(tmp_path: Path) -> Documents:
    return Documents(tmp_path / "documents")


def canvas(documents: Documents, name: str, value: Any) -> Painting | None:
    """What Python receives of a canvas that was set to the value."""
    return to_painting(documents, MODES[name], value)


def red_square() -> Image.Image:
    """Opaque red in the top left quarter of 64x64, transparent elsewhere."""
    drawing = Image.new("RGBA", (64, 64))
    drawing.paste((255, 0, 0, 255), (0, 0, 32, 32))
    return drawing


@pytest.fixture
def page(documents: Documents, img2img_values: dict[str, Any]) -> dict[str, Any]:
    """Every tab has the same picture, and what can be painted on it."""
    put: dict[str, Any] = {
        "picture.img2img": noisy(),
        "picture.sketch": {"image": noisy(), "drawing": red_square()},
        "picture.inpaint": {"image": noisy(), "mask": half_mask().image},
        "picture.inpaint_sketch": {"image": noisy(), "drawing": red_square()},
        "picture.upload": noisy(),
        "picture.upload_mask": Image.linear_gradient("L").resize((64, 64)),
    }
    return {**img2img_values, **{name: canvas(documents, name, value) for name, value in put.items()}}


@pytest.mark.parametrize("mode", [mode.key for mode in picture.MODES])
def test_without_a_picture_it_says_what_to_do(img2img_values: dict[str, Any], names: Names, mode: str):
    with pytest.raises(PictureMissing, match="Drop one on the canvas"):
        to_request({**img2img_values, "mode": mode}, names)


def test_img2img_redraws_the_picture_as_it_is(page: dict[str, Any], names: Names):
    request = to_request(page, names)
    assert request.init
    assert request.init.image == noisy()
    assert (request.init.strength, request.init.resize_mode) == (0.75, ResizeMode.stretch)
    assert request.mask is None
    assert not request.init.keep_original_size


def test_sketch_bakes_the_colours_into_the_picture(page: dict[str, Any], names: Names):
    request = to_request({**page, "mode": "sketch"}, names)
    assert request.init
    assert request.init.image.getpixel((0, 0)) == (255, 0, 0)
    assert request.init.image.getpixel((63, 63)) == noisy().getpixel((63, 63))
    assert request.mask is None


def test_inpaint_selects_and_never_colours(page: dict[str, Any], names: Names):
    request = to_request({**page, "mode": "inpaint"}, names)
    assert request.init
    assert request.mask
    assert request.init.image == noisy()
    assert request.mask.image == half_mask().image
    assert request.mask.rounded
    assert request.init.keep_original_size
    assert (request.mask.blur_x, request.mask.blur_y, request.mask.padding) == (4.0, 4.0, 32)
    assert (request.mask.content, request.mask.only_masked) == (MaskedContent.original, False)


def test_inpaint_without_strokes_redraws_everything_and_says_so(
    page: dict[str, Any], documents: Documents, names: Names
):
    values = {**page, "mode": "inpaint", "picture.inpaint": canvas(documents, "picture.inpaint", noisy())}
    assert to_request(values, names).mask is None
    assert note(values) == picture.NOTHING_MASKED
    assert note({**page, "mode": "inpaint"}) == ""
    assert note({**page, "mode": "img2img"}) == ""


@pytest.mark.parametrize("transparency", [0, 25, 50, 75, 99])
def test_transparency_fades_the_colour_and_keeps_the_selection(page: dict[str, Any], names: Names, transparency: int):
    request = to_request({**page, "mode": "inpaint-sketch", "transparency": transparency}, names)
    assert request.init
    assert request.mask
    assert request.mask.image.getpixel((5, 5)) == 255
    assert request.mask.image.getpixel((63, 63)) == 0
    assert request.init.strength == 0.75
    red, under = 255, noisy().getpixel((0, 0))[0]  # pyright: ignore[reportIndexIssue, reportOptionalSubscript]
    faded = under + (red - under) * (1 - transparency / 100)
    assert request.init.image.getpixel((0, 0))[0] == pytest.approx(faded, abs=2)  # pyright: ignore[reportIndexIssue, reportOptionalSubscript]


def test_full_transparency_gives_the_original_back(page: dict[str, Any], names: Names):
    request = to_request({**page, "mode": "inpaint-sketch", "transparency": 100}, names)
    assert request.init
    assert request.init.image == noisy()
    assert request.init.strength == 0


def test_an_uploaded_mask_keeps_its_greys(page: dict[str, Any], names: Names):
    request = to_request({**page, "mode": "inpaint-upload"}, names)
    assert request.mask
    assert not request.mask.rounded
    assert len(request.mask.image.getcolors() or ()) > 32


def test_resize_by_takes_the_size_of_the_open_tabs_picture(page: dict[str, Any], names: Names):
    assert to_request({**page, "size_by": "Resize by", "scale": 2}, names).size == Size(128, 128)


SAID: list[dict[str, Any]] = [
    {"prompt": "a fox", "negative_prompt": "blur"},
    {"width": 96, "height": 160},
    {"batch_count": 3, "batch_size": 2},
    {"sampler": "Euler", "schedule": "Karras", "steps": 9, "cfg_scale": 3.5},
    {"seed": 5, "variation_seed": 6, "variation_strength": 0.25, "seed_resize_width": 64, "seed_resize_height": 96},
    {"strength": 0.2, "resize_mode": "Resize and fill", "image_cfg_scale": 2},
    {"script": "Twice", "Twice.loops": 2, "Twice.is_loud": True},
    {"refiner": "demo", "refiner_switch_at": 0.6},
    {"overrides": ["Clip skip: 2"]},
]
MASKED: list[dict[str, Any]] = [
    {"mask_mode": "Inpaint not masked", "mask_blur": 8, "area": "Only masked", "padding": 4, "content": "fill"},
    {"colour_match": "Histogram", "keep_original_size": False},
    {"soft_inpainting": True, "schedule_bias": 2, "difference_contrast": 4},
]


@pytest.mark.parametrize("said", [*SAID, *MASKED])
@pytest.mark.parametrize("mode", ["img2img", "inpaint", "inpaint-upload"])
def test_what_is_shown_of_a_request_reads_as_the_same_request(
    page: dict[str, Any], documents: Documents, names: Names, mode: str, said: dict[str, Any]
):
    request = to_request({**page, "mode": mode, **said}, names)
    shown = dict(show_request(request, names))
    for name in MODES:
        if name in shown:
            shown[name] = canvas(documents, name, shown[name])
    assert to_request({**page, **shown}, names) == request


def test_each_control_is_heard(page: dict[str, Any], names: Names):
    usual = to_request({**page, "mode": "inpaint"}, names)
    for said in [*SAID, *MASKED]:
        assert to_request({**page, "mode": "inpaint", **said}, names) != usual, said


def test_what_it_says_of_mask_and_refiner(page: dict[str, Any], names: Names):
    request = to_request({**page, "mode": "inpaint", **SAID[7], **MASKED[1], **MASKED[2]}, names)
    assert request.refiner == Refiner(model="demo", switch_at=0.6)
    assert request.mask
    assert request.mask.colour_match is ColourMatch.histogram
    assert request.mask.soft == SoftInpainting(
        schedule_bias=2.0,
        preservation_strength=0.5,
        transition_contrast_boost=4.0,
        mask_influence=0.0,
        difference_threshold=0.5,
        difference_contrast=4.0,
    )


def test_parameters_are_shown_without_touching_the_pictures(page: dict[str, Any], names: Names):
    shown = show_parameters(base_request({**page, "steps": 33}, names), names)
    assert shown["steps"] == 33
    assert not [name for name in shown if name == "mode" or name.startswith("picture.")]


def test_an_unknown_override_is_named(page: dict[str, Any], names: Names):
    with pytest.raises(BadRequest, match="no setting 'Clip jump'"):
        to_request({**page, "overrides": ["Clip jump: 2"]}, names)


def several_files(desk: Any, count: int) -> str:
    kept = [desk.documents.keep(encoded(Image.new("RGB", (64, 64), (number, 0, 0)), "")) for number in range(count)]
    return json.dumps([(f"{number}.png", key) for number, key in enumerate(kept)])


@pytest.fixture
def batch_page(desk: Any, img2img_values: dict[str, Any]) -> dict[str, Any]:
    """The tab Batch with three files, and a unit with a batch of two."""
    own = {"enabled": True, "input_mode": "Batch", "uploads": several_files(desk, 2)}
    place = next(place for place in desk.places if place.page == "img2img")
    units = {name: each.value for name, each in place.components.items() if name.startswith("control.")}
    units |= {named(number, canvas): None for number in range(3) for canvas in ("image", "preview", "region")}
    units |= {named(0, name): value for name, value in own.items()}
    return {**img2img_values, **units, "mode": "batch", "batch_uploads": several_files(desk, 3)}


def test_each_file_of_the_tab_batch_has_the_unit_s_picture_in_its_place(desk: Any, batch_page: Any, names: Names):
    *pairs, left = asked(batch_page, names, desk.documents)
    for number, one in enumerate(pairs):
        (unit,) = one.request.controls
        assert unit.several is None
        assert unit.image.getpixel((1, 1)) == one.request.init.image.getpixel((1, 1)) == (number, 0, 0)
    assert (len(pairs), left.name) == (2, "2.png")
    assert "2 pictures only" in left.request.message


def test_loopback_is_refused_where_each_file_is_a_job(desk: Any, batch_page: Any, names: Names):
    with pytest.raises(BadRequest, match="sees no other's result"):
        list(asked({**batch_page, named(0, "loopback"): True}, names, desk.documents))
