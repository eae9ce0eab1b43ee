"""Pictures in folders that the settings name, and inputs that are kept."""

from hashlib import md5
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from studio.domain.settings import Settings
from studio.store.outputs import OutputFolder
from tests.fakes import noisy


def place_of(tmp_path: Path, kind: str, **settings: Any) -> Path:
    outputs = OutputFolder(tmp_path / "outputs", tmp_path / "spool")
    wanted = Settings(has_subfolders=False, has_grid_subfolders=False, **settings)
    return outputs.save(noisy(), kind=kind, seed=7, infotext="a fox", settings=wanted).parent


@pytest.mark.parametrize(
    ("kind", "setting"),
    [
        ("txt2img", "txt2img_folder"),
        ("img2img", "img2img_folder"),
        ("extras", "extras_folder"),
        ("txt2img-grid", "txt2img_grids_folder"),
        ("img2img-grid", "img2img_grids_folder"),
    ],
)
def test_a_kind_goes_to_its_own_folder_and_no_other_kind_does(tmp_path: Path, kind: str, setting: str):
    absolute = tmp_path / "elsewhere"
    assert place_of(tmp_path, kind, **{setting: str(absolute)}) == absolute
    assert place_of(tmp_path, kind, **{setting: "drawn/here"}) == tmp_path / "drawn/here"
    others = {"txt2img", "img2img", "extras", "txt2img-grid", "img2img-grid"} - {kind}
    assert absolute not in {place_of(tmp_path, other, **{setting: str(absolute)}) for other in others}


def test_one_folder_for_all_pictures_and_one_for_all_grids(tmp_path: Path):
    shared = {"pictures_folder": "pictures", "grids_folder": "grids", "img2img_folder": "unused"}
    for kind in ("txt2img", "img2img", "extras"):
        assert place_of(tmp_path, kind, **shared) == tmp_path / "pictures"
        assert kind == "extras" or place_of(tmp_path, f"{kind}-grid", **shared) == tmp_path / "grids"


def test_where_nothing_can_be_written_the_picture_goes_to_its_usual_folder(tmp_path: Path):
    (tmp_path / "file").touch()
    assert place_of(tmp_path, "img2img", img2img_folder="file/inside") == tmp_path / "outputs/img2img-images"


def test_an_input_is_kept_once_under_its_hash(tmp_path: Path):
    outputs = OutputFolder(tmp_path / "outputs", tmp_path / "spool")
    names = {outputs.save_input(noisy(), Settings()) for _ in range(2)}
    assert names == {md5(noisy().tobytes()).hexdigest()}
    (file,) = (tmp_path / "outputs/init-images").iterdir()
    with Image.open(file) as kept:
        assert (file.stem, kept.tobytes()) == (names.pop(), noisy().tobytes())
    outputs.save_input(noisy(), Settings(inputs_folder="before"))
    assert len(list((tmp_path / "before").iterdir())) == 1
