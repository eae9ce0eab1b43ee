"""Control units made ready: what they look at, and that their maps lie on the picture."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from studio.domain.errors import BadRequest
from studio.domain.geometry import Box, Size
from studio.domain.plan import Framing, HiresPlan, NoisePlan, PassPlan, Plan
from studio.domain.request import ControlMode, ControlPictures, ControlUnit, HiresOption, InputMode, ResizeMode
from studio.domain.settings import Settings
from studio.domain.things import SamplerOptions
from studio.imaging.control_maps import control_maps
from studio.imaging.resize import framed

UNIT = ControlUnit(
    preprocessor="none",
    model="m",
    weight=1.0,
    image=None,
    mask=None,
    resize_mode=ResizeMode.crop,
    resolution=-1,
    threshold_a=-1,
    threshold_b=-1,
    start=0.0,
    end=1.0,
    pixel_perfect=True,
    mode=ControlMode.balanced,
    low_vram=False,
    cropped_to_mask=True,
    hires_option=HiresOption.both,
    region=None,
    weights=(),
    shows_map=True,
)


class Recorder:
    """Gives the picture back, and remembers what it was asked."""

    def __init__(self):
        self.asked = []

    def annotate(self, preprocessor, image, resolution, arguments):
        self.asked.append((preprocessor, image.size, resolution, dict(arguments)))
        return image.convert("RGB")


SQUARE = Size(256, 256)


def plan_of(*units, size=SQUARE, framing=None, **changes):
    first = PassPlan(
        model="demo",
        prompt="",
        negative_prompt="",
        size=size,
        sampler="Euler",
        schedule="Uniform",
        steps=1,
        sigmas=(1.0, 0.0),
        cfg_scale=7.0,
        strength=1.0,
    )
    noise = NoisePlan(
        source="CPU",
        seeds=(3,),
        variation_seeds=(4,),
        variation_strength=0.0,
        resize_from=Size(0, 0),
        multiplier=1.0,
        extra=0.0,
        seed_delta=0,
    )
    plan = Plan(
        first=first,
        hires=None,
        refiner=None,
        noise=noise,
        batch_size=1,
        batch_count=1,
        options=SamplerOptions(),
        mask=None,
        framing=framing,
        paste_back=None,
        controls=units,
        facts={},
        settings=Settings(),
    )
    return replace(plan, **changes)


def made(plan, original=None, latent_mask=None, annotator=None):
    return control_maps(plan, original=original, latent_mask=latent_mask, annotate=(annotator or Recorder()).annotate)


def marked(size, spot, radius=4):
    picture = Image.new("RGB", size)
    picture.paste((255, 255, 255), (spot[0] - radius, spot[1] - radius, spot[0] + radius, spot[1] + radius))
    return picture


def centre(image):
    rows, columns = np.nonzero(np.asarray(image.convert("L")) > 100)
    return columns.mean(), rows.mean()


@settings(max_examples=60, deadline=None)
@given(
    mode=st.sampled_from(list(ResizeMode)),
    is_part=st.booleans(),
    is_own=st.booleans(),
    module=st.sampled_from(["none", "canny"]),
    source=st.tuples(st.integers(100, 220), st.integers(100, 220)),
    size=st.tuples(st.integers(100, 220), st.integers(100, 220)),
)
def test_a_marked_pixel_stays_on_its_pixel(mode, is_part, is_own, module, source, size):
    """In every combination of resize mode, inpaint area, size, own picture or none, map or picture."""
    source, size = Size(*source), Size(*size)
    box = Box(20, 10, 90, 85) if is_part else Box(0, 0, *source)
    framing = Framing(source=source, box=box, mode=mode, size=size)
    picture = marked(source, ((box.left + box.right) // 2, (box.top + box.bottom) // 2))
    unit = replace(UNIT, image=picture if is_own else None, preprocessor=module)
    (found,) = made(plan_of(unit, size=size, framing=framing), original=picture)
    assert found.image.size == size
    assert centre(found.image) == pytest.approx(centre(framed(picture, framing)), abs=1)


def test_an_own_picture_of_another_size_follows_the_crop_too():
    """Half the size, same aspect: a map that was made small."""
    framing = Framing(source=Size(400, 200), box=Box(100, 50, 200, 150), mode=ResizeMode.fill, size=Size(256, 256))
    picture, small = marked((400, 200), (150, 100), 8), marked((200, 100), (75, 50))
    (found,) = made(plan_of(replace(UNIT, image=small), framing=framing), original=picture)
    assert centre(found.image) == pytest.approx(centre(framed(picture, framing)), abs=1.5)


def test_a_unit_that_is_not_cropped_keeps_its_whole_picture():
    framing = Framing(source=Size(400, 400), box=Box(0, 0, 100, 100), mode=ResizeMode.fill, size=Size(256, 256))
    unit = replace(UNIT, image=marked((128, 128), (100, 100)), cropped_to_mask=False)
    (found,) = made(plan_of(unit, framing=framing), original=Image.new("RGB", (400, 400)))
    assert centre(found.image) == pytest.approx((199.5, 199.5), abs=1)


def test_no_picture_at_all_is_refused_by_the_units_number():
    with pytest.raises(BadRequest, match="unit 1"):
        made(plan_of(replace(UNIT, image=Image.new("RGB", (8, 8))), UNIT))


@pytest.mark.parametrize(
    ("mode", "resolution"), [(ResizeMode.crop, 512), (ResizeMode.stretch, 512), (ResizeMode.fill, 384)]
)
def test_pixel_perfect(mode, resolution):
    """features.md 3.6: 1024x768 to 512x512."""
    recorder = Recorder()
    unit = replace(UNIT, image=Image.new("RGB", (1024, 768)), preprocessor="canny", resize_mode=mode)
    made(plan_of(unit, size=Size(512, 512)), annotator=recorder)
    assert recorder.asked[0][2] == resolution


def test_the_annotator_is_told_thresholds_resolution_and_seed():
    recorder = Recorder()
    unit = replace(UNIT, preprocessor="canny", pixel_perfect=False, resolution=320, threshold_a=1.0, threshold_b=2.0)
    made(plan_of(replace(unit, image=Image.new("RGB", (640, 640)))), annotator=recorder)
    assert recorder.asked == [("canny", (320, 320), 320, {"threshold_a": 1.0, "threshold_b": 2.0, "seed": 7})]


def test_bands_get_the_border_colour_and_no_streaks():
    unit = replace(UNIT, image=Image.new("RGB", (100, 50), (10, 20, 30)), resize_mode=ResizeMode.fill)
    (found,) = made(plan_of(unit))
    assert found.image.getpixel((0, 0)) == (10, 20, 30)


def test_strokes_replace_the_picture_but_not_for_inpainting():
    strokes = Image.new("L", (256, 256))
    strokes.paste(255, (100, 100, 120, 120))
    unit = replace(UNIT, image=Image.new("RGB", (256, 256), "red"), mask=strokes)
    (drawn,) = made(plan_of(unit))
    assert drawn.image.getpixel((110, 110)) == (255, 255, 255)
    assert drawn.image.getpixel((5, 5)) == (0, 0, 0)
    assert drawn.mask is None
    (inpainted,) = made(plan_of(replace(unit, preprocessor="inpaint_only")))
    assert inpainted.image.getpixel((5, 5)) == (255, 0, 0)
    assert inpainted.mask.getpixel((110, 110)) == 255
    assert inpainted.mask.getpixel((5, 5)) == 0
    (ignored,) = made(plan_of(unit, settings=Settings(ignores_strokes=True)))
    assert ignored.image.getpixel((110, 110)) == (255, 0, 0)


def test_an_inpainting_unit_without_a_mask_takes_the_pictures():
    framing = Framing(source=Size(64, 64), box=Box(0, 0, 64, 64), mode=ResizeMode.stretch, size=Size(256, 256))
    mask = Image.new("L", (256, 256), 255)
    (found,) = made(
        plan_of(replace(UNIT, preprocessor="inpaint"), framing=framing), Image.new("RGB", (64, 64)), latent_mask=mask
    )
    assert found.mask is mask


def test_a_region_follows_the_picture_it_is_drawn_on():
    region = Image.new("L", (100, 50))
    region.paste(255, (50, 0, 100, 50))
    unit = replace(UNIT, image=Image.new("RGB", (100, 50)), region=region)
    (found,) = made(plan_of(unit))
    assert found.region.size == (256, 256)
    assert found.region.getpixel((40, 128)) == 0
    assert found.region.getpixel((200, 128)) == 255


def test_hires_has_a_map_of_its_own_size():
    plan = plan_of(replace(UNIT, image=Image.new("RGB", (64, 64))))
    second = replace(plan.first, size=Size(512, 384))
    (found,) = made(replace(plan, hires=HiresPlan(upscaler="Latent", target=second.size, second=second)))
    assert found.hires_image.size == (512, 384)


def test_multi_inputs_are_a_map_for_each_picture_with_its_share_of_the_weight():
    colours = ("red", "green", "blue", "white")
    images = tuple(Image.new("RGB", SQUARE, colour) for colour in colours)
    masks = tuple(Image.new("L", SQUARE, 255 * (number == 2)) for number in range(4))
    pictures = ControlPictures(mode=InputMode.merge, images=images, masks=masks)
    unit = replace(UNIT, preprocessor="inpaint", weight=1.5, weights=(1.0, 2.0), several=pictures)
    found = made(plan_of(unit, replace(UNIT, image=images[0])))
    assert [each.image.getpixel((9, 9)) for each in found] == [each.getpixel((9, 9)) for each in (*images, images[0])]
    assert [each.unit.weight for each in found] == [1.5 / 4] * 4 + [1.0]
    assert found[0].unit.weights == (0.25, 0.5)
    assert [each.mask.getextrema() for each in found[:4]] == [(0, 0), (0, 0), (255, 255), (0, 0)]


def test_inpainting_units_show_their_mask_where_the_picture_is_looked_at():
    """Of the tab's mask, at the working size; and of the unit's own, through its resize mode."""
    framing = Framing(source=Size(64, 64), box=Box(0, 0, 64, 64), mode=ResizeMode.stretch, size=SQUARE)
    mask = Image.new("L", SQUARE)
    mask.paste(255, (128, 0, 256, 256))
    unit, seen = replace(UNIT, preprocessor="inpaint_only+lama"), []

    def annotate(preprocessor, image, resolution, arguments):
        seen.append(image)
        return image.convert("RGB")

    plan = plan_of(unit, framing=framing)
    control_maps(plan, original=Image.new("RGB", (64, 64), "red"), latent_mask=mask, annotate=annotate)
    half = Image.new("L", (100, 50))
    half.paste(255, (50, 0, 100, 50))
    own = replace(unit, image=Image.new("RGB", (100, 50), "red"), mask=half)
    control_maps(plan_of(own), original=None, latent_mask=None, annotate=annotate)
    for image in seen:
        assert image.size == SQUARE
        assert [image.getpixel((x, 9)) for x in (100, 160)] == [(255, 0, 0, 0), (255, 0, 0, 255)]


def test_an_ip_adapter_sees_the_whole_picture_as_it_is():
    """Whatever is redrawn of it; its region lies on what is drawn."""
    framing = Framing(source=Size(200, 100), box=Box(50, 0, 100, 50), mode=ResizeMode.crop, size=SQUARE)
    picture, region = marked((200, 100), (10, 10)), Image.new("L", (64, 64), 255)
    unit = replace(UNIT, preprocessor="ip-adapter_clip_sd15", region=region)
    (redrawn,) = made(plan_of(unit, framing=framing), original=picture)
    (own,) = made(plan_of(replace(unit, image=picture.transpose(0)), framing=framing), original=picture)
    assert redrawn.image.tobytes() == picture.tobytes()
    assert own.image.tobytes() == picture.transpose(0).tobytes()
    assert redrawn.region.size == SQUARE
