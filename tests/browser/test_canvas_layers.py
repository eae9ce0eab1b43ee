"""A second picture over the first, and what goes out of a canvas and comes back as files and copies."""

import io
from collections.abc import Generator

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page

from tests.browser.canvas_app import CanvasApp, serve
from tests.browser.canvas_driver import Driver, scene


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Generator[CanvasApp]:
    with serve(tmp_path_factory.mktemp("documents")) as running:
        yield running


@pytest.fixture
def canvas(app: CanvasApp, page: Page) -> Driver:
    driver = Driver(app, page)
    driver.reset()
    driver.load(scene())
    return driver


@pytest.fixture
def sketch(app: CanvasApp, page: Page) -> Driver:
    driver = Driver(app, page, "sketch")
    driver.reset()
    driver.load(scene())
    driver.set(colour="#102030")
    return driver


def png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def choose(canvas: Driver, entry: str, file: Image.Image) -> None:
    """An entry of the menu that asks for a file."""
    with canvas.page.expect_file_chooser() as chooser:
        menu(canvas, entry)
    chooser.value.set_files({"name": "file.png", "mimeType": "image/png", "buffer": png(file)})


def menu(canvas: Driver, entry: str) -> None:
    canvas.page.click(f"{canvas.root} [aria-label='Save, load, layers']")
    canvas.page.click(f"{canvas.root} [data-entry={entry}]")


def saved(canvas: Driver, entry: str) -> tuple[str, Image.Image]:
    with canvas.page.expect_download() as download:
        menu(canvas, entry)
    return download.value.suggested_filename, Image.open(download.value.path())


def add_layer(canvas: Driver, picture: Image.Image) -> None:
    choose(canvas, "layer", picture)
    canvas.page.wait_for_function(f"() => window.RedrawCanvas.get('canvas_{canvas.mode}').layer !== null")
    canvas.settle()


WHITE = Image.new("RGBA", (60, 40), "white")


def test_a_layer_is_moved_and_flattened_and_nothing_else_changes(canvas: Driver):
    canvas.stroke((20, 20), (60, 20))
    mask = canvas.alpha()
    add_layer(canvas, WHITE)
    canvas.eval("canvas.layer.set({x: 160, y: 120})")
    canvas.stroke((160, 120), (230, 70))
    place = canvas.eval("canvas.layer.placement")
    canvas.page.click(f"{canvas.root} [data-layer=flatten]")
    canvas.page.wait_for_function("() => window.RedrawCanvas.get('canvas_mask').layer === null")
    painting = canvas.send()
    got, before = np.asarray(painting.picture()).astype(int), np.asarray(scene()).astype(int)
    left, top = place["x"] - 30, place["y"] - 20
    y, x = np.mgrid[0:240, 0:320]
    inside = (x >= left + 1) & (x < left + 59) & (y >= top + 1) & (y < top + 39)
    outside = (x < left - 1) | (x >= left + 61) | (y < top - 1) | (y >= top + 41)
    assert (place["x"], place["y"]) == pytest.approx((230, 70), abs=1)
    assert (got[inside] == 255).all()
    assert np.array_equal(got[outside], before[outside])
    assert np.array_equal(np.asarray(painting.mask()), mask)


def test_undo_of_flatten_brings_the_layer_back(canvas: Driver):
    add_layer(canvas, WHITE)
    canvas.press("Enter")
    canvas.page.wait_for_function("() => window.RedrawCanvas.get('canvas_mask').layer === null")
    canvas.press("Control+z")
    assert canvas.eval("canvas.layer !== null")
    canvas.press("Escape")
    assert canvas.eval("canvas.layer === null")
    assert canvas.send().picture().tobytes() == scene().tobytes()


def test_handles_scale_and_turn(canvas: Driver):
    add_layer(canvas, WHITE)
    canvas.eval("canvas.layer.set({x: 160, y: 120, scale: 1})")
    canvas.settle()
    page = canvas.page
    page.mouse.move(*canvas.on_screen(190, 140))
    page.mouse.down()
    page.mouse.move(*canvas.on_screen(220, 160), steps=4)
    page.mouse.up()
    assert canvas.eval("canvas.layer.placement.scale") == pytest.approx(2, rel=0.05)
    knob = page.locator(f"{canvas.root} .rc-handle-turn").bounding_box()
    page.mouse.move(knob["x"] + 7, knob["y"] + 7)
    page.mouse.down()
    page.mouse.move(*canvas.on_screen(260, 120), steps=4)
    page.mouse.up()
    assert canvas.eval("canvas.layer.placement.angle") == pytest.approx(np.pi / 2, abs=0.05)
    page.locator(f"{canvas.root} .rc-bar input").fill("40")
    assert canvas.eval("canvas.layer.placement.opacity") == 0.4


