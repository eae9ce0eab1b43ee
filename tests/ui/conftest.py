"""The page's tabs, drawn once, and the values that their controls begin with."""

from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from studio.domain.errors import UnknownScript
from studio.domain.fields import Check, Slider
from studio.domain.registry import Registry
from studio.domain.result import Result
from studio.domain.things import script
from studio.jobs.local import LocalExecutor
from studio.jobs.queue import JobQueue
from studio.store.documents import Documents
from studio.store.jobs import SqliteJobs
from studio.ui.desk import Desk
from studio.ui.tabs import img2img, txt2img
from studio.ui.values import Names
from tests.fakes import make_studio


@script(
    "Twice",
    Slider(name="loops", label="Loops", minimum=1, maximum=32, default=4),
    Check(name="is_loud", label="Loud", default=False),
)
def twice(request: Any, ports: Any, *, loops: int, is_loud: bool) -> Result:
    raise NotImplementedError


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Both tabs that draw, on a real studio with the fake engine; nothing runs in its queue."""
    folder: Path = tmp_path_factory.mktemp("desk")
    studio = make_studio(folder)
    jobs = JobQueue(SqliteJobs(folder / "jobs.sqlite"), studio.accept, [LocalExecutor(studio.generate)])
    with gr.Blocks() as blocks:
        queue = gr.HTML()
        with gr.Tabs() as pages:
            made = Desk(
                studio=studio,
                jobs=jobs,
                documents=Documents(folder / "documents"),
                blocks=blocks,
                pages=pages,
                outputs=folder / "outputs",
                queue=queue,
            )
            for tab in (txt2img.TAB, img2img.TAB):
                with gr.Tab(tab.name):
                    tab.build(made)
        for bind in made.later:
            bind()
    return made


@pytest.fixture(scope="session")
def names(desk: Desk) -> Names:
    return Names(
        samplers=desk.names.samplers,
        schedules=desk.names.schedules,
        scripts=Registry("script", [twice], UnknownScript),
        preprocessors=desk.names.preprocessors,
        control_units=0,
        documents=desk.documents,
    )


def begin(desk: Desk, page: str) -> dict[str, Any]:
    """What the controls of a page hold before anybody has touched them."""
    place = next(place for place in desk.places if place.page == page)
    values = {name: component.value for name, component in place.components.items()}
    values = {name: value for name, value in values.items() if not name.startswith("control.")}
    return {**values, "Twice.loops": 4, "Twice.is_loud": False}


@pytest.fixture
def txt2img_values(desk: Desk) -> dict[str, Any]:
    return begin(desk, "txt2img")


@pytest.fixture
def img2img_values(desk: Desk) -> dict[str, Any]:
    """On the tab img2img, with empty canvases."""
    canvases = ("img2img", "sketch", "inpaint", "inpaint_sketch", "upload", "upload_mask")
    return {**begin(desk, "img2img"), "mode": "img2img", **{f"picture.{name}": None for name in canvases}}
