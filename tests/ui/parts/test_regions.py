"""Regions on the page: what is read of the canvases and texts, and what stands under them."""

from typing import Any

import pytest
from PIL import Image

from studio.domain.errors import BadRequest
from studio.store.documents import Documents
from studio.ui.canvas.painting import CanvasMode, Painting, to_painting
from studio.ui.parts import regions
from studio.ui.parts.regions import COUNT, named
from studio.ui.region_binding import under
from tests.fakes import half_mask, noisy


@pytest.fixture
def values() -> dict[str, Any]:
    """As they stand before anybody has touched them."""
    usual = {"canvas": None, "prompt": "", "negative_prompt": "", "weight": 1}
    return {named(number, name): value for number in range(1, COUNT + 1) for name, value in usual.items()}


def painted(documents: Documents, mask: Image.Image | None) -> Painting | None:
    return to_painting(documents, CanvasMode.mask, {"image": noisy(), "mask": mask})


@pytest.fixture
def documents(tmp_path: Any) -> Documents:
    return Documents(tmp_path / "documents")


def test_untouched_regions_are_none(values: dict[str, Any], documents: Documents):
    assert regions.read(values) == ()
    assert regions.read({**values, named(1, "canvas"): painted(documents, None)}) == ()


def test_a_region_is_what_is_painted_and_said(values: dict[str, Any], documents: Documents):
    mask = half_mask().image
    said = {named(2, "canvas"): painted(documents, mask), named(2, "prompt"): "a fox<lora:fox:1>"}
    (region,) = regions.read({**values, **said, named(2, "negative_prompt"): "blur", named(2, "weight"): 0.5})
    assert (region.prompt, region.negative_prompt, region.weight) == ("a fox<lora:fox:1>", "blur", 0.5)
    assert region.mask.tobytes() == mask.tobytes()


def test_a_prompt_without_a_place_is_refused_and_does_not_hinder_a_pasted_text(values: dict[str, Any]):
    asked = {**values, named(3, "prompt"): "a fox"}
    with pytest.raises(BadRequest, match="Region 3 has a prompt, but nothing is painted"):
        regions.read(asked)
    assert regions.read(regions.without(asked)) == ()


def test_another_picture_under_the_mask_leaves_the_mask(documents: Documents):
    laid = under(noisy(128, 96), painted(documents, half_mask().image))
    assert laid["mask"].size == laid["image"].size == (128, 96)
    assert (laid["mask"].getpixel((10, 50)), laid["mask"].getpixel((120, 50))) == (255, 0)
    assert under(noisy(), None)["mask"] is None


def test_the_header_counts():
    assert (regions.header(0), regions.header(2)) == ("Regions", "Regions · 2 with a prompt")
