"""Networks that see how far and how inclined things are: MiDaS, Depth Anything, NormalBae. Add a function here."""

import types
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from studio.controlnet.networks import Network, as_tensor, device_of, from_folder, network, package_module
from studio.controlnet.weight_files import MIDAS, NORMAL_BAE
from studio.controlnet.weights import Weights
from studio.controlnet.working_size import Pixels

Depth = NDArray[np.float32]
"""Height x width, 0..1, near is 1."""

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet's pictures, which many networks were trained on."""
STEEPNESS = 2 * np.pi


def from_0_to_1(depth: Depth) -> Depth:
    lowest, highest = float(depth.min()), float(depth.max())
    return np.asarray((depth - lowest) / max(highest - lowest, 1e-12), np.float32)


@torch.inference_mode()
def midas(pixels: Pixels, weights: Weights) -> Depth:
    """Ranftl et al., Vision Transformers for Dense Prediction (DPT hybrid), 2021: inverse depth, not scaled."""

    def build() -> Network:
        shape: dict[str, Any] = {"path": None, "backbone": "vitb_rn50_384", "non_negative": True}
        return package_module("controlnet_aux.midas.midas.dpt_depth").DPTDepthModel(**shape)

    made = network(weights, MIDAS, build)
    found = made(as_tensor(pixels, made, scale=127.5, shift=-1.0))[0]
    return np.asarray(found.float().cpu().numpy(), np.float32)


def normals_of(depth: Depth, background: float) -> Pixels:
    """RGB normals (x left, y up, z towards us) of a depth; what lies farther than `background` (0..1) is flat."""
    across = np.asarray(cv2.Sobel(depth, cv2.CV_32F, 1, 0, ksize=3), np.float32)
    down = np.asarray(cv2.Sobel(depth, cv2.CV_32F, 0, 1, ksize=3), np.float32)
    is_far = from_0_to_1(depth) < background
    across[is_far] = down[is_far] = 0
    normal = np.stack([across, down, np.full_like(across, STEEPNESS)], axis=2)
    normal /= np.linalg.norm(normal, axis=2, keepdims=True)
    return (normal * 127.5 + 127.5).clip(0, 255).astype(np.uint8)


@torch.inference_mode()
def normal_bae(pixels: Pixels, weights: Weights) -> Pixels:
    """Bae et al., Estimating and Exploiting the Aleatoric Uncertainty in Surface Normal Estimation, 2021."""

    def build() -> Network:
        options = types.SimpleNamespace(
            mode="client", architecture="BN", pretrained="scannet", sampling_ratio=0.4, importance_ratio=0.7
        )
        return package_module("controlnet_aux.normalbae.nets.NNET").NNET(options)

    made = network(weights, NORMAL_BAE, build, lambda name: name.removeprefix("model.").removeprefix("module."))
    normal = made(standardised(pixels, made))[0][-1][0, :3]
    return ((normal.float().cpu().numpy().transpose(1, 2, 0) + 1) * 127.5).clip(0, 255).astype(np.uint8)


@torch.inference_mode()
def depth_anything(pixels: Pixels, weights: Weights, folder: str) -> Depth:
    """Yang et al., Depth Anything, 2024, and its version 2; sides are multiples of its patches' 14 pixels."""

    def load(path: str) -> Network:
        from transformers import DepthAnythingForDepthEstimation

        return DepthAnythingForDepthEstimation.from_pretrained(path, local_files_only=True)

    made = from_folder(weights, folder, load)
    height, width = pixels.shape[:2]
    size = (max(14, round(width / 14) * 14), max(14, round(height / 14) * 14))
    resized = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    found = made(pixel_values=standardised(resized, made)).predicted_depth[0]
    sized = cv2.resize(found.float().cpu().numpy(), (width, height), interpolation=cv2.INTER_CUBIC)
    return from_0_to_1(np.asarray(sized, np.float32))


def standardised(pixels: Pixels, made: Network) -> torch.Tensor:
    """By ImageNet's mean and deviation."""
    mean, deviation = (torch.tensor(each, device=device_of(made))[None, :, None, None] for each in (MEAN, DEVIATION))
    return (as_tensor(pixels, made, scale=255) - mean) / deviation