def test_parts_of_a_layer_are_erased_and_come_back(canvas: Driver):
    add_layer(canvas, WHITE)
    canvas.eval("canvas.layer.set({x: 160, y: 120, scale: 1})")
    canvas.page.click(f"{canvas.root} [data-layer=erase]")
    canvas.stroke((160, 120), (165, 120))
    assert canvas.eval("canvas.layer.surface.alpha(30, 20)") == 0
    canvas.press("Control+z")
    assert canvas.eval("canvas.layer.surface.alpha(30, 20)") == 255
    canvas.press("Control+y")
    painting = canvas.send()  # an event takes what is shown: the layer becomes part of the picture
    assert painting.picture().getpixel((162, 120)) == scene().getpixel((162, 120))
    assert painting.picture().getpixel((140, 105)) == (255, 255, 255)
    assert canvas.eval("canvas.layer === null")


def test_a_layer_survives_a_reload(canvas: Driver):
    add_layer(canvas, WHITE)
    canvas.eval("canvas.layer.set({x: 100, y: 90, scale: 1.5, angle: 0.3, opacity: 0.7})")
    canvas.eval("canvas.exchange.flush()")
    canvas.page.wait_for_function(
        "() => window.RedrawCanvas.session.parts['canvas:canvas_mask']?.layer?.placement.angle === 0.3"
    )
    canvas.page.wait_for_timeout(300)
    canvas.page.reload()
    canvas.page.wait_for_function("() => window.RedrawCanvas?.get('canvas_mask')?.layer")
    assert canvas.eval("canvas.layer.placement") == {"x": 100, "y": 90, "scale": 1.5, "angle": 0.3, "opacity": 0.7}


def test_the_mask_is_saved_and_loaded(canvas: Driver):
    canvas.set(hardness=0.3)
    canvas.stroke((60, 50), (200, 130))
    mask = canvas.alpha()
    name, picture = saved(canvas, "mask")
    assert name == "picture-mask.png"
    assert picture.mode == "L"
    assert np.array_equal(np.asarray(picture), mask)
    canvas.press("Delete")
    choose(canvas, "load", picture.convert("RGB"))
    canvas.page.wait_for_function("() => !window.RedrawCanvas.get('canvas_mask').surface.isEmpty()")
    assert np.array_equal(canvas.sent_mask(), mask)
    canvas.press("Control+z")
    assert not canvas.alpha().any()


def test_a_mask_of_another_size_is_fitted_with_a_word(canvas: Driver):
    choose(canvas, "load", Image.new("L", (160, 120), 255))
    canvas.page.wait_for_function("() => !window.RedrawCanvas.get('canvas_mask').surface.isEmpty()")
    assert "160 x 120" in canvas.message()
    assert (canvas.sent_mask() == 255).all()


def test_pictures_are_saved_with_and_without_the_drawing(sketch: Driver):
    sketch.stroke((60, 50), (200, 130))
    painting = sketch.send()
    assert saved(sketch, "original")[1].tobytes() == scene().tobytes()
    drawn = saved(sketch, "composite")[1].convert("RGB")
    difference = np.abs(np.asarray(drawn).astype(int) - np.asarray(painting.composite()).astype(int))
    assert difference.max() <= 1
    assert saved(sketch, "drawing")[1].tobytes() == painting.drawing().tobytes()


def test_masks_are_copied_to_other_canvases(canvas: Driver):
    canvas.stroke((60, 50), (200, 130))
    mask = canvas.sent_mask()
    menu(canvas, "copyMask")
    canvas.page.wait_for_function("() => 'copied' in window.RedrawCanvas.session.parts")
    canvas.load(scene(160, 120))
    menu(canvas, "paste")
    canvas.page.wait_for_function("() => !window.RedrawCanvas.get('canvas_mask').surface.isEmpty()")
    half = np.asarray(Image.fromarray(mask).resize((160, 120), Image.Resampling.BILINEAR))
    assert np.array_equal(canvas.sent_mask(), half)
    colours = Driver(canvas.app, canvas.page, "colour_mask")
    colours.load(scene())
    colours.set(colour="#00ff00")
    menu(colours, "paste")
    colours.page.wait_for_function("() => !window.RedrawCanvas.get('canvas_colour_mask').surface.isEmpty()")
    painting = colours.send()
    assert np.array_equal(np.asarray(painting.mask()) == 255, mask > 0)
    assert painting.drawing().getpixel((130, 90)) == (0, 255, 0, 255)
