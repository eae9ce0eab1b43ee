"""What LaMa is given and what is made of it; the network itself is in `test_large_networks.py`."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from studio.controlnet.annotator import Annotator
from studio.controlnet.fill_networks import generators
from studio.controlnet.weight_files import LAMA
from studio.controlnet.weights import Weights, forgetful
from studio.domain.errors import BadRequest, BrokenFile, ModelMissing

NAME = "inpaint_only+lama"


class Green:
    """A network that paints green where it is told to, and remembers what it was given."""

    model = torch.nn.Linear(1, 1)

    def __call__(self, image, mask):
        self.image, self.mask = image, mask
        return image * (1 - mask) + torch.tensor([0.0, 1.0, 0.0])[None, :, None, None] * mask


def weights(folder, keep=forgetful):
    return Weights(folders=(folder,), addresses={LAMA: "https://example.org/lama"}, keep=keep)


@pytest.fixture
def fill(installed, tmp_path):
    """Fills by the green network."""
    (tmp_path / "big-lama.pt").touch()
    network = Green()
    annotator = Annotator(preprocessors=installed, weights=weights(tmp_path, lambda key, load: network))
    return SimpleNamespace(network=network, run=lambda image: np.asarray(annotator.annotate(NAME, image, -1, {})))


def masked(image, box):
    mask = Image.new("L", image.size)
    mask.paste(255, box)
    result = image.copy()
    result.putalpha(mask)
    return result


def test_what_is_masked_is_filled_and_nothing_else(fill, noise):
    found, before = fill.run(masked(noise, (64, 48, 128, 96))), np.asarray(noise)
    assert (found[60:84, 80:112] == (0, 255, 0)).all()
    before, found = before.copy(), found.copy()
    before[48:96, 64:128] = found[48:96, 64:128] = 0
    assert (before == found).all()


def test_the_network_sees_256_pixels_on_the_shorter_side_and_sides_it_can_halve(fill):
    fill.run(masked(Image.new("RGB", (700, 400), "red"), (0, 0, 350, 400)))
    assert fill.network.image.shape == (1, 3, 256, 448)
    assert fill.network.mask.shape == (1, 1, 256, 448)
    assert fill.network.mask.unique().tolist() == [0, 1]
    assert fill.network.mask.mean() == pytest.approx(0.5, abs=0.01)


def test_without_a_mask_it_says_what_to_do(fill, noise):
    with pytest.raises(BadRequest, match="needs a mask"):
        fill.run(noise)


def test_what_is_missing_or_another_file_is_said(installed, tmp_path, noise):
    annotator = Annotator(preprocessors=installed, weights=weights(tmp_path))
    picture = masked(noise, (0, 0, 9, 9))
    with pytest.raises(ModelMissing, match=r"ControlNetLama\.pth.*https://example\.org/lama"):
        annotator.annotate(NAME, picture, -1, {})
    torch.save({"conv.weight": torch.zeros(1)}, tmp_path / LAMA)
    with pytest.raises(BrokenFile, match="other weights than LaMa"):
        annotator.annotate(NAME, picture, -1, {})


@pytest.mark.parametrize(
    ("name", "inner"),
    [
        ("generator.model.1.bn_l.weight", "model.1.bn_l.weight"),
        ("model.generator.model.1.bn_l.weight", "model.1.bn_l.weight"),
        ("model.model.1.bn_l.weight", "model.1.bn_l.weight"),
        ("model.1.bn_l.weight", "model.1.bn_l.weight"),
        ("discriminator.model0.0.weight", ""),
        ("loss_resnet_pl.impl.conv1.weight", ""),
    ],
)
def test_the_generators_layers_are_known_in_every_training_programs_file(name, inner):
    assert generators(name) == inner
