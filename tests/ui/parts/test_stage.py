from pathlib import Path

from studio.domain.geometry import Size
from studio.ui.parts import stage
from studio.ui.parts.stage import Shot
from tests.fakes import noisy


def shot(folder: Path, **changes: object) -> Shot:
    path = folder / "one.png"
    noisy().save(path)
    parts = {"path": path, "address": "one.png", "seed": "7", "infotext": "", "size": Size(64, 64)}
    return Shot(**parts | changes)  # pyright: ignore[reportArgumentType]


def test_words_from_outside_are_no_markup(tmp_path: Path):
    assert "<b>x" not in stage.progress_html("<b>x", "<b>x")
    assert "<b>x" not in stage.problem_html("<b>x. <b>x")
    assert "<b>x" not in stage.result_inside(shot(tmp_path, seed="<b>x"), None, ["<b>x"])
    assert "<b>x" not in stage.strip_html([shot(tmp_path, seed="<b>x")], 0)
    assert "<b>x" not in stage.history_html([('"><b>x', tmp_path / "one.png")], ['"><b>x'], "")


def test_a_problem_is_an_alert_with_a_remedy_that_stays():
    told = stage.problem_html("The file is broken. Choose another one")
    assert 'role="alert"' in told
    assert "<b>The file is broken</b><p>Choose another one</p>" in told
    assert 'aria-label="Dismiss"' in told


def test_progress_is_told_to_readers_too():
    told = stage.progress_html("Step 3 of 4", "1.0 s left", 0.75)
    assert 'aria-valuenow="75"' in told
    assert 'role="status">Step 3 of 4<' in told


def test_a_result_can_be_compared_where_there_was_an_input(tmp_path: Path):
    assert "Compare with the input" not in stage.result_inside(shot(tmp_path), None, ())
    told = stage.result_inside(shot(tmp_path), noisy(), ["Changed outside the mask: 0 px"])
    assert "Compare with the input" in told
    assert "Changed outside the mask: 0 px" in told
    assert "64 &times; 64 · seed 7" in told


def test_the_strip_has_a_place_for_each_picture_and_keeps_its_height_when_empty(tmp_path: Path):
    assert stage.strip_html((), 0).count("<span>") == 4
    told = stage.strip_html([shot(tmp_path), shot(tmp_path, seed="8")], 1)
    assert told.count('class="thumb') == 2
    assert "open-board" in told
    assert 'aria-label="Picture 2, seed 8" aria-pressed="true"' in told


def test_what_may_not_be_served_as_a_file_comes_by_its_job():
    path = Path("/data/outputs/a b.png")
    assert stage.address(path, Path("/data/outputs"), "77").endswith("/data/outputs/a%20b.png")
    assert stage.address(path, Path("/elsewhere"), "77") == "page/pictures/77/a%20b.png"
