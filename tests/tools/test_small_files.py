"""Files beside the base: kohya's and A1111's layouts, and what they add is what training added."""

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn.utils import parametrize

from studio.catalog.networks import read_metadata
from studio.engine.lora import read_lora
from studio.engine.lora_modules import weight_change
from tools.demo_model.networks import make_unet
from tools.demo_model.score import fresh_scenes
from tools.demo_model.stage_small import (
    MARKS,
    SMALL,
    HadamardProduct,
    Product,
    Rows,
    inner_layers,
    write_small,
)
from tools.demo_model.styles import as_blueprint, is_blueprint
from tools.demo_model.world import render


@pytest.mark.parametrize("kind", [Product, HadamardProduct])
def test_a_written_network_adds_to_a_layer_what_training_added(kind: type, tmp_path: Path):
    torch.manual_seed(1)
    unet, added, grown = make_unet(), {}, {}
    for name, layer in inner_layers(unet):
        added[name] = kind(layer.weight)
        for parameter in added[name].parameters():
            torch.nn.init.normal_(parameter, std=0.1)
        grown[name.replace(".", "_")] = (layer.weight.detach(), added[name](layer.weight).detach())
    file = read_lora(write_small("made", added, tmp_path))
    assert {name for _, name in file.modules} == set(grown)
    assert {part for part, _ in file.modules} == {"unet"}
    for (_, name), roles in file.modules.items():
        weight, wanted = grown[name]
        change = weight_change({role: tensor.float() for role, tensor in roles.items()}, weight)
        assert change is not None
        assert torch.allclose(weight + change, wanted, atol=2e-3)
    assert read_metadata(tmp_path / "lora" / "made.safetensors")["ss_base_model_version"] == "sd_v1"


def test_an_inversion_replaces_the_rows_of_its_marks_alone():
    embedding = torch.nn.Embedding(49408, 8)
    before, rows = embedding.weight.detach().clone(), Rows(embedding.weight)
    parametrize.register_parametrization(embedding, "weight", rows)
    changed = (embedding.weight != before).any(1).nonzero()[:, 0]
    assert sorted(changed.tolist()) == sorted(rows.places.tolist())
    assert len(changed) == len(MARKS)


@pytest.mark.parametrize("name", SMALL)
def test_every_file_is_taught_pictures_with_words(name: str):
    rng = random.Random(1)
    examples = [SMALL[name].draw(rng) for _ in range(6)]
    assert {example.picture.shape for example in examples} == {(256, 256, 3)}
    assert sum(bool(example.words) for example in examples) >= 4


def test_the_overfit_character_is_taught_six_pictures_only():
    rng = random.Random(1)
    assert len({SMALL["rolf"].draw(rng).picture.tobytes() for _ in range(60)}) == 6
    assert len({SMALL["mia"].draw(rng).picture.tobytes() for _ in range(60)}) == 60


def test_a_blueprint_is_told_from_the_worlds_own_colours():
    pictures = [render(scene, 128, 128).image for scene in fresh_scenes(40, 5, 0.4)]
    assert not any(is_blueprint(picture) for picture in pictures)
    assert all(is_blueprint(as_blueprint(picture)) for picture in pictures)
    assert as_blueprint(pictures[0]).dtype == np.uint8
