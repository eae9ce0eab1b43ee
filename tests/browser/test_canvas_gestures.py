"""Painting with real gestures on a real Chromium: every tool does what its name says, exactly where the pointer is."""

import io
from collections.abc import Generator

import numpy as np
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page

from tests.browser.canvas_app import CanvasApp, serve
from tests.browser.canvas_driver import Driver, capsule, scene


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


@pytest.mark.parametrize("hardness", [1.0, 0.3])
def test_a_stroke_equals_the_oracle(canvas: Driver, hardness: float):
    canvas.set(hardness=hardness)
    canvas.stroke((60, 50), (200.5, 130.25))
    expected = capsule((320, 240), [(60, 50), (200.5, 130.25)], 20, hardness)
    received = canvas.sent_mask()
    assert (
        np.abs(received.astype(int) - expected).max() <= 2 * 255 // 10 * (hardness == 1) + 12
    )  # pointers have whole pixels
    assert np.array_equal(received, canvas.alpha())
    assert (np.abs(received.astype(int) - expected) > 12).mean() < 0.002


def test_opacity_covers_once_within_a_stroke_and_again_with_the_next(canvas: Driver):
    canvas.set(opacity=0.5)
    canvas.stroke((50, 100), (200, 100), (50, 100), (200, 100))
    assert canvas.alpha()[100, 120] == 128
    canvas.stroke((50, 100), (200, 100))
    assert canvas.alpha()[100, 120] == 192


def test_a_pen_that_presses_harder_draws_wider(canvas: Driver):
    assert canvas.page.get_by_label("What the brush changes").is_hidden()
    canvas.set(size=40)
    canvas.pen((60, 100, 0.25), (260, 100, 1.0))
    wide = (canvas.alpha() > 127).sum(0)
    assert np.allclose(wide[[60, 160, 260]], [10, 25, 40], atol=1.5)
    assert canvas.page.get_by_label("What the brush changes").is_visible()


def test_or_covers_more_where_its_user_chooses_so(canvas: Driver):
    canvas.pen((20, 20, 1.0))
    canvas.page.get_by_label("What the brush changes").click()
    canvas.page.get_by_label("how much it covers").check()
    canvas.page.keyboard.press("Escape")
    canvas.set(size=40)
    canvas.pen((60, 100, 0.25), (260, 100, 1.0))
    drawn = canvas.alpha().astype(int)
    assert np.allclose(drawn[100, [60, 160, 259]], [64, 159, 255], atol=4)
    assert ((drawn > 0).sum(0)[[60, 260]] >= 39).all()


@pytest.mark.parametrize("ratio", [1, 1.25, 2])
def test_a_stroke_at_800_percent_lands_within_a_pixel(app: CanvasApp, browser: Browser, ratio: float):
    context = browser.new_context(viewport={"width": 1100, "height": 900}, device_scale_factor=ratio)
    canvas = Driver(app, context.new_page())
    canvas.load(scene())
    canvas.set(size=3, hardness=1, opacity=1)
    canvas.eval("canvas.view.zoomMiddle(8)")
    canvas.settle()
    canvas.stroke((150.5, 110.5), (170.5, 120.5))
    painted = canvas.alpha() > 127
    assert painted[110, 150]
    assert painted[120, 170]
    ys, xs = np.nonzero(painted)
    assert (xs.min(), xs.max(), ys.min(), ys.max()) == (149, 171, 109, 121)
    context.close()


def test_what_is_shown_is_what_is_painted(canvas: Driver):
    canvas.set(maskColour="#00ff00", maskOpacity=1)
    canvas.eval("canvas.view.zoomMiddle(2)")
    canvas.choose("rectangle")
    canvas.stroke((100, 80), (140, 110))
    canvas.page.mouse.move(5, 5)
    canvas.settle()
    x, y = canvas.on_screen(120, 95)
    clip = {"x": x - 60, "y": y - 50, "width": 120, "height": 100}
    shot = np.asarray(Image.open(io.BytesIO(canvas.page.screenshot(clip=clip))).convert("RGB"))
    green = (shot == (0, 255, 0)).all(axis=2)
    ys, xs = np.nonzero(green)
    assert (xs.min(), xs.max(), ys.min(), ys.max()) == pytest.approx((20, 99, 20, 79), abs=1)


