"""Whatever a request can say, the page and the API can both say, and mean the same by it."""

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from studio.domain.request import GenerationRequest
from studio.imaging.load import load_base64
from studio.store.documents import Documents
from studio.ui.canvas.painting import CanvasMode, to_painting
from studio.ui.tabs import img2img, txt2img
from studio.ui.values import Names
from studio.wire.img2img import Img2ImgBody
from studio.wire.reading import Reading
from studio.wire.txt2img import Txt2ImgBody
from tests.fakes import as_base64, half_mask, noisy

ELSEWHERE = {
    "always_on": "nothing fills it yet",
    "regions": "tests/wire/test_regions.py and tests/ui/parts/test_regions.py",
    "settings": "on the page they belong to the Settings tab, or to the chips of a pasted text",
    "init.box": "scripts alone fill it, for their tiles",
    "controls": "tests/ui/parts/test_controlnet.py and tests/wire/test_controlnet.py",
}
# Over the API a request keeps no pictures unless it says so, which is a setting of the job.
KEPT = {"save_images": True}
API = {"width": 64, "height": 64, "steps": 20, "sampler_name": "Euler a", "mask_blur": 4, "inpaint_full_res": False}
API |= {"inpaint_full_res_padding": 32, "inpainting_fill": 1, "keep_original_size": True, **KEPT}
PAGE = {"mode": "inpaint", "width": 64, "height": 64}
SOFT_PAGE = {"soft_inpainting": True}
SOFT_API = {"alwayson_scripts": {"soft inpainting": {"args": [True, 1, 0.5, 4, 0, 0.5, 2]}}}
SAYINGS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("prompt", {"prompt": "a fox"}, {"prompt": "a fox"}),
    ("negative_prompt", {"negative_prompt": "blur"}, {"negative_prompt": "blur"}),
    ("styles", {"styles": ["ink"]}, {"styles": ["ink"]}),
    ("size", {"width": 128}, {"width": 128}),
    ("batch_count", {"batch_count": 2}, {"n_iter": 2}),
    ("batch_size", {"batch_size": 3}, {"batch_size": 3}),
    ("sampling.sampler", {"sampler": "Euler"}, {"sampler_name": "Euler"}),
    ("sampling.schedule", {"schedule": "Karras"}, {"scheduler": "Karras"}),
    ("sampling.steps", {"steps": 9}, {"steps": 9}),
    ("sampling.cfg_scale", {"cfg_scale": 3}, {"cfg_scale": 3}),
    ("sampling.seed", {"seed": 5}, {"seed": 5}),
    ("sampling.variation_seed", {"variation_seed": 6}, {"subseed": 6}),
    ("sampling.variation_strength", {"variation_strength": 0.5}, {"subseed_strength": 0.5}),
    (
        "sampling.seed_resize_from",
        {"seed_resize_width": 64, "seed_resize_height": 96},
        {"seed_resize_from_w": 64, "seed_resize_from_h": 96},
    ),
    ("init.image", {"picture.inpaint": "other"}, {"init_images": ["other"]}),
    ("init.strength", {"strength": 1}, {"denoising_strength": 1}),
    ("init.resize_mode", {"resize_mode": "Resize and fill"}, {"resize_mode": 2}),
    ("init.image_cfg_scale", {"image_cfg_scale": 2}, {"image_cfg_scale": 2}),
    ("init.keep_original_size", {"keep_original_size": False}, {"keep_original_size": False}),
    ("mask.inverted", {"mask_mode": "Inpaint not masked"}, {"inpainting_mask_invert": 1}),
    ("mask.only_masked", {"area": "Only masked"}, {"inpaint_full_res": True}),
    ("mask.padding", {"padding": 8}, {"inpaint_full_res_padding": 8}),
    ("mask.content", {"content": "latent noise"}, {"inpainting_fill": 2}),
    ("mask.colour_match", {"colour_match": "Histogram"}, {"colour_match": "Histogram"}),
    ("mask.soft", SOFT_PAGE, SOFT_API),
    (
        "refiner",
        {"refiner": "demo", "refiner_switch_at": 0.6},
        {"refiner_checkpoint": "demo", "refiner_switch_at": 0.6},
    ),
    ("script", {"script": "Twice", "Twice.loops": 2}, {"script_name": "twice", "script_args": [2]}),
]
BOTH_BLURS = ({"mask_blur": 8}, {"mask_blur": 8})
OTHER_MASK = ({"picture.inpaint": "masked otherwise"}, {"mask": "other mask"})
HIRES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"hires_upscaler": "Lanczos"}, {"hr_upscaler": "Lanczos"}),
    ({"hires_scale": 1.5}, {"hr_scale": 1.5}),
    ({"hires_width": 128, "hires_height": 96}, {"hr_resize_x": 128, "hr_resize_y": 96}),
    ({"hires_steps": 7}, {"hr_second_pass_steps": 7}),
    ({"hires_strength": 0.25}, {"denoising_strength": 0.25}),
    ({"hires_sampler": "Euler"}, {"hr_sampler_name": "Euler"}),
    ({"hires_schedule": "Karras"}, {"hr_scheduler": "Karras"}),
    ({"hires_model": "demo"}, {"hr_checkpoint_name": "demo"}),
    ({"hires_prompt": "finer"}, {"hr_prompt": "finer"}),
    ({"hires_negative_prompt": "coarse"}, {"hr_negative_prompt": "coarse"}),
]


