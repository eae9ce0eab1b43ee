"""Checkpoints in one file, with the true names of their tensors at small widths: every family and layout."""

import pytest
import torch

from studio.domain.errors import BrokenFile, ModelMissing
from studio.engine.models import Model
from tests.engine.original_layout import make_networks, single_file, write
from tests.engine.tiny_models import manager


def load(path) -> Model:
    return manager(path.parent).load(path.stem)


@pytest.fixture(scope="module", params=["sd1", "sd2", "sdxl", "refiner"])
def family(request):
    torch.manual_seed(1)
    networks = make_networks(request.param)
    return request.param, networks, single_file(request.param, networks)


def assert_equal(network, expected, tokens=None):
    state = {name.removeprefix("text_model."): each for name, each in network.state_dict().items()}
    for name, tensor in expected.state_dict().items():
        name = name.removeprefix("text_model.")
        assert torch.equal(state[name].squeeze(), tensor.squeeze()), name


@pytest.mark.parametrize("suffix", [".safetensors", ".ckpt"])
def test_every_weight_arrives_bit_for_bit(tmp_path, family, suffix):
    name, networks, tensors = family
    model = load(write(tmp_path / f"x{suffix}", tensors))
    assert model.architecture == name
    assert_equal(model.unet, networks["unet"])
    assert_equal(model.vae, networks["vae"])
    built = [encoder.network for encoder in model.encoders]
    for encoder, expected in zip(built, [networks[k] for k in networks if k.startswith("text")], strict=True):
        assert_equal(encoder, expected)


def test_the_networks_answer_as_the_ones_they_were_made_of(tmp_path, family):
    """So the configurations in `configs/`, and not only the weights, are right."""
    name, networks, tensors = family
    model = load(write(tmp_path / "x.safetensors", tensors))
    x, text = torch.randn(1, 4, 8, 8), torch.randn(1, 77, networks["unet"].config.cross_attention_dim)
    added = None
    if name in ("sdxl", "refiner"):
        added = {"text_embeds": torch.randn(1, 64), "time_ids": torch.ones(1, 6 if name == "sdxl" else 5)}
    tokens = torch.arange(77)[None]
    with torch.no_grad():
        one, other = (
            unet(x, torch.tensor(500), encoder_hidden_states=text, added_cond_kwargs=added).sample
            for unet in (model.unet, networks["unet"])
        )
        assert torch.allclose(one, other, atol=1e-4)
        assert torch.allclose(model.vae.decode(x).sample, networks["vae"].decode(x).sample, atol=1e-4)
        for encoder, expected in zip(
            model.encoders, [networks[k] for k in networks if k.startswith("text")], strict=True
        ):
            assert torch.allclose(encoder.network(tokens)[0], expected(tokens)[0], atol=1e-6)


@pytest.fixture(scope="module")
def sd1():
    torch.manual_seed(2)
    return single_file("sd1", make_networks("sd1"))


def test_a_nine_channel_file_loads_with_its_channels(tmp_path):
    networks = make_networks("sd1", in_channels=9)
    assert load(write(tmp_path / "x.safetensors", single_file("sd1", networks))).in_channels == 9


def test_old_names_of_the_text_encoder_are_understood(tmp_path, sd1):
    old = {name.replace("transformer.text_model.", "transformer."): tensor for name, tensor in sd1.items()}
    one, other = load(write(tmp_path / "old.safetensors", old)), load(write(tmp_path / "new.safetensors", sd1))
    assert_equal(one.encoders[0].network, other.encoders[0].network)


def test_what_training_left_in_the_file_is_ignored(tmp_path, sd1):
    extra = {
        "model_ema.diffusion_modelinput_blocks00weight": torch.zeros(3),
        "betas": torch.zeros(1000),
        "first_stage_model.loss.logvar": torch.zeros(1),
        "cond_stage_model.transformer.text_model.embeddings.position_ids": torch.arange(77)[None],
    }
    assert load(write(tmp_path / "x.safetensors", sd1 | extra)).architecture == "sd1"


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float8_e4m3fn])
def test_smaller_floats_are_cast_to_the_devices_own(tmp_path, sd1, dtype):
    model = load(write(tmp_path / "x.safetensors", {name: tensor.to(dtype) for name, tensor in sd1.items()}))
    assert next(model.unet.parameters()).dtype == torch.float32


def test_a_missing_weight_is_named(tmp_path, sd1):
    lost = "model.diffusion_model.middle_block.0.in_layers.2.weight"
    tensors = {name: tensor for name, tensor in sd1.items() if name != lost}
    with pytest.raises(BrokenFile, match=r"lacks 1 weights of the unet, such as mid_block.resnets.0.conv1.weight"):
        load(write(tmp_path / "x.safetensors", tensors))


@pytest.mark.parametrize(("prefix", "part"), [("first_stage_model.", "VAE"), ("cond_stage_model.", "text encoder")])
def test_a_missing_part_is_named(tmp_path, sd1, prefix, part):
    tensors = {name: tensor for name, tensor in sd1.items() if not name.startswith(prefix)}
    with pytest.raises(ModelMissing, match=part):
        load(write(tmp_path / "x.safetensors", tensors))


@pytest.mark.parametrize("content", [b"", b"<html>", b"\x00" * 100])
def test_a_wrong_file_is_refused_before_memory_is_spent(tmp_path, content):
    (tmp_path / "x.safetensors").write_bytes(content)
    with pytest.raises(BrokenFile):
        load(tmp_path / "x.safetensors")


@pytest.mark.parametrize(("answer", "prediction"), [(-2.0, "v"), (0.5, "epsilon")])
def test_sd2s_prediction_is_told_by_its_answer(tmp_path, answer, prediction):
    """Nothing in the file says it: the last layer's bias makes a network that answers so."""
    torch.manual_seed(3)
    networks = make_networks("sd2")
    torch.nn.init.zeros_(networks["unet"].conv_out.weight)
    torch.nn.init.constant_(networks["unet"].conv_out.bias, answer)
    assert load(write(tmp_path / "x.safetensors", single_file("sd2", networks))).checkpoint.prediction == prediction
