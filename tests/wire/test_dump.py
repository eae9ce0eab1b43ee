"""A request as a body, and back: nothing is lost on the way to another node."""

from typing import Any

import pytest

from studio.domain.geometry import Size
from studio.domain.request import (
    ColourMatch,
    ControlMode,
    ControlPictures,
    GenerationRequest,
    HiresOption,
    InputMode,
    MaskedContent,
    Refiner,
    ResizeMode,
    ScriptCall,
    SoftInpainting,
    UnionControl,
)
from studio.wire.dump import dumped
from studio.wire.img2img import Img2ImgBody
from studio.wire.txt2img import Txt2ImgBody
from tests import fakes
from tests.wire.conftest import READING, load, name_of

SOFT = SoftInpainting(
    schedule_bias=2.0,
    preservation_strength=0.25,
    transition_contrast_boost=8.0,
    mask_influence=0.5,
    difference_threshold=1.0,
    difference_contrast=3.0,
)
MASK = fakes.half_mask(
    image=load("white:64x48"),
    blur_x=1.5,
    blur_y=3.0,
    inverted=True,
    only_masked=True,
    padding=12,
    content=MaskedContent.latent_noise,
    rounded=False,
    colour_match=ColourMatch.histogram,
    soft=SOFT,
)
INIT = fakes.init_image(load("red:64x48"), strength=0.4, resize_mode=ResizeMode.latent, keep_original_size=True)
UNIT = fakes.control_unit(
    preprocessor="canny",
    model="canny [d14c016b]",
    weight=0.5,
    image=load("green:8x8"),
    mask=load("blue:8x8"),
    resize_mode=ResizeMode.fill,
    resolution=256,
    threshold_a=10.0,
    threshold_b=20.0,
    start=0.25,
    end=0.75,
    pixel_perfect=True,
    mode=ControlMode.prompt,
    low_vram=True,
    cropped_to_mask=False,
    hires_option=HiresOption.high,
    region=load("white:8x8"),
    weights=(1.0, 0.5),
    shows_map=False,
    union_control=UnionControl.tile,
)
PICTURES = (load("red:8x8"), load("green:8x8"))
BATCH = fakes.control_unit(several=ControlPictures(mode=InputMode.batch, images=PICTURES, has_loopback=True))
MERGED = fakes.control_unit(several=ControlPictures(mode=InputMode.merge, images=PICTURES, masks=PICTURES))
HIRES = fakes.hires_fix(
    upscaler="Lanczos",
    scale=1.5,
    size=Size(96, 0),
    steps=9,
    strength=0.3,
    model="night",
    sampler="Euler a",
    schedule="Karras",
    prompt="p",
    negative_prompt="n",
)
VARIED = fakes.sampling(
    sampler="Euler a",
    schedule="Karras",
    seed=5,
    variation_seed=6,
    variation_strength=0.5,
    seed_resize_from=Size(96, 128),
    cfg_scale=4.5,
)


@pytest.mark.parametrize(
    "request_",
    [
        fakes.txt2img(),
        fakes.txt2img(hires=HIRES, sampling=VARIED, styles=("Ink",), batch_count=2, batch_size=3),
        fakes.txt2img(refiner=Refiner(model="night", switch_at=0.7), settings={"CLIP_stop_at_last_layers": 2}),
        fakes.txt2img(prompt="a", negative_prompt="b", controls=(UNIT, fakes.control_unit())),
        fakes.txt2img(settings={"samples_save": False}),
        fakes.img2img(init=INIT),
        fakes.img2img(init=INIT, mask=MASK, controls=(UNIT,)),
        fakes.txt2img(controls=(BATCH, MERGED)),
        fakes.img2img(
            init=INIT,
            script=ScriptCall(
                name="Stamp", args={"info": "", "overlap": 16, "turned": True, "picture": load("red:4x4")}
            ),
        ),
    ],
)
def test_a_request_comes_back_from_its_body(request_: GenerationRequest):
    body: dict[str, Any] = dumped(request_, READING.scripts, name_of)
    kind = Img2ImgBody if request_.init else Txt2ImgBody
    assert kind.model_validate(body).to_request(READING) == request_
