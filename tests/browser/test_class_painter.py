"""The painter of segmentation maps in a real browser: classes by name, exact colours, hard edges, what is sent."""

from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from studio.controlnet.class_colours import class_colours
from tests.browser.editor_driver import KEY, Editor, editor, editor_site
from tests.browser.studio_site import NARROW, Site, visit

COLOUR = {each.name: each.colour for each in class_colours()}
SKY, GRASS = COLOUR["sky"], COLOUR["grass"]
SEND = "Use as control image"
MAP = ".rc-map .rc-picture"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Generator[Site]:
    with editor_site(tmp_path_factory.mktemp("classes")) as site:
        yield site


@pytest.fixture(scope="module")
def opened(browser: Browser, place: Site) -> Generator[Editor]:
    with editor(browser, place, MAP) as found:
        found.choose("Segmentation")
        expect(found.studio.control("Preprocessor", KEY)).to_have_value("sky_and_grass")
        found.studio.set("Width", "320", KEY)
        found.studio.set("Height", "256", KEY)
        yield found


@pytest.fixture
def painter(opened: Editor) -> Generator[Editor]:
    """The painter with a map of walls, 320x256, and a brush of 21 pixels."""
    if not opened.dialog.count():
        opened.open("paint_classes")
    choose(opened, "wall")
    opened.press("New map of this class")
    opened.page.wait_for_function("document.querySelector('dialog .rc-picture').width === 320")
    opened.page.wait_for_timeout(200)
    opened.page.evaluate(f"window.RedrawCanvas.get('{KEY}_control_0_classes').set({{ size: 21 }})")
    yield opened
    if opened.dialog.count():
        opened.press("Close")
        expect(opened.dialog).to_have_count(0)


def choose(painter: Editor, name: str) -> None:
    search = painter.dialog.get_by_role("searchbox", name="Find a class")
    search.fill(name)
    painter.dialog.get_by_role("option", name=name, exact=True).click()
    expect(painter.dialog.locator(".rc-class-now")).to_contain_text(name)


def sent(painter: Editor) -> np.ndarray:
    """The control image that the painter has made."""
    before = painter.value()
    painter.send(SEND)
    painter.page.wait_for_function(
        "([id, set]) => window.RedrawCanvas.get(id)?.exchange.value.set !== set",
        arg=[f"{KEY}_control_0_image", before and before["set"]],
    )
    return np.asarray(painter.sent_image())


def colours(image: np.ndarray) -> set[tuple[int, ...]]:
    return {tuple(pixel) for pixel in image.reshape(-1, 3).tolist()}


def test_all_classes_stand_in_the_list_and_are_found_by_name(painter: Editor):
    search = painter.dialog.get_by_role("searchbox", name="Find a class")
    search.fill("")
    expect(painter.dialog.get_by_role("option")).to_have_count(151)  # 150, and "no class"
    search.fill("SEA")
    expect(painter.dialog.get_by_role("option").first).to_have_text("sea")
    search.press("Enter")
    expect(painter.dialog.locator(".rc-class-now")).to_contain_text("sea")
    search.fill("unicorn")
    expect(painter.dialog.get_by_text("No class is called so")).to_be_visible()


def test_a_stroke_has_the_classs_exact_colour_and_hard_edges(painter: Editor):
    choose(painter, "tree")
    painter.drag((40, 60), (200.5, 130.25))
    image = sent(painter)
    assert image.shape == (256, 320, 3)
    assert colours(image) == {COLOUR["wall"], COLOUR["tree"]}
    assert tuple(image[60, 40]) == COLOUR["tree"]
    expect(painter.studio.control("Preprocessor", KEY)).to_have_value("none")


def test_rectangle_and_fill_work_with_classes(painter: Editor):
    choose(painter, "sea")
    painter.press("Rectangle")
    painter.drag((50, 50), (150, 120))
    choose(painter, "boat")
    painter.press("Fill")
    painter.click(100, 80)
    image = sent(painter)
    assert (image[50:120, 50:150] == COLOUR["boat"]).all()
    assert colours(image) == {COLOUR["wall"], COLOUR["boat"]}


def test_alt_click_picks_a_class_and_says_its_name(painter: Editor):
    choose(painter, "grass")
    painter.press("Brush")
    painter.drag((40, 200), (250, 200))
    choose(painter, "person")
    painter.page.keyboard.down("Alt")
    painter.click(100, 200)
    painter.page.keyboard.up("Alt")
    expect(painter.dialog.locator(".rc-class-now")).to_contain_text("grass")
    expect(painter.dialog.locator(".rc-status")).to_contain_text("grass")
    x, y = painter.on_screen(100, 40)
    painter.page.mouse.move(x, y)
    expect(painter.dialog.locator(".rc-status")).to_contain_text("wall")


def test_what_was_used_last_stands_ready(painter: Editor):
    for name in ("car", "bus"):
        choose(painter, name)
        painter.press("Brush")
        painter.drag((40, 40), (80, 40))
    choose(painter, "lake")
    painter.dialog.get_by_role("button", name="car, used before").click()
    expect(painter.dialog.locator(".rc-class-now")).to_contain_text("car")


def test_a_map_of_any_size(painter: Editor):
    for label, side in (("Width", "448"), ("Height", "128")):
        painter.dialog.get_by_label(label, exact=True).fill(side)
    choose(painter, "sky")
    painter.press("New map of this class")
    painter.page.wait_for_function("document.querySelector('dialog .rc-picture').width === 448")
    painter.dialog.get_by_label("Width", exact=True).fill("5")
    painter.press("New map of this class")
    expect(painter.dialog.get_by_role("alert")).to_contain_text("from 64 to 4096")
    image = sent(painter)
    assert image.shape == (128, 448, 3)
    assert colours(image) == {SKY}


def test_it_goes_on_from_the_preprocessors_map(opened: Editor, photo: Path):
    opened.put(photo)
    opened.choose("Segmentation")
    opened.page.wait_for_timeout(300)
    opened.studio.choose("Preprocessor", "sky_and_grass", KEY)
    opened.detect()
    opened.open("paint_classes")
    opened.press("The preprocessor's map")
    opened.page.wait_for_function("document.querySelector('dialog .rc-picture').width === 384")
    choose(opened, "house")
    opened.press("Brush")
    opened.drag((150, 128), (230, 128))
    image = sent(opened)
    assert colours(image) == {SKY, GRASS, COLOUR["house"]}
    assert tuple(image[128, 190]) == COLOUR["house"]
    assert tuple(image[5, 5]) == SKY


def test_the_painted_map_is_there_after_a_reload(painter: Editor):
    choose(painter, "tree")
    painter.press("Brush")
    painter.drag((40, 60), (200, 60))
    painter.page.wait_for_timeout(1500)
    painter.studio.reload()
    painter.unfold()
    painter.open("paint_classes")
    painter.page.wait_for_selector("dialog .rc-has")
    x, y = painter.on_screen(100, 60)
    painter.page.mouse.move(x, y)
    expect(painter.dialog.locator(".rc-status")).to_contain_text("tree")


def test_on_a_phone_nothing_sticks_out(browser: Browser, place: Site):
    with visit(browser, place, NARROW) as studio:
        studio.open()
        phone = Editor(studio, MAP)
        phone.unfold()
        phone.choose("Segmentation")
        phone.open("paint_classes")
        phone.page.wait_for_selector("dialog .rc-has")
        assert phone.page.evaluate("document.querySelector('dialog').scrollWidth <= 390")
        box = phone.dialog.get_by_role("button", name=SEND).bounding_box()
        assert box
        assert box["x"] + box["width"] <= 390
