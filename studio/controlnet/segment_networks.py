"""Networks that tell things apart: UperNet and OneFormer by classes, Segment Anything without. Add a function here."""

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from studio.controlnet.networks import Network, device_of, from_folder, network, package_module
from studio.controlnet.surface_networks import standardised
from studio.controlnet.weight_files import MOBILE_SAM, UPERNET
from studio.controlnet.weights import Weights
from studio.controlnet.working_size import Pixels, scaled_to

ONEFORMER_SIDE = 640
"""Of the shorter side, at which it was trained."""
TASK = (49406, 518, 10549, 533, 29119, 1550, 49407)
""""the task is semantic", in CLIP's numbers; zeros follow."""
TASK_LENGTH = 77


@torch.inference_mode()
def upernet(pixels: Pixels, weights: Weights) -> NDArray[np.integer]:
    """Xiao et al., Unified Perceptual Parsing, 2018: the number of each pixel's class in ADE20K."""

    def load(path: str) -> Network:
        from transformers import UperNetForSemanticSegmentation

        return UperNetForSemanticSegmentation.from_pretrained(path, local_files_only=True)

    made = from_folder(weights, UPERNET, load)
    scores = made(pixel_values=standardised(pixels, made)).logits[0].float().cpu().numpy()
    return strongest(scores, *pixels.shape[:2])


@torch.inference_mode()
def oneformer(pixels: Pixels, weights: Weights, folder: str) -> NDArray[np.integer]:
    """Jain et al., OneFormer, 2023: the number of each pixel's class."""

    def load(path: str) -> Network:
        from transformers import OneFormerForUniversalSegmentation

        return OneFormerForUniversalSegmentation.from_pretrained(path, local_files_only=True)

    made = from_folder(weights, folder, load)
    task = torch.zeros(1, TASK_LENGTH, dtype=torch.long, device=device_of(made))
    task[0, : len(TASK)] = torch.tensor(TASK)
    found = made(pixel_values=standardised(scaled_to(pixels, ONEFORMER_SIDE), made), task_inputs=task)
    classes = found.class_queries_logits[0].float().softmax(dim=-1)[:, :-1]  # the last one is "nothing"
    scores = torch.einsum("qc,qhw->chw", classes, found.masks_queries_logits[0].float().sigmoid()).cpu().numpy()
    return strongest(scores, *pixels.shape[:2])


def strongest(scores: NDArray[np.float32], height: int, width: int) -> NDArray[np.integer]:
    """The number of the class (classes x ...) with the highest score, at another size."""
    sized = [cv2.resize(each, (width, height), interpolation=cv2.INTER_LINEAR) for each in scores]
    return np.argmax(sized, axis=0)


@torch.inference_mode()
def segment_anything(pixels: Pixels, weights: Weights) -> Pixels:
    """Kirillov et al., 2023, in its small form (MobileSAM): large things first, each in a colour of its own."""
    package = package_module("controlnet_aux.segment_anything")
    build = package.sam_model_registry["vit_t"]
    made = network(weights, MOBILE_SAM, lambda: build(checkpoint=None))
    found = package.SamAutomaticMaskGenerator(made).generate(pixels)
    colours = np.random.default_rng(0)  # the same picture gets the same colours every time
    result = np.zeros_like(pixels)
    for each in sorted(found, key=lambda mask: -int(mask["area"])):
        result[each["segmentation"]] = colours.integers(32, 256, 3)
    return result
