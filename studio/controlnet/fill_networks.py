"""Networks that fill what is masked out of a picture: LaMa. Another one is a function here."""

from typing import Any

import cv2
import numpy as np
import torch

from studio.controlnet.networks import Network, as_tensor, device_of, package_module
from studio.controlnet.weight_files import LAMA
from studio.controlnet.weights import Weights
from studio.controlnet.working_size import Pixels, padded, scaled_to
from studio.devices.weights import read_weights
from studio.domain.errors import BrokenFile

SIDE = 256
"""Of the pictures that LaMa was trained on: there it sees the whole of what surrounds a mask."""
PREFIXES = ("model.generator.", "generator.", "model.")
"""What the generator's layers are called in files of training programs, and without them."""


@torch.inference_mode()
def lama(pixels: Pixels, mask: Pixels, weights: Weights) -> Pixels:
    """Suvorov et al., Resolution-robust Large Mask Inpainting with Fourier Convolutions, 2021.

    `mask`: height x width, 255 is filled, 0 stays as it is to the byte, grey is mixed. Raises ModelMissing, BrokenFile.
    """
    made = generator(weights)
    small, hidden = padded(scaled_to(pixels, SIDE)), padded(scaled_to(mask, SIDE))
    marked = torch.from_numpy(np.asarray(hidden > 127, np.float32))[None, None].to(device_of(made.model))
    found = made(as_tensor(small, made.model, scale=255), marked)[0].permute(1, 2, 0).float().cpu().numpy()
    height, width = scaled_to(mask, SIDE).shape
    filled = cv2.resize(found[:height, :width], pixels.shape[1::-1], interpolation=cv2.INTER_LINEAR) * 255
    share = mask[:, :, None].astype(np.float32) / 255
    return (filled * share + pixels * (1 - share)).round().clip(0, 255).astype(np.uint8)


def generator(weights: Weights) -> Any:
    """spandrel's description of the network, ready to run."""
    path = weights.path(LAMA)

    def load(device: Any) -> Network:
        spandrel = package_module("spandrel")
        state = {f"generator.{inner}": each for name, each in read_weights(path, torch.float32).items()
                 if (inner := generators(name))}  # fmt: skip
        try:
            found = spandrel.ModelLoader().load_from_state_dict(state)
        except (spandrel.UnsupportedModelError, RuntimeError, KeyError) as error:
            message = f"{path.name} holds other weights than LaMa's. Download it again"
            raise BrokenFile(message, file=path.name) from error
        return found.eval().to(device, torch.float32)

    return weights.network(f"{path}|{path.stat().st_mtime_ns}", load)


def generators(name: str) -> str:
    """ "model.1.bn_l.weight" of every way to write it; empty for what is no part of the generator."""
    prefix = next((each for each in PREFIXES if name.startswith(f"{each}model.")), "")
    inner = name.removeprefix(prefix)
    return inner if inner.startswith("model.") else ""
