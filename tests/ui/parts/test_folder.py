from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from studio.domain.errors import BadRequest
from studio.prompt.infotext import parse_infotext
from studio.ui.parts import folder
from tests.fakes import img2img, noisy, sampling

TEXT = "a hat\nNegative prompt: blur\nSteps: 30, Sampler: DPM++ 2M Karras, CFG scale: 3, Seed: 42, Size: 64x64"


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
        "batch_files": None, "batch_input": "", "batch_output": "", "batch_masks": "", "batch_png_info": False,
        "batch_png_parameters": [], "seed": -1,
    }  # fmt: skip
    return usual | changes


def test_a_folder_is_taken_in_natural_order_and_what_cannot_be_read_is_left_out(pictures: Path):
    found = list(folder.items(values(batch_input=str(pictures))))
    assert [item.path.name for item in found] == ["2.png", "10.png", "broken.png", "1.png"]
    assert [item.image is None for item in found] == [False, False, True, False]
    assert found[2].problem.startswith("broken.png was left out: ")


def test_nothing_to_redraw_is_said():
    with pytest.raises(BadRequest, match="There are no pictures"):
        list(folder.items(values()))
    with pytest.raises(BadRequest, match="there is no folder"):
        list(folder.items(values(batch_input="/no/such/folder")))


def test_one_mask_is_for_all_and_several_go_by_name(pictures: Path, tmp_path: Path):
    masks = tmp_path / "masks"
    masks.mkdir()
    Image.new("L", (64, 64), 255).save(masks / "2.png")
    asked = values(batch_files=[str(pictures / "2.png"), str(pictures / "10.png")], batch_masks=str(masks))
    assert [item.mask is not None for item in folder.items(asked)] == [True, True]
    Image.new("L", (64, 64), 255).save(masks / "3.png")
    found = list(folder.items(asked))
    assert found[0].mask is not None
    assert found[1].problem == "10.png was left out: no mask has its name"


def test_an_open_seed_is_drawn_once_for_all():
    assert folder.fixed_seed(values(seed=5))["seed"] == 5
    assert folder.fixed_seed(values())["seed"] >= 0


def test_a_files_own_parameters_are_taken_as_far_as_asked_for(tmp_path: Path):
    about = PngInfo()
    about.add_text("parameters", TEXT)
    noisy().save(tmp_path / "one.png", pnginfo=about)
    page = img2img(prompt="a fox", sampling=sampling(seed=1, steps=8))
    asked = values(batch_png_info=True, batch_png_parameters=["Prompt", "Steps", "Sampler"])
    drawn = folder.with_own_parameters(page, tmp_path / "one.png", asked)
    assert drawn.prompt == "a fox a hat"
    assert drawn.negative_prompt == page.negative_prompt
    assert (drawn.sampling.steps, drawn.sampling.sampler, drawn.sampling.schedule) == (30, "DPM++ 2M", "Karras")
    assert (drawn.sampling.seed, drawn.sampling.cfg_scale) == (1, page.sampling.cfg_scale)
    assert folder.with_own_parameters(page, tmp_path / "one.png", values()) == page


def test_parameters_can_stand_in_a_file_of_the_same_name_elsewhere(tmp_path: Path):
    about, page = PngInfo(), img2img(prompt="a fox", sampling=sampling(steps=8))
    about.add_text("parameters", TEXT)
    (tmp_path / "told").mkdir()
    noisy().save(tmp_path / "told" / "one.png", pnginfo=about)
    noisy().save(tmp_path / "one.png")
    asked = values(
        batch_png_info=True, batch_png_parameters=["Steps"], batch_png_folder=str(tmp_path / "told"), batch_input=""
    )
    assert folder.with_own_parameters(page, tmp_path / "one.png", asked).sampling.steps == 30
    assert folder.with_own_parameters(page, tmp_path / "two.png", asked) == page
    with pytest.raises(BadRequest, match="PNG info directory"):
        folder.with_own_parameters(page, tmp_path / "one.png", {**asked, "batch_png_folder": str(tmp_path / "none")})


def test_every_parameter_can_be_taken():
    drawn = folder.with_parameters(img2img(), parse_infotext(TEXT + ", Model hash: 0123456789"), folder.PARAMETERS)
    assert (drawn.sampling.seed, drawn.sampling.cfg_scale, drawn.sampling.steps) == (42, 3.0, 30)
    assert drawn.negative_prompt.endswith("blur")
    assert drawn.settings["sd_model_checkpoint"] == "0123456789"


def test_copies_never_write_over_what_is_there(tmp_path: Path):
    source, target = tmp_path / "00001-7.png", tmp_path / "target"
    noisy().save(source)
    target.mkdir()
    made = folder.copy_to(target, "cat", [source, source])
    made += folder.copy_to(target, "cat", [source])
    assert [path.name for path in made] == ["cat.png", "cat-1.png", "cat-2.png"]
    assert {path.read_bytes() for path in made} == {source.read_bytes()}
