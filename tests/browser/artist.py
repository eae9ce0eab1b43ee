"""A person at the page with the bundled model, for the worked cases; a new gesture is a method of `Artist`."""

import random
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Locator

from studio.networks.demo_reading import Read
from tests.browser.studio_site import Visit
from tools.demo_model.world import Scene, make_thing, render, sample_scene

TRIES = 4
BRUSH = 44


class Artist:
    """A person at the page; gestures are in pixels of the picture."""

    def __init__(self, studio: Visit) -> None:
        self.studio, self.page = studio, studio.page

    def panel(self, key: str = "txt2img") -> Locator:
        return self.page.locator(f"#{key}_controlnet")

    def control(self, kind: str, key: str = "txt2img") -> None:
        """Unit 0 switched on, with a type."""
        self.panel(key).locator("> button").click()
        for label in ("Enable", kind):
            self.panel(key).locator("label", has_text=re.compile(rf"^\s*{label}\s*$")).first.click()
        self.page.wait_for_timeout(500)

    def ask(self, words: str, key: str = "img2img", **fields: str) -> None:
        self.page.fill(f"#{key}_prompt textarea", words)
        for name, value in ({"Seed": "1", "Batch count": str(TRIES)} | fields).items():
            self.studio.set(name.replace("_", " "), value, key)

    def stroke(self, canvas: str, *points: tuple[float, float], size: int = BRUSH, colour: str = "") -> None:
        wanted = {"size": size} | ({"colour": colour} if colour else {})
        left, top, scale = self.page.evaluate(
            "([id, wanted]) => { const c = window.RedrawCanvas.get(id); c.set(wanted);"
            " return [c.view.left, c.view.top, c.view.scale]; }",
            [canvas, wanted],
        )
        view = self.page.locator(f"#{canvas} .rc-view")
        view.scroll_into_view_if_needed()
        box = view.bounding_box()
        assert box
        places = [(box["x"] + left + x * scale, box["y"] + top + y * scale) for x, y in points]
        self.page.mouse.move(*places[0])
        self.page.mouse.down()
        for where in places[1:]:
            self.page.mouse.move(*where, steps=6)
        self.page.mouse.up()
        self.page.wait_for_timeout(300)

    def draw(self, key: str = "img2img") -> list[Path]:
        """What a press on Generate has saved, control maps left out."""
        before = self.studio.site.saved()
        self.studio.generate(key)
        assert "Done" in self.studio.finish(key)
        return [path for path in self.studio.site.saved() if path not in before and "control" not in str(path)]


def pixels(paths: list[Path]) -> np.ndarray:
    return np.stack([np.asarray(Image.open(path).convert("RGB")) for path in paths])


def landscape(sky: str = "day", ground: str = "grass", **thing: str) -> Scene:
    """A scene of one thing: kind, colour, place."""
    rng = random.Random(7)
    return replace(sample_scene(rng), sky=sky, ground=ground, things=(make_thing(rng, **thing, pair=False),))


def shows(read: Read, kind: str, place: str) -> bool:
    return any(thing.kind == kind and thing.place == place for thing in read.things)


def saved(picture: np.ndarray, folder: Path) -> Path:
    path = folder / "picture.png"
    Image.fromarray(picture).save(path)
    return path


def picture_of(scene: Scene) -> np.ndarray:
    return render(scene, 256, 256).image
