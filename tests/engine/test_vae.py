"""Pictures to latents and back; what happens when the numbers run away."""

import pytest
import torch

from studio.domain.errors import NotANumber
from studio.engine.vae import decode, encode, to_image, to_tensor
from tests.engine.tiny_models import manager, picture


@pytest.fixture
def model(models):
    """Its own, as the tests break it."""
    return manager(models).load("tiny")


def test_pixels_survive_the_way_to_a_tensor_and_back():
    assert to_image(to_tensor(picture())[0]).tobytes() == picture().tobytes()


def test_a_picture_is_encoded_to_the_mean_so_that_it_is_always_the_same(model):
    pixels = to_tensor(picture())
    latent = encode(model, pixels)
    expected = model.vae.encode(pixels).latent_dist.mean * model.vae.config.scaling_factor
    assert torch.equal(latent, expected)
    assert latent.shape == (1, 4, 8, 8)


def fail_below(vae, dtype):
    """As a half precision overflow: NaN unless the VAE runs in `dtype`."""

    def answer(module, inputs, output):
        return output if next(module.parameters()).dtype == dtype else output * float("nan")

    return vae.decoder.register_forward_hook(answer)


def test_nan_in_half_precision_is_retried_in_float32_and_undone(model):
    latents = torch.randn(1, 4, 8, 8)
    expected = decode(model, latents)[0]
    fail_below(model.vae, torch.float32)
    model.vae.to(torch.bfloat16)
    again = decode(model, latents)[0]
    assert next(model.vae.parameters()).dtype == torch.bfloat16
    assert abs(to_tensor(again) - to_tensor(expected)).mean() < 0.05


def test_nan_in_float32_is_told(model):
    fail_below(model.vae, torch.float64)
    with pytest.raises(NotANumber, match="VAE"):
        decode(model, torch.randn(1, 4, 8, 8))


def test_a_network_that_answers_nan_is_told_apart(model):
    with pytest.raises(NotANumber, match="--no-half"):
        decode(model, torch.full((1, 4, 8, 8), float("nan")))