class Doors:
    """Both doors, with the same picture and mask unless told otherwise."""

    def __init__(self, documents: Documents, values: Mapping[str, Any], first: Mapping[str, Any], names: Names) -> None:
        self.values, self.first, self.names, self.documents = values, first, names, documents
        mask, other = half_mask().image, half_mask().image.transpose(0)
        self.canvases = {
            "picture": {"image": noisy(), "mask": mask},
            "other": {"image": noisy(mode="L").convert("RGB"), "mask": mask},
            "masked otherwise": {"image": noisy(), "mask": other},
        }
        self.files = {
            "picture": noisy(),
            "other": noisy(mode="L").convert("RGB"),
            "mask": mask,
            "other mask": other,
        }
        self.reading = Reading(load=load_base64, scripts=names.scripts)

    def page(self, said: Mapping[str, Any]) -> GenerationRequest:
        values = {**self.values, **PAGE, "picture.inpaint": "picture", **said}
        canvas = self.canvases[values["picture.inpaint"]]
        values["picture.inpaint"] = to_painting(self.documents, CanvasMode.mask, canvas)
        return img2img.to_request(values, self.names)

    def api(self, said: Mapping[str, Any]) -> GenerationRequest:
        body = {"init_images": ["picture"], "mask": "mask", **API, **said}
        body["init_images"] = [as_base64(self.files[name]) for name in body["init_images"]]
        body["mask"] = as_base64(self.files[body["mask"]])
        return Img2ImgBody(**body).to_request(self.reading)

    def first_page(self, said: Mapping[str, Any]) -> GenerationRequest:
        return txt2img.to_request({**self.first, "width": 64, "height": 64, "hires": True, **said}, self.names)

    def first_api(self, said: Mapping[str, Any]) -> GenerationRequest:
        usual = {"width": 64, "height": 64, "steps": 20, "sampler_name": "Euler a", "denoising_strength": 0.7}
        return Txt2ImgBody(**{**usual, **KEPT, "enable_hr": True, **said}).to_request(self.reading)


@pytest.fixture
def doors(tmp_path: Path, img2img_values: dict[str, Any], txt2img_values: dict[str, Any], names: Names) -> Doors:
    return Doors(Documents(tmp_path / "documents"), img2img_values, txt2img_values, names)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The request's parts, parts of parts ... by dotted name. What is chosen as a whole is one leaf."""
    if not dataclasses.is_dataclass(value) or path in ("script", "mask.soft", "refiner"):
        yield path, value
        return
    for each in dataclasses.fields(value):
        yield from leaves(getattr(value, each.name), f"{path}.{each.name}".removeprefix("."))


@pytest.mark.parametrize(("leaf", "on_page", "over_api"), SAYINGS, ids=[leaf for leaf, *_ in SAYINGS])
def test_both_doors_change_the_leaf_alike_and_nothing_else(doors: Doors, leaf: str, on_page: Any, over_api: Any):
    usual, asked = dict(leaves(doors.page({}))), dict(leaves(doors.page(on_page)))
    assert {name for name, value in asked.items() if value != usual[name]} == {leaf}
    assert doors.page(on_page) == doors.api(over_api)


@pytest.mark.parametrize(("on_page", "over_api"), [BOTH_BLURS, OTHER_MASK])
def test_masks_mean_the_same(doors: Doors, on_page: Any, over_api: Any):
    assert doors.page(on_page) != doors.page({})
    assert doors.page(on_page) == doors.api(over_api)


@pytest.mark.parametrize(("on_page", "over_api"), HIRES)
def test_hires_fix_means_the_same(doors: Doors, on_page: Any, over_api: Any):
    assert doors.first_page(on_page) == doors.first_api(over_api)
    assert not on_page or doors.first_page(on_page) != doors.first_page({})


def test_every_leaf_of_a_request_has_a_saying(doors: Doors):
    every = {name for name, _ in leaves(doors.page({}))}
    said = {leaf for leaf, *_ in SAYINGS} | set(ELSEWHERE) | {"hires"}
    assert every - said == {"mask.image", "mask.blur_x", "mask.blur_y", "mask.rounded"}  # the tests on masks
