"""The page: a line on top, every tab, and the scripts and styles that it needs. Tabs are values: see `desk.py`."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import FastAPI, Response
from fastapi.staticfiles import StaticFiles

from studio.catalog.downloads import Downloads
from studio.jobs.queue import JobQueue
from studio.store.documents import Documents
from studio.studio import Studio
from studio.ui import top
from studio.ui.archive import add_archive
from studio.ui.canvas.paint_canvas import canvas_head
from studio.ui.canvas.routes import mount_canvas
from studio.ui.desk import Desk, Tab
from studio.ui.icons import icons_css, icons_script
from studio.ui.quick_core import add_quick_core
from studio.ui.theme import build_theme, tokens_css

ASSETS = Path(__file__).parent / "assets"
# In this order; narrow.css changes what the others say.
STYLES = (
    "ground", "top", "workspace", "controls", "choices", "buttons", "mask", "batch", "folds", "result", "board",
    "empty", "settings", "models", "narrow",
)  # fmt: skip
FIRST = "img2img"


def build_page(
    studio: Studio,
    jobs: JobQueue,
    tabs: Iterable[Tab],
    documents: Documents,
    outputs: Path,
    problems: Sequence[str] = (),
    *,
    has_folders: bool = True,
    downloads: Downloads | None = None,
) -> gr.Blocks:
    """`outputs` holds the finished pictures. `problems` are said above the tabs: what an extension failed with.
    `has_folders`: people may name folders of this machine on the page (--hide-ui-dir-config says no).
    """
    with (
        gr.Blocks(title="Redraw Studio", fill_width=True, analytics_enabled=False, delete_cache=(3600, 86400)) as page,
        gr.Column(elem_id="studio"),
    ):
        drawn, queue = top.build(page, studio, jobs)
        for problem in problems:
            gr.HTML(top.problem_html(problem), elem_classes=["problem-box"])
        with gr.Tabs(selected=FIRST, elem_classes=["pages"], elem_id="pages") as pages:
            desk = Desk(
                studio=studio,
                jobs=jobs,
                documents=documents,
                blocks=page,
                pages=pages,
                outputs=outputs,
                has_folders=has_folders,
                downloads=downloads,
                tops=drawn,
                queue=queue,
            )
            for tab in sorted(tabs, key=lambda tab: tab.order):
                with gr.Tab(tab.name, id=tab.key, elem_id=f"page_{tab.key}"):
                    tab.build(desk)
        for bind in desk.later:
            bind()
    return page


def mount_page(
    app: FastAPI,
    page: gr.Blocks,
    documents: Documents,
    outputs: Path,
    jobs: JobQueue,
    *,
    theme: str = "",
    subpath: str = "",
) -> None:
    """After the routes: the page takes every path that is left. Of the disk it may show the outputs, nothing else.

    `theme` "light" or "dark" stands for what the browser prefers.
    """
    mount_canvas(app, documents)
    add_archive(app, jobs)
    app.mount("/page/assets", Assets(directory=ASSETS))
    add_quick_core(app)
    gr.mount_gradio_app(
        app,
        page,
        "/",
        allowed_paths=[str(outputs)],
        theme=build_theme(),
        head=head(theme),
        footer_links=[],
        run_history=False,
        root_path=f"/{subpath}" if subpath else None,
    )


class Assets(StaticFiles):
    """The scripts and styles; the browser asks each time whether they have changed."""

    def file_response(self, *args: Any, **keywords: Any) -> Response:
        response = super().file_response(*args, **keywords)
        response.headers["Cache-Control"] = "no-cache"
        return response


def head(theme: str) -> str:
    """What stands in the page's head. Addresses are relative, so that the page also works below a path."""
    links = "".join(f'<link rel="stylesheet" href="page/assets/{name}.css">' for name in STYLES)
    forced = f'<meta name="studio-theme" content="{theme}">' if theme else ""
    return (
        f"{forced}<style>{tokens_css()}{icons_css()}</style>{links}{icons_script()}"
        f'<script type="module" src="page/assets/page.js"></script>{canvas_head()}'
    )
