"""A tiny page with one canvas of each kind, for the canvas's own tests. `serve(folder)` runs it in this process."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path

import gradio as gr
import uvicorn
from fastapi import FastAPI

from studio.store.documents import Documents
from studio.ui.canvas.paint_canvas import FLUSH, PaintCanvas, canvas_head
from studio.ui.canvas.painting import Painting
from studio.ui.canvas.routes import mount_canvas

MODES = ("picture", "sketch", "mask", "colour_mask")


@dataclass
class Received:
    """What the last click handed to Python, by mode, and the events of the mask canvas."""

    count: int = 0
    paintings: dict[str, Painting | None] = field(default_factory=dict)
    events: list[str] = field(default_factory=list)


@dataclass
class CanvasApp:
    address: str
    documents: Documents
    received: Received
    to_set: list[object]
    """What the button "set" puts into the mask canvas, and into the one in the tab that is never opened first."""


def build(documents: Documents, received: Received, to_set: list[object]) -> gr.Blocks:
    def take(*paintings: Painting | None) -> str:
        received.count += 1
        received.paintings = dict(zip(MODES, paintings, strict=True))
        return json.dumps({"count": received.count})

    with gr.Blocks() as page:
        canvases = {}
        with gr.Tabs():
            for mode in ("mask", "sketch", "picture", "colour_mask"):
                with gr.Tab(mode, id=mode):
                    canvases[mode] = PaintCanvas(documents, mode=mode, elem_id=f"canvas_{mode}", label=mode)
        with gr.Row():
            send = gr.Button("send", elem_id="send")
            put = gr.Button("set", elem_id="set")
            told = gr.Textbox(elem_id="told", interactive=True)
        every = [canvases[mode] for mode in MODES]
        send.click(take, every, told, js=FLUSH, show_progress="hidden")
        put.click(lambda: (to_set[-1], to_set[-1]), None, [canvases["mask"], canvases["colour_mask"]])
        for name in ("upload", "input", "clear"):
            getattr(canvases["mask"], name)(lambda name=name: received.events.append(name), show_progress="hidden")
    return page


@contextlib.contextmanager
def serve(folder: Path, port: int = 0) -> Generator[CanvasApp]:
    documents = Documents(folder)
    received, to_set = Received(), [None]
    app = FastAPI()
    mount_canvas(app, documents)
    page = build(documents, received, to_set)
    gr.mount_gradio_app(app, page, path="/", head=canvas_head(), run_history=False)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
    listener = socket.create_server(("127.0.0.1", port))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield CanvasApp(f"http://127.0.0.1:{listener.getsockname()[1]}", documents, received, to_set)
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()
