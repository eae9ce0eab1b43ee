"""Control units when a job is taken."""

from dataclasses import replace

import pytest
from PIL import Image

from studio.catalog.checkpoints import list_checkpoints
from studio.catalog.controlnets import ControlNets
from studio.controlnet import preprocessors
from studio.domain.errors import BadRequest, IncompatibleModel, UnknownName
from studio.domain.registry import Registry, collect
from studio.domain.request import ControlPictures, InputMode, UnionControl
from studio.domain.things import Preprocessor
from studio.planning.controls import checked_units
from tests.catalog.files import sd1, write_safetensors
from tests.catalog.test_controlnets import adapter, control, diffusers, ip_adapter, union
from tests.imaging.test_control_maps import UNIT

STROKES = {"image": Image.new("RGB", (8, 8)), "mask": Image.new("L", (8, 8), 255)}
PICTURE, MASK, OTHER_MASK = Image.new("RGB", (8, 8)), Image.new("L", (8, 8)), Image.new("L", (8, 9))


def several(*images, **changes):
    return ControlPictures(**{"mode": InputMode.batch, "images": images, **changes})


@pytest.fixture
def check(tmp_path):
    write_safetensors(tmp_path / "nets" / "control_canny.safetensors", control(768))
    write_safetensors(tmp_path / "nets" / "xl_canny.safetensors", control(2048))
    write_safetensors(tmp_path / "nets" / "control_lora.safetensors", {"lora_controlnet": ()})
    write_safetensors(tmp_path / "nets" / "adapter_xl.safetensors", adapter(768))
    write_safetensors(tmp_path / "nets" / "promax.safetensors", {**union(8), **diffusers(768)})
    write_safetensors(tmp_path / "nets" / "first_union.safetensors", {**union(6), **diffusers(768)})
    write_safetensors(tmp_path / "nets" / "eyes.safetensors", ip_adapter(proj__weight=(3072, 1024)))
    write_safetensors(tmp_path / "nets" / "eyes_xl.safetensors", ip_adapter(2048, proj__weight=(8192, 1280)))
    write_safetensors(tmp_path / "models" / "base.safetensors", sd1())
    known = Registry("preprocessor", collect(preprocessors, Preprocessor))
    (checkpoint,) = list_checkpoints(tmp_path / "models")
    nets = ControlNets().list([tmp_path / "nets"])
    return lambda *units: checked_units(units, known, nets, checkpoint)


def test_names_become_canonical(check):
    (found,) = check(replace(UNIT, preprocessor="Inpaint_Global_Harmonious", model="CONTROL_CANNY"))
    assert found.preprocessor == "inpaint"
    assert found.model.startswith("control_canny [")


def test_reference_takes_no_model(check):
    (found,) = check(replace(UNIT, preprocessor="reference_only", model="control_canny"))
    assert found.model == "None"


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"preprocessor": "cannny"}, UnknownName, ["canny"]),
        ({"model": "control_cany"}, UnknownName, ["unit 1", "control_canny"]),
        ({"model": "None"}, BadRequest, ["unit 1", "no model"]),
        ({"model": "None", "preprocessor": "none"}, BadRequest, ["Turn it off", "the kind of its picture"]),
        ({"model": "xl_canny"}, IncompatibleModel, ["Stable Diffusion XL", "base.safetensors", "1.x"]),
        ({"model": "control_lora"}, IncompatibleModel, ["Control-LoRA"]),
        ({"model": "control_lora [00000000]"}, IncompatibleModel, ["Control-LoRA"]),
        ({"model": "adapter_xl"}, IncompatibleModel, ["Stable Diffusion XL", "base.safetensors", "1.x"]),
        ({"model": "promax", "preprocessor": "none"}, BadRequest, ["unit 1", "promax", "Hard Edge, Normal Map"]),
        ({"model": "promax", "preprocessor": "invert"}, BadRequest, ["Unknown"]),
        ({"model": "first_union", "preprocessor": "tile_resample"}, BadRequest, ["does not know Tile", "Segmentation"]),
        ({"image": PICTURE, "mask": OTHER_MASK}, BadRequest, ["8x8", "8x9"]),
        ({"several": several()}, BadRequest, ["unit 1", "Batch has no pictures"]),
        ({"several": several(PICTURE, PICTURE, masks=(MASK,))}, BadRequest, ["2 pictures have 1 masks"]),
        ({"several": several(PICTURE, masks=(OTHER_MASK,))}, BadRequest, ["8x8", "8x9"]),
        ({"several": several(PICTURE, mode=InputMode.merge, has_loopback=True)}, BadRequest, ["loopback", "Batch"]),
        ({"model": "eyes_xl", "preprocessor": "ip-adapter-auto"}, IncompatibleModel, ["Stable Diffusion XL", "1.x"]),
        ({"preprocessor": "ip-adapter-auto"}, BadRequest, ["unit 1", "belongs to IP-Adapters", "control_canny"]),
        ({"model": "eyes", "preprocessor": "canny"}, BadRequest, ["ip-adapter_clip_sd15", "canny"]),
        ({"model": "eyes", "preprocessor": "ip-adapter_clip_g"}, BadRequest, ["ip-adapter_clip_sd15", "clip_sdxl"]),
        ({"model": "eyes", "preprocessor": "none", **STROKES}, BadRequest, ["strokes", "effective region"]),
    ],
)
def test_what_cannot_be_applied_is_refused(check, changes, error, words):
    fine = replace(UNIT, model="control_canny")
    with pytest.raises(error) as caught:
        check(fine, replace(fine, **changes))
    for word in words:
        assert word in caught.value.message


@pytest.mark.parametrize(
    ("preprocessor", "asked", "told"),
    [
        ("canny", UnionControl.unknown, UnionControl.hard_edge),
        ("lineart", UnionControl.unknown, UnionControl.hard_edge),
        ("hed", UnionControl.unknown, UnionControl.soft_edge),
        ("inpaint_only", UnionControl.unknown, UnionControl.inpaint),
        ("canny", UnionControl.depth, UnionControl.depth),
        ("none", UnionControl.openpose, UnionControl.openpose),
    ],
)
def test_a_union_is_told_what_the_map_shows_and_others_are_not(check, preprocessor, asked, told):
    unit = replace(UNIT, preprocessor=preprocessor, union_control=asked)
    found = [replace(unit, model=name) for name in ("promax", "control_canny")]
    assert [each.union_control for each in check(*found)] == [told, UnionControl.unknown]


@pytest.mark.parametrize("preprocessor", ["ip-adapter-auto", "none", "ip-adapter_clip_h", "ip-adapter_clip_sd15"])
def test_the_model_tells_which_eyes_an_ip_adapter_sees_with(check, preprocessor):
    unit = replace(UNIT, preprocessor=preprocessor, model="eyes", mask=Image.new("L", (8, 8)))
    (found,) = check(unit)
    assert found.preprocessor == "ip-adapter_clip_sd15"
