"""With a network of ESRGAN's true key names at a small width, made here: nearest-neighbour enlargement by weights."""

from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from studio.domain.errors import BrokenFile
from studio.upscale.spandrel_files import Tiling, list_upscalers, load_network
from tests.fakes import noisy

WIDTH, GROWTH = 8, 32  # the growth is fixed in the files that people have


def esrgan() -> dict[str, torch.Tensor]:
    """The new-style keys of RRDBNet (x4), with random weights."""
    torch.manual_seed(0)
    shapes: dict[str, tuple[int, int]] = {"conv_first": (WIDTH, 3), "conv_last": (3, WIDTH)}
    for name in ("conv_body", "conv_up1", "conv_up2", "conv_hr"):
        shapes[name] = (WIDTH, WIDTH)
    for block in (1, 2, 3):
        for conv in range(1, 6):
            wide = WIDTH + (conv - 1) * GROWTH
            shapes[f"body.0.rdb{block}.conv{conv}"] = (GROWTH if conv < 5 else WIDTH, wide)
    state = dict[str, torch.Tensor]()
    for name, (out, into) in shapes.items():
        state[f"{name}.weight"] = torch.randn(out, into, 3, 3) * 0.05
        state[f"{name}.bias"] = torch.zeros(out)
    return state


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "4x-tiny.safetensors"
    save_file(esrgan(), path)
    return path


@pytest.mark.parametrize("scale", [1.5, 4, 6])
def test_a_file_in_the_folder_upscales_to_the_asked_size(file: Path, scale: float):
    (upscaler,) = list_upscalers([file.parent], lambda path: load_network(path, "cpu"), Tiling())
    assert upscaler.name == "4x-tiny"
    assert upscaler.upscale(noisy(10, 6), scale).size == (int(10 * scale), int(6 * scale))


def test_tiles_show_no_seam(file: Path):
    network = load_network(file, "cpu")
    whole, tiled = (
        list_upscalers([file.parent], lambda path: network, tiling)[0].upscale(noisy(60, 44), 4)
        for tiling in (Tiling(tile=0), Tiling(tile=48, overlap=16))
    )
    difference = torch.tensor(list(whole.tobytes())).sub(torch.tensor(list(tiled.tobytes()))).abs()
    assert int(difference.max()) <= 1


def test_a_file_that_is_no_upscaler_is_named(tmp_path: Path):
    save_file({"some.weight": torch.zeros(2, 2)}, tmp_path / "odd.safetensors")
    with pytest.raises(BrokenFile, match=r"odd\.safetensors"):
        load_network(tmp_path / "odd.safetensors", "cpu")


def test_a_transparent_picture_is_taken(file: Path):
    (upscaler,) = list_upscalers([file.parent], lambda path: load_network(path, "cpu"), Tiling())
    assert upscaler.upscale(Image.new("RGBA", (8, 8), (9, 9, 9, 0)), 2).size == (16, 16)
