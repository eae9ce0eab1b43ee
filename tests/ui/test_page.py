"""The page as the server hands it out; how it behaves in a browser is shown in tests/browser."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from studio.domain.registry import collect
from studio.ui import tabs
from studio.ui.desk import Desk, Tab
from studio.ui.page import STYLES, build_page, head, mount_page
from tests.fakes import noisy


@pytest.fixture(scope="module")
def client(desk: Desk) -> Generator[TestClient]:
    desk.outputs.mkdir(exist_ok=True)
    noisy().save(desk.outputs / "one.png")
    noisy().save(desk.outputs.parent / "secret.png")
    page = build_page(
        desk.studio,
        desk.jobs,
        collect(tabs, Tab),
        desk.documents,
        desk.outputs,
        ["The extension x was left out. Because"],
    )
    app = FastAPI()
    mount_page(app, page, desk.documents, desk.outputs, desk.jobs, theme="dark")
    with TestClient(app) as client:
        yield client


def components(client: TestClient) -> list[dict[str, Any]]:
    return client.get("/config").json()["components"]


def test_the_page_opens_with_its_tabs_in_order(client: TestClient):
    assert client.get("/").status_code == 200
    names = [each["props"]["label"] for each in components(client) if each["type"] == "tabitem"]
    pages = [name for name in names if name in ("txt2img", "img2img", "PNG Info", "Settings")]
    assert pages == ["txt2img", "img2img", "img2img", "PNG Info", "Settings"]  # the second is a tab on the first


def test_the_tabs_of_img2img_stand_as_people_know_them(client: TestClient):
    names = [each["props"]["label"] for each in components(client) if each["type"] == "tabitem"]
    modes = ["img2img", "Sketch", "Inpaint", "Inpaint sketch", "Inpaint upload", "Batch"]
    assert [name for name in names if name in modes][1:] == modes


@pytest.mark.parametrize("label", [
    "Prompt", "Negative prompt", "Denoising strength", "Width", "Height", "Resize mode", "Scale", "Sampling method",
    "Schedule type", "Sampling steps", "CFG Scale", "Seed", "Variation seed", "Variation strength",
    "Resize seed from width", "Resize seed from height", "Batch count", "Batch size", "Mask mode", "Inpaint area",
    "Masked content", "Mask blur", "Only masked padding, pixels", "Mask transparency", "Schedule bias",
    "Preservation strength", "Transition contrast boost", "Mask influence", "Difference threshold",
    "Difference contrast", "Upscaler", "Upscale by", "Hires steps", "Resize width to", "Resize height to", "Switch at",
    "Override settings", "Input directory", "Output directory", "Inpaint batch mask directory",
])  # fmt: skip
def test_the_names_that_people_search_for_are_there(client: TestClient, label: str):
    assert [each for each in components(client) if each["props"].get("label") == label]


@pytest.mark.parametrize(
    ("label", "low", "high", "value", "step"),
    [
        ("Sampling steps", 1, 150, 20, 1),
        ("CFG Scale", 1, 30, 7, 0.5),
        ("Denoising strength", 0, 1, 0.75, 0.01),
        ("Mask blur", 0, 64, 4, 1),
        ("Only masked padding, pixels", 0, 256, 32, 4),
        ("Batch size", 1, 8, 1, 1),
        ("Scale", 0.05, 4, 1, 0.05),
    ],
)
def test_sliders_have_a1111s_ranges(client: TestClient, label: str, low: float, high: float, value: float, step: float):
    props = next(each["props"] for each in components(client) if each["props"].get("label") == label)
    assert (props["minimum"], props["maximum"], props["value"], props["step"]) == (low, high, value, step)


def test_a_problem_with_an_extension_is_said_above_the_tabs(client: TestClient):
    assert [each for each in components(client) if "The extension x was left out" in str(each["props"].get("value"))]


def test_scripts_and_styles_are_served_and_asked_for_anew(client: TestClient):
    for name in (*(f"{style}.css" for style in STYLES), "page.js", "memory.js"):
        answer = client.get(f"/page/assets/{name}")
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-cache"


def test_of_the_disk_only_the_outputs_are_served(client: TestClient, desk: Desk):
    def status(path: Path) -> int:
        return client.get(f"/gradio_api/file={path.as_posix()}").status_code

    assert status(desk.outputs / "one.png") == 200
    assert status(desk.outputs.parent / "secret.png") == 403
    assert status(desk.outputs / ".." / "secret.png") == 403


def test_the_head_names_every_style_by_a_relative_address():
    told = head("dark")
    assert '<meta name="studio-theme" content="dark">' in told
    assert all(f'href="page/assets/{name}.css"' in told for name in STYLES)
    assert 'src="/' not in told


def test_no_two_events_wait_for_their_turn_on_one_trigger(client: TestClient):
    """Gradio would start each again when the other ends, for ever."""
    waiting: dict[tuple[int, str], int] = {}
    for event in client.get("/config").json()["dependencies"]:
        if event["backend_fn"] and event["trigger_mode"] == "always_last":
            for target, name in event["targets"]:
                waiting[target, name] = waiting.get((target, name), 0) + 1
    assert {trigger: count for trigger, count in waiting.items() if count > 1} == {}
