"""The painting canvas against gr.ImageEditor: `python -m benchmarks.canvas [--side 4096] [--runs 3]`.

The same picture, the same stroke of 20 moves, the same event, in one Chromium, alternated: seconds until the picture is
shown, until the stroke is drawn, until Python has the picture and the mask; the longest gap between two frames during
the stroke; what was uploaded in all. Without a graphics card both are drawn by the processor. A new editor is a
subclass of Editor.
"""

import argparse
import contextlib
import shutil
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import uvicorn
from fastapi import FastAPI, Request
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from benchmarks.results import kept
from studio.store.documents import Documents
from studio.ui.canvas.paint_canvas import FLUSH, PaintCanvas, canvas_head
from studio.ui.canvas.routes import mount_canvas

MOVES = 20
PATIENCE = 300_000  # milliseconds
FRAMES = """() => {
  window.gaps = [];
  let last = performance.now();
  const tick = (now) => {
    window.gaps.push(now - last);
    last = now;
    window.ticking = requestAnimationFrame(tick);
  };
  window.ticking = requestAnimationFrame(tick);
}"""
NEXT_FRAME = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


class Editor:
    """One way of painting, on a page of its own."""

    name = ""
    view = ""

    def build(self, documents: Documents, take: Any) -> gr.Blocks:
        raise NotImplementedError

    def wait_until_shown(self, page: Page, side: int) -> None:
        raise NotImplementedError


class Ours(Editor):
    name, view = "PaintCanvas", "#editor .rc-view"

    def build(self, documents: Documents, take: Any) -> gr.Blocks:
        with gr.Blocks() as page:
            canvas = PaintCanvas(documents, mode="mask", elem_id="editor")
            button = gr.Button("send", elem_id="send")
            button.click(lambda got: take(got.picture().size, got.mask()), canvas, None, js=FLUSH)
        return page

    def wait_until_shown(self, page: Page, side: int) -> None:
        page.wait_for_function(f"() => window.RedrawCanvas.get('editor').width === {side}")
        page.evaluate("() => document.querySelector('#editor .rc-picture').decode()")


class Theirs(Editor):
    name, view = "gr.ImageEditor", "#editor canvas"

    def build(self, documents: Documents, take: Any) -> gr.Blocks:
        with gr.Blocks() as page:
            editor = gr.ImageEditor(
                type="pil", format="png", elem_id="editor", height=480, brush=gr.Brush(colors=["#000000"])
            )
            button = gr.Button("send", elem_id="send")
            button.click(lambda got: take(got["background"].size, got["layers"][0].getchannel("A")), editor, None)
        return page

    def wait_until_shown(self, page: Page, side: int) -> None:
        page.wait_for_selector("#editor canvas")
        page.wait_for_load_state("networkidle")


@contextlib.contextmanager
def serve(editor: Editor, folder: Path, take: Any, uploaded: list[int]) -> Generator[str]:
    """The editor's page at an address; `uploaded` collects the bytes of every request."""
    documents = Documents(folder)
    app = FastAPI()

    @app.middleware("http")
    async def count(request: Request, answer: Any) -> Any:
        uploaded.append(int(request.headers.get("content-length", 0)))
        return await answer(request)

    mount_canvas(app, documents)
    blocks = editor.build(documents, take)
    gr.mount_gradio_app(app, blocks, path="/", head=canvas_head(), run_history=False)
    server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


def measure(
    editor: Editor, page: Page, address: str, picture: Path, received: threading.Event, uploaded: list[int]
) -> dict[str, float]:
    side = Image.open(picture).width
    page.goto(address)
    page.wait_for_selector("#editor input[type=file]", state="attached")
    page.wait_for_timeout(2000)
    start = time.perf_counter()
    page.set_input_files("#editor input[type=file]", str(picture))
    editor.wait_until_shown(page, side)
    page.evaluate(NEXT_FRAME)
    shown = time.perf_counter()
    page.wait_for_timeout(1500)
    drawn, gap = stroke(page, editor.view)
    clicked = time.perf_counter()
    page.click("#send")
    while not received.wait(0.01):
        page.wait_for_timeout(10)  # lets the browser's messages through
    done = time.perf_counter()
    return {
        "load s": shown - start,
        "stroke s": drawn,
        "longest frame ms": gap,
        "submit s": done - clicked,
        "upload MB": sum(uploaded) / 1e6,
    }


def stroke(page: Page, view: str) -> tuple[float, float]:
    """Seconds of a stroke until its end is on the screen, and the longest gap between two frames in milliseconds."""
    box = page.locator(view).first.bounding_box()
    assert box
    left, top = box["x"] + box["width"] * 0.35, box["y"] + box["height"] * 0.4
    page.evaluate(FRAMES)
    start = time.perf_counter()
    page.mouse.move(left, top)
    page.mouse.down()
    page.mouse.move(left + box["width"] * 0.3, top + box["height"] * 0.2, steps=MOVES)
    page.mouse.up()
    page.evaluate(NEXT_FRAME)
    seconds = time.perf_counter() - start
    return seconds, max(page.evaluate("() => { cancelAnimationFrame(window.ticking); return window.gaps; }"))


def run(editor: Editor, chromium: Any, picture: Path) -> dict[str, float]:
    received = threading.Event()
    uploaded: list[int] = []

    def take(size: tuple[int, int], mask: Image.Image) -> None:
        assert size == mask.size == Image.open(picture).size
        assert mask.getbbox()
        received.set()

    with tempfile.TemporaryDirectory() as folder, serve(editor, Path(folder), take, uploaded) as address:
        context = chromium.new_context(viewport={"width": 1280, "height": 900})
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        result = measure(editor, page, address, picture, received, uploaded)
        context.close()
    return result


def photograph(side: int, path: Path) -> None:
    """Something with the texture of a photograph: smooth colours and noise."""
    random = np.random.default_rng(0)
    smooth = Image.fromarray(random.integers(0, 256, (side // 32, side // 32, 3), np.uint8)).resize((side, side), 3)
    noisy = np.asarray(smooth).astype(np.int16) + random.integers(-8, 9, (side, side, 3))
    Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(path, compress_level=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--side", type=int, default=4096, help="of the square picture")
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    found: dict[str, list[dict[str, float]]] = {}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        picture = Path(folder) / "picture.png"
        photograph(given.side, picture)
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for _ in range(given.runs):
            for editor in (Ours(), Theirs()):
                found.setdefault(editor.name, []).append(run(editor, chromium, picture))
        chromium.close()
    print(f"{given.side}x{given.side}, median of {given.runs}")
    for name, results in found.items():
        medians = {key: statistics.median(result[key] for result in results) for key in results[0]}
        print(f"{name:15}", "  ".join(f"{key} {value:8.2f}" for key, value in medians.items()))


if __name__ == "__main__":
    with kept("canvas"):
        main()
