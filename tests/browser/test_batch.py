"""The tab Batch in a real browser: folders, files that outlive the process, parameters that pictures bring along."""

import contextlib
from collections.abc import Generator
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from playwright.sync_api import Browser, expect

from studio.imaging.load import read_infotext
from tests.browser.studio_site import NARROW, Site, Visit, put_checkpoint, serve, visit

TEXT = "a hat\nNegative prompt: blur\nSteps: 9, Sampler: DPM++ 2M, CFG scale: 3, Seed: 42, Size: 64x64"


@pytest.fixture
def studio(browser: Browser, site: Site) -> Generator[Visit]:
    with visit(browser, site) as visiting:
        visiting.open()
        visiting.tab("Batch")
        yield visiting


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Two pictures, the second with parameters, and a file that is none."""
    place, told = tmp_path / "pictures", PngInfo()
    place.mkdir()
    told.add_text("parameters", TEXT)
    Image.radial_gradient("L").resize((96, 64)).convert("RGB").save(place / "1.png")
    Image.radial_gradient("L").resize((96, 64)).convert("RGB").save(place / "2.png", pnginfo=told)
    (place / "broken.png").write_text("no picture")
    return place


def fill(studio: Visit, label: str, text: str) -> None:
    studio.page.get_by_label(label, exact=True).fill(text)


def test_a_folder_is_redrawn_and_one_broken_file_does_not_stop_it(studio: Visit, pictures: Path, tmp_path: Path):
    fill(studio, "Input directory", str(pictures))
    fill(studio, "Output directory", str(tmp_path / "out"))
    studio.generate()
    assert "2 pictures" in studio.finish()
    expect(studio.page.locator("#img2img_stage .notes")).to_contain_text("broken.png was left out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["1.png", "2.png"]
    shown = studio.page.locator("#img2img_stage .after").evaluate(
        "(image) => image.decode().then(() => image.naturalWidth)"
    )
    assert shown > 0, "a picture outside of the outputs is shown"
    studio.generate()
    assert "2 pictures" in studio.finish()
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["1-1.png", "1.png", "2-1.png", "2.png"]


def test_pictures_bring_the_parameters_that_are_asked_for(studio: Visit, pictures: Path, tmp_path: Path):
    studio.page.fill("#img2img_prompt textarea", "a fox")
    studio.set("Seed", "7")
    fill(studio, "Input directory", str(pictures))
    fill(studio, "Output directory", str(tmp_path / "out"))
    studio.page.get_by_role("button", name="PNG info").click()
    studio.page.get_by_label("Append png info to prompts").check()
    studio.page.get_by_label("Steps", exact=True).check()
    studio.generate()
    assert "2 pictures" in studio.finish()
    first, second = (read_infotext(tmp_path / "out" / name) for name in ("1.png", "2.png"))
    assert first.startswith("a fox\nSteps: 20, ")
    assert second.startswith("a fox a hat\nNegative prompt: blur\nSteps: 9, ")
    assert ("Seed: 7," in first, "Seed: 7," in second) == (True, True)


def test_a_batch_of_uploads_goes_on_after_the_studio_was_killed(browser: Browser, pictures: Path, tmp_path: Path):
    home, out = tmp_path / "home", tmp_path / "out"
    put_checkpoint(home / "models")
    for number in range(3, 6):
        (pictures / f"{number}.png").write_bytes((pictures / "1.png").read_bytes())
    with contextlib.ExitStack() as page:
        with serve(home) as first:
            studio = page.enter_context(visit(browser, first))
            studio.open()
            studio.tab("Batch")
            studio.page.set_input_files(".batch-fields input[type=file]", sorted(pictures.iterdir()))
            expect(studio.page.locator("#batch_uploads li")).to_have_count(6)
            fill(studio, "Output directory", str(out))
            studio.set("Sampling steps", "60")
            studio.generate()
            expect(studio.page.locator("#img2img_strip .thumb")).to_have_count(1)
            studio.page.wait_for_timeout(1500)  # the page keeps its values once they rest
        before = written(out)
        assert 0 < len(before) < 5
        with serve(home, port=int(first.address.rpartition(":")[2])):
            studio.reload()
            expect(studio.page.locator("#batch_uploads li")).to_have_count(6)
            assert "5 pictures" in studio.finish()
            made = written(out)
            assert sorted(made) == ["1.png", "2.png", "3.png", "4.png", "5.png"]
            assert before.items() <= made.items(), "nothing is drawn twice"
            expect(studio.page.locator("#img2img_stage .notes")).to_contain_text("broken.png was left out")
            studio.page.get_by_role("button", name="Remove 1.png").click()
            expect(studio.page.locator("#batch_uploads li")).to_have_count(5)
            studio.generate()
            assert "4 pictures" in studio.finish()
            assert len(written(out)) == 9


def test_on_a_phone_the_tab_is_opened_from_the_menu_and_comes_back(browser: Browser, site: Site, pictures: Path):
    with visit(browser, site, NARROW) as studio:
        studio.open()
        studio.page.evaluate("StudioPage.open('img2img', 'batch')")
        studio.page.set_input_files(".batch-fields input[type=file]", pictures / "1.png")
        expect(studio.page.locator("#batch_uploads li")).to_have_text(["1.png"])
        studio.page.wait_for_timeout(1500)
        studio.reload()
        studio.page.wait_for_function("StudioPage.mode() === 'batch'")
        expect(studio.page.locator("#batch_uploads li")).to_have_text(["1.png"])
        assert studio.page.evaluate("document.documentElement.scrollWidth") == NARROW[0]


def written(folder: Path) -> dict[str, int]:
    """The finished pictures, and when each was written."""
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("*.png")}
