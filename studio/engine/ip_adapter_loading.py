"""IP-Adapters from their files, ready to run beside a model (Ye et al. 2023, arXiv 2308.06721).

How a file makes tokens of what CLIP saw is diffusers' to know; the layers that attend to them are read here.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from studio.catalog.controlnets import ControlNet, weights_of
from studio.catalog.ip_adapters import PLAIN
from studio.devices.weights import read_weights
from studio.domain.errors import BrokenFile, IncompatibleModel
from studio.engine.control_loading import check_usable
from studio.engine.models import Model, Network

IMAGE, LAYERS = "image_proj.", "ip_adapter."


class IpAdapter(nn.Module):
    """`projection`: what CLIP saw, as tokens. `keys` and `values`: one for each layer that attends to the prompt."""

    def __init__(self, projection: nn.Module, keys: Sequence[Tensor], values: Sequence[Tensor], in_parts: bool) -> None:
        super().__init__()
        self.projection, self.in_parts = projection, in_parts
        self.keys = nn.ParameterList(nn.Parameter(each, requires_grad=False) for each in keys)
        self.values = nn.ParameterList(nn.Parameter(each, requires_grad=False) for each in values)


def load_ip_adapter(found: ControlNet, model: Model) -> Network:
    """On the model's device. Raises BrokenFile, and IncompatibleModel (naming both) for another architecture's."""
    check_usable(found, model)
    state = read_weights(weights_of(found.path), model.device.dtype)
    keys, values = (attending(state, name) for name in ("to_k_ip", "to_v_ip"))
    layers = [layer for _, layer in cross_attentions(model.unet)]
    if [tuple(key.shape) for key in keys] != [(layer.inner_dim, layer.cross_attention_dim) for layer in layers]:
        message = f"The IP-Adapter {found.name} does not fit the checkpoint {model.checkpoint.title}"
        message += f": it has {len(keys)} layers, the model {len(layers)}, or they are of other widths"
        raise IncompatibleModel(message, model=found.name, checkpoint=model.checkpoint.title)
    if [value.shape for value in values] != [key.shape for key in keys]:
        raise BrokenFile(f"{found.name} lacks layers. Download it again", file=found.name)
    image = {name.removeprefix(IMAGE): tensor for name, tensor in state.items() if name.startswith(IMAGE)}
    adapter = IpAdapter(projection_of(image, model, found.name), keys, values, PLAIN not in state)
    return adapter.to(model.torch_device, model.device.dtype).requires_grad_(False).eval()


def attending(state: Mapping[str, Tensor], name: str) -> list[Tensor]:
    """In the order of the UNet's layers, by which they are numbered."""
    found = {key.split(".")[1]: tensor for key, tensor in state.items() if key.startswith(LAYERS) and name in key}
    return [found[number] for number in sorted(found, key=int)]


def projection_of(image: Mapping[str, Tensor], model: Model, owner: str) -> nn.Module:
    convert: Any = model.unet._convert_ip_adapter_image_proj_to_diffusers
    try:
        return convert(dict(image), low_cpu_mem_usage=False)
    except (RuntimeError, KeyError) as error:
        raise BrokenFile(
            f"{owner} lacks layers, or has others than it should. Download it again", file=owner
        ) from error


def cross_attentions(unet: Network) -> list[tuple[str, Network]]:
    """The layers that attend to the prompt, each with the name of its block of layers: down, up, then the middle."""
    named = [(name, layer) for name, layer in unet.named_modules() if name.endswith(".attn2")]
    return [(name.split(".transformer_blocks.")[0], layer) for name, layer in named]
