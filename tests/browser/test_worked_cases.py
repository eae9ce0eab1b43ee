"""The document's worked cases with the bundled model: gestures of a person, and what the reader sees then."""

from pathlib import Path

import numpy as np

from tests.browser.artist import TRIES, Artist, landscape, picture_of, pixels, saved, shows
from tests.browser.editor_driver import Editor
from tools.demo_model.control_trials import canny_edges, edge_agreement
from tools.demo_model.stage_reader import Reader

AREAS = (  # corners in a map of 256x256: a crown and a trunk on grass
    ("grass", (0, 160), (255, 255)),
    ("tree", (36, 80), (116, 160)),
    ("tree", (68, 160), (84, 222)),
)
HOUSE = ((150, 210), (150, 140), (140, 140), (188, 90), (236, 140), (226, 140), (226, 210), (150, 210))
HORIZON = ((0, 150), (140, 152))


def test_a_thing_comes_into_a_scene_where_one_paints(artist: Artist, reader: Reader, tmp_path: Path):
    """Building a scene by degrees: inpainting with a high strength, then a sketched sign."""
    picture = picture_of(landscape(kind="moon", colour="yellow", place="left"))
    artist.studio.tab("Inpaint")
    artist.studio.put("inpaint", saved(picture, tmp_path))
    artist.stroke("img2img_inpaint", (150, 130), (230, 130), (230, 180), (150, 180), (150, 226), (230, 226), size=60)
    artist.page.get_by_label("latent noise", exact=True).first.check()
    artist.ask("a red ball on the right", Denoising_strength="0.85")
    made = artist.draw()
    assert sum(shows(read, "ball", "right") for read in reader.read(pixels(made))) >= TRIES / 2
    assert "0 px" in artist.studio.text("#img2img_stage")


def test_a_sign_is_sketched_and_becomes_one(artist: Artist, reader: Reader, tmp_path: Path):
    """Building a scene, its next step: a rough shape in its colour, drawn over by the same parameters."""
    picture = picture_of(landscape(kind="moon", colour="yellow", place="left"))
    artist.studio.tab("Inpaint sketch")
    artist.studio.put("inpaint_sketch", saved(picture, tmp_path))
    artist.stroke("img2img_inpaint_sketch", (190, 120), (190, 120.5), size=76, colour="#d03c36")
    artist.stroke("img2img_inpaint_sketch", (190, 150), (190, 222), size=14, colour="#46404a")
    artist.ask("a red bus stop sign on the right", Denoising_strength="0.85")
    made = pixels(artist.draw())
    assert sum(shows(read, "bus stop sign", "right") for read in reader.read(made)) >= TRIES / 2
    assert (made[:, :, :100] == picture[:, :100]).all()


def test_a_spoiled_part_is_enlarged_redrawn_and_stitched(artist: Artist, reader: Reader, tmp_path: Path):
    """As hands are repaired: a mask over the part, and one button for crop, enlarge, redraw and stitch."""
    picture = picture_of(landscape(kind="house", colour="red", place="left")).copy()
    spoiled = picture.copy()
    spoiled[110:226, 24:116] = np.random.default_rng(1).integers(60, 200, (116, 92, 1), np.uint8)
    assert not shows(reader.read(spoiled[None])[0], "house", "left")
    artist.studio.tab("Inpaint")
    artist.studio.put("inpaint", saved(spoiled, tmp_path))
    artist.stroke("img2img_inpaint", (42, 126), (98, 126), (98, 168), (42, 168), (42, 210), (98, 210), size=48)
    artist.ask("a red house", Denoising_strength="0.85")
    before = artist.studio.site.saved()
    artist.studio.forget()
    artist.page.click("#img2img_enlarge")
    assert "Done" in artist.studio.finish()
    made = pixels([path for path in artist.studio.site.saved() if path not in before])
    assert sum(shows(read, "house", "left") for read in reader.read(made)) >= TRIES / 2
    assert (made[:, :, 160:] == spoiled[:, 160:]).all()


def test_day_becomes_night_along_the_edges_of_the_day(artist: Artist, reader: Reader, tmp_path: Path):
    """A new light over the same drawing: Canny holds the outlines, the prompt says the rest."""
    picture = picture_of(landscape(kind="house", colour="red", place="left"))
    artist.studio.tab("txt2img")
    artist.control("Canny")
    artist.page.set_input_files("#txt2img_control_0_image input[type=file]", saved(picture, tmp_path))
    artist.page.wait_for_selector("#txt2img_control_0_image .rc-has")
    artist.ask("a red house on the left, on grass, at night", "txt2img")
    made = pixels(artist.draw("txt2img"))
    read = reader.read(made)
    assert sum(each.sky == "night" for each in read) >= TRIES - 1
    assert sum(shows(each, "house", "left") for each in read) >= TRIES / 2
    held = [edge_agreement(canny_edges(each), canny_edges(picture)) for each in made]
    assert np.mean(held) >= 0.4, held


def test_a_scene_is_built_from_a_scribble(artist: Artist, reader: Reader):
    """Strokes on a new canvas are the control image: the thing comes where it was drawn, though no word says where."""
    artist.studio.tab("txt2img")
    artist.control("Scribble")
    artist.panel().get_by_role("button", name="New canvas to draw on").first.click()
    artist.page.wait_for_selector("#txt2img_control_0_image .rc-has")
    artist.studio.choose("Preprocessor", "none", "txt2img")
    for line in (HOUSE, HORIZON):
        artist.stroke("txt2img_control_0_image", *line, size=4)
    artist.ask("a red house, in the snow, day", "txt2img")
    read = reader.read(pixels(artist.draw("txt2img")))
    assert sum(shows(each, "house", "right") for each in read) >= TRIES / 2
    assert sum(each.ground == "snow" for each in read) >= TRIES / 2


def test_a_picture_is_composed_from_painted_classes(artist: Artist, reader: Reader):
    """Composition before content: sky, ground and a tree as areas of a segmentation map."""
    artist.studio.tab("txt2img")
    artist.control("Segmentation")
    painter = Editor(artist.studio, ".rc-map .rc-picture")
    painter.open("paint_classes")
    choose_class(painter, "sky")
    painter.press("New map of this class")
    artist.page.wait_for_function("document.querySelector('dialog .rc-picture').width === 256")
    artist.page.wait_for_timeout(300)
    for name, *corners in AREAS:
        choose_class(painter, name)
        painter.press("Rectangle")
        painter.drag(*corners)
    painter.send("Use as control image")
    artist.ask("a green tree, on grass, day", "txt2img")
    read = reader.read(pixels(artist.draw("txt2img")))
    assert sum(shows(each, "tree", "left") for each in read) >= TRIES / 2


def choose_class(painter: Editor, name: str) -> None:
    painter.dialog.get_by_role("searchbox", name="Find a class").fill(name)
    painter.dialog.get_by_role("option", name=name, exact=True).click()
