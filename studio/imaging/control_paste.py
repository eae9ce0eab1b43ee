"""What inpainting units keep: their picture comes back around their mask. Another way to join them is a branch here."""

from dataclasses import replace

import cv2
import numpy as np
from PIL import Image

from studio.domain.plan import ControlMap, Drawn, Prepared

KEEPING = "inpaint_only"


def keep_around_masks(drawn: Drawn, prepared: Prepared) -> Drawn:
    """With the pictures of the inpaint_only units outside their masks, byte for byte where the soft edge has ended.

    A picture that has a mask of its own is joined by that one alone (features.md 3.8).
    """
    if prepared.plan.mask is not None:
        return drawn
    image = drawn.image
    for control in prepared.controls:
        if control.unit.preprocessor.startswith(KEEPING) and control.mask is not None:
            image = joined(image, control, prepared.plan.settings.control_blur)
    return drawn if image is drawn.image else replace(drawn, image=image)


def joined(image: Image.Image, control: ControlMap, blur: int) -> Image.Image:
    kept = control.hires_image or control.image
    if control.mask is None or kept.size != image.size:
        return image
    return Image.composite(image, kept, soft_edge(control.mask.resize(image.size, Image.Resampling.NEAREST), blur))


def soft_edge(mask: Image.Image, blur: int) -> Image.Image:
    """The mask grown by a box and blurred by one, so that the whole mask is redrawn, and no edge shows."""
    levels = np.asarray(mask.convert("L").point([255 * (value > 127) for value in range(256)]))
    if blur < 1:
        return Image.fromarray(levels)
    grown = cv2.dilate(levels, np.ones((blur, blur), np.uint8))
    return Image.fromarray(np.asarray(cv2.blur(grown, (blur, blur)), np.uint8))
