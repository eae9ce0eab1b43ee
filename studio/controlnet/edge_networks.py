"""Networks that find edges and lines: HED, PiDiNet, TEED, line drawings. Another one is a function that gives `Edges`.

The networks come from the package controlnet_aux; each function says what its weight file is called.
"""

import functools

import cv2
import numpy as np
import torch

from studio.controlnet.networks import Network, as_tensor, network, package_module
from studio.controlnet.strokes import Edges
from studio.controlnet.weight_files import HED, LINEART_ANIME, MLSD, PIDINET, TEED
from studio.controlnet.weights import Weights
from studio.controlnet.working_size import Pixels


def without_module(name: str) -> str:
    """Weights that were saved while training on several cards."""
    return name.removeprefix("module.")


def averaged(layers: list[Network], height: int, width: int) -> Edges:
    """The sigmoid of the mean of maps of several sizes."""
    maps = [np.asarray(layer.detach().float().cpu().numpy()[0, 0], np.float32) for layer in layers]
    sized = [np.asarray(cv2.resize(each, (width, height), interpolation=cv2.INTER_LINEAR)) for each in maps]
    return np.asarray(1 / (1 + np.exp(-np.mean(sized, axis=0).astype(np.float64))), np.float32)


@torch.inference_mode()
def hed(pixels: Pixels, weights: Weights) -> Edges:
    """Xie and Tu, Holistically-Nested Edge Detection, 2015."""
    made = network(weights, HED, lambda: package_module("controlnet_aux.hed").ControlNetHED_Apache2())
    return averaged(list(made(as_tensor(pixels, made))), *pixels.shape[:2])


@torch.inference_mode()
def pidinet(pixels: Pixels, weights: Weights) -> Edges:
    """Su et al., Pixel Difference Networks for Efficient Edge Detection, 2021."""
    build = lambda: package_module("controlnet_aux.pidi.model").pidinet()  # noqa: E731
    made = network(weights, PIDINET, build, without_module)
    blue_first = np.ascontiguousarray(pixels[:, :, ::-1])
    found = made(as_tensor(blue_first, made, scale=255))[-1]
    return np.asarray(found[0, 0].float().cpu().numpy(), np.float32)


@torch.inference_mode()
def teed(pixels: Pixels, weights: Weights, file: str = TEED) -> Edges:
    """Soria et al., Tiny and Efficient Model for the Edge Detection Generalization, 2023."""
    made = network(weights, file, lambda: package_module("controlnet_aux.teed.ted").TED())
    return averaged(list(made(as_tensor(pixels, made))), *pixels.shape[:2])


@torch.inference_mode()
def line_drawing(pixels: Pixels, weights: Weights, file: str) -> Edges:
    """Chan et al., Learning to generate line drawings, 2022; the network draws black on white."""
    made = network(weights, file, lambda: package_module("controlnet_aux.lineart").Generator(3, 1, 3))
    paper = made(as_tensor(pixels, made, scale=255))[0][0]
    return 1 - np.asarray(paper.float().cpu().numpy(), np.float32).clip(0, 1)


@torch.inference_mode()
def anime_drawing(pixels: Pixels, weights: Weights) -> Edges:
    """Anime2Sketch (Xiang, 2021); sides are brought to multiples of 256 for its eight halvings."""
    module = package_module("controlnet_aux.lineart_anime")

    def build() -> Network:
        norm = functools.partial(torch.nn.InstanceNorm2d, affine=False, track_running_stats=False)
        return module.UnetGenerator(3, 1, 8, 64, norm_layer=norm, use_dropout=False)

    made = network(weights, LINEART_ANIME, build, without_module)
    height, width = pixels.shape[:2]
    size = (-(-width // 256) * 256, -(-height // 256) * 256)
    resized = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    paper = made(as_tensor(resized, made, scale=127.5, shift=-1.0))[0, 0] / 2 + 0.5
    sized = cv2.resize(paper.float().cpu().numpy(), (width, height), interpolation=cv2.INTER_CUBIC)
    return 1 - np.asarray(sized, np.float32).clip(0, 1)


@torch.inference_mode()
def straight_lines(pixels: Pixels, weights: Weights, threshold: float, distance: float) -> Pixels:
    """Gu et al., Towards Real-time Light-weight Line Segment Detection (M-LSD), 2021. White lines, one pixel wide."""
    made = network(weights, MLSD, package_module("controlnet_aux.mlsd").MobileV2_MLSD_Large)
    height, width = pixels.shape[:2]
    result = np.zeros((height, width), np.uint8)
    try:
        lines = package_module("controlnet_aux.mlsd.utils").pred_lines(
            pixels, made, [height, width], threshold, distance
        )
    except IndexError:  # the package cannot say "no lines"
        return result
    for left, top, right, bottom in lines.astype(int).tolist():
        cv2.line(result, (left, top), (right, bottom), 255, 1)
    return result
