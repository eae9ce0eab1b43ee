"""Selecting a thing in a picture from a box around it. Another way of selecting is another function here."""

import numpy as np
from PIL import Image

from studio.domain.errors import BadRequest
from studio.domain.geometry import Box, Size
from studio.imaging.load import flattened

LONGEST_SIDE = 1024  # GrabCut works on the picture scaled down to this: its time grows with the pixels
ROUNDS = 5
LEAST_SIDE = 3


def select_in_box(picture: Image.Image, box: Box) -> Image.Image:
    """L of the picture's size: white on the thing that fills most of the box, black around it.

    GrabCut (Rother, Kolmogorov, Blake: "GrabCut", SIGGRAPH 2004): colour models of inside and outside are fitted in
    turns, the border between them is cut where the picture has edges. Nothing outside the box is ever selected.
    Raises BadRequest for a box of less than 3 pixels within the picture.
    """
    import cv2

    box = Box(max(0, box.left), max(0, box.top), min(picture.width, box.right), min(picture.height, box.bottom))
    if min(box.size) < LEAST_SIDE:
        raise BadRequest("Draw the box around something in the picture, at least 3 pixels wide and high", field="box")
    scale = min(1.0, LONGEST_SIDE / max(picture.size))
    small = Size(*(max(1, round(side * scale)) for side in picture.size))
    shown = np.asarray(flattened(picture, "#808080").resize(small, Image.Resampling.BOX))
    left, top, right, bottom = (round(edge * scale) for edge in box)
    labels = np.full(shown.shape[:2], cv2.GC_BGD, np.uint8)
    labels[top : max(bottom, top + 1), left : max(right, left + 1)] = cv2.GC_PR_FGD
    if (labels == cv2.GC_BGD).any():  # with the box around everything there is no outside to learn from
        cv2.setRNGSeed(0)  # the same box selects the same pixels every time
        models = np.zeros((1, 65)), np.zeros((1, 65))
        cv2.grabCut(
            np.ascontiguousarray(shown[..., ::-1]), labels, (0, 0, 0, 0), *models, ROUNDS, cv2.GC_INIT_WITH_MASK
        )
    inside = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8) * 255
    enlarged = Image.fromarray(inside).resize(picture.size, Image.Resampling.BILINEAR)
    sharp = enlarged.point([0] * 128 + [255] * 128)
    selected = Image.new("L", picture.size, 0)
    selected.paste(sharp.crop(box), box[:2])
    return selected