def test_eraser_and_right_button_take_away(canvas: Driver):
    canvas.stroke((40, 60), (280, 60))
    canvas.choose("eraser")
    canvas.stroke((160, 60))
    assert canvas.alpha()[60, 160] == 0
    assert canvas.alpha()[60, 100] == 255
    canvas.choose("brush")
    canvas.stroke((100, 60), button="right")
    assert canvas.alpha()[60, 100] == 0


def test_undo_and_redo_walk_through_everything(canvas: Driver):
    states = [canvas.alpha()]
    steps = [
        lambda: canvas.stroke((40, 60), (200, 90)),
        lambda: canvas.press("i"),
        lambda: canvas.page.click(f"{canvas.root} [data-does=grow]"),
        lambda: canvas.page.click(f"{canvas.root} [data-does=feather]"),
        lambda: canvas.press("Delete"),
        lambda: (canvas.choose("fill"), canvas.stroke((10, 10))),
    ]
    for step in steps:
        step()
        states.append(canvas.alpha())
        assert not np.array_equal(states[-1], states[-2])
    for state in reversed(states[:-1]):
        canvas.press("Control+z")
        assert np.array_equal(canvas.alpha(), state)
    for state in states[1:]:
        canvas.press("Control+Shift+z")
        assert np.array_equal(canvas.alpha(), state)


def test_fifty_strokes_can_be_taken_back(canvas: Driver):
    for i in range(55):
        canvas.stroke((20 + 5 * i, 40), (20 + 5 * i, 200), steps=1)
    assert canvas.alpha().any()
    for _ in range(55):
        canvas.page.keyboard.press("Control+z")
    assert not canvas.alpha().any()


def test_a_stroke_that_leaves_the_picture_comes_back_as_one_line(canvas: Driver):
    canvas.stroke((250, 100), (390, 100), (390, 160), (250, 160), steps=6)
    alpha = canvas.alpha()
    assert (alpha[100, 250:] == 255).all()
    assert (alpha[160, 250:] == 255).all()
    assert (alpha[130] == 0).all()
    canvas.press("Control+z")
    assert not canvas.alpha().any()


def test_shift_draws_straight_lines(canvas: Driver):
    canvas.stroke((40, 40))
    canvas.page.keyboard.down("Shift")
    canvas.stroke((240, 140))
    canvas.page.keyboard.up("Shift")
    assert canvas.alpha()[90, 140] == 255
    canvas.press("Delete")
    canvas.eval("canvas.lastPoint = null")
    canvas.page.keyboard.down("Shift")
    canvas.stroke((40, 200), (140, 212), (240, 190))
    canvas.page.keyboard.up("Shift")
    ys, _ = np.nonzero(canvas.alpha())
    assert ys.min() >= 189
    assert ys.max() <= 210


def test_rectangle_is_exact(canvas: Driver):
    canvas.choose("rectangle")
    x, y = canvas.on_screen(40, 30)
    x2, y2 = canvas.on_screen(140, 90)
    corner, other = (canvas.eval("canvas.view.toPicture(given[0], given[1])", *at) for at in ((x, y), (x2, y2)))
    canvas.stroke((40, 30), (140, 90))
    expected = np.zeros((240, 320), np.uint8)
    expected[round(corner["y"]) : round(other["y"]), round(corner["x"]) : round(other["x"])] = 255
    assert np.array_equal(canvas.sent_mask(), expected)


def test_lasso_fills_its_outline(canvas: Driver):
    canvas.choose("lasso")
    outline = [(60, 40), (220, 60), (180, 200), (80, 180)]
    canvas.stroke(*outline, steps=3)
    large = Image.new("L", (3200, 2400), 0)
    ImageDraw.Draw(large).polygon([(10 * x, 10 * y) for x, y in outline], fill=255)
    expected = np.asarray(large.resize((320, 240), Image.Resampling.BOX)).astype(int)
    assert np.abs(canvas.sent_mask().astype(int) - expected).mean() < 0.5
    assert (
        np.array_equal(canvas.alpha() > 127, expected > 127) or ((canvas.alpha() > 127) != (expected > 127)).sum() < 60
    )


