"""T2I-Adapters from their files, ready to run beside a model. A new layout: `adapter_layout.py`."""

import torch

from studio.catalog.controlnets import ControlNet, base_name, weights_of
from studio.devices.weights import read_weights
from studio.domain.errors import IncompatibleModel
from studio.engine.adapter_layout import config_of, in_diffusers_layout
from studio.engine.control_loading import check_usable
from studio.engine.loading import NetworkParts, build
from studio.engine.models import Model, Network

PROBE = 128  # pixels a side, which every level can halve
CELL = 8  # pixels a side of a latent cell

Places = list[tuple[int, int]]
"""Width, and by how much smaller than the latent, of each place in a row."""


def load_adapter(found: ControlNet, model: Model) -> Network:
    """A diffusers T2IAdapter on the model's device.

    Raises BrokenFile, and IncompatibleModel (naming both) where the file is for another base architecture.
    """
    check_usable(found, model)
    state = in_diffusers_layout(read_weights(weights_of(found.path), model.device.dtype))
    parts = NetworkParts(kind="T2I-Adapter", class_name="T2IAdapter", config=config_of(state), tensors=state)
    network = build(parts, model.torch_device, model.device.is_channels_last, found.name)
    features, places = features_of(network, model), places_of(model.unet)
    if features != places[: len(features)]:
        wanted = base_name(int(model.unet.config.cross_attention_dim))
        message = (
            f"The T2I-Adapter {found.name} does not fit the checkpoint {model.checkpoint.title}, which is {wanted}: "
            f"its features are {shown(features)}, but the model's layers {shown(places)}"
        )
        raise IncompatibleModel(message, model=found.name, checkpoint=model.checkpoint.title)
    return network


@torch.no_grad()
def features_of(network: Network, model: Model) -> Places:
    """By a trial, which knows every kind of adapter."""
    probe = torch.zeros(1, network.config.in_channels, PROBE, PROBE, device=model.torch_device)
    return [(each.shape[1], PROBE // CELL // each.shape[2]) for each in network(probe.to(model.device.dtype))]


def places_of(unet: Network) -> Places:
    """Where diffusers' UNet takes features: in a block before it shrinks if it attends, else behind it; the middle."""
    places: Places = []
    shrinking = 1
    for block in unet.down_blocks:
        attends, before = bool(getattr(block, "has_cross_attention", False)), shrinking
        shrinking *= 2 if block.downsamplers else 1
        places.append((int(block.resnets[-1].out_channels), before if attends else shrinking))
    return [*places, (places[-1][0], shrinking)]


def shown(places: Places) -> str:
    return ", ".join(f"{width} wide at 1/{shrinking}" for width, shrinking in places)
