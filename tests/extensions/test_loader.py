from pathlib import Path

import pytest

from studio.domain.registry import collect
from studio.domain.things import Sampler
from studio.extensions.loader import load_extensions

GOOD = '''"""One sampler."""
from studio.domain.things import sampler

@sampler("Mine")
def mine(denoise, x, sigmas, noise, options):
    yield denoise(x, sigmas[0])
'''


def write(folder: Path, name: str, **modules: str) -> None:
    (folder / name).mkdir()
    for module, text in {"__init__": "", **modules}.items():
        (folder / name / f"{module}.py").write_text(text)


def test_a_broken_extension_is_reported_and_a_good_one_brings_its_things(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    write(tmp_path, "a_broken_one", __init__="raise ValueError('broken on purpose')")
    write(tmp_path, "a_good_one", mine=GOOD)
    broken, good = load_extensions(tmp_path)
    assert (broken.name, broken.module) == ("a_broken_one", None)
    assert "on purpose" in broken.problem
    assert "a_broken_one" in caplog.text
    assert good.module
    assert [value.name for value in collect(good.module, Sampler)] == ["Mine"]


def test_an_extension_is_broken_too_if_one_of_its_modules_is(tmp_path: Path):
    write(tmp_path, "half", rest="1 / 0")
    assert load_extensions(tmp_path)[0].problem == "ZeroDivisionError: division by zero"
