"""A latent's small picture shows what the latent holds."""

import numpy as np
import torch
from PIL import Image

from studio.engine.previews import colour_map, fitted, preview
from studio.engine.vae import encode, to_tensor
from tests.engine.tiny_models import shared_manager


def test_the_fit_is_the_vaes_own_and_repeats(models):
    model = shared_manager(models).load("tiny")
    assert torch.equal(fitted(model), fitted(model))
    assert torch.equal(colour_map(model), fitted(model))


def test_a_preview_has_the_pictures_size_and_tells_its_colours(models):
    model = shared_manager(models).load("tiny")
    colours = colour_map(model)
    shown = [
        preview(encode(model, to_tensor(Image.new("RGB", (64, 32), name)))[0], colours) for name in ("white", "black")
    ]
    assert [image.size for image in shown] == [(64, 32)] * 2
    bright, dark = (np.asarray(image).mean() for image in shown)
    assert bright > dark
