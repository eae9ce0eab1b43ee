"""The ControlNet panel in a real browser: types, preview, drawing on a new canvas, what survives, what is drawn."""

import re
import shutil
from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from studio.imaging.load import read_infotext
from tests.browser.studio_site import ROOT, Site, Visit, serve, visit

KEY = "txt2img"


@pytest.fixture(scope="module")
def studio(browser: Browser, site: Site) -> Generator[Visit]:
    with visit(browser, site) as visiting:
        visiting.open()
        visiting.tab(KEY)
        panel(visiting).locator("> button").click()
        yield visiting


def panel(studio: Visit, key: str = KEY) -> Locator:
    return studio.page.locator(f"#{key}_controlnet")


def header(studio: Visit) -> Locator:
    return panel(studio).locator("> button")


def switch(studio: Visit, label: str, key: str = KEY) -> Locator:
    return panel(studio, key).locator("label", has_text=re.compile(rf"^\s*{label}\s*$")).first


def test_a_type_chooses_its_preprocessor_and_its_sliders(studio: Visit):
    switch(studio, "Canny").click()
    expect(studio.control("Preprocessor", KEY)).to_have_value("canny")
    expect(studio.control("Low Threshold", KEY)).to_have_value("100")
    switch(studio, "Tile").click()
    expect(studio.control("Preprocessor", KEY)).to_have_value("tile_resample")
    expect(studio.control("Down Sampling Rate", KEY)).to_have_value("1")
    switch(studio, "Canny").click()


def test_the_closed_header_and_the_tab_say_what_is_on(studio: Visit):
    switch(studio, "Enable").click()
    expect(header(studio)).to_contain_text("ControlNet · 0 Canny")
    expect(studio.page.get_by_role("tab", name="Unit 0 · Canny")).to_be_visible()
    header(studio).click()
    expect(header(studio)).to_contain_text("ControlNet · 0 Canny")
    header(studio).click()


def test_the_preprocessor_shows_what_it_makes_of_the_picture(studio: Visit, photo: Path):
    studio.page.set_input_files(f"#{KEY}_control_0_image input[type=file]", photo)
    studio.page.wait_for_selector(f"#{KEY}_control_0_image .rc-has")
    panel(studio).get_by_role("button", name="Run preprocessor").first.click()
    preview = studio.page.locator(f"#{KEY}_control_0_preview .rc-picture")
    expect(preview).to_be_visible()
    expect(panel(studio).get_by_label("Allow Preview").first).to_be_checked()


def test_the_pictures_size_goes_to_width_and_height(studio: Visit):
    panel(studio).get_by_role("button", name="Send the picture's size").first.click()
    expect(studio.control("Width", KEY)).to_have_value("384")
    expect(studio.control("Height", KEY)).to_have_value("256")


def test_it_is_all_there_after_a_reload(studio: Visit):
    studio.set("Low Threshold", "33", KEY)
    studio.page.wait_for_timeout(1000)
    studio.reload()
    studio.tab(KEY)
    expect(header(studio)).to_contain_text("ControlNet · 0 Canny")
    header(studio).click()
    expect(studio.control("Low Threshold", KEY)).to_have_value("33")
    expect(studio.page.locator(f"#{KEY}_control_0_image .rc-picture")).to_be_visible()


def test_a_unit_without_a_model_is_refused_by_its_number(studio: Visit):
    studio.generate(KEY)
    assert "Not started" in studio.finish(KEY)
    alert = studio.page.locator(f"#{KEY}_stage [role=alert]")
    expect(alert).to_contain_text("ControlNet unit 0 has no model")
    alert.get_by_role("button", name="Dismiss").click()


def test_a_reference_needs_none_and_stands_in_the_infotext(studio: Visit, site: Site):
    switch(studio, "Reference").click()
    expect(studio.control("Preprocessor", KEY)).to_have_value("reference_only")
    before = site.saved()
    studio.generate(KEY)
    assert "Done" in studio.finish(KEY)
    made = [path for path in site.saved() if path not in before and "control" not in path.parts]
    assert 'ControlNet 0: "Module: reference_only' in read_infotext(made[-1])


