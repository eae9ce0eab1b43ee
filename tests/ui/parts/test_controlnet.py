"""ControlNet units on the page: what is read of the widgets, and what a request shows on them."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from studio.catalog.controlnets import ControlKind, ControlNet
from studio.domain.errors import BadRequest, StudioError
from studio.domain.registry import Registry
from studio.domain.request import ControlMode, ControlPictures, HiresOption, InputMode, ResizeMode, UnionControl
from studio.imaging.metadata import encoded
from studio.ui.canvas.painting import CanvasMode, to_painting
from studio.ui.control_binding import eighths, fetching, is_at_the_machine, looked_at, with_first
from studio.ui.parts import controlnet
from studio.ui.parts.control_unit import is_union, named
from tests.fakes import control_unit

PAGES = {"txt2img": False, "img2img": True}
CANVASES = ("image", "preview", "region")


def begin(desk: Any, page: str) -> dict[str, Any]:
    """What the units of a page hold before anybody has touched them."""
    place = next(place for place in desk.places if place.page == page)
    values = {name: each.value for name, each in place.components.items() if name.startswith("control.")}
    return {**values, **{named(number, canvas): None for number in range(3) for canvas in CANVASES}}


def painted(desk: Any, mode: CanvasMode, shown: Any) -> Any:
    return to_painting(desk.documents, mode, shown)


def put(desk: Any, values: dict[str, Any], shown: dict[str, Any]) -> dict[str, Any]:
    """The values after the shown ones have gone to the widgets, which hand pictures back as paintings."""
    result = {**values, **shown}
    for name in shown:
        if name.endswith((".image", ".region")):
            result[name] = painted(desk, CanvasMode.mask, shown[name])
    return result


def same(one: Image.Image | None, other: Image.Image | None) -> bool:
    return (one is None) == (other is None) and (one is None or one.tobytes() == other.tobytes())


units = st.builds(
    lambda **changes: control_unit(image=Image.new("RGB", (16, 8), "red"), shows_map=True, weights=(), **changes),
    preprocessor=st.sampled_from(["none", "canny", "depth", "tile_colorfix+sharp"]),
    model=st.sampled_from(["None", "control_v11p_sd15_canny [d14c016b]"]),
    weight=st.floats(0, 2),
    start=st.floats(0, 0.5),
    end=st.floats(0.5, 1),
    resolution=st.integers(64, 2048),
    threshold_a=st.floats(-1, 255),
    threshold_b=st.floats(-1, 255),
    pixel_perfect=st.booleans(),
    low_vram=st.booleans(),
    mode=st.sampled_from(list(ControlMode)),
    resize_mode=st.sampled_from([ResizeMode.stretch, ResizeMode.crop, ResizeMode.fill]),
    union_control=st.sampled_from(UnionControl),
    mask=st.none(),
    region=st.none(),
)


@pytest.mark.parametrize("page", PAGES)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given_units=st.lists(units, max_size=3))
def test_what_is_shown_is_read_again(desk: Any, page: str, given_units: list[Any]):
    has_picture = PAGES[page]
    asked = tuple(
        replace(
            unit,
            cropped_to_mask=unit.cropped_to_mask if has_picture else True,
            hires_option=HiresOption.both if has_picture else HiresOption.low,
        )
        for unit in given_units
    )
    shown = controlnet.show(asked, 3, desk.studio.preprocessors, has_picture=has_picture)
    found = controlnet.read(put(desk, begin(desk, page), dict(shown)), desk.documents, has_picture=has_picture)
    assert len(found) == len(asked)
    for one, other in zip(found, asked, strict=True):
        assert same(one.image, other.image)
        assert replace(one, image=None) == replace(other, image=None)


def test_nothing_is_read_of_units_that_are_off(desk: Any):
    assert controlnet.read(begin(desk, "txt2img"), desk.documents, has_picture=False) == ()


def unit_of(desk: Any, page: str, **values: Any) -> Any:
    """The only unit, enabled, with some of its values."""
    changed = {named(0, name): value for name, value in {"enabled": True, **values}.items()}
    (unit,) = controlnet.read({**begin(desk, page), **changed}, desk.documents, has_picture=PAGES[page])
    return unit


def test_on_img2img_the_units_own_picture_counts_only_when_it_is_wished_for(desk: Any):
    picture = painted(desk, CanvasMode.mask, Image.new("RGB", (16, 8), "red"))
    assert unit_of(desk, "img2img", image=picture).image is None
    assert unit_of(desk, "img2img", image=picture, independent=True).image.size == (16, 8)
    assert unit_of(desk, "txt2img", image=picture).image.size == (16, 8)


def test_strokes_are_the_units_mask(desk: Any):
    strokes = Image.new("L", (16, 8))
    strokes.paste(255, (2, 2, 6, 6))
    drawn = painted(desk, CanvasMode.mask, {"image": Image.new("RGB", (16, 8), "white"), "mask": strokes})
    unit = unit_of(desk, "txt2img", image=drawn)
    assert unit.mask.getpixel((3, 3)) == 255
    assert looked_at(unit, None).getpixel((3, 3)) == (255, 255, 255)
    assert looked_at(unit, None).getpixel((12, 6)) == (0, 0, 0)


def test_the_preview_as_input_goes_as_it_is_edited(desk: Any):
    over = Image.new("RGBA", (16, 8))
    over.paste((0, 255, 0, 255), (0, 0, 4, 4))
    preview = painted(desk, CanvasMode.sketch, {"image": Image.new("RGB", (16, 8)), "drawing": over})
    unit = unit_of(desk, "img2img", preview=preview, preview_as_input=True, preprocessor="canny")
    assert unit.preprocessor == "none"
    assert unit.image.getpixel((1, 1))[:3] == (0, 255, 0)


def test_a_region_is_what_is_painted_or_a_picture_that_is_a_mask(desk: Any):
    half = Image.new("L", (16, 8))
    half.paste(255, (8, 0, 16, 8))
    as_picture = painted(desk, CanvasMode.mask, half)
    as_strokes = painted(desk, CanvasMode.mask, {"image": Image.new("RGB", (16, 8)), "mask": half})
    for region in (as_picture, as_strokes):
        assert unit_of(desk, "txt2img", region=region).region is None
        assert same(unit_of(desk, "txt2img", region=region, has_region=True).region, half)


def test_a_request_without_units_switches_all_off(desk: Any):
    shown = controlnet.show((), 3, desk.studio.preprocessors, has_picture=False)
    assert [shown[named(number, "enabled")] for number in range(3)] == [False] * 3


def test_the_header_names_the_units_that_are_on():
    assert controlnet.header([]) == "ControlNet"
    assert controlnet.header(["0 Canny", "2 Depth"]) == "ControlNet · 0 Canny, 2 Depth"


@pytest.mark.parametrize(("side", "expected"), [(512, 512), (516, 512), (517, 520), (7, 8), (3, 8)])
def test_sizes_that_are_sent_are_multiples_of_eight(side: int, expected: int):
    """features.md 3.2: a remainder up to 4 goes down."""
    assert eighths(side) == expected


def test_only_who_sits_at_the_machine_is_asked_to_download():
    def visit(host: str) -> Any:
        return SimpleNamespace(client=SimpleNamespace(host=host))

    assert is_at_the_machine(visit("127.0.0.1"))
    assert is_at_the_machine(visit("::1"))
    assert not is_at_the_machine(visit("192.168.0.7"))
    assert not is_at_the_machine(visit("testclient"))
    assert not is_at_the_machine(SimpleNamespace(client=None))


def test_a_download_says_how_far_it_is_and_why_it_failed():
    def fetch(name: str, tell: Any) -> None:
        tell("net.pth", 50, 200)
        tell("net.pth", 3 << 20, 0)
        raise StudioError("no network")

    fake = SimpleNamespace(studio=SimpleNamespace(annotator=SimpleNamespace(fetch=fetch)))
    words = fetching(fake, "hed")
    assert "net.pth 25 %" in next(words)
    assert "net.pth 3 MB" in next(words)
    with pytest.raises(StudioError):
        next(words)


def test_what_the_map_shows_is_asked_for_unions_alone():
    nets = Registry("ControlNet model", [net(kind) for kind in ControlKind])
    studio = SimpleNamespace(controlnets=lambda: nets)
    asked = [name for name in (*ControlKind, "None", "gone") if is_union(name, studio)]
    assert asked == [ControlKind.union]


def net(kind: ControlKind) -> ControlNet:
    return ControlNet(name=kind.value, path=Path(kind.value), aliases=(), kind=kind)


def test_the_choice_of_what_a_map_shows_is_there_with_the_union(desk: Any):
    place = next(place for place in desk.places if place.page == "img2img")
    control = place.components[named(0, "union_control")]
    assert (control.label, control.visible, control.value) == ("Union Control Type", False, "Unknown")


def kept(desk: Any, *colours: str) -> str:
    """What the page holds after files were put in."""
    files = [(f"{number}.png", encoded(Image.new("RGB", (8, 8), each), "")) for number, each in enumerate(colours)]
    return json.dumps([(name, desk.documents.keep(data)) for name, data in files])


def colours_of(unit: Any) -> list[Any]:
    return [each.getpixel((1, 1)) for each in unit.several.images]


def test_a_unit_takes_files_and_a_folder_with_masks_by_name(desk: Any, tmp_path: Path):
    (tmp_path / "in").mkdir()
    (tmp_path / "masks").mkdir()
    Image.new("RGB", (8, 8), "blue").save(tmp_path / "in" / "2.png")
    given = {"uploads": kept(desk, "red", "lime"), "directory": str(tmp_path / "in"), "loopback": True}
    batch = unit_of(desk, "txt2img", input_mode="Batch", **given)
    assert (batch.several.mode, batch.several.has_loopback, batch.several.masks) == (InputMode.batch, True, ())
    assert colours_of(batch) == [(255, 0, 0), (0, 255, 0), (0, 0, 255)]
    for number in range(3):
        Image.new("L", (8, 8), number).save(tmp_path / "masks" / f"{number}.png")
    masks = {"mask_directory": str(tmp_path / "masks")}
    merged = unit_of(desk, "txt2img", input_mode="Multi-Inputs", **given, **masks)
    assert (merged.several.mode, merged.several.has_loopback) == (InputMode.merge, False)
    assert [each.getpixel((0, 0)) for each in merged.several.masks] == [0, 1, 2]
    (tmp_path / "masks" / "1.png").unlink()
    with pytest.raises(BadRequest, match=r"no mask for 1\.png"):
        unit_of(desk, "txt2img", input_mode="Batch", **given, **masks)


def test_a_single_picture_does_not_heed_what_was_put_in_for_several(desk: Any):
    assert unit_of(desk, "img2img", uploads=kept(desk, "red"), directory="/no/such/folder").several is None


def test_of_several_pictures_the_first_is_looked_at(desk: Any):
    unit = unit_of(desk, "img2img", input_mode="Multi-Inputs", uploads=kept(desk, "lime", "red"))
    assert looked_at(with_first(unit), None).getpixel((1, 1)) == (0, 255, 0)


def test_a_request_shows_its_mode_and_leaves_the_pictures(desk: Any):
    pictures = ControlPictures(mode=InputMode.batch, images=(), has_loopback=True)
    shown = controlnet.show((control_unit(several=pictures),), 3, desk.studio.preprocessors, has_picture=True)
    assert (shown[named(0, "input_mode")], shown[named(0, "loopback")]) == ("Batch", True)
    assert named(0, "uploads") not in shown
