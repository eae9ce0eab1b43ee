"""A ControlNet unit's editors as a user handles them: gestures in canvas pixels, and what lies on the unit then."""

import contextlib
import io
import re
import shutil
from collections.abc import Generator
from pathlib import Path
from typing import Any

import requests
from PIL import Image
from playwright.sync_api import Browser, Locator, expect

from studio.controlnet.pose_maps import poses_in
from tests.browser import editor_extension
from tests.browser.studio_site import Site, Visit, put_checkpoint, serve, visit

KEY = "txt2img"
UNIT = f"#{KEY}_control_0"


@contextlib.contextmanager
def editor_site(home: Path) -> Generator[Site]:
    """The studio with the fake engine and the extension of these tests."""
    put_checkpoint(home / "models")
    extension = home / "extensions" / "editors"
    extension.mkdir(parents=True)
    (extension / "__init__.py").touch()
    shutil.copy(str(editor_extension.__file__), extension / "maps.py")
    with serve(home) as served:
        yield served


class Editor:
    """Unit 0 of txt2img, and the editor that is open over it."""

    def __init__(self, studio: Visit, surface: str) -> None:
        self.studio, self.page, self.surface = studio, studio.page, surface

    def panel(self) -> Locator:
        return self.page.locator(f"#{KEY}_controlnet")

    def unfold(self) -> None:
        self.studio.tab(KEY)
        if not self.panel().get_by_text("Control Type").first.is_visible():
            self.panel().locator("> button").click()
        expect(self.panel().get_by_text("Control Type").first).to_be_visible()

    def choose(self, kind: str) -> None:
        self.panel().locator("label", has_text=re.compile(rf"^\s*{kind}\s*$")).first.click()

    def put(self, picture: Path) -> None:
        self.page.set_input_files(f"{UNIT}_image input[type=file]", picture)
        self.page.wait_for_selector(f"{UNIT}_image .rc-has")

    def detect(self) -> None:
        before = self.value("preview")
        self.panel().get_by_role("button", name="Run preprocessor").first.click()
        expect(self.page.locator(f"{UNIT}_preview .rc-picture")).to_be_visible()
        self.page.wait_for_function(
            "([id, before]) => window.RedrawCanvas.get(id)?.exchange.value.set !== before?.set",
            arg=[f"{KEY}_control_0_preview", before],
        )

    def open(self, button: str) -> None:
        self.page.click(f"{UNIT}_{button}")
        expect(self.dialog).to_be_visible()
        self.page.wait_for_timeout(300)

    @property
    def dialog(self) -> Locator:
        return self.page.locator("dialog.rc-dialog")

    def press(self, name: str) -> None:
        self.dialog.get_by_role("button", name=name, exact=True).first.click()

    def send(self, name: str) -> None:
        self.press(name)
        expect(self.dialog).to_have_count(0)

    def value(self, canvas: str = "image") -> Any:
        """What the unit's canvas holds, as it is sent."""
        return self.page.evaluate(
            "id => window.RedrawCanvas.get(id)?.exchange.value ?? null", f"{KEY}_control_0_{canvas}"
        )

    def sent(self) -> bytes:
        """The file that lies on the unit."""
        self.page.wait_for_function(
            "id => window.RedrawCanvas.get(id)?.exchange.value.picture", arg=f"{KEY}_control_0_image"
        )
        answer = requests.get(f"{self.studio.site.address}/canvas/pictures/{self.value()['picture']}", timeout=10)
        assert answer.ok
        return answer.content

    def sent_image(self) -> Image.Image:
        return Image.open(io.BytesIO(self.sent())).convert("RGB")

    def sent_poses(self) -> dict[str, Any]:
        found = poses_in(self.sent())
        assert found, "the unit's picture carries no poses"
        return found

    def on_screen(self, x: float, y: float) -> tuple[float, float]:
        """Where a point of the canvas lies in the window."""
        self.page.wait_for_timeout(60)  # drawn with the next frame
        left, top, scale = self.page.evaluate(
            "surface => { const box = document.querySelector(`dialog ${surface}`).getBoundingClientRect();"
            " const stage = document.querySelector(`dialog ${surface}`);"
            " return [box.left, box.top, box.width / stage.offsetWidth]; }",
            self.surface,
        )
        return left + x * scale, top + y * scale

    def drag(self, start: tuple[float, float], end: tuple[float, float], button: Any = "left") -> None:
        from_x, from_y = self.on_screen(*start)
        to_x, to_y = self.on_screen(*end)
        self.page.mouse.move(from_x, from_y)
        self.page.mouse.down(button=button)
        for step in range(1, 6):
            self.page.mouse.move(from_x + (to_x - from_x) * step / 5, from_y + (to_y - from_y) * step / 5)
        self.page.mouse.up(button=button)

    def click(self, x: float, y: float, **keywords: Any) -> None:
        at_x, at_y = self.on_screen(x, y)
        self.page.mouse.click(at_x, at_y, **keywords)


@contextlib.contextmanager
def editor(browser: Browser, site: Site, surface: str) -> Generator[Editor]:
    with visit(browser, site) as studio:
        studio.open()
        found = Editor(studio, surface)
        found.unfold()
        yield found
