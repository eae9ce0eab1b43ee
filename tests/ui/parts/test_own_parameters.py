from pathlib import Path
from typing import Any

import pytest
from PIL.PngImagePlugin import PngInfo

from studio.domain.errors import BadRequest, BrokenFile
from studio.domain.request import GenerationRequest
from studio.prompt.infotext import parse_infotext
from studio.ui.parts.own_parameters import PARAMETERS, with_own_parameters, with_text
from tests.fakes import img2img, noisy, sampling

TEXT = "a hat\nNegative prompt: blur\nSteps: 30, Sampler: DPM++ 2M Karras, CFG scale: 3, Seed: 42, Size: 64x64"


def values(**changes: Any) -> dict[str, Any]:
    return {"batch_png_info": True, "batch_png_parameters": [], **changes}


def own(page: GenerationRequest, path: Path, asked: dict[str, Any]) -> GenerationRequest:
    return with_own_parameters(page, path, path.name, asked)


def test_a_files_own_parameters_are_taken_as_far_as_asked_for(tmp_path: Path):
    about = PngInfo()
    about.add_text("parameters", TEXT)
    noisy().save(tmp_path / "one.png", pnginfo=about)
    page = img2img(prompt="a fox", sampling=sampling(seed=1, steps=8))
    asked = values(batch_png_parameters=["Prompt", "Steps", "Sampler"])
    drawn = own(page, tmp_path / "one.png", asked)
    assert drawn.prompt == "a fox a hat"
    assert drawn.negative_prompt == page.negative_prompt
    assert (drawn.sampling.steps, drawn.sampling.sampler, drawn.sampling.schedule) == (30, "DPM++ 2M", "Karras")
    assert (drawn.sampling.seed, drawn.sampling.cfg_scale) == (1, page.sampling.cfg_scale)
    assert own(page, tmp_path / "one.png", values(batch_png_info=False)) == page


def test_parameters_can_stand_in_a_file_of_the_same_name_elsewhere(tmp_path: Path):
    about, page = PngInfo(), img2img(prompt="a fox", sampling=sampling(steps=8))
    about.add_text("parameters", TEXT)
    (tmp_path / "told").mkdir()
    noisy().save(tmp_path / "told" / "one.png", pnginfo=about)
    noisy().save(tmp_path / "one.png")
    asked = values(batch_png_parameters=["Steps"], batch_png_folder=str(tmp_path / "told"))
    assert own(page, tmp_path / "one.png", asked).sampling.steps == 30
    assert own(page, tmp_path / "two.png", asked) == page
    with pytest.raises(BadRequest, match="PNG info directory"):
        own(page, tmp_path / "one.png", {**asked, "batch_png_folder": str(tmp_path / "none")})


def test_every_parameter_can_be_taken():
    drawn = with_text(img2img(), parse_infotext(TEXT + ", Model hash: 0123456789"), PARAMETERS)
    assert (drawn.sampling.seed, drawn.sampling.cfg_scale, drawn.sampling.steps) == (42, 3.0, 30)
    assert drawn.negative_prompt.endswith("blur")
    assert drawn.settings["sd_model_checkpoint"] == "0123456789"


def test_what_cannot_be_read_is_said(tmp_path: Path):
    with pytest.raises(BadRequest, match="Seed: many, which is no number"):
        with_text(img2img(), parse_infotext("a hat\nSteps: 8, Seed: many, Sampler: Euler, CFG scale: 7"), ["Seed"])
    (tmp_path / "one.png").write_text("no picture")
    with pytest.raises(BrokenFile):
        own(img2img(), tmp_path / "one.png", values())
