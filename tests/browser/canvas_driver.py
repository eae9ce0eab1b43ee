"""A canvas as a user handles it: gestures in picture pixels, and what Python received. For the canvas's own tests."""

import base64
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page

from studio.ui.canvas.painting import Painting
from tests.browser.canvas_app import CanvasApp


class Driver:
    def __init__(self, app: CanvasApp, page: Page, mode: str = "mask") -> None:
        self.app, self.page, self.mode = app, page, mode
        self.root = f"#canvas_{mode}"
        if page.url == "about:blank":
            self.open()
        if not page.locator(self.root).is_visible():  # its tab was not opened yet, or another one is
            page.get_by_role("tab", name=mode, exact=True).click()
        page.wait_for_function("id => window.RedrawCanvas?.get(id)", arg=f"canvas_{mode}")

    def open(self) -> None:
        self.page.goto(self.app.address)
        self.page.wait_for_selector("#canvas_mask .rc-view")

    def reset(self) -> None:
        """As on the first visit."""
        self.page.evaluate("() => { window.scrollTo(0, 0); document.activeElement.blur(); }")
        self.page.mouse.move(2, 2)
        self.eval("(canvas.layer?.detach(), canvas.remove(), canvas.history.clear(), canvas.choose('brush'))")
        self.set(size=20, hardness=1, opacity=1, tolerance=24, edge=8, maskColour="#ff2f76", maskOpacity=0.55)

    def eval(self, script: str, *given: object) -> object:
        """`canvas` is the painter, `given` the list of arguments."""
        wrapped = f"async ([id, given]) => {{ const canvas = window.RedrawCanvas.get(id); return ({script}); }}"
        return self.page.evaluate(wrapped, [f"canvas_{self.mode}", list(given)])

    def load(self, picture: Image.Image | Path | bytes, name: str = "picture.png") -> None:
        """Through the file chooser; returns when it is shown."""
        if isinstance(picture, Image.Image):
            buffer = io.BytesIO()
            picture.save(buffer, "PNG")
            picture = buffer.getvalue()
        payload = str(picture) if isinstance(picture, Path) else {"name": name, "mimeType": "", "buffer": picture}
        before = self.eval("canvas.loads")
        self.page.set_input_files(f"{self.root} .rc > input[type=file]", payload)
        self.page.wait_for_function(
            "([id, before]) => window.RedrawCanvas.get(id).loads > before && window.RedrawCanvas.get(id).width > 0",
            arg=[f"canvas_{self.mode}", before],
        )
        self.settle()

    def settle(self) -> None:
        """All that was scheduled for the next frame is drawn."""
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def on_screen(self, x: float, y: float) -> tuple[float, float]:
        """Where a point of the picture lies in the window."""
        box = self.page.locator(f"{self.root} .rc-view").bounding_box()
        assert box
        left, top, scale = self.eval("[canvas.view.left, canvas.view.top, canvas.view.scale]")
        return box["x"] + left + x * scale, box["y"] + top + y * scale

    def stroke(self, *points: tuple[float, float], button: str = "left", steps: int = 4) -> None:
        mouse = self.page.mouse
        mouse.move(*self.on_screen(*points[0]))
        mouse.down(button=button)
        for point in points[1:]:
            mouse.move(*self.on_screen(*point), steps=steps)
        mouse.up(button=button)
        self.settle()

    def pen(self, *points: tuple[float, float, float]) -> None:
        """A stroke with a pen: where, and how hard (0 to 1)."""
        device = self.page.context.new_cdp_session(self.page)
        kinds = ["mousePressed", *["mouseMoved"] * (len(points) - 1), "mouseReleased"]
        for kind, (x, y, force) in zip(kinds, [*points, points[-1]], strict=True):
            left, top = self.on_screen(x, y)
            which = {"button": "left", "buttons": 1, "pointerType": "pen", "force": force, "clickCount": 1}
            device.send("Input.dispatchMouseEvent", {"type": kind, "x": left, "y": top, **which})
        device.detach()
        self.settle()

    def set(self, **settings: object) -> None:
        self.eval("canvas.set(given[0])", settings)

    def choose(self, tool: str) -> None:
        self.page.click(f"{self.root} .rc-rail [data-does={tool}]")

    def press(self, key: str) -> None:
        self.page.locator(f"{self.root} .rc-view").hover()
        self.page.keyboard.press(key)
        self.settle()

    def alpha(self) -> np.ndarray:
        """What is painted, as the browser holds it: mask values, or the drawing's alpha."""
        width, height = self.eval("[canvas.width, canvas.height]")
        places = (
            "Array.from({length: canvas.width * canvas.height}, (_, i) => [i % canvas.width, i / canvas.width | 0])"
        )
        values = self.eval(f"btoa({places}.map((at) => String.fromCharCode(canvas.surface.alpha(...at))).join(''))")
        return np.frombuffer(base64.b64decode(values), np.uint8).reshape(height, width)

    def send(self) -> Painting | None:
        """What Python receives from this canvas when a button is clicked now."""
        before = self.app.received.count
        self.page.click("#send")
        self.wait_until(lambda: self.app.received.count > before)
        return self.app.received.paintings[self.mode]

    def wait_until(self, has_happened: Callable[[], bool]) -> None:
        """On the server; half a minute at most."""
        for _ in range(1200):
            if has_happened():
                return
            self.page.wait_for_timeout(25)
        raise AssertionError("it did not happen")

    def sent_mask(self) -> np.ndarray:
        painting = self.send()
        assert painting
        mask = painting.mask()
        return np.zeros(painting.size[::-1], np.uint8) if mask is None else np.asarray(mask)

    def message(self) -> str:
        return self.page.locator(f"{self.root} .rc-message").inner_text()


def capsule(
    size: tuple[int, int], points: list[tuple[float, float]], diameter: float, hardness: float = 1.0
) -> np.ndarray:
    """What a round brush covers along a line, 0 to 255: written anew with numpy, as `stroke.js` says it."""
    width, height = size
    y, x = np.mgrid[0:height, 0:width] + 0.5
    distance = np.full((height, width), np.inf)
    for (x0, y0), (x1, y1) in zip(points, points[1:] or points, strict=False):
        square = (x1 - x0) ** 2 + (y1 - y0) ** 2 or 1
        share = np.clip(((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / square, 0, 1)
        distance = np.minimum(distance, np.hypot(x - x0 - share * (x1 - x0), y - y0 - share * (y1 - y0)))
    edge = max(1.0, diameter / 2 * (1 - hardness))
    inside = np.clip((diameter / 2 + 0.5 - distance) / edge, 0, 1)
    return np.rint(255 * (inside**2 * (3 - 2 * inside) if edge > 1 else inside)).astype(np.uint8)


def scene(width: int = 320, height: int = 240) -> Image.Image:
    """A picture of four flat quarters, with a disc in the middle."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[: height // 2, : width // 2] = (200, 60, 60)
    pixels[: height // 2, width // 2 :] = (60, 200, 60)
    pixels[height // 2 :, : width // 2] = (60, 60, 200)
    pixels[height // 2 :, width // 2 :] = (220, 220, 60)
    y, x = np.mgrid[0:height, 0:width]
    pixels[np.hypot(x - width / 2, y - height / 2) < min(width, height) / 5] = (20, 20, 20)
    return Image.fromarray(pixels)
