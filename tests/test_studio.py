"""The spine with the fake engine and files in a folder: from a request to saved pictures."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.domain.errors import BadRequest, Cancelled, UnknownName
from studio.domain.geometry import Size
from studio.domain.request import ControlPictures, GenerationRequest, InputMode, ScriptCall
from studio.domain.result import Result
from studio.imaging.load import read_infotext
from studio.prompt.infotext import parse_infotext
from studio.studio import Studio
from tests.fakes import Watcher, control_unit, half_mask, img2img, init_image, make_studio, noisy, sampling, txt2img

Generate = Callable[[GenerationRequest], Result]


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return make_studio(tmp_path)


@pytest.fixture
def generate(studio: Studio) -> Generate:
    return lambda request: studio.generate(studio.accept(request), Watcher())


def pixels(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("RGB")).astype(int)


def test_a_picture_is_drawn_saved_and_says_how(generate: Generate):
    (made,) = generate(txt2img(prompt="a fox")).images
    assert made.path
    with Image.open(made.path) as file:
        assert file.size == (64, 64)
    said = parse_infotext(read_infotext(made.path))
    assert (said.prompt, said.facts["Seed"], said.facts["Sampler"]) == ("a fox", "7", "Euler")


def test_strength_0_returns_the_picture(generate: Generate):
    (made,) = generate(img2img(strength=0)).images
    assert made.image.tobytes() == noisy().tobytes()


def test_what_is_not_masked_is_not_touched(generate: Generate):
    (made,) = generate(img2img(mask=half_mask())).images
    before, after = pixels(noisy()), pixels(made.image)
    assert (before[:, 32:] == after[:, 32:]).all()
    assert (before[:, :32] != after[:, :32]).mean() > 0.5


def test_a_batch_counts_its_seeds_up_and_each_is_as_alone(generate: Generate):
    batch = generate(img2img(batch_size=2, batch_count=2)).images
    assert [each.seed for each in batch] == [7, 8, 9, 10]
    assert batch[3].image == generate(img2img(seed=10)).images[0].image


def test_a_drawn_seed_is_kept_with_the_job(studio: Studio):
    asked = studio.accept(img2img(seed=-1))
    assert asked.request.sampling.seed == 1000
    twice = [studio.generate(asked, Watcher()).images[0] for _ in range(2)]
    assert twice[0].image == twice[1].image


def test_a_job_goes_on_after_the_pictures_that_are_finished(studio: Studio):
    asked = studio.accept(img2img(batch_count=3))
    whole, rest = (
        studio.generate(asked, Watcher()),
        studio.generate(asked, Watcher(), [Path("one.png"), Path("two.png")]),
    )
    assert [each.seed for each in rest.images] == [9]
    assert rest.images[0].image == whole.images[2].image
    assert rest.images[0].infotext == whole.images[2].infotext


def test_interrupting_keeps_what_is_finished(studio: Studio):
    watcher = Watcher(cancel_at=9)
    with pytest.raises(Cancelled):
        studio.generate(studio.accept(img2img(batch_count=3)), watcher)
    assert len(watcher.paths) == 1


@pytest.mark.parametrize(
    ("request_", "kind", "said"),
    [
        (txt2img(sampling=sampling(sampler="Oiler")), UnknownName, "Euler"),
        (txt2img(sampling=sampling(steps=0)), BadRequest, "teps"),
        (txt2img(size=Size(8, 64)), BadRequest, "idth"),
        (img2img(init=init_image(strength=float("nan"))), BadRequest, "trength"),
        (img2img(controls=(control_unit(preprocessor="cany"),)), UnknownName, "canny"),
        (img2img(controls=(control_unit(model="gone"),)), UnknownName, "gone"),
        (txt2img(settings={"initial_noise_multiplier": 9}), BadRequest, "Noise multiplier"),
    ],
)
def test_what_cannot_run_is_refused_before_it_waits(studio: Studio, request_: GenerationRequest, kind: type, said: str):
    with pytest.raises(kind, match=said):
        studio.accept(request_)


def test_an_empty_mask_redraws_all_and_says_so(studio: Studio):
    watcher = Watcher()
    request = img2img(mask=half_mask(image=Image.new("L", (64, 64))))
    (made,) = studio.generate(studio.accept(request), watcher).images
    assert (pixels(noisy()) != pixels(made.image)).mean() > 0.5
    assert watcher.notes


def test_the_mask_and_the_cut_out_are_shown_behind_their_picture_where_asked_for(studio: Studio):
    watcher = Watcher()
    both = {"return_mask": True, "return_mask_composite": True}
    request = img2img(mask=half_mask(), batch_size=2, settings=both)
    studio.generate(studio.accept(request), watcher)
    names = [path.stem.removeprefix("0000") for path in watcher.maps]
    assert names == ["1-7-mask", "1-7-mask-composite", "2-8-mask", "2-8-mask-composite"]
    with Image.open(watcher.maps[0]) as mask, Image.open(watcher.maps[1]) as cut_out:
        assert mask.convert("L").tobytes() == half_mask().image.tobytes()
        assert cut_out.getchannel("A").tobytes() == half_mask().image.tobytes()
        with Image.open(watcher.paths[0]) as made:
            box = (0, 0, 32, 64)
            assert cut_out.convert("RGB").crop(box).tobytes() == made.crop(box).tobytes()


@pytest.mark.parametrize(("settings", "count"), [({}, 0), ({"save_mask": True, "save_mask_composite": True}, 2)])
def test_masks_are_kept_with_the_pictures_only_where_asked_for(studio: Studio, settings: dict[str, bool], count: int):
    watcher = Watcher()
    studio.generate(studio.accept(img2img(mask=half_mask(), settings=settings)), watcher)
    assert len(list(watcher.paths[0].parent.glob("00001-7-*.png"))) == count
    assert watcher.maps == []


def test_several_pictures_are_also_saved_as_a_grid(studio: Studio):
    watcher = Watcher()
    studio.generate(studio.accept(txt2img(batch_size=2, batch_count=2, settings={"return_grid": True})), watcher)
    (path,) = watcher.maps
    assert (path.name, path.parent.parent.name) == ("grid-0001.png", "txt2img-grids")
    with Image.open(path) as grid, Image.open(watcher.paths[3]) as last:
        assert grid.size == (128, 128)
        assert grid.crop((64, 64, 128, 128)).tobytes() == last.tobytes()


def test_a_lossy_format_is_said_not_to_keep_what_is_not_masked(studio: Studio):
    watcher = Watcher()
    studio.generate(studio.accept(img2img(mask=half_mask(), settings={"samples_format": "jpg"})), watcher)
    assert watcher.paths[0].suffix == ".jpg"
    assert any("jpg, which changes all pixels a little" in note for note in watcher.notes)


def test_the_input_is_kept_and_stands_in_the_infotext_by_its_hash(studio: Studio, tmp_path: Path):
    studio.settings.change({"save_init_img": True})
    (made,) = studio.generate(studio.accept(img2img()), Watcher()).images
    key = parse_infotext(made.infotext).facts["Init image hash"]
    (kept,) = tmp_path.rglob(f"{key}.png")
    with Image.open(kept) as file:
        assert file.tobytes() == noisy().tobytes()
    assert "Init image hash" not in studio.generate(studio.accept(txt2img()), Watcher()).images[0].infotext


def test_a_folder_that_cannot_be_written_to_is_said_and_the_picture_is_kept(studio: Studio, tmp_path: Path):
    (tmp_path / "file").touch()
    studio.settings.change({"outdir_txt2img_samples": str(tmp_path / "file")})
    watcher = Watcher()
    (made,) = studio.generate(studio.accept(txt2img()), watcher).images
    assert made.path
    assert made.path.is_file()
    assert watcher.notes == [f"{tmp_path / 'file'} cannot be written to: the picture is in {made.path.parent}"]


COLOURS = tuple(Image.new("RGB", (64, 64), colour) for colour in ("red", "lime", "blue"))


def batch(**changes: object) -> GenerationRequest:
    """Three runs of one picture, controlled by three pictures as they are."""
    pictures = ControlPictures(**{"mode": InputMode.batch, "images": COLOURS, **changes})  # pyright: ignore[reportArgumentType]
    return img2img(controls=(control_unit(preprocessor="reference_only", several=pictures),))


def test_a_batch_of_a_control_unit_is_a_run_for_each_picture(generate: Generate):
    made = generate(batch())
    assert [each.tobytes() for each in made.maps] == [each.tobytes() for each in COLOURS]
    assert [each.seed for each in made.images] == [7, 7, 7]
    alone = generate(img2img(controls=(control_unit(preprocessor="reference_only", image=COLOURS[0]),)))
    assert {each.infotext for each in made.images} == {alone.images[0].infotext}


def test_a_loopback_shows_each_run_what_the_one_before_has_drawn(generate: Generate):
    made = generate(batch(has_loopback=True))
    shown = [COLOURS[0], made.images[0].image, made.images[1].image]
    assert [each.tobytes() for each in made.maps] == [each.tobytes() for each in shown]


def test_multi_inputs_are_one_run_with_a_map_for_each_picture(generate: Generate):
    made = generate(batch(mode=InputMode.merge))
    assert len(made.images) == 1
    assert [each.tobytes() for each in made.maps] == [each.tobytes() for each in COLOURS]
    assert "Input Mode: Multi-Inputs" in made.images[0].infotext


def test_a_batch_goes_on_after_the_pictures_that_are_finished(studio: Studio):
    asked = studio.accept(replace(batch(has_loopback=True), batch_count=2))
    whole = studio.generate(asked, Watcher())
    done = [each.path for each in whole.images if each.path]
    for count in (1, 2, 3, 5):
        watcher = Watcher()
        rest = studio.generate(asked, watcher, done[:count])
        assert len(watcher.paths) == 6 - count
        assert [each.image.tobytes() for each in rest.images] == [each.image.tobytes() for each in whole.images]


def test_a_batch_runs_its_script_with_each_picture(generate: Generate):
    made = generate(replace(batch(), script=ScriptCall(name="Loopback", args={"loops": 2})))
    assert [each.seed for each in made.images] == [7, 8] * 3
