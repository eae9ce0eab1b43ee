"""Networks merged into a tiny model: every spelling, exact undo, and strength."""

import json

import pytest
import torch

from studio.engine.lora import Merge, merge, read_lora
from studio.engine.lora_keys import original_name
from tests.engine.tiny_models import manager
from tests.engine.tiny_networks import (
    ATTENTION,
    CONVOLUTIONS,
    LAYERS,
    TEXT_LAYERS,
    kohya,
    lora_tensors,
    numbers,
    pair,
    write_network,
)


@pytest.fixture(scope="module")
def loaded(models):
    return manager(models).load("tiny")


@pytest.fixture
def model(loaded):
    with loaded.lock:
        return loaded


def all_weights(model):
    networks = [model.unet, *(encoder.network for encoder in model.encoders)]
    return [weight.clone() for network in networks for weight in network.state_dict().values()]


def weights_of(model, names, part="unet"):
    network = model.unet if part == "unet" else model.encoders[0].network
    modules = {name.removeprefix("text_model."): module for name, module in network.named_modules()}
    return [modules[name.removeprefix("text_model.")].weight.clone() for name in names]


def of(path, text=1.0, unet=1.0, dimension=None):
    return Merge(key=str(path), file=read_lora(path), text_weight=text, unet_weight=unet, dimension=dimension)


def changes(model, path, names, part="unet"):
    """What merging a file adds to some weights; the model is as before then."""
    before = weights_of(model, names, part)
    with model.lock.keeping():
        merge(model, [of(path)])
        after = weights_of(model, names, part)
    with model.lock:
        assert all(torch.equal(one, two) for one, two in zip(before, weights_of(model, names, part), strict=True))
    return [two - one for one, two in zip(before, after, strict=True)]


def expected_change(shape, seed, alpha=2.0, rank=4):
    up, down = pair(shape, rank, seed)
    return alpha / rank * (up.flatten(1) @ down.flatten(1)).reshape(shape)


def check_all_layers(model, path):
    for place, (change, shape) in enumerate(zip(changes(model, path, LAYERS), LAYERS.values(), strict=True)):
        assert torch.allclose(change, expected_change(shape, 10 * place), atol=1e-5)
    for place, (change, shape) in enumerate(
        zip(changes(model, path, TEXT_LAYERS, "text"), TEXT_LAYERS.values(), strict=True)
    ):
        assert torch.allclose(change, expected_change(shape, 10 * place), atol=1e-5)


def respelled(spell_unet, spell_text, ends, has_alpha=True):
    """The same network under other names; `ends` are those of up and down."""
    tensors = {}
    for spell, layers in ((spell_unet, LAYERS), (spell_text, TEXT_LAYERS)):
        for place, (name, shape) in enumerate(layers.items()):
            for end, tensor in zip(ends, pair(shape, 4, 10 * place), strict=True):
                tensors[spell(name) + end] = tensor if has_alpha else tensor * 0.5**0.5
            if has_alpha:
                tensors[f"{spell(name)}.alpha"] = torch.tensor(2.0)
    return tensors


def with_processor(name):
    """Diffusers' first layout: the processor of an attention holds the tensors."""
    attention, _, layer = name.rpartition(".to_")
    return f"unet.{attention}.processor.to_{layer.removesuffix('.0')}_lora" if attention else f"unet.{name}.lora"