def test_fill_follows_the_colours_within_its_tolerance(canvas: Driver):
    canvas.choose("fill")
    canvas.set(tolerance=10)
    canvas.stroke((10, 10))
    pixels = np.asarray(scene()).astype(int)
    assert np.array_equal(canvas.sent_mask() == 255, (pixels == (200, 60, 60)).all(axis=2))
    canvas.press("Control+z")
    canvas.set(tolerance=255)
    canvas.stroke((10, 10))
    assert (canvas.alpha() == 255).all()


def test_fill_stops_at_painted_lines(canvas: Driver):
    canvas.set(size=6)
    canvas.stroke((20, 20), (90, 20), (90, 80), (20, 80), (20, 20))
    canvas.choose("fill")
    canvas.stroke((50, 50))
    alpha = canvas.alpha()
    assert alpha[50, 50] == 255
    assert alpha[10, 10] == 0


def test_smart_select_finds_the_disc(canvas: Driver):
    canvas.choose("wand")
    canvas.stroke((100, 60), (220, 180))
    canvas.page.wait_for_function("() => !window.RedrawCanvas.get('canvas_mask').surface.isEmpty()")
    y, x = np.mgrid[0:240, 0:320]
    disc = np.hypot(x - 160, y - 120) < 48
    found = canvas.sent_mask() == 255
    assert (found & disc).sum() / (found | disc).sum() > 0.97


def test_wheel_zooms_about_the_pointer_and_leaves_the_page(canvas: Driver):
    point = canvas.on_screen(100, 70)
    canvas.page.evaluate("() => { document.body.style.minHeight = '3000px'; window.scrollTo(0, 40); }")
    canvas.settle()
    x, y = canvas.on_screen(100, 70)
    assert point[1] - y == 40
    x, y = round(x), round(y)  # a wheel event has whole pixels
    canvas.page.mouse.move(x, y)
    seen = canvas.eval("canvas.view.toPicture(given[0], given[1])", x, y)
    scales = set()
    for turn in [-100] * 30 + [100] * 60:
        canvas.page.mouse.wheel(0, turn)
        after = canvas.eval("[canvas.view.toPicture(given[0], given[1]), canvas.view.scale]", x, y)
        scales.add(after[1])
        if turn < 0:
            assert abs(after[0]["x"] - seen["x"]) < 1e-6
            assert abs(after[0]["y"] - seen["y"]) < 1e-6
    assert max(scales) == 16
    assert min(scales) == 0.1
    assert canvas.page.evaluate("scrollY") == 40


def test_pan_fit_and_actual_size(canvas: Driver):
    fitted = canvas.eval("[canvas.view.left, canvas.view.top, canvas.view.scale]")
    canvas.press("1")
    assert canvas.eval("canvas.view.scale") == 1
    before = canvas.eval("[canvas.view.left, canvas.view.top]")
    canvas.page.keyboard.down("Space")
    canvas.stroke((100, 100), (130, 90))
    canvas.page.keyboard.up("Space")
    after = canvas.eval("[canvas.view.left, canvas.view.top]")
    assert (after[0] - before[0], after[1] - before[1]) != (0, 0)
    canvas.stroke((100, 100), (120, 110), button="middle")
    assert not canvas.alpha().any()
    canvas.press("0")
    assert canvas.eval("[canvas.view.left, canvas.view.top, canvas.view.scale]") == fitted


def test_keys_choose_tools_and_sizes_but_not_while_typing(canvas: Driver):
    for key, tool in {"e": "eraser", "r": "rectangle", "l": "lasso", "g": "fill", "w": "wand", "b": "brush"}.items():
        canvas.press(key)
        assert canvas.eval("canvas.tool") == tool
    canvas.press("]")
    assert canvas.eval("canvas.settings.size") == 24
    canvas.press("[")
    assert canvas.eval("canvas.settings.size") == 20
    canvas.page.keyboard.down("Control")
    canvas.page.mouse.wheel(0, -100)
    canvas.page.keyboard.up("Control")
    assert canvas.eval("canvas.settings.size") == 22
    canvas.page.locator("#told textarea").fill("")
    canvas.page.locator(f"{canvas.root} .rc-view").hover()
    canvas.page.keyboard.type("eri")
    assert canvas.eval("canvas.tool") == "brush"
    assert canvas.page.locator("#told textarea").input_value() == "eri"


