"""A real server of the API: the true app, queue, store and studio, with the fake engine, at a free port."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from PIL import Image
from webuiapi import WebUIApi

from studio.api.door import add_api
from studio.arguments import parse
from studio.catalog.controlnets import ControlNet
from studio.catalog.networks import NetworkFolders, Networks
from studio.controlnet.pose_maps import pose_map
from studio.controlnet.poses import Pose
from studio.domain.errors import UnknownScript
from studio.domain.fields import Note, Slider, Text
from studio.domain.registry import Registry
from studio.domain.request import GenerationRequest
from studio.domain.result import Result
from studio.domain.things import ScriptPorts, interrogator, preprocessor, script
from studio.engine.fake import FakeEngine
from studio.jobs.local import LocalExecutor
from studio.jobs.queue import JobQueue
from studio.prompt.styles import Style, write_styles
from studio.store.jobs import SqliteJobs
from studio.studio import Studio
from tests import fakes


@script(
    "Twice",
    Note(name="info", label="What it does"),
    Slider(name="step", label="Seed step", minimum=1, maximum=100, default=1),
    is_txt2img=False,
)
def twice(request: GenerationRequest, ports: ScriptPorts, *, step: int) -> Result:
    """Two redraws, the second with a seed that many higher."""
    seed = request.sampling.seed
    again = replace(request, sampling=replace(request.sampling, seed=seed + step))
    first, second = ports.generate(request, 0, 2), ports.generate(again, 1, 2)
    return Result(images=first.images + second.images)


@interrogator("clip", Text(name="ending", label="Ending", default="drawn"))
def size_reader(image: Image.Image, *, ending: str) -> str:
    return f"{image.width}x{image.height}, {ending}"


@preprocessor("one_nose", types=("OpenPose",))
def one_nose(image: Image.Image, resolution: int) -> Image.Image:
    """Sees one figure, of which it knows the nose: in the middle."""
    return pose_map(image, resolution, lambda pixels: [Pose(body=((0.5, 0.5),) + (None,) * 17)])


CANNY = ControlNet(
    name="control_v11p_sd15_canny [d14c016b]",
    path=Path("control_v11p_sd15_canny.pth"),
    aliases=("control_v11p_sd15_canny",),
    layout="control",
    text_width=0,  # as the checkpoint of the fake studio
    is_difference=False,
    problem="",
)
"""What the fake engine takes for one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Served:
    """`call` makes a client; a login is ("name", "password")."""

    app: FastAPI
    studio: Studio
    jobs: JobQueue
    port: int

    def client(self, *login: str) -> WebUIApi:
        name, password = login or (None, None)
        return WebUIApi(
            port=self.port, sampler="Euler a", scheduler="automatic", steps=4, username=name, password=password
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


Serve = Callable[..., Served]


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One for all tests that change nothing."""
    with serving(tmp_path_factory.mktemp("studio")) as running:
        yield running


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """A server of a test's own: `serve("--api-auth", "name:password", seconds_per_step=0.1)`."""
    open_: list[Any] = []

    def start(*flags: str, seconds_per_step: float = 0.0) -> Served:
        running = serving(tmp_path / "studio", *flags, seconds_per_step=seconds_per_step)
        open_.append(running)
        return running.__enter__()

    yield start
    for running in open_:
        running.__exit__(None, None, None)


@contextmanager
def serving(folder: Path, *flags: str, seconds_per_step: float = 0.0) -> Iterator[Served]:
    write_styles(folder / "styles.csv", [Style(name="Ink", prompt="ink of {prompt}", negative_prompt="colour")])
    studio = fakes.make_studio(folder)
    known = Registry("preprocessor", [*studio.preprocessors, one_nose])
    studio = replace(
        studio,
        preprocessors=known,
        annotator=replace(studio.annotator, preprocessors=known),
        engine=FakeEngine(studio.samplers, seconds_per_step),
        scripts=Registry("script", [twice], UnknownScript),
        interrogators=Registry("interrogator", [size_reader]),
        controlnets=lambda: Registry("ControlNet model", [CANNY]),
    )
    jobs = JobQueue(SqliteJobs(folder / "jobs.sqlite"), studio.accept, [LocalExecutor(studio.generate)])
    jobs.start()
    app = FastAPI()
    networks = Networks(NetworkFolders(loras=(folder / "loras",), vaes=(folder / "vae",), embeddings=(folder / "ti",)))
    add_api(app, studio, jobs, parse(["--fake", *flags], folder), networks=networks)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield Served(app=app, studio=studio, jobs=jobs, port=port)
    server.should_exit = True
    thread.join(timeout=10)
