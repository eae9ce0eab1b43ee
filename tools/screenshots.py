"""Makes the pictures of the documents with the product itself: `python -m tools.screenshots`.

A studio of its own with the bundled model, a real browser, the gestures of a person; they go to docs/pictures/.
A new picture is a function here and a line in `SHOTS`.
"""

import os
import random
import re
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from playwright.sync_api import sync_playwright

from tests.browser.studio_site import NARROW, WIDE, Visit, serve, visit
from tools.browser import find
from tools.demo_model.world import make_thing, render, sample_scene

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "docs" / "pictures"
COLOURS = 256
TALL = (1440, 1500)


def house(sky: str, ground: str) -> np.ndarray:
    rng = random.Random(7)
    thing = make_thing(rng, kind="house", colour="red", place="center", pair=False)
    return render(replace(sample_scene(rng), sky=sky, ground=ground, things=(thing,)), 256, 256).image


def redrawn(visiting: Visit, picture: Path) -> None:
    visiting.put("img2img", picture)
    visiting.page.fill("#img2img_prompt textarea", "a red house in the center, on snow, at night")
    visiting.set("Denoising strength", "0.75")
    draw(visiting)


def inpaint(visiting: Visit, picture: Path) -> None:
    visiting.tab("Inpaint")
    visiting.put("inpaint", picture)
    visiting.paint("inpaint")
    visiting.page.fill("#img2img_prompt textarea", "a yellow flower in the center")
    draw(visiting)


def draw(visiting: Visit, key: str = "img2img") -> None:
    visiting.set("Seed", "1", key)
    visiting.generate(key)
    visiting.finish(key)


def txt2img(visiting: Visit, picture: Path) -> None:
    visiting.tab("txt2img")
    visiting.page.fill("#txt2img_prompt textarea", "a blue boat, at sunset")
    visiting.set("Batch size", "4", "txt2img")
    draw(visiting, "txt2img")


def opened(tab: str) -> Callable[[Visit, Path], None]:
    return lambda visiting, picture: visiting.tab(tab)


def sketch(visiting: Visit, picture: Path) -> None:
    visiting.tab("Sketch")
    visiting.put("sketch", picture)
    visiting.paint("sketch")
    visiting.page.fill("#img2img_prompt textarea", "a red house in the center, on snow")
    visiting.set("Denoising strength", "0.6")
    draw(visiting)


def inpaint_sketch(visiting: Visit, picture: Path) -> None:
    visiting.tab("Inpaint sketch")
    visiting.put("inpaint_sketch", picture)
    visiting.paint("inpaint_sketch")
    visiting.page.fill("#img2img_prompt textarea", "a red flower in the center")
    draw(visiting)


def inpaint_upload(visiting: Visit, picture: Path) -> None:
    visiting.tab("Inpaint upload")
    visiting.put("upload", picture)
    mask = Image.new("L", (256, 256))
    ImageDraw.Draw(mask).ellipse((10, 14, 96, 110), fill="white")
    mask.save(path := picture.with_name("mask.png"))
    visiting.put("upload_mask", path)
    visiting.page.get_by_label("latent noise", exact=True).first.check()
    visiting.set("Denoising strength", "0.9")
    visiting.page.fill("#img2img_prompt textarea", "a yellow sun on the left")
    draw(visiting)


def png_info(visiting: Visit, picture: Path) -> None:
    """Of what was drawn last."""
    visiting.tab("PNG Info")
    visiting.page.set_input_files("#png_info input[type=file]", visiting.site.saved()[-1])
    visiting.page.wait_for_selector("#png_info .rc-has")


def controlnet(visiting: Visit, picture: Path) -> None:
    """A picture's edges, and what is drawn along them."""
    visiting.tab("txt2img")
    panel = visiting.page.locator("#txt2img_controlnet")
    panel.locator("> button").click()
    panel.locator("label", has_text=re.compile(r"^\s*Canny\s*$")).first.click()
    visiting.page.set_input_files("#txt2img_control_0_image input[type=file]", picture)
    visiting.page.wait_for_selector("#txt2img_control_0_image .rc-has")
    panel.get_by_role("button", name="Run preprocessor").first.click()
    visiting.page.wait_for_selector("#txt2img_control_0_preview .rc-picture")
    panel.get_by_label("Enable", exact=True).first.check()
    visiting.page.fill("#txt2img_prompt textarea", "a red house in the center, on sand, at night")
    draw(visiting, "txt2img")
    panel.scroll_into_view_if_needed()


SHOTS: dict[str, tuple[Callable[[Visit, Path], None], tuple[int, int], str]] = {
    "img2img": (redrawn, WIDE, "light"),
    "inpaint-dark": (inpaint, WIDE, "dark"),
    "sketch": (sketch, WIDE, "light"),
    "inpaint-sketch": (inpaint_sketch, WIDE, "light"),
    "inpaint-upload": (inpaint_upload, WIDE, "light"),
    "batch": (
        lambda visiting, picture: visiting.page.get_by_role("tab", name="Batch", exact=True).click(),
        WIDE,
        "light",
    ),
    "png-info": (png_info, WIDE, "light"),
    "controlnet": (controlnet, TALL, "light"),
    "txt2img": (txt2img, WIDE, "light"),
    "models": (opened("Models"), WIDE, "light"),
    "settings": (opened("Settings"), WIDE, "light"),
    "phone": (lambda visiting, picture: visiting.put("img2img", picture), NARROW, "light"),
}


def take(visiting: Visit, name: str, picture: Path) -> None:
    gestures, _, theme = SHOTS[name]
    visiting.open(theme)
    gestures(visiting, picture)
    visiting.page.wait_for_timeout(1000)
    path = TARGET / f"{name}.png"
    visiting.page.screenshot(path=path)
    with Image.open(path) as shot:
        shot.convert("RGB").quantize(COLOURS).save(path, optimize=True)


def main() -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    found = find()
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(Path(folder), models=ROOT / "models") as site,
        sync_playwright() as playwright,
    ):
        picture = Path(folder) / "picture.png"
        Image.fromarray(house("day", "snow")).save(picture)
        browser = playwright.chromium.launch(executable_path=found, args=sandbox)
        for name in sys.argv[1:] or SHOTS:
            with visit(browser, site, SHOTS[name][1]) as visiting:
                take(visiting, name, picture)
            print(name)
        browser.close()


if __name__ == "__main__":
    main()