SPELLINGS = {
    "kohya": (lambda n: kohya(n), lambda n: kohya(n, "lora_te_"), (".lora_up.weight", ".lora_down.weight")),
    "kohya, original names": (
        lambda n: kohya(original_name(n, 1, {"0": False, "1": True})),
        lambda n: kohya(n, "lora_te_"),
        (".lora_up.weight", ".lora_down.weight"),
    ),
    "diffusers": (
        lambda n: f"unet.{n}",
        lambda n: f"text_encoder.{n}",
        (".lora_B.weight", ".lora_A.weight"),
    ),
    "diffusers, old": (
        lambda n: f"unet.{n}",
        lambda n: f"text_encoder.{n}",
        (".lora_linear_layer.up.weight", ".lora_linear_layer.down.weight"),
    ),
    "attention processors": (
        with_processor,
        lambda n: f"text_encoder.{n}.lora_linear_layer",
        (".up.weight", ".down.weight"),
    ),
    "peft": (
        lambda n: f"base_model.model.{n}",
        lambda n: f"base_model.model.{n}",
        (".lora_B.default.weight", ".lora_A.default.weight"),
    ),
    "original, dotted": (
        lambda n: f"diffusion_model.{original_name(n, 1, {'0': False, '1': True})}",
        lambda n: f"clip_l.transformer.{n}",
        (".lora_up.weight", ".lora_down.weight"),
    ),
    "lycoris": (
        lambda n: kohya(n, "lycoris_"),
        lambda n: kohya(n, "lycoris_"),
        (".lora_up.weight", ".lora_down.weight"),
    ),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_reaches_the_same_layers(model, tmp_path, spelling):
    has_alpha = spelling != "attention processors"
    path = write_network(tmp_path / "a.safetensors", respelled(*SPELLINGS[spelling], has_alpha=has_alpha))
    check_all_layers(model, path)


def test_alphas_of_diffusers_stand_in_the_metadata(model, tmp_path):
    tensors = {name: tensor for name, tensor in respelled(*SPELLINGS["diffusers"]).items() if "alpha" not in name}
    told = {"unet.lora_alpha": 9, "unet.alpha_pattern": dict.fromkeys(LAYERS, 2), "text_encoder.lora_alpha": 2}
    path = write_network(tmp_path / "a.safetensors", tensors, {"lora_adapter_metadata": json.dumps(told)})
    check_all_layers(model, path)


def test_an_alpha_of_each_module_counts_for_that_module(model, tmp_path):
    tensors = lora_tensors()
    names = list(LAYERS)
    for place, name in enumerate(names):
        tensors[f"{kohya(name)}.alpha"] = torch.tensor(float(place + 1))
    path = write_network(tmp_path / "a.safetensors", tensors)
    for place, (change, shape) in enumerate(zip(changes(model, path, names), LAYERS.values(), strict=True)):
        assert torch.allclose(change, expected_change(shape, 10 * place, alpha=place + 1), atol=1e-5)


def test_original_names_are_those_that_diffusers_converts():
    """Diffusers' own converter of checkpoints, at the true layout of SD 1.5 and small widths, is the reference."""
    from diffusers import UNet2DConditionModel
    from diffusers.loaders.single_file_utils import convert_ldm_unet_checkpoint

    with torch.device("meta"):
        unet = UNet2DConditionModel(block_out_channels=(32, 32, 32, 32), cross_attention_dim=8, attention_head_dim=8)
    attention = {"0": False, "1": True, "2": True, "3": True}
    paths = [name for name, module in unet.named_modules() if getattr(module, "weight", None) is not None]
    original = {}
    for place, name in enumerate(paths):
        spelled = original_name(name, 2, attention)
        assert spelled, name
        original[f"model.diffusion_model.{spelled}.weight"] = torch.tensor(float(place))
    original |= {name.replace(".weight", ".bias"): tensor for name, tensor in original.items()}
    converted = convert_ldm_unet_checkpoint(original, config=dict(unet.config))
    for place, name in enumerate(paths):
        assert converted[f"{name}.weight"] == place, name


def test_sdxl_has_two_text_encoders(models, tmp_path):
    model = manager(models).load("xl")
    shape = (32, 32)
    tensors = {}
    for place, prefix in enumerate(("lora_te1_", "lora_te2_")):
        name = kohya("text_model.encoder.layers.1.self_attn.v_proj", prefix)
        for end, tensor in zip((".lora_up.weight", ".lora_down.weight"), pair(shape, 4, place), strict=True):
            tensors[name + end] = tensor
    path = write_network(tmp_path / "a.safetensors", tensors)
    layers = [
        getattr(encoder.network, "text_model", encoder.network).encoder.layers[1].self_attn.v_proj
        for encoder in model.encoders
    ]
    before = [layer.weight.clone() for layer in layers]
    with model.lock.keeping():
        merge(model, [of(path)])
        for place, (layer, own) in enumerate(zip(layers, before, strict=True)):
            up, down = pair(shape, 4, place)
            assert torch.allclose(layer.weight - own, up @ down, atol=1e-5)


EVERY_KIND = {
    "loha": {
        f"{kohya(ATTENTION)}.hada_w{n}_{s}": numbers(*((16, 2) if s == "a" else (2, 32))) for n in (1, 2) for s in "ab"
    },
    "lokr": {f"{kohya(ATTENTION)}.lokr_w1": numbers(4, 4), f"{kohya(ATTENTION)}.lokr_w2": numbers(4, 8)},
    "ia3": {f"{kohya(ATTENTION)}.weight": numbers(16), f"{kohya(ATTENTION)}.on_input": torch.tensor(False)},
    "oft": {f"{kohya(ATTENTION)}.oft_blocks": numbers(4, 4, 4), f"{kohya(ATTENTION)}.alpha": torch.tensor(0.01)},
    "first oft": {f"{kohya('conv_in')}.oft_diag": numbers(2, 8, 8)},
    "boft": {
        f"{kohya('conv_in')}.oft_blocks": numbers(2, 4, 4, 4),
        f"{kohya('conv_in')}.rescale": numbers(16, 1, 1, 1),
    },
    "full": {f"{kohya('conv_in')}.diff": numbers(16, 4, 3, 3), f"{kohya('conv_in')}.diff_b": numbers(16)},
    "norm": {
        f"{kohya('down_blocks.0.resnets.0.norm1')}.w_norm": numbers(16),
        f"{kohya('down_blocks.0.resnets.0.norm1')}.b_norm": numbers(16),
    },
    "convolutions": lora_tensors(CONVOLUTIONS),
    "text": lora_tensors({}, TEXT_LAYERS),
    "lora": lora_tensors(),
}


def test_every_weight_is_bit_for_bit_its_own_again_after_any_networks(model, tmp_path):
    paths = [write_network(tmp_path / f"{kind}.safetensors", tensors) for kind, tensors in EVERY_KIND.items()]
    own = all_weights(model)
    with model.lock.keeping():
        for path in paths:
            assert merge(model, [of(path)])[0].left_out == 0, path.name
            assert any(not torch.equal(one, two) for one, two in zip(own, all_weights(model), strict=True)), path.name
        merge(model, [of(path, text=0.3, unet=-1.7) for path in paths])
        merge(model, [])
        assert all(torch.equal(one, two) for one, two in zip(own, all_weights(model), strict=True))
        merge(model, [of(path) for path in paths])
    with model.lock:  # whoever takes the model like this finds it untouched
        assert all(torch.equal(one, two) for one, two in zip(own, all_weights(model), strict=True))


def test_half_precision_comes_back_exactly_too(models, tmp_path):
    model = manager(models).load("tiny")
    model.unet.to(torch.bfloat16)
    path = write_network(tmp_path / "a.safetensors", lora_tensors())
    own = all_weights(model)
    with model.lock.keeping():
        merge(model, [of(path)])
        assert model.unet.down_blocks[0].attentions[0].transformer_blocks[0].attn2.to_k.weight.dtype is torch.bfloat16
    with model.lock:
        assert all(torch.equal(one, two) for one, two in zip(own, all_weights(model), strict=True))


def test_networks_add_up_and_each_part_has_its_own_strength(model, tmp_path):
    path = write_network(tmp_path / "a.safetensors", lora_tensors(None, TEXT_LAYERS))
    name, text_name = [ATTENTION], list(TEXT_LAYERS)[:1]
    own, own_text = weights_of(model, name)[0], weights_of(model, text_name, "text")[0]
    once, once_text = expected_change((16, 32), 0), expected_change((32, 32), 0)
    with model.lock.keeping():
        merge(model, [of(path, text=0.25, unet=0.5), of(path, text=0.5, unet=1.0)])
        assert torch.allclose(weights_of(model, name)[0] - own, 1.5 * once, atol=1e-5)
        assert torch.allclose(weights_of(model, text_name, "text")[0] - own_text, 0.75 * once_text, atol=1e-5)
        merge(model, [of(path, text=0.0)])
        assert torch.equal(weights_of(model, text_name, "text")[0], own_text)
        merge(model, [of(path, dimension=1)])
        up, down = pair((16, 32), 4, 0)
        assert torch.allclose(weights_of(model, name)[0] - own, 0.5 * up[:, :1] @ down[:1], atol=1e-5)


def test_the_same_networks_are_merged_once(model, tmp_path):
    path = write_network(tmp_path / "a.safetensors", lora_tensors())
    with model.lock.keeping():
        merge(model, [of(path)])
        layer = model.unet.down_blocks[0].attentions[0].transformer_blocks[0].attn2.to_k
        merged = layer.weight.data
    with model.lock.keeping():
        merge(model, [of(path)])
        assert layer.weight.data_ptr() == merged.data_ptr()
        merge(model, [of(path, unet=0.9)])
        assert layer.weight.data_ptr() != merged.data_ptr()


def test_layers_that_the_model_has_not_are_counted(model, tmp_path):
    tensors = lora_tensors({ATTENTION: (16, 32), "down_blocks.7.nothing": (4, 4), "conv_out": (9, 9, 3, 3)})
    path = write_network(tmp_path / "a.safetensors", tensors)
    with model.lock.keeping():
        outcome = merge(model, [of(path)])[0]
    assert (outcome.merged, outcome.left_out) == (1, 2)


def test_a_failure_halfway_leaves_nothing_behind(model, tmp_path, monkeypatch):
    path = write_network(tmp_path / "a.safetensors", lora_tensors())
    own = all_weights(model)
    put, count = model.lock.merging.put, []

    def failing(self, layer, parameter, value):
        count.append(1)
        if len(count) == 3:
            raise torch.OutOfMemoryError
        put(layer, parameter, value)

    monkeypatch.setattr(type(model.lock.merging), "put", failing)
    with model.lock.keeping(), pytest.raises(torch.OutOfMemoryError):
        merge(model, [of(path)])
    assert all(torch.equal(one, two) for one, two in zip(own, all_weights(model), strict=True))
    assert model.lock.merging.count == 0
