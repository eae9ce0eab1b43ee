"""The whole app over HTTP: real files, real SQLite, the page and the API together, with the fake engine."""

import base64
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
import requests
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient

from studio import sampling
from studio.arguments import parse
from studio.bootstrap import Below, create_app, gather
from studio.domain.errors import StudioError
from studio.domain.registry import Registry, collect
from studio.domain.things import Sampler
from studio.extensions.loader import Extension
from studio.imaging.load import load_base64
from tests.fakes import as_base64, noisy, with_one_checkpoint

FOLDERS = ("Input directory", "Output directory", "Inpaint batch mask directory")
BODY = {"init_images": [as_base64(noisy())], "width": 64, "height": 64, "steps": 3, "seed": 11}


def make_app(home: Path, *flags: str) -> FastAPI:
    with_one_checkpoint(home / "models")
    return create_app(parse(["--fake", *flags], home))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    (folder / "extensions" / "broken").mkdir(parents=True)
    (folder / "extensions" / "broken" / "__init__.py").write_text("raise ValueError('broken on purpose')")
    return folder


@pytest.fixture(scope="module")
def client(home: Path) -> Iterator[TestClient]:
    with TestClient(make_app(home)) as client:
        yield client


def test_a_picture_is_redrawn_saved_and_answered(client: TestClient, home: Path):
    answer = client.post("/sdapi/v1/img2img", json=BODY | {"batch_size": 2, "save_images": True}).json()
    assert [load_base64(image).size for image in answer["images"]] == [(64, 64), (64, 64)]
    assert json.loads(answer["info"])["all_seeds"] == [11, 12]
    saved = [
        base64.b64encode(path.read_bytes()).decode() for path in sorted(home.glob("outputs/img2img-images/*/*.png"))
    ]
    assert saved == answer["images"]


@pytest.mark.parametrize(
    ("said", "status", "words"),
    [
        ({"sampler_name": "Euler b"}, 400, "Euler a"),
        ({"script_name": "nope"}, 422, "Loopback"),
        ({"steps": 0}, 422, "1"),
        ({"init_images": ["AAAA"]}, 400, "picture"),
        ({"init_images": []}, 404, "nit image"),
        ({"override_settings": {"sd_model_checkpoint": "gone"}}, 404, "gone"),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_reason(client: TestClient, said, status, words):
    answer = client.post("/sdapi/v1/img2img", json=BODY | said)
    assert (answer.status_code, words in answer.json()["detail"]) == (status, True)


def test_the_page_is_there_and_names_the_broken_extension(client: TestClient):
    assert "Redraw Studio" in client.get("/").text
    assert "broken on purpose" in client.get("/config").text


def test_the_page_does_not_give_out_what_lies_beside_the_pictures(client: TestClient, home: Path):
    assert (home / "data" / "jobs.sqlite").is_file()
    assert client.get(f"/gradio_api/file={home / 'data' / 'jobs.sqlite'}").status_code == 403


@pytest.mark.parametrize(("flags", "is_there"), [((), True), (("--hide-ui-dir-config",), False)])
def test_folders_of_this_machine_can_be_named_on_the_page_unless_that_is_forbidden(
    tmp_path: Path, flags: tuple[str, ...], is_there: bool
):
    with TestClient(make_app(tmp_path, *flags)) as client:
        drawn = client.get("/config").json()["components"]
    labels = {each["props"].get("label") for each in drawn}
    assert {label in labels for label in FOLDERS} == {is_there}
    assert "Pictures" in labels


@pytest.mark.parametrize("path", ["/hello", "/sub/hello"])
def test_below_a_path_the_app_answers_whether_or_not_a_proxy_takes_the_path_away(path: str):
    inner = FastAPI()
    inner.add_api_route("/hello", lambda: "hello")
    inner.add_api_route("/", lambda: "page")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(Below(inner, "/sub"), root_path="/sub", log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        assert requests.get(f"{address}{path}", timeout=30).json() == "hello"
        page = requests.get(f"{address}/sub", timeout=30)
        assert (page.url, page.json()) == (f"{address}/sub/", "page")
        server.should_exit = True
        thread.join()


def test_a_login_guards_the_page_and_all_that_it_shows(tmp_path: Path):
    with TestClient(make_app(tmp_path, "--gradio-auth", "ann:secret")) as client:
        for path in ("/", "/config", "/canvas/pictures/x", "/page/assets/page.js"):
            assert client.get(path).status_code == 401
        assert client.get("/", auth=("ann", "wrong")).status_code == 401
        assert client.get("/", auth=("ann", "secret")).status_code == 200


def test_a_login_guards_the_api(tmp_path: Path):
    with TestClient(make_app(tmp_path, "--api-auth", "ann:secret", "--nowebui")) as client:
        assert client.get("/sdapi/v1/samplers").status_code == 401
        assert client.get("/sdapi/v1/samplers", auth=("ann", "secret")).status_code == 200
        assert client.get("/").status_code == 404


def test_the_api_is_off_where_others_are_answered_and_nobody_asked_for_it(tmp_path: Path):
    with TestClient(make_app(tmp_path, "--listen")) as client:
        assert client.get("/sdapi/v1/samplers").status_code == 404


def test_two_studios_never_share_a_data_folder(client: TestClient, home: Path):
    with pytest.raises(StudioError, match="data-dir"):
        make_app(home)


def test_an_extension_cannot_take_the_name_of_what_is_there(caplog: pytest.LogCaptureFixture):
    known = Registry("sampler", collect(sampling, Sampler))
    module = ModuleType("greedy")
    vars(module).update(mine=replace(known["Euler a"], name="K_EULER", aliases=()))
    extensions = [Extension(name="greedy", module=module, problem="")]
    assert gather("sampler", Sampler, sampling, extensions).names() == known.names()
    assert "greedy" in caplog.text
