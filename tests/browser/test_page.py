"""The main job in a real browser: a picture is redrawn, and everything around it. The tests share one browser tab."""

import re
import zipfile
from collections.abc import Generator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from studio.imaging.load import read_infotext
from studio.imaging.metadata import png_text
from tests.browser.studio_site import Site, Visit, visit

INFOTEXT = (
    "a fox in the snow\nNegative prompt: blur\nSteps: 33, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 4.5, "
    "Seed: 1234, Size: 320x192, Denoising strength: 0.4, Mask blur: 9, Clip skip: 2"
)


@pytest.fixture(scope="module")
def studio(browser: Browser, site: Site) -> Generator[Visit]:
    with visit(browser, site) as visiting:
        visiting.open()
        yield visiting


@pytest.fixture(scope="module")
def red_house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture that carries its parameters."""
    path = tmp_path_factory.mktemp("made") / "house.png"
    text = png_text("a red house, sunset\nSteps: 31, Sampler: Euler a, CFG scale: 7, Seed: 5, Size: 64x64")
    Image.new("RGB", (64, 64)).save(path, pnginfo=text)
    return path


def drop(studio: Visit, picture: Path) -> None:
    """On the prompt of img2img."""
    studio.page.set_input_files(".img2img .dropped input[type=file]", picture)


def test_without_a_picture_it_says_what_to_do_until_that_is_dismissed(studio: Visit):
    studio.generate()
    assert "Not started" in studio.finish()
    alert = studio.page.locator("#img2img_stage [role=alert]")
    expect(alert).to_contain_text("There is no picture to redraw")
    alert.get_by_role("button", name="Dismiss").click()
    expect(alert).to_have_count(0)


def test_a_picture_sets_the_size_to_its_own_shape(studio: Visit, photo: Path):
    studio.put("img2img", photo)
    expect(studio.control("Width")).to_have_value("312")
    expect(studio.control("Height")).to_have_value("208")
    expect(studio.page.locator(".under-canvas .sizes")).to_have_text(re.compile(r"in 384 . 256→out 312 . 208"))


def test_a_picture_is_redrawn_previewed_saved_and_compared(studio: Visit, site: Site):
    before = len(site.saved())
    studio.page.fill("#img2img_prompt textarea", "a red house, sunset")
    expect(studio.page.locator(".img2img .counter").first).to_have_text("5/75")
    studio.set("Batch count", "2")
    studio.set("Sampling steps", "100")
    studio.forget()
    studio.page.focus("#img2img_prompt textarea")
    studio.page.keyboard.press("Control+Enter")
    expect(studio.page.locator("#img2img_progress")).to_contain_text(re.compile("Picture . of 2 · Step .+ of 76"))
    studio.page.wait_for_selector('#img2img_stage img[alt="Preview"]')
    assert "2 pictures" in studio.finish()
    studio.set("Sampling steps", "20")
    made = site.saved()[before:]
    assert len(made) == 2
    assert "a red house, sunset" in read_infotext(made[0])
    thumbs = studio.page.locator("#img2img_strip .thumb")
    expect(thumbs).to_have_count(2)
    thumbs.nth(1).click()
    expect(studio.page.locator("#img2img_stage .after")).to_have_attribute("data-path", str(made[1]))
    with studio.page.expect_download() as coming:
        studio.page.get_by_role("link", name="All as zip").click()
    with zipfile.ZipFile(coming.value.path()) as file:
        assert {name: file.read(name) for name in file.namelist()} == {p.name: p.read_bytes() for p in made}
    studio.page.get_by_role("button", name="Compare").click()
    expect(studio.page.locator("#img2img_stage .stage")).to_have_class("stage can-compare is-comparing")
    expect(studio.page.get_by_role("slider", name="Compare with the input")).to_be_visible()


def test_the_seed_of_the_picture_can_be_used_again(studio: Visit, site: Site):
    studio.page.click('.img2img button:has-text("Seed of the last picture")')
    seed = site.saved()[-1].stem.split("-")[1]
    expect(studio.page.locator("#img2img_seed input")).to_have_value(seed)
    studio.page.click('.img2img button:has-text("Random seed (-1)")')
    expect(studio.page.locator("#img2img_seed input")).to_have_value("-1")


def test_the_best_of_several_is_chosen_on_a_board_and_gone_on_with(studio: Visit, site: Site):
    page, (first, second) = studio.page, site.saved()[-2:]
    board = page.get_by_role("dialog", name="Choose the best picture")
    cells = board.locator(".board-cell")
    page.click("#img2img_strip .open-board")
    expect(cells).to_have_count(2)
    board.get_by_role("button", name="Put picture 1 aside").click()
    expect(board.get_by_text("1 of 2 left")).to_be_visible()
    cells.first.click()
    board.get_by_role("button", name="Keep its seed").click()
    expect(page.locator("#img2img_seed input")).to_have_value(second.stem.split("-")[1])
    page.click("#img2img_strip .open-board")
    board.get_by_role("button", name="Take back picture 1").click()
    expect(cells.first).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Enter")
    expect(page.locator("#img2img_stage .after")).to_have_attribute("data-path", str(first))
    expect(page.locator("#img2img_undo_send")).to_be_enabled()
    page.click("#img2img_undo_send")
    page.click('.img2img button:has-text("Random seed (-1)")')


def test_a_result_goes_to_another_tab_with_its_parameters_and_back(studio: Visit, site: Site):
    studio.set("Sampling steps", "7")
    studio.page.check("#img2img_with_parameters input")
    studio.page.click("#img2img_send_sketch")
    studio.page.wait_for_selector("#img2img_sketch .rc-has")
    expect(studio.control("Sampling steps")).to_have_value("100")
    assert studio.page.evaluate("StudioPage.mode()") == "sketch"
    studio.page.click("#img2img_undo_send")
    expect(studio.control("Sampling steps")).to_have_value("7")
    studio.page.wait_for_selector("#img2img_sketch .rc:not(.rc-has)")
    studio.page.uncheck("#img2img_with_parameters input")


def test_a_result_goes_to_a_control_unit_and_back(studio: Visit, site: Site):
    studio.page.click("#img2img_send_unit_1")
    studio.page.wait_for_selector("#img2img_control_1_image .rc-has:visible")
    upload = studio.page.locator("#img2img_unit_1").get_by_label("Upload independent control image")
    expect(upload).to_be_checked()
    studio.page.click("#img2img_undo_send")
    expect(upload).not_to_be_checked()
    studio.page.click("#img2img_controlnet > button")


def test_what_is_not_masked_stays_and_the_result_says_so(studio: Visit, site: Site, photo: Path):
    studio.tab("Inpaint")
    studio.put("inpaint", photo)
    studio.paint("inpaint")
    studio.set("Batch count", "1")
    studio.generate()
    assert "Done" in studio.finish()
    expect(studio.page.locator("#img2img_stage .notes")).to_have_text("Changed outside the mask: 0 px")
    with Image.open(site.saved()[-1]) as result:
        assert result.size == (384, 256)


def test_the_part_that_would_be_redrawn_is_shown_and_redrawn_at_the_models_size(studio: Visit, site: Site):
    studio.forget()
    studio.page.click("#img2img_enlarge")
    expect(studio.page.locator(".img2img").get_by_label("Only masked", exact=True)).to_be_checked()
    studio.page.wait_for_selector("#img2img_inpaint .rc-crop", state="attached")
    assert "Done" in studio.finish()
    width, height = (int(studio.value(side)) for side in ("Width", "Height"))
    assert 0.8 < width * height / 256**2 < 1.25
    expect(studio.page.locator("#img2img_stage .notes")).to_have_text("Changed outside the mask: 0 px")


def test_nothing_painted_is_plain_img2img_and_says_so(studio: Visit, photo: Path):
    studio.put("inpaint", photo)
    studio.page.locator("#img2img_inpaint").get_by_role("button", name="Clear the drawing").click()
    studio.generate()
    studio.finish()
    expect(studio.page.locator("#img2img_stage .notes")).to_contain_text("Nothing was masked")


def test_a_text_in_the_prompt_sets_the_controls(studio: Visit):
    studio.page.fill("#img2img_prompt textarea", INFOTEXT)
    studio.page.click("#img2img_paste")
    expect(studio.page.locator("#img2img_prompt textarea")).to_have_value("a fox in the snow")
    expect(studio.page.locator("#img2img_negative_prompt textarea")).to_have_value("blur")
    expect(studio.control("Sampling steps")).to_have_value("33")
    expect(studio.control("CFG Scale")).to_have_value("4.5")
    expect(studio.control("Denoising strength")).to_have_value("0.4")
    expect(studio.control("Mask blur")).to_have_value("9")
    expect(studio.control("Width")).to_have_value("320")
    expect(studio.page.locator("#img2img_seed input")).to_have_value("1234")
    assert (studio.value("Sampling method"), studio.value("Schedule type")) == ("DPM++ 2M", "Karras")
    expect(studio.page.locator("#img2img_overrides .token").first).to_contain_text("Clip skip: 2")
    expect(studio.page.locator(".strength-says")).to_have_text("Restyles: shapes stay where they are.")


def test_a_reload_in_mid_run_finds_the_job_the_values_and_the_tab_again(studio: Visit, photo: Path):
    studio.tab("img2img")
    studio.tab("Inpaint sketch")
    studio.put("inpaint_sketch", photo)
    studio.set("Sampling steps", "150")
    studio.set("Denoising strength", "1")
    studio.set("Batch count", "3")
    studio.generate()
    expect(studio.page.locator("#img2img_progress")).to_contain_text("Step")
    studio.page.wait_for_timeout(600)
    studio.reload()
    expect(studio.page.locator("#img2img_generate")).to_have_text("Generating…")
    expect(studio.page.locator("#img2img_prompt textarea")).to_have_value("a fox in the snow")
    expect(studio.control("Sampling steps")).to_have_value("150")
    studio.page.wait_for_function("StudioPage.mode() === 'inpaint-sketch'")
    studio.page.wait_for_selector("#img2img_inpaint_sketch .rc-has")
    assert "Done" in studio.finish()
    studio.reload()
    expect(studio.page.locator("#img2img_strip .thumb")).to_have_count(3)


def test_escape_lets_the_picture_at_hand_end_and_stops_at_once_when_pressed_again(studio: Visit, site: Site):
    """What is half drawn is shown too, and only what is whole is saved."""
    for presses, saved in ((1, 1), (2, 0)):
        before = len(site.saved())
        studio.generate()
        expect(studio.page.locator("#img2img_progress")).to_contain_text("Step")
        studio.page.focus("#img2img_prompt textarea")
        for _ in range(presses):
            studio.page.keyboard.press("Escape")
            expect(studio.page.locator("#img2img_progress")).to_contain_text(re.compile("Interrupting|Interrupted"))
        assert "Interrupted" in studio.finish()
        expect(studio.page.locator("#img2img_strip .thumb")).to_have_count(1)
        assert len(site.saved()) == before + saved
    studio.set("Batch count", "1")


def test_a_saved_picture_that_is_dropped_on_the_prompt_restores_its_parameters(
    studio: Visit, red_house: Path, photo: Path
):
    """Each that is dropped, also after one without parameters."""
    for _ in range(2):
        studio.page.fill("#img2img_prompt textarea", "")
        drop(studio, photo)
        expect(studio.page.locator(".toast-body").first).to_contain_text("no generation parameters")
        drop(studio, red_house)
        expect(studio.page.locator("#img2img_prompt textarea")).to_have_value("a red house, sunset")
        expect(studio.control("Sampling steps")).to_have_value("31")


def test_txt2img_draws_and_sends_to_inpaint(studio: Visit, site: Site):
    studio.tab("txt2img")
    expect(studio.control("Width", "txt2img")).to_have_value("256")
    studio.page.fill("#txt2img_prompt textarea", "a blue boat")
    studio.generate("txt2img")
    assert "Done" in studio.finish("txt2img")
    assert site.saved()[-1].parent.parent.name == "txt2img-images"
    studio.page.click("#txt2img_send_inpaint")
    studio.page.wait_for_selector("#img2img_inpaint .rc-has:visible")
    assert studio.page.evaluate("StudioPage.mode()") == "inpaint"


def test_a_setting_is_found_changed_and_kept(studio: Visit, site: Site):
    studio.tab("Settings")
    studio.page.fill("#settings_search input, #settings_search textarea", "initial_noise")
    expect(studio.page.locator(".setting:visible")).to_have_count(1)
    studio.page.locator("#setting_initial_noise_multiplier input[type=number]").fill("0.9")
    studio.page.locator("#setting_initial_noise_multiplier input[type=number]").blur()
    studio.page.click("#settings_apply")
    expect(studio.page.locator(".toast-body").first).to_contain_text("Settings applied")
    studio.reload()
    studio.tab("Settings")
    expect(studio.page.locator("#setting_initial_noise_multiplier input[type=number]")).to_have_value("0.9")


def test_png_info_tells_how_a_picture_was_made(studio: Visit, red_house: Path):
    studio.tab("PNG Info")
    studio.page.set_input_files("#png_info input[type=file]", red_house)
    expect(studio.page.locator("#png_info_text .facts")).to_contain_text("a red house, sunset")
    studio.page.click("#png_info_send_txt2img")
    expect(studio.page.locator("#txt2img_prompt textarea")).to_have_value("a red house, sunset")


def test_a_preset_of_inpainting_sets_what_it_says(studio: Visit):
    studio.tab("img2img")
    studio.tab("Inpaint")
    studio.page.locator(".presets").get_by_role("button", name="Add").click()
    expect(studio.control("Denoising strength")).to_have_value("0.85")
    expect(studio.page.get_by_label("latent noise", exact=True).first).to_be_checked()
    studio.page.locator(".presets").get_by_role("button", name="Fix detail").click()
    expect(studio.control("Denoising strength")).to_have_value("0.45")
    expect(studio.page.get_by_label("Only masked", exact=True).first).to_be_checked()
