import json
import os
import threading
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from studio.domain.errors import BadRequest
from studio.domain.result import Origin
from studio.domain.settings import Settings
from studio.imaging.load import load_path, read_infotext
from studio.store.outputs import OutputFolder
from studio.store.settings import SettingsFile
from tests.fakes import noisy

TEXT = "a fox\nSteps: 20, Sampler: Euler a, Schedule type: Karras, CFG scale: 7, Seed: 7, Model: night"


def folder(path: Path) -> OutputFolder:
    return OutputFolder(path / "outputs", path / "spool")


def save(outputs: OutputFolder, infotext: str = TEXT, kind: str = "img2img", **settings: Any) -> Path:
    return outputs.save(noisy(), kind=kind, seed=7, infotext=infotext, settings=Settings(**settings))


def test_a_picture_comes_back_exactly_and_with_its_infotext(tmp_path: Path):
    path = save(folder(tmp_path))
    with Image.open(path) as file:
        assert file.info["parameters"] == TEXT
        assert file.tobytes() == noisy().tobytes()


@pytest.mark.parametrize("suffix", ["png", "jpg", "jpeg", "webp", "avif"])
def test_every_format_says_how_the_picture_was_made(tmp_path: Path, suffix: str):
    path = save(folder(tmp_path), picture_format=suffix)
    assert (path.suffix, read_infotext(path)) == (f".{suffix}", TEXT)
    assert load_path(path).size == (64, 64)


def test_lower_quality_makes_smaller_files(tmp_path: Path):
    outputs = folder(tmp_path)
    low, high = (save(outputs, picture_format="jpg", quality=quality) for quality in (20, 95))
    assert low.stat().st_size < high.stat().st_size


def test_lossless_webp_keeps_every_pixel(tmp_path: Path):
    path = save(folder(tmp_path), picture_format="webp", is_webp_lossless=True)
    assert load_path(path).tobytes() == noisy().tobytes()


@pytest.mark.parametrize(
    ("suffix", "infotext", "size"), [("webp", TEXT, (17000, 8)), ("jpg", "word " * 20_000 + TEXT, (8, 8))]
)
def test_what_a_format_cannot_hold_becomes_a_png_and_is_not_lost(tmp_path: Path, suffix: str, infotext: str, size: Any):
    settings = Settings(picture_format=suffix)
    path = folder(tmp_path).save(Image.new("RGB", size), kind="img2img", seed=7, infotext=infotext, settings=settings)
    assert (path.suffix, load_path(path).size, read_infotext(path)) == (".png", size, infotext)


def test_kinds_lie_in_folders_of_their_own_by_day(tmp_path: Path):
    outputs = folder(tmp_path)
    path = save(outputs, kind="txt2img")
    assert path.parent == tmp_path / "outputs" / "txt2img-images" / date.today().isoformat()
    grid = save(outputs, kind="txt2img-grid")
    assert (grid.parent.parent.name, grid.name) == ("txt2img-grids", "grid-0001.png")
    assert save(outputs, kind="txt2img-grid", grid_format="webp").name == "grid-0002.webp"


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"name_pattern": "[seed]-[steps]-[sampler]"}, "00001-7-20-Euler_a.png"),
        ({"name_pattern": "[model_name]", "is_numbered": False}, "night.png"),
        ({"name_pattern": "[none]", "is_numbered": False}, "00001.png"),
        ({"name_pattern": "[none]"}, "00001.png"),
        ({"name_pattern": "[generation_number]-[batch_number]of[batch_size]-[styles]"}, "00001-4-2of2-Ink.png"),
        ({"name_pattern": "[prompt_no_styles]", "is_numbered": False}, "fox.png"),
        ({"has_subfolders": False}, "00001-7-a fox.png"),
        ({}, "00001-7.png"),
    ],
)
def test_names_follow_the_pattern(tmp_path: Path, settings: dict[str, Any], name: str):
    origin = Origin(number=4, count=4, batch_size=2, styles=("Ink",), plain_prompt="fox")
    made = {"kind": "img2img", "seed": 7, "infotext": TEXT, "settings": Settings(**settings), "origin": origin}
    assert folder(tmp_path).save(noisy(), **made).name == name


@pytest.mark.parametrize(
    ("settings", "place"),
    [
        ({"folder_pattern": "[model_name]/[seed]"}, "night/7"),
        ({"folder_pattern": "../../[seed]"}, "7"),
        ({"folder_pattern": "/etc"}, "etc"),
        ({"folder_pattern": "[none]"}, "."),
        ({"has_subfolders": False}, "."),
    ],
)
def test_subfolders_follow_the_pattern_and_never_leave_the_folder(tmp_path: Path, settings: dict[str, Any], place: str):
    path = save(folder(tmp_path), **settings)
    assert path.parent == tmp_path / "outputs" / "img2img-images" / place


