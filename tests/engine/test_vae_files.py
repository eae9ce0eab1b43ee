"""VAE files in the place of a checkpoint's own: found, loaded from every layout, named in the infotext."""

from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file

from studio.catalog.hashes import Hashes, sha256_of
from studio.catalog.networks import NetworkFolders, Networks
from studio.domain.errors import IncompatibleModel, UnknownName
from studio.domain.settings import Settings
from studio.engine.denoising_engine import DenoisingEngine
from tests.engine.tiny_models import VAE, Watching, manager, picture, plan_of, prepared, samplers, upscale
from tests.engine.tiny_networks import numbers, write_network


def original_name(name):
    """A VAE's tensor in the layout of the original programs."""
    for half, order in (("encoder", "down"), ("decoder", "up")):
        for level in range(4):
            place = level if half == "encoder" else 3 - level
            name = name.replace(f"{half}.{order}_blocks.{level}.resnets", f"{half}.{order}.{place}.block")
            name = name.replace(f"{half}.{order}_blocks.{level}.downsamplers.0", f"{half}.{order}.{place}.downsample")
            name = name.replace(f"{half}.{order}_blocks.{level}.upsamplers.0", f"{half}.{order}.{place}.upsample")
    for ours, theirs in {
        "mid_block.resnets.0": "mid.block_1",
        "mid_block.resnets.1": "mid.block_2",
        "mid_block.attentions.0.group_norm": "mid.attn_1.norm",
        "mid_block.attentions.0.to_q": "mid.attn_1.q",
        "mid_block.attentions.0.to_k": "mid.attn_1.k",
        "mid_block.attentions.0.to_v": "mid.attn_1.v",
        "mid_block.attentions.0.to_out.0": "mid.attn_1.proj_out",
        "conv_shortcut": "nin_shortcut",
        "conv_norm_out": "norm_out",
    }.items():
        name = name.replace(ours, theirs)
    return name


@pytest.fixture(scope="module")
def tensors():
    from diffusers import AutoencoderKL

    torch.manual_seed(9)
    return dict(AutoencoderKL(**VAE).state_dict())


@pytest.fixture(scope="module")
def original(tensors):
    found = {original_name(name): tensor for name, tensor in tensors.items()}
    return {
        name: tensor[..., None, None] if ".attn_1." in name and tensor.dim() == 2 else tensor
        for name, tensor in found.items()
    }


def torch_file(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(content, path)
    return path


def networks_in(folder):
    return Networks(NetworkFolders(vaes=(folder / "VAE",), checkpoints=(folder / "models",)), Hashes(folder / "h.json"))


def drawn(models, networks, choice="Automatic", image=None):
    engine = DenoisingEngine(manager(models, networks=networks), samplers(), upscale)
    plan = replace(plan_of(), settings=Settings(vae=choice))
    return next(iter(engine.run(prepared(plan, image), Watching())))


def test_every_layout_is_the_same_vae(models, tmp_path, tensors, original):
    write_network(tmp_path / "VAE/diffusers.safetensors", tensors)
    write_network(tmp_path / "VAE/original.safetensors", original)
    write_network(tmp_path / "VAE/prefixed.safetensors", {f"first_stage_model.{n}": t for n, t in original.items()})
    trained = {"state_dict": original | {"loss.logvar": torch.zeros(1), "model_ema.decay": torch.tensor(0.9)}}
    torch_file(tmp_path / "VAE/old.vae.pt", trained)
    networks = networks_in(tmp_path)
    assert sorted(networks.vaes().names()) == [
        "diffusers.safetensors", "old.vae.pt", "original.safetensors", "prefixed.safetensors",
    ]  # fmt: skip
    model = manager(models, networks=networks)
    own = load_file(models / "tiny/vae/diffusion_pytorch_model.safetensors")
    for name in networks.vaes().names():
        state = model.load("tiny", name).vae.state_dict()
        assert all(torch.equal(state[key], tensor) for key, tensor in tensors.items()), name
    assert all(torch.equal(model.load("tiny", "None").vae.state_dict()[key], tensor) for key, tensor in own.items())


def test_a_chosen_vae_decodes_encodes_and_stands_in_the_infotext(models, tmp_path, original):
    path = write_network(tmp_path / "VAE/bright.safetensors", original)
    networks = networks_in(tmp_path)
    own, chosen = drawn(models, networks), drawn(models, networks, "bright.safetensors")
    assert own.image.tobytes() != chosen.image.tobytes()
    assert own.facts == {}
    assert chosen.facts == {"VAE": "bright.safetensors", "VAE hash": sha256_of(path)[:10]}
    again = [drawn(models, networks, choice, picture()).image.tobytes() for choice in ("None", "bright.safetensors")]
    assert again[0] != again[1]


def test_automatic_takes_the_file_with_the_checkpoints_name(models, tmp_path, original):
    path = write_network(tmp_path / "VAE/tiny.vae.safetensors", original)
    networks = networks_in(tmp_path)
    assert drawn(models, networks).facts["VAE"] == "tiny.vae.safetensors"
    assert drawn(models, networks, "None").facts == {}
    path.rename(tmp_path / "VAE/tiny2.vae.safetensors")
    assert drawn(models, networks).facts == {}


def test_a_vae_beside_the_checkpoint_is_found_by_its_name(tmp_path):
    checkpoint = write_network(tmp_path / "models/photo.safetensors", {"x": numbers(1)})
    write_network(tmp_path / "models/photo.vae.safetensors", {"x": numbers(1)})
    write_network(tmp_path / "models/other.vae.safetensors", {"x": numbers(1)})
    networks = networks_in(tmp_path)
    found = networks.chosen_vae("Automatic", checkpoint)
    assert found
    assert found.name == "photo.vae.safetensors"
    assert networks.chosen_vae("None", checkpoint) is None
    assert networks.vaes().names() == ["other.vae.safetensors", "photo.vae.safetensors"]


def test_an_unknown_name_and_a_file_of_another_kind_are_named(models, tmp_path):
    write_network(tmp_path / "VAE/lora.safetensors", {"lora_unet_conv_in.lora_up.weight": numbers(4, 4)})
    wide = {"encoder.conv_in.weight": numbers(8, 3, 3, 3), "decoder.conv_in.weight": numbers(8, 16, 3, 3)}
    write_network(tmp_path / "VAE/flux.safetensors", wide)
    networks = networks_in(tmp_path)
    with pytest.raises(UnknownName, match="bright"):
        drawn(models, networks, "bright.safetensors")
    with pytest.raises(IncompatibleModel, match="is no VAE, but a LoRA"):
        drawn(models, networks, "lora.safetensors")
    with pytest.raises(IncompatibleModel, match="16 latent channels"):
        drawn(models, networks, "flux.safetensors")
