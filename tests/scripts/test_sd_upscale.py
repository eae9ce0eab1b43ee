from pathlib import Path

import numpy as np

from studio.domain.request import ScriptCall
from studio.prompt.infotext import parse_infotext
from tests.fakes import Watcher, half_mask, img2img, make_studio, noisy


def call(**args: object) -> ScriptCall:
    return ScriptCall(name="SD upscale", args={"overlap": 16, "scale": 2, "upscaler": "Lanczos", **args})


def test_one_picture_of_the_asked_factor_is_made_and_saved(tmp_path: Path):
    studio, watcher = make_studio(tmp_path), Watcher()
    (made,) = studio.generate(studio.accept(img2img(script=call())), watcher).images
    assert made.image.size == (128, 128)
    assert watcher.paths == [made.path]
    assert parse_infotext(made.infotext).facts["SD upscale overlap"] == "16"


def test_the_upscaler_none_enlarges_too(tmp_path: Path):
    studio = make_studio(tmp_path)
    (made,) = studio.generate(studio.accept(img2img(script=call(upscaler="None"))), Watcher()).images
    assert made.image.size == (128, 128)


def test_strength_0_gives_the_enlarged_picture_whatever_is_masked(tmp_path: Path):
    studio = make_studio(tmp_path)
    request = img2img(strength=0, mask=half_mask(), script=call(upscaler="Nearest"))
    (made,) = studio.generate(studio.accept(request), Watcher()).images
    assert np.array_equal(np.asarray(made.image), np.asarray(noisy().resize((128, 128), 0)))
