from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.domain.errors import BadRequest
from studio.domain.geometry import Size
from studio.domain.plan import Prepared
from studio.domain.request import GenerationRequest, ScriptCall
from studio.domain.result import GeneratedImage, Result
from studio.domain.things import ScriptPorts
from studio.prompt.infotext import parse_infotext
from tests.fakes import Watcher, control_unit, half_mask, img2img, init_image, make_studio, noisy


def call(**args: object) -> ScriptCall:
    return ScriptCall(name="SD upscale", args={"overlap": 16, "scale": 2, "upscaler": "Lanczos", **args})


def test_one_picture_of_the_asked_factor_is_made_and_saved(tmp_path: Path):
    studio, watcher = make_studio(tmp_path), Watcher()
    (made,) = studio.generate(studio.accept(img2img(script=call())), watcher).images
    assert made.image.size == (128, 128)
    assert watcher.paths == [made.path]
    assert parse_infotext(made.infotext).facts["SD upscale overlap"] == "16"


def test_the_upscaler_none_enlarges_too(tmp_path: Path):
    studio = make_studio(tmp_path)
    (made,) = studio.generate(studio.accept(img2img(script=call(upscaler="None"))), Watcher()).images
    assert made.image.size == (128, 128)


def test_the_upscaler_may_be_told_by_its_place(tmp_path: Path):
    studio = make_studio(tmp_path)
    place = studio.upscalers().names().index("Nearest")
    request = img2img(strength=0, script=call(upscaler=str(place)))
    (made,) = studio.generate(studio.accept(request), Watcher()).images
    assert np.array_equal(np.asarray(made.image), np.asarray(noisy().resize((128, 128), 0)))


def test_strength_0_gives_the_enlarged_picture_whatever_is_masked(tmp_path: Path):
    studio = make_studio(tmp_path)
    request = img2img(strength=0, mask=half_mask(), script=call(upscaler="Nearest"))
    (made,) = studio.generate(studio.accept(request), Watcher()).images
    assert np.array_equal(np.asarray(made.image), np.asarray(noisy().resize((128, 128), 0)))


def test_sides_that_no_tile_can_have_are_kept(tmp_path: Path):
    studio = make_studio(tmp_path)
    request = img2img(init=init_image(noisy(70, 101)), size=Size(128, 128), script=call(scale=1))
    (made,) = studio.generate(studio.accept(request), Watcher()).images
    assert made.image.size == (70, 101)


COLOURS = Image.new("RGB", (128, 128))
COLOURS.paste((255, 0, 0), (64, 0, 128, 64))
COLOURS.paste((0, 255, 0), (0, 64, 64, 128))
COLOURS.paste((0, 0, 255), (64, 64, 128, 128))


@pytest.mark.parametrize("side", [128, 64, 256])
def test_each_tile_sees_its_own_part_of_a_units_picture_and_of_its_region(tmp_path: Path, side: int):
    """Four tiles without overlap, four colours: whatever size the unit's picture has."""
    studio = make_studio(tmp_path)
    asked = studio.accept(img2img())
    drawn: list[Prepared] = []

    def draw(request: GenerationRequest, index: int, count: int, facts: Mapping[str, str] = {}, /) -> Result:
        drawn.append(studio.prepare(replace(asked, request=request)))
        tile = GeneratedImage(image=Image.new("RGB", request.size), seed=index, infotext="", path=None)
        return Result(images=(tile,))

    ports = ScriptPorts(generate=draw, draw=draw, keep=lambda image, like, facts: like, upscale=studio.upscale)
    own = COLOURS.resize((side, side), Image.Resampling.NEAREST)
    unit = control_unit(model="toy", image=own, region=own.getchannel("R"))
    request = replace(asked.request, controls=(unit,))
    studio.scripts["SD upscale"].run(request, ports, overlap=0, upscaler="Nearest", scale=2.0)
    maps = [each.controls[0] for each in drawn]
    assert [each.image.getpixel((32, 32)) for each in maps] == [(0, 0, 0), (255, 0, 0), (0, 255, 0), (0, 0, 255)]
    assert [each.region and each.region.getpixel((32, 32)) for each in maps] == [0, 255, 0, 0]
    assert {each.plan.size for each in drawn} == {(64, 64)}


def test_tiles_that_overlap_as_a_whole_are_refused(tmp_path: Path):
    studio = make_studio(tmp_path)
    with pytest.raises(BadRequest, match="tiles of 64x64 cannot overlap by 64 pixels"):
        studio.generate(studio.accept(img2img(script=call(overlap=64))), Watcher())


def test_more_than_could_be_read_again_is_refused(tmp_path: Path):
    studio = make_studio(tmp_path)
    request = img2img(init=init_image(Image.new("RGB", (3000, 3000))), script=call(scale=4))
    with pytest.raises(BadRequest, match="12000x12000 pixels; at most 89 megapixels"):
        studio.generate(studio.accept(request), Watcher())


def test_one_tile_for_the_whole_picture_overlaps_with_none(tmp_path: Path):
    studio = make_studio(tmp_path)
    (made,) = studio.generate(studio.accept(img2img(script=call(overlap=64, scale=1))), Watcher()).images
    assert made.image.size == (64, 64)
