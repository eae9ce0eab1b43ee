"""Weight files' names and shapes, against diffusers' own converter and configuration."""

import pytest
import torch

from studio.engine.control_layout import config_of, in_diffusers_layout
from tests.engine.tiny_controlnets import CONTROL, authors_names, tiny_controlnet

XL = {
    "block_out_channels": [32, 64, 64],
    "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
    "transformer_layers_per_block": [1, 1, 2],
    "attention_head_dim": [1, 1, 1],
    "use_linear_projection": True,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": 1536 + 64,
}


@pytest.mark.parametrize("changes", [{}, XL], ids=["sd1", "sdxl"])
@pytest.mark.parametrize("prefix", ["", "control_model."])
def test_the_authors_names_become_diffusers(changes, prefix):
    network = tiny_controlnet(**changes)
    state = {f"{prefix}{name}": tensor for name, tensor in authors_names(network).items()}
    state["difference"] = torch.zeros(0)
    found = in_diffusers_layout(state)
    assert found.keys() == network.state_dict().keys()
    assert all(torch.equal(found[name], tensor) for name, tensor in network.state_dict().items())


def test_the_authors_names_are_those_that_diffusers_converter_knows():
    """So that the names in these tests are the true ones."""
    from diffusers.loaders.single_file_utils import convert_controlnet_checkpoint

    network = tiny_controlnet()
    found = convert_controlnet_checkpoint(authors_names(network), network.config)
    assert found.keys() == network.state_dict().keys()
    assert all(torch.equal(found[name], tensor) for name, tensor in network.state_dict().items())


@pytest.mark.parametrize("changes", [{}, {"layers_per_block": 1}, {"conditioning_channels": 4}, XL])
def test_the_shape_is_read_from_the_weights(changes):
    network = tiny_controlnet(**changes)
    found = config_of(network.state_dict())
    expected = {**CONTROL, **changes}
    assert tuple(found["conditioning_embedding_out_channels"]) == tuple(expected["conditioning_embedding_out_channels"])
    rebuilt = type(network).from_config(found)
    assert {name: tensor.shape for name, tensor in rebuilt.state_dict().items()} == {
        name: tensor.shape for name, tensor in network.state_dict().items()
    }
    for name in ("attention_head_dim", "use_linear_projection", "addition_embed_type"):
        wanted = expected.get(name, {"use_linear_projection": False}.get(name))
        assert found.get(name) == wanted, name


def test_names_in_diffusers_layout_stay():
    state = tiny_controlnet().state_dict()
    assert in_diffusers_layout(state).keys() == state.keys()
