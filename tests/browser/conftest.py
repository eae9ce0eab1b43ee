"""One real Chromium for all browser tests. A new kind of device is a fixture here."""

import os
from collections.abc import Generator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.artist import Artist
from tests.browser.studio_site import ROOT, Site, put_checkpoint, serve, visit
from tools.browser import find
from tools.demo_model.stage_reader import Reader


@pytest.fixture(scope="session")
def browser() -> Generator[Browser]:
    """The one that `tools/browser.py` finds."""
    found = find()
    assert found, "no browser for the tests: `python -m tools.browser` brings one"
    with sync_playwright() as playwright:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        chromium = playwright.chromium.launch(args=sandbox, executable_path=found)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def page(browser: Browser) -> Generator[Page]:
    """One page for the tests of a module, 1100x900; the module fails where the page raises an error."""
    context = browser.new_context(viewport={"width": 1100, "height": 900})
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    context.close()
    assert errors == []


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Generator[Site]:
    """The studio with the fake engine and one checkpoint that draws 256x256, for all tests of its page."""
    home = tmp_path_factory.mktemp("site")
    put_checkpoint(home / "models")
    with serve(home) as served:
        yield served


@pytest.fixture(scope="session")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture of 384x256 with something to see."""
    path = tmp_path_factory.mktemp("photo") / "photo.png"
    Image.radial_gradient("L").resize((384, 256)).convert("RGB").save(path)
    return path


@pytest.fixture(scope="module")
def model_site(tmp_path_factory: pytest.TempPathFactory) -> Generator[Site]:
    """The studio with the bundled model."""
    with serve(tmp_path_factory.mktemp("place"), models=ROOT / "models") as served:
        yield served


@pytest.fixture
def artist(browser: Browser, model_site: Site) -> Generator[Artist]:
    with visit(browser, model_site) as visiting:
        visiting.open()
        yield Artist(visiting)


@pytest.fixture(scope="session")
def reader() -> Reader:
    """What sees whether a worked case came out."""
    return Reader(ROOT / "models" / "demo" / "reader" / "demo_reader.safetensors")
