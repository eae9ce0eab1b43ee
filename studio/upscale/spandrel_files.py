"""Upscalers in files that spandrel knows: ESRGAN, Real-ESRGAN, SwinIR, DAT, ... The file says what it is."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from studio.domain.errors import BrokenFile, IncompatibleModel
from studio.domain.things import Upscaler
from studio.upscale.resampling import scaled

SUFFIXES = (".pth", ".pt", ".safetensors")
MOST_PASSES = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Tiling:
    """Pictures larger than a tile go through the network in tiles that overlap; 0: in one piece."""

    tile: int = 192
    overlap: int = 8


def list_upscalers(folders: Sequence[Path], keep: Callable[[Path], Any], tiling: Tiling) -> list[Upscaler]:
    """One for each file; `keep` gives the loaded network of a file, from memory where it is there."""
    files = [path for folder in folders for path in sorted(folder.rglob("*")) if path.suffix in SUFFIXES]
    return [
        Upscaler(name=path.stem, upscale=partial(enlarge, keep, path, tiling), model_path=str(path)) for path in files
    ]


def load_network(path: Path, device: Any) -> Any:
    """spandrel's description of the network in a file, ready to run. Raises BrokenFile, IncompatibleModel."""
    import spandrel
    import torch

    from studio.devices.weights import read_weights

    try:
        found = spandrel.ModelLoader().load_from_state_dict(read_weights(path))
    except (spandrel.UnsupportedModelError, RuntimeError) as error:
        message = f"{path.name} is no upscaler that is known (ESRGAN, SwinIR, DAT, ...). Take it out of the folder"
        raise BrokenFile(message, file=path.name) from error
    if not isinstance(found, spandrel.ImageModelDescriptor) or found.input_channels != 3:
        raise IncompatibleModel(f"{path.name} holds {found.architecture.name}, which does not upscale RGB pictures")
    return found.eval().to(device, torch.float32)


def enlarge(keep: Callable[[Path], Any], path: Path, tiling: Tiling, image: Image.Image, scale: float) -> Image.Image:
    """By the network until the size is reached, at most three times, then by Lanczos to the size itself."""
    network, wanted = keep(path), scaled(image.size, scale)
    for _ in range(MOST_PASSES):
        if image.width >= wanted.width and image.height >= wanted.height:
            break
        if network.scale <= 1:
            break
        image = run_tiled(network, image.convert("RGB"), tiling)
    return image if image.size == wanted else image.resize(wanted, Image.Resampling.LANCZOS)


def run_tiled(network: Any, image: Image.Image, tiling: Tiling) -> Image.Image:
    """The picture at the network's own scale."""
    pixels = np.asarray(image, dtype=np.float32) / 255
    height, width = pixels.shape[:2]
    large = np.zeros((height * network.scale, width * network.scale, 3), np.float32)
    for top, left, bottom, right in tiles(height, width, tiling):
        outer = grown(top, left, bottom, right, tiling.overlap, height, width)
        piece = run(network, pixels[outer[0] : outer[2], outer[1] : outer[3]])
        scale = network.scale
        y, x = (top - outer[0]) * scale, (left - outer[1]) * scale
        inner = piece[y : y + (bottom - top) * scale, x : x + (right - left) * scale]
        large[top * scale : bottom * scale, left * scale : right * scale] = inner
    return Image.fromarray((large.clip(0, 1) * 255).round().astype(np.uint8))


def tiles(height: int, width: int, tiling: Tiling) -> Iterator[tuple[int, int, int, int]]:
    """(top, left, bottom, right) that cover the picture, each pixel once."""
    if not tiling.tile:
        yield 0, 0, height, width
        return
    step = max(1, tiling.tile - 2 * tiling.overlap)
    for row in range(math.ceil(height / step)):
        for column in range(math.ceil(width / step)):
            yield row * step, column * step, min(height, (row + 1) * step), min(width, (column + 1) * step)


def grown(top: int, left: int, bottom: int, right: int, by: int, height: int, width: int) -> tuple[int, int, int, int]:
    return max(0, top - by), max(0, left - by), min(height, bottom + by), min(width, right + by)


def run(network: Any, pixels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """height x width x 3 in 0..1, in and out."""
    import torch

    with torch.inference_mode():
        tensor = torch.from_numpy(np.ascontiguousarray(pixels)).permute(2, 0, 1)[None].to(network.device)
        return network(tensor)[0].permute(1, 2, 0).float().cpu().numpy()