def test_a_new_canvas_is_as_large_as_what_is_drawn(studio: Visit):
    panel(studio).get_by_role("button", name="New canvas").first.click()
    studio.page.wait_for_function(f"window.RedrawCanvas.get('{KEY}_control_0_image')?.width === 384")


def test_a_batch_of_files_is_a_run_for_each_and_the_files_stay(studio: Visit, photo: Path):
    switch(studio, "Batch").click()
    expect(studio.page.locator(f"#{KEY}_control_0_image")).not_to_be_visible()
    again = photo.with_name("again.png")
    shutil.copy(photo, again)
    studio.page.set_input_files(".several input[type=file]", [photo, again])
    expect(studio.page.locator(f"#{KEY}_control_0_uploads li")).to_have_count(2)
    switch(studio, "Batch Loopback").click()
    studio.page.wait_for_timeout(1000)
    studio.reload()
    studio.tab(KEY)
    header(studio).click()
    expect(studio.page.locator(f"#{KEY}_control_0_uploads li")).to_have_count(2)
    expect(panel(studio).get_by_label("Batch Loopback").first).to_be_checked()
    studio.generate(KEY)
    assert "2 pictures" in studio.finish(KEY)
    switch(studio, "Single Image").click()
    expect(studio.page.locator(f"#{KEY}_control_0_image")).to_be_visible()


def test_on_img2img_the_tabs_own_picture_is_looked_at(studio: Visit, photo: Path):
    studio.tab("img2img")
    studio.put("img2img", photo)
    panel(studio, "img2img").locator("> button").click()
    expect(studio.page.locator("#img2img_control_0_image")).not_to_be_visible()
    switch(studio, "Canny", "img2img").click()
    panel(studio, "img2img").get_by_role("button", name="Run preprocessor").first.click()
    expect(studio.page.locator("#img2img_control_0_preview .rc-picture")).to_be_visible()
    switch(studio, "Upload independent control image", "img2img").click()
    expect(studio.page.locator("#img2img_control_0_image")).to_be_visible()


def test_missing_weights_are_named_and_offered(studio: Visit):
    studio.tab(KEY)
    switch(studio, "MLSD").click()
    panel(studio).get_by_role("button", name="Run preprocessor").first.click()
    expect(studio.page.locator(".toast-body").last).to_contain_text("mlsd_large_512_fp32.pth")
    expect(panel(studio).locator(".unit-missing").first).to_contain_text("Not here yet: mlsd_large_512_fp32.pth")
    switch(studio, "Canny").click()
    expect(panel(studio).locator(".unit-missing").first).not_to_be_visible()


def test_a_model_file_that_dies_is_named_and_the_next_job_runs(browser: Browser, tmp_path: Path, photo: Path):
    net = tmp_path / "nets" / "mine"
    found = next((ROOT / "models" / "demo" / "controlnet").iterdir())
    shutil.copytree(found, net)
    flags = ("--controlnet-dir", str(net.parent))
    with serve(tmp_path, *flags, models=ROOT / "models") as place, visit(browser, place) as studio:
        studio.open()
        studio.tab(KEY)
        panel(studio).locator("> button").click()
        switch(studio, "Enable").click()
        model = studio.control("Model", KEY)
        model.click()
        studio.page.get_by_role("option", name="mine [").click()
        studio.page.set_input_files(f"#{KEY}_control_0_image input[type=file]", photo)
        studio.page.wait_for_selector(f"#{KEY}_control_0_image .rc-has")
        (weights,) = net.glob("*.safetensors")
        weights.write_bytes(weights.read_bytes()[:100_000])
        studio.generate(KEY)
        studio.finish(KEY)
        expect(studio.page.locator(f"#{KEY}_stage [role=alert]")).to_contain_text("mine")
        expect(studio.page.locator(f"#{KEY}_stage [role=alert]")).to_contain_text("truncated")
        switch(studio, "Enable").click()
        studio.generate(KEY)
        assert "Done" in studio.finish(KEY)