def test_a_name_that_is_taken_gets_a_number(tmp_path: Path):
    outputs, settings = folder(tmp_path), {"name_pattern": "fox", "is_numbered": False}
    paths = [save(outputs, **settings), save(outputs, **settings), save(outputs, picture_format="jpg", **settings)]
    assert [path.name for path in paths] == ["fox.png", "fox-1.png", "fox-2.jpg"]


@pytest.mark.parametrize("settings", [{}, {"name_pattern": "fox", "is_numbered": False}])
def test_no_file_is_ever_overwritten_whoever_writes_beside(tmp_path: Path, settings: dict[str, Any]):
    outputs, paths = folder(tmp_path), list[Path]()
    threads = [threading.Thread(target=lambda: paths.append(save(outputs, **settings))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(paths)) == 12
    assert all(read_infotext(path) == TEXT for path in paths)
    assert not list((tmp_path / "outputs").rglob("*.part"))


def test_numbers_go_on_after_the_highest(tmp_path: Path):
    outputs = folder(tmp_path)
    first = save(outputs)
    first.rename(first.with_name("00041-1.png"))
    first.with_name("²-x.png").touch()
    assert save(outputs).name == "00042-7.png"
    assert save(outputs, name_pattern="[none]").name == "00043.png"
    assert save(outputs).name == "00044-7.png"


def test_the_parameters_can_stand_in_a_text_beside(tmp_path: Path):
    path = save(folder(tmp_path), writes_texts=True, has_infotext=False)
    assert path.with_suffix(".txt").read_text("utf-8") == TEXT
    assert read_infotext(path) == ""


def test_what_belongs_to_a_picture_has_its_name(tmp_path: Path):
    outputs = folder(tmp_path)
    path = save(outputs, picture_format="jpg")
    kept, shown, again = (
        outputs.save_beside(noisy(mode="L"), path, "-mask", infotext=TEXT, is_kept=is_kept)
        for is_kept in (True, False, False)
    )
    assert kept == path.with_name("00001-7-mask.png")
    assert shown.is_relative_to(tmp_path / "spool")
    assert shown != again
    assert save(outputs).name == "00002-7.png"


def test_what_is_not_to_be_kept_lies_apart(tmp_path: Path):
    outputs = folder(tmp_path)
    assert save(outputs, saves_pictures=False).is_relative_to(tmp_path / "spool")
    assert save(outputs, kind="img2img-grid", saves_grids=False).is_relative_to(tmp_path / "spool")


def test_infotext_can_be_left_out(tmp_path: Path):
    with Image.open(save(folder(tmp_path), has_infotext=False)) as file:
        assert "parameters" not in file.info


def test_the_spool_forgets_what_is_old_and_nothing_else_does(tmp_path: Path):
    outputs = folder(tmp_path)
    kept, old, young = save(outputs), save(outputs, saves_pictures=False), save(outputs, saves_pictures=False)
    for path in (kept, old):
        os.utime(path, (0, 0))
    assert outputs.sweep() == 1
    assert (kept.exists(), old.exists(), young.exists()) == (True, False, True)


@pytest.mark.parametrize(
    ("key", "pattern", "words"),
    [
        ("samples_filename_pattern", "[sed]", r"Images filename pattern: '\[sed\]' is not .*\[seed\], "),
        ("samples_filename_pattern", "[seed", "Images filename pattern"),
        ("samples_filename_pattern", "[date]/[seed]", "without / and "),
        ("directories_filename_pattern", "[day]", r"Directory name pattern: '\[day\]' is not .*\[date\]"),
    ],
)
def test_a_pattern_that_names_nothing_is_refused_where_it_is_set(tmp_path: Path, key: str, pattern: str, words: str):
    settings = SettingsFile(tmp_path / "settings.json")
    with pytest.raises(BadRequest, match=words):
        settings.change({key: pattern})
    assert not (tmp_path / "settings.json").exists()


@pytest.mark.parametrize("pattern", ["", "[SEED]-[datetime<%H-%M><Asia/Tokyo>] a]b", "[hasprompt<cat|none>]"])
def test_a_pattern_of_a1111_is_taken(tmp_path: Path, pattern: str):
    settings = SettingsFile(tmp_path / "settings.json")
    settings.change({"samples_filename_pattern": pattern})
    assert json.loads((tmp_path / "settings.json").read_text())["samples_filename_pattern"] == pattern
    save(folder(tmp_path), **{"name_pattern": replace(settings.get()).name_pattern})
