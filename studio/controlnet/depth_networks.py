"""Networks that see how far things are, the larger ones: ZoeDepth and LeReS. Add a function here."""

import contextlib
import io
import math
from typing import Any

import cv2
import numpy as np
import torch

from studio.controlnet.networks import Network, as_tensor, device_of, from_folder, network, package_module
from studio.controlnet.surface_networks import Depth, from_0_to_1
from studio.controlnet.weight_files import LERES, LERES_MERGER, ZOE
from studio.controlnet.weights import Weights
from studio.controlnet.working_size import Pixels

LERES_SIDE = 448
"""What its boosted form sees at once: smaller pictures are enlarged to it."""
NEAREST, FARTHEST = 2, 85
"""Percentiles of ZoeDepth's distances that become white and black: skies leave room for what is near."""


@torch.inference_mode()
def zoe(pixels: Pixels, weights: Weights) -> Depth:
    """Bhat et al., ZoeDepth, 2023; the mean of the picture and of its mirror image."""

    def load(path: str) -> Network:
        from transformers import ZoeDepthForDepthEstimation

        return ZoeDepthForDepthEstimation.from_pretrained(path, local_files_only=True)

    made = from_folder(weights, ZOE, load)
    height, width = pixels.shape[:2]
    down, across = (int(math.sqrt(side / 2) * 3) for side in (height, width))
    wide = np.pad(pixels, ((down, down), (across, across), (0, 0)), mode="reflect")
    seen = as_tensor(cv2.resize(wide, zoe_size(*wide.shape[:2])).astype(np.uint8), made, scale=127.5, shift=-1.0)
    found = made(pixel_values=torch.cat([seen, seen.flip(-1)])).predicted_depth.float()
    mean = ((found[0] + found[1].flip(-1)) / 2).cpu().numpy()
    far = cv2.resize(mean, wide.shape[1::-1])[down : down + height, across : across + width]
    lowest, highest = np.percentile(far, [NEAREST, FARTHEST])
    return np.asarray(1 - (far - lowest) / max(highest - lowest, 1e-12), np.float32).clip(0, 1)


def zoe_size(height: int, width: int) -> tuple[int, int]:
    """(width, height): multiples of 32, one side near the 384x512 of its training, whichever changes less."""
    scales = (384 / height, 512 / width)
    scale = min(scales, key=lambda each: abs(1 - each))
    across, down = (max(32, round(side * scale / 32) * 32) for side in (width, height))
    return across, down


@torch.inference_mode()
def leres(pixels: Pixels, weights: Weights, *, is_boosted: bool) -> Depth:
    """Yin et al., Learning to Recover 3D Scene Shape from a Single Image, 2021.

    `is_boosted`: put together of estimates at several sizes (Miangoleh et al., Boosting Monocular Depth, 2021).
    """
    package = package_module("controlnet_aux.leres.leres.depthmap")
    build = package_module("controlnet_aux.leres.leres.multi_depth_model_woauxi").RelDepthModel
    made = network(weights, LERES, lambda: build(backbone="resnext101"), plain_name)
    height, width = pixels.shape[:2]
    seen = np.ascontiguousarray(pixels[:, :, ::-1] / 255)  # the package turns the colours round
    if not is_boosted:
        return 1 - from_0_to_1(package.estimateleres(seen, made, width, height))
    scale = max(1.0, LERES_SIDE / min(height, width))
    seen = cv2.resize(seen, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_CUBIC)
    with contextlib.redirect_stdout(io.StringIO()):  # it tells of every patch
        found = package.estimateboost(seen, made, 0, merger(weights), max(seen.shape[:2]))
    return 1 - from_0_to_1(cv2.resize(found, (width, height), interpolation=cv2.INTER_AREA))


def plain_name(name: str) -> str:
    """The file holds other things too, and comes from training on several cards."""
    return name.removeprefix("depth_model.").removeprefix("module.")


class Merger:
    """The network that joins two estimates, as the package calls it."""

    def __init__(self, made: Network) -> None:
        self._made, self._pair = made, torch.empty(0)

    def set_input(self, outer: Any, inner: Any) -> None:
        both = np.stack([from_0_to_1(np.asarray(each, np.float32)) for each in (outer, inner)])
        self._pair = torch.from_numpy(both * 2 - 1)[None].to(device_of(self._made))

    def test(self) -> None:
        """The work is done when somebody asks for what it gives."""

    def get_current_visuals(self) -> dict[str, torch.Tensor]:
        return {"fake_B": self._made(self._pair)}


def merger(weights: Weights) -> Merger:
    package = package_module("controlnet_aux.leres.pix2pix.models.networks")
    build = lambda: package.UnetGenerator(2, 1, 10, 64, norm_layer=package.get_norm_layer("none"))  # noqa: E731
    return Merger(network(weights, LERES_MERGER, build))


def near_of(depth: Depth, near: float, background: float) -> Pixels:
    """Grey, near is white; the nearest `near` percent of the range become white, the farthest `background` black."""
    far = ((1 - depth) * 255).astype(np.uint8)
    far[far <= near / 100 * 255] = 0
    result = 255 - far
    result[result <= background / 100 * 255] = 0
    return result
