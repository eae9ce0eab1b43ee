"""Weights of preprocessors that are not there: the page offers them once, brings them, and says what to do without."""

import io
import warnings
from collections.abc import Generator
from pathlib import Path

import pytest
import torch
from playwright.sync_api import Browser, Locator, expect

from studio.controlnet.networks import package_module
from studio.controlnet.weight_files import ANYLINE, MLSD
from tests.browser.editor_driver import KEY, UNIT, Editor, editor
from tests.browser.studio_site import Site, put_checkpoint, serve
from tests.catalog.served import Served, serving

HOME, ANYLINE_HOME = "lllyasviel/Annotators", "TheMistoAI/MistoLine"
BREAK = 100_000  # bytes
PROGRESS = """
window.seen = [];
new MutationObserver(() => {
  const row = document.querySelector('#txt2img_controlnet .unit-missing .hint');
  if (row && window.seen.at(-1) !== row.textContent) window.seen.push(row.textContent);
}).observe(document.body, { childList: true, subtree: true, characterData: true });
"""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Generator[Served]:
    """A hub on this machine with a network of random weights under its true name; the first answer breaks off."""
    with serving(tmp_path_factory.mktemp("hub")) as served, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        file = io.BytesIO()
        torch.save(package_module("controlnet_aux.teed.ted").TED().state_dict(), file)
        served.put(ANYLINE_HOME, f"Anyline/{ANYLINE}", file.getvalue())  # of which no hash is known
        served.breaks_at.append(BREAK)
        yield served


@pytest.fixture(scope="module")
def site_of_hub(hub: Served, tmp_path_factory: pytest.TempPathFactory) -> Generator[Site]:
    home = tmp_path_factory.mktemp("weights")
    put_checkpoint(home / "models")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_ENDPOINT", hub.address)
        with serve(home) as served:
            yield served


@pytest.fixture(scope="module")
def unit(browser: Browser, site_of_hub: Site, photo: Path) -> Generator[Editor]:
    with editor(browser, site_of_hub, "") as found:
        found.put(photo)
        yield found


def asked(unit: Editor) -> Locator:
    return (
        unit.panel().locator(".unit-missing").filter(has=unit.page.get_by_role("button", name="Download", exact=True))
    )


def toast(unit: Editor) -> Locator:
    return unit.page.locator(".toast-body").last


def press_run(unit: Editor) -> None:
    unit.panel().get_by_role("button", name="Run preprocessor").first.click()


def test_missing_weights_are_fetched_on_a_click_and_go_on_where_they_stopped(
    unit: Editor, hub: Served, site_of_hub: Site
):
    unit.choose("SoftEdge")
    unit.studio.choose("Preprocessor", "softedge_anyline", KEY)
    press_run(unit)
    expect(toast(unit)).to_contain_text(ANYLINE)
    expect(asked(unit).first).to_contain_text(f"Not here yet: {ANYLINE}")
    unit.page.evaluate(PROGRESS)
    asked(unit).first.get_by_role("button", name="Download", exact=True).click()
    expect(asked(unit).first).not_to_be_visible()
    assert hub.ranges == ["", f"bytes={BREAK}-"]
    shares = [text for text in unit.page.evaluate("window.seen") if text.endswith("%")]
    assert shares
    assert all(text.startswith(ANYLINE) for text in shares)
    (file,) = (site_of_hub.home / "models").rglob(ANYLINE)
    assert file.read_bytes() == (hub.folder / ANYLINE_HOME / "resolve/main/Anyline" / ANYLINE).read_bytes()


def test_then_the_preprocessor_works(unit: Editor):
    press_run(unit)
    expect(unit.page.locator(f"{UNIT}_preview .rc-picture")).to_be_visible()


def test_what_cannot_be_had_is_named_with_its_address_and_its_folder(unit: Editor, hub: Served, site_of_hub: Site):
    unit.choose("MLSD")
    press_run(unit)
    expect(asked(unit).first).to_contain_text(MLSD)
    asked(unit).first.get_by_role("button", name="Download", exact=True).click()
    for part in (f"{MLSD} cannot be downloaded", f"{hub.address}/{HOME}", str(site_of_hub.home / "models")):
        expect(toast(unit)).to_contain_text(part)
