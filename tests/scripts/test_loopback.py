"""The curves are those of features.md 2.15."""

from pathlib import Path

import pytest

from studio.domain.errors import BadRequest
from studio.domain.request import ScriptCall
from studio.prompt.infotext import parse_infotext
from studio.scripts.loopback import strength_at
from tests.fakes import Watcher, img2img, make_studio, noisy, txt2img

CALL = ScriptCall(name="Loopback", args={"loops": 3, "final_strength": 0.25})


@pytest.mark.parametrize(
    ("curve", "middle"), [("Linear", 0.5), ("Aggressive", 0.75 - 0.5 * 0.70711), ("Lazy", 0.75 - 0.5 * 0.29289)]
)
def test_the_strength_moves_along_the_curve(curve: str, middle: float):
    strengths = [strength_at(loop, 3, 0.75, 0.25, curve) for loop in range(3)]
    assert strengths == pytest.approx([0.75, middle, 0.25], abs=1e-4)


def test_every_loop_begins_with_the_last_result(tmp_path: Path):
    studio = make_studio(tmp_path)
    made = studio.generate(studio.accept(img2img(script=CALL)), Watcher()).images
    assert [each.seed for each in made] == [7, 8, 9]
    told = [parse_infotext(each.infotext).facts for each in made]
    assert [each["Denoising strength"] for each in told] == ["0.75", "0.5", "0.25"]
    assert {(each["Final denoising strength"], each["Denoising curve"]) for each in told} == {("0.25", "Linear")}
    assert made[0].image != made[1].image != noisy()


def test_it_needs_a_picture(tmp_path: Path):
    studio = make_studio(tmp_path)
    with pytest.raises(BadRequest, match="picture"):
        studio.generate(studio.accept(txt2img(script=CALL)), Watcher())


def test_what_an_earlier_run_has_finished_is_not_drawn_again(tmp_path: Path):
    studio, first, again = make_studio(tmp_path), Watcher(), Watcher()
    asked = studio.accept(img2img(script=CALL))
    whole = studio.generate(asked, first).images
    resumed = studio.generate(asked, again, first.paths[:2]).images
    assert [each.image for each in resumed] == [each.image for each in whole]
    assert len(again.paths) == 1
