from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from studio.domain.geometry import Size
from studio.domain.plan import Prepared
from studio.domain.request import GenerationRequest, MaskedContent, ResizeMode
from studio.domain.settings import Settings
from studio.imaging.control_geometry import framed as placement
from studio.imaging.prepare import prepare
from studio.planning.accept import accept
from studio.planning.planner import make_plan
from tests.fakes import control_unit, half_mask, img2img, init_image, installed, noisy, txt2img


@dataclass
class Helpers:
    """An annotator that gives back what it sees, and an upscaler that paints red."""

    seen: list[Size] = field(default_factory=list)
    scales: list[float] = field(default_factory=list)

    def annotate(self, name: str, image: Image.Image, resolution: int, arguments: Mapping[str, Any]) -> Image.Image:
        self.seen.append(Size(*image.size))
        return image

    def upscale(self, image: Image.Image, scale: float, upscaler: str) -> Image.Image:
        self.scales.append(scale)
        return Image.new("RGB", (int(image.width * scale), int(image.height * scale)), "red")


def prepared(request: GenerationRequest, helpers: Helpers | None = None, **changes: Any) -> Prepared:
    helpers = helpers or Helpers()
    here = installed(upscaler_names=["Any"])
    accepted = accept(request, replace(Settings(), **changes), here, lambda: 0)
    return prepare(make_plan(accepted, here), accepted.request, helpers.upscale, helpers.annotate)


def slopes(width: int, height: int) -> Image.Image:
    """Every place has its own colour."""
    across, down = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    return Image.fromarray(np.stack([across, down, 255 - across], axis=-1).round().astype(np.uint8))


def corner_mask(size: Size, **changes: Any):
    mask = Image.new("L", size)
    mask.paste(255, (0, 0, size.width // 2, size.height // 3))
    return half_mask(image=mask, **changes)


def test_noise_alone_needs_no_pixels():
    ready = prepared(txt2img())
    assert (ready.image, ready.latent_mask, ready.original, ready.overlay_mask) == (None, None, None, None)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_the_working_picture_is_rgb_and_has_the_working_size(mode):
    ready = prepared(img2img(size=Size(130, 70), init=init_image(noisy(90, 40, mode))))
    assert ready.image
    assert (ready.image.mode, ready.image.size) == ("RGB", (128, 64))


def test_transparent_parts_are_filled_with_the_background_colour():
    clear = init_image(Image.new("RGBA", (64, 64), (9, 9, 9, 0)))
    for only_masked in (True, False):
        ready = prepared(img2img(init=clear, mask=half_mask(only_masked=only_masked)), background="#00ff00")
        assert ready.image
        assert ready.image.getpixel((5, 5)) == (0, 255, 0)


def test_the_original_comes_through_as_it_is():
    for mode in ("RGB", "RGBA"):
        ready = prepared(img2img(init=init_image(noisy(mode=mode)), mask=half_mask()))
        assert ready.original == noisy(mode=mode)


@pytest.mark.parametrize("mode", ResizeMode)
def test_masks_have_the_sizes_that_are_promised(mode):
    init = init_image(noisy(90, 40), resize_mode=mode)
    whole = prepared(img2img(size=Size(128, 96), init=init, mask=half_mask()))
    part = prepared(img2img(size=Size(128, 96), init=init, mask=half_mask(only_masked=True)))
    for ready, size in ((whole, (128, 96)), (part, (90, 40))):
        assert ready.latent_mask
        assert ready.overlay_mask
        assert ready.original
        assert ready.latent_mask.size == (128, 96)
        assert ready.overlay_mask.size == ready.original.size == size


def test_a_latent_resize_keeps_the_pixels_for_the_latent_to_be_resized():
    init = init_image(noisy(91, 42), resize_mode=ResizeMode.latent)
    ready = prepared(img2img(size=Size(128, 96), init=init, mask=half_mask()))
    assert ready.image
    assert ready.image.size == (88, 40)
    assert ready.original
    assert ready.original.size == (128, 96)  # the overlay is scaled too (features.md 2.28, trap 8)


@pytest.mark.parametrize("content", MaskedContent)
def test_every_content_but_the_original_fills_the_masked_part(content):
    picture = Image.new("RGB", (64, 64), "white")
    picture.paste("black", (0, 0, 20, 64))
    request = img2img(init=init_image(picture), mask=half_mask(content=content))
    image = prepared(request).image
    assert image
    assert (image.getpixel((2, 32))[0] > 200) == (content is not MaskedContent.original)
    assert image.crop((32, 0, 64, 64)) == picture.crop((32, 0, 64, 64))


def test_the_upscaler_of_the_settings_makes_the_crop_larger():
    helpers = Helpers()
    request = img2img(size=Size(128, 128), mask=half_mask(only_masked=True))
    image = prepared(request, helpers, upscaler="Any").image
    assert image
    assert (helpers.scales, image.getpixel((64, 64))) == ([2.0], (255, 0, 0))
    assert prepared(request, helpers).image != image
    assert helpers.scales == [2.0]


@settings(max_examples=150)
@given(
    own=st.builds(Size, st.integers(24, 120), st.integers(24, 120)),
    asked=st.builds(Size, st.integers(8, 24).map(lambda n: 8 * n), st.integers(8, 24).map(lambda n: 8 * n)),
    mode=st.sampled_from(ResizeMode),
    only_masked=st.booleans(),
    has_own_picture=st.booleans(),
    preprocessor=st.sampled_from(["none", "canny"]),
)
def test_a_control_map_lies_on_its_picture(own, asked, mode, only_masked, has_own_picture, preprocessor):
    """features.md 2.28, trap 25: also where the crop does not reach the asked proportions."""
    picture = slopes(*own)
    unit = control_unit(preprocessor=preprocessor, image=picture if has_own_picture else None)
    mask = corner_mask(own, only_masked=only_masked)
    init = init_image(picture, resize_mode=mode)
    ready = prepared(img2img(size=asked, init=init, mask=mask, controls=(unit,)))
    assert ready.image
    assert ready.plan.framing
    control = ready.controls[0].image
    assert control.size == ready.plan.first.size
    covered = placement(ready.plan.framing).covered(own)
    inner = (covered.left + 3, covered.top + 3, covered.right - 3, covered.bottom - 3)
    image = ready.image.resize(control.size, Image.Resampling.LANCZOS)
    difference = np.asarray(control.crop(inner), int) - np.asarray(image.crop(inner), int)
    pixel = 255 / (min(own) - 1)  # the steepest slope: what one pixel beside would differ by
    assert abs(difference).max() <= max(6, 0.75 * pixel)


def test_a_region_of_a_unit_lies_where_it_was_drawn():
    region = Image.new("L", (64, 64))
    region.paste(255, (32, 32, 64, 64))
    unit = control_unit(image=noisy(), region=region)
    request = img2img(size=Size(128, 64), init=init_image(noisy(), resize_mode=ResizeMode.fill), controls=(unit,))
    found = prepared(request).controls[0].region
    assert found
    assert found.getbbox() == (64, 32, 96, 64)
