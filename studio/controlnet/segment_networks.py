"""Networks that tell things apart: UperNet by classes, Segment Anything without. Another one is a function here."""

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from studio.controlnet.networks import Network, from_folder, network, package_module
from studio.controlnet.surface_networks import standardised
from studio.controlnet.weight_files import MOBILE_SAM, UPERNET
from studio.controlnet.weights import Weights
from studio.controlnet.working_size import Pixels


@torch.inference_mode()
def upernet(pixels: Pixels, weights: Weights) -> NDArray[np.integer]:
    """Xiao et al., Unified Perceptual Parsing, 2018: the number of each pixel's class in ADE20K."""

    def load(path: str) -> Network:
        from transformers import UperNetForSemanticSegmentation

        return UperNetForSemanticSegmentation.from_pretrained(path, local_files_only=True)

    made = from_folder(weights, UPERNET, load)
    scores = made(pixel_values=standardised(pixels, made)).logits[0].float().cpu().numpy()
    height, width = pixels.shape[:2]
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
