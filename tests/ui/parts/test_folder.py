import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from studio.domain.errors import BadRequest, BrokenFile
from studio.domain.settings import Settings
from studio.store.documents import Documents
from studio.store.outputs import OutputFolder
from studio.ui.parts import folder, uploads
from tests.fakes import noisy


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Two pictures, one file that is none, and one that no picture program would open."""
    place = tmp_path / "pictures"
    (place / "sub").mkdir(parents=True)
    for name in ("10.png", "2.png", "sub/1.png"):
        noisy().save(place / name)
    (place / "broken.png").write_text("no picture")
    (place / "notes.txt").write_text("nothing")
    return place


def values(**changes: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "batch_uploads": "", "batch_input": "", "batch_output": "", "batch_masks": "", "seed": -1,
    }  # fmt: skip
    return usual | changes


@pytest.fixture
def documents(tmp_path: Path) -> Documents:
    return Documents(tmp_path / "documents")


def test_a_folder_is_taken_in_natural_order_and_what_cannot_be_read_is_left_out(pictures: Path, documents: Documents):
    found = list(folder.items(values(batch_input=str(pictures)), documents))
    assert [item.name for item in found] == ["2.png", "10.png", "broken.png", "1.png"]
    assert [item.image is None for item in found] == [False, False, True, False]
    assert isinstance(found[2].problem, BrokenFile)


def test_uploads_are_kept_when_their_files_are_gone_and_come_before_the_folder(pictures: Path, documents: Documents):
    given = [pictures / "10.png", pictures / "broken.png"]
    kept = uploads.with_files("", given, documents)
    for path in given:
        path.unlink()
    found = list(folder.items(values(batch_uploads=kept, batch_input=str(pictures)), documents))
    assert [item.name for item in found] == ["10.png", "broken.png", "2.png", "1.png"]
    assert [item.image is None for item in found] == [False, True, False, False]
    never = json.dumps([["/etc/gone.png", "0" * 64]])
    (gone,) = folder.items(values(batch_uploads=never), documents)
    assert (gone.name, gone.image) == ("gone.png", None)
    assert "put it in again" in str(gone.problem)


def test_nothing_to_redraw_is_said(documents: Documents):
    with pytest.raises(BadRequest, match="There are no pictures"):
        list(folder.items(values(), documents))
    with pytest.raises(BadRequest, match="there is no folder"):
        list(folder.items(values(batch_input="/no/such/folder"), documents))


def test_one_mask_is_for_all_and_several_go_by_name(pictures: Path, tmp_path: Path, documents: Documents):
    masks = tmp_path / "masks"
    masks.mkdir()
    Image.new("L", (64, 64), 255).save(masks / "2.png")
    kept = uploads.with_files("", [pictures / "2.png", pictures / "10.png"], documents)
    asked = values(batch_uploads=kept, batch_masks=str(masks))
    assert [item.mask is not None for item in folder.items(asked, documents)] == [True, True]
    Image.new("L", (64, 64), 255).save(masks / "3.png")
    found = list(folder.items(asked, documents))
    assert found[0].mask is not None
    assert str(found[1].problem) == "no mask has its name"


def test_an_open_seed_is_drawn_once_for_all():
    assert folder.fixed_seed(values(seed=5))["seed"] == 5
    assert folder.fixed_seed(values())["seed"] >= 0


def test_results_are_named_as_their_sources_and_never_written_over(tmp_path: Path):
    store, target = OutputFolder(tmp_path / "outputs", tmp_path / "spool"), tmp_path / "target"
    kept_as = folder.kept_as(target, "cat [1].jpeg")
    made = [
        store.save(noisy(), kind="img2img", seed=7, infotext="", settings=replace(Settings(), **kept_as))
        for _ in range(2)
    ]
    assert made == [target / "cat [1].png", target / "cat [1]-1.png"]
    assert folder.kept_as(None, "cat.png") == {}
