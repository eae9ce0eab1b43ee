"""Styles in a real browser: made from the prompts, offered on every tab, drawn with, changed and deleted."""

from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from studio.imaging.load import read_infotext
from tests.browser.studio_site import NARROW, Site, Visit, put_checkpoint, serve, visit


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Generator[Site]:
    """A studio of its own, since styles are there for everybody."""
    home: Path = tmp_path_factory.mktemp("styles")
    put_checkpoint(home / "models")
    (home / "styles.csv").write_text('name,prompt,negative_prompt\nFilm,"film of {prompt}, 35mm",blur\n')
    with serve(home) as served:
        yield served


def choose(studio: Visit, key: str, name: str) -> None:
    box = studio.page.locator(f".workspace.{key} .styles input")
    box.fill(name)
    box.press("Enter")
    expect(studio.page.locator(f".workspace.{key} .styles .token", has_text=name)).to_be_visible()
    box.blur()


def test_a_style_is_made_of_the_prompts_drawn_with_changed_and_deleted(browser: Browser, place: Site):
    with visit(browser, place) as studio:
        studio.open()
        studio.page.fill("#img2img_prompt textarea", "ink on paper")
        studio.page.fill("#img2img_negative_prompt textarea", "colour")
        studio.page.click("#img2img_edit_styles")
        editor = studio.page.locator("#img2img_style_editor")
        name = editor.get_by_label("Style", exact=True)
        name.fill("Ink")
        name.press("Enter")
        editor.get_by_role("button", name="Copy the prompts").click()
        expect(editor.get_by_label("Prompt of the style", exact=True)).to_have_value("ink on paper")
        editor.get_by_role("button", name="Save").click()
        expect(studio.page.locator(".toast-body").first).to_contain_text("The style Ink is saved")
        assert "Ink,ink on paper,colour" in (place.home / "styles.csv").read_text("utf-8-sig")
        studio.tab("txt2img")
        studio.page.fill("#txt2img_prompt textarea", "a barn")
        choose(studio, "txt2img", "Film")
        choose(studio, "txt2img", "Ink")
        studio.generate("txt2img")
        assert "Done" in studio.finish("txt2img")
        assert read_infotext(place.saved()[-1]).startswith(
            "film of a barn, 35mm, ink on paper\nNegative prompt: blur, colour\n"
        )
        studio.page.wait_for_timeout(1500)
        studio.reload()
        tokens = studio.page.locator(".workspace.txt2img .styles .token")
        expect(tokens).to_have_count(2)
        studio.tab("txt2img")
        studio.page.locator(".workspace.txt2img").get_by_role(
            "button", name="Apply selected styles to the prompt"
        ).click()
        expect(studio.page.locator("#txt2img_prompt textarea")).to_have_value("film of a barn, 35mm, ink on paper")
        expect(tokens).to_have_count(0)
        studio.page.click("#txt2img_edit_styles")
        editor = studio.page.locator("#txt2img_style_editor")
        name = editor.get_by_label("Style", exact=True)
        name.fill("Film")
        name.press("Enter")
        expect(editor.get_by_label("Prompt of the style", exact=True)).to_have_value("film of {prompt}, 35mm")
        studio.page.once("dialog", lambda dialog: dialog.accept())
        editor.get_by_role("button", name="Delete").click()
        expect(editor.get_by_label("Prompt of the style", exact=True)).to_have_value("")
        assert "Film" not in (place.home / "styles.csv").read_text("utf-8-sig")


def test_on_a_phone_the_editor_fits(browser: Browser, place: Site):
    with visit(browser, place, NARROW) as studio:
        studio.open()
        studio.page.click("#img2img_edit_styles")
        expect(studio.page.get_by_role("button", name="Copy the prompts").first).to_be_visible()
        boxes = [each.bounding_box() for each in studio.page.locator("#img2img_style_editor :is(button, input)").all()]
        assert boxes
        assert all(box and box["x"] >= 0 and box["x"] + box["width"] <= NARROW[0] for box in boxes)
        assert studio.page.evaluate("document.documentElement.scrollWidth") == NARROW[0]