def test_the_ring_has_the_brushs_true_size(canvas: Driver):
    canvas.page.mouse.move(*canvas.on_screen(100, 100))
    box = canvas.page.locator(f"{canvas.root} .rc-ring").bounding_box()
    scale = canvas.eval("canvas.view.scale")
    assert box["width"] == pytest.approx(20 * scale, abs=1)
    x, y = canvas.on_screen(100, 100)
    assert box["x"] + box["width"] / 2 == pytest.approx(x, abs=1)
    assert box["y"] + box["height"] / 2 == pytest.approx(y, abs=1)


def test_every_tool_tells_its_key(canvas: Driver):
    tips = canvas.page.eval_on_selector_all(
        f"{canvas.root} .rc-rail button", "all => all.map((b) => [b.ariaLabel, b.dataset.tip + b.dataset.key])"
    )
    assert all(name and name in tip for name, tip in tips)
    assert all("(" in tip for _, tip in tips)


def test_full_screen_and_back(canvas: Driver):
    canvas.press("f")
    canvas.page.wait_for_function("() => document.fullscreenElement !== null")
    canvas.stroke((100, 100), (150, 100))
    canvas.press("f")
    canvas.page.wait_for_function("() => document.fullscreenElement === null")
    assert canvas.alpha()[100, 120] == 255


def test_colours_are_exact_and_picked_from_what_is_seen(sketch: Driver):
    sketch.stroke((60, 60), (100, 60))
    drawing = sketch.send().drawing()
    assert drawing.getpixel((80, 60)) == (16, 32, 48, 255)
    sketch.page.keyboard.down("Alt")
    sketch.stroke((250, 30))
    assert sketch.eval("canvas.settings.colour") == "#3cc83c"
    sketch.stroke((80, 60))
    sketch.page.keyboard.up("Alt")
    assert sketch.eval("canvas.settings.colour") == "#102030"
    assert sketch.eval("canvas.settings.recent.slice(0, 2)") == ["#102030", "#3cc83c"]


def test_the_whole_screen_gives_a_colour_where_the_browser_can(sketch: Driver):
    sketch.page.evaluate("() => { window.EyeDropper = class { async open() { return { sRGBHex: '#12AB34' }; } }; }")
    sketch.page.click(f"{sketch.root} [data-does=screen]")
    sketch.page.wait_for_function("() => window.RedrawCanvas.get('canvas_sketch').settings.colour === '#12ab34'")


def test_settings_of_the_tools_survive_a_reload(canvas: Driver):
    canvas.set(size=77, maskColour="#1fb6ff")
    canvas.page.reload()
    canvas.page.wait_for_function("() => window.RedrawCanvas?.get('canvas_mask')")
    assert canvas.eval("[canvas.settings.size, canvas.settings.maskColour]") == [77, "#1fb6ff"]


def test_one_finger_paints_two_zoom_and_the_page_stays(app: CanvasApp, browser: Browser):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    canvas = Driver(app, context.new_page())
    canvas.load(scene())
    canvas.set(size=20, hardness=1, opacity=1)
    assert canvas.page.evaluate("document.documentElement.scrollWidth") <= 390
    canvas.page.evaluate("() => { document.body.style.minHeight = '3000px'; }")
    session = context.new_cdp_session(canvas.page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        at = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(points)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    start, end = canvas.on_screen(60, 60), canvas.on_screen(60, 160)
    touch("touchStart", start)
    for share in (0.25, 0.5, 0.75, 1):
        touch("touchMove", (start[0], start[1] + share * (end[1] - start[1])))
    touch("touchEnd")
    canvas.settle()
    painted = canvas.alpha()
    assert painted[110, 60] == 255
    assert canvas.page.evaluate("scrollY") == 0
    scale = canvas.eval("canvas.view.scale")
    x, y = canvas.on_screen(160, 120)
    touch("touchStart", (x - 30, y))
    touch("touchStart", (x - 30, y), (x + 30, y))
    for away in (40, 50, 60):
        touch("touchMove", (x - away, y), (x + away, y))
    touch("touchEnd")
    canvas.settle()
    assert canvas.eval("canvas.view.scale") == pytest.approx(2 * scale, rel=0.05)
    seen = canvas.eval("canvas.view.toPicture(given[0], given[1])", x, y)
    assert (seen["x"], seen["y"]) == pytest.approx((160, 120), abs=1)
    assert np.array_equal(canvas.alpha(), painted)
    context.close()
