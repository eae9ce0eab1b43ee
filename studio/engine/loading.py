"""Weight files to networks. A new layout is a function that gives `Parts`; a new part a field of it.

Files are read by `devices.weights`, so nothing in them runs and nothing stays mapped; diffusers' converters and classes
do the rest. (The pipelines' own `from_pretrained` and `from_single_file` map fp16 files, which kills the process when
such a file is replaced, and name every broken file alike; other families than Stable Diffusion still go through them.)
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor

from studio.devices.weights import read_weights
from studio.domain.errors import BrokenFile, ModelMissing
from studio.engine.models import Network

Config = Mapping[str, Any]
Tensors = dict[str, Tensor]
NAMES = ("diffusion_pytorch_model", "model", "pytorch_model")
ENDS = (".safetensors", ".fp16.safetensors", ".bin", ".fp16.bin")
MADE_ANEW = ("position_ids",)  # buffers that files may or may not hold
FOLDER_PARTS = ("unet", "vae", "text_encoder", "text_encoder_2")


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkParts:
    """What it takes to build one network; `kind` is unet, vae, text_encoder or text_encoder_2."""

    kind: str
    class_name: str
    config: Config
    tensors: Tensors


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    networks: Mapping[str, NetworkParts]
    scheduler: Config


def folder_parts(folder: Path) -> Parts:
    """Of diffusers' layout. Raises BrokenFile, ModelMissing."""
    index = read_config(folder / "model_index.json")
    networks = {
        kind: folder_network(folder / kind, str(index[kind][1]))
        for kind in FOLDER_PARTS
        if isinstance(index.get(kind), list) and index[kind][1]
    }
    for kind in FOLDER_PARTS[:2]:
        if kind not in networks:
            raise ModelMissing(f"The model {folder.name} has no {kind}", file=f"{folder.name}/{kind}")
    scheduler = folder / "scheduler" / "scheduler_config.json"
    return Parts(networks=networks, scheduler=read_config(scheduler) if scheduler.is_file() else {})


def folder_network(folder: Path, class_name: str) -> NetworkParts:
    return NetworkParts(
        kind=folder.name,
        class_name=class_name,
        config=read_config(folder / "config.json"),
        tensors=read_folder_weights(folder),
    )


def read_folder_weights(folder: Path) -> Tensors:
    """The weights in one file, or in several that an index names."""
    for name in NAMES:
        for end in ENDS:
            if (folder / f"{name}{end}").is_file():
                return read_weights(folder / f"{name}{end}")
            index = folder / f"{name}{end}.index.json"
            if index.is_file():
                files = sorted(set(read_config(index).get("weight_map", {}).values()))
                return {key: value for file in files for key, value in read_weights(folder / file).items()}
    where = f"{folder.parent.name}/{folder.name}"
    raise ModelMissing(f"There are no weights in {where}. Download the model again", folder=where)


def read_config(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelMissing(
            f"{path.parent.name}/{path.name} is missing. Download the model again", file=path.name
        ) from error
    except (OSError, ValueError) as error:
        raise BrokenFile(f"{path.parent.name}/{path.name} cannot be read", file=path.name) from error
    if not isinstance(content, dict):
        raise BrokenFile(f"{path.parent.name}/{path.name} is no JSON object", file=path.name)
    return cast("dict[str, Any]", content)


def build(
    parts: NetworkParts, device: torch.device, is_channels_last: bool, owner: str, dtype: torch.dtype | None = None
) -> Network:
    """The network with its weights, on a device, for inference; in the weights' own precision where none is given.

    The tensors of `parts` are used up. Raises BrokenFile where weights are missing.
    """
    with torch.device("meta"):
        network = empty_network(parts)
    tensors = adapted(network, parts.tensors)
    wrong = [
        name for name, known in network.state_dict().items() if name in tensors and tensors[name].shape != known.shape
    ]
    if wrong:
        raise BrokenFile(
            f"{owner}: the {parts.kind} is of another size than its configuration says ({wrong[0]})", file=owner
        )
    parts.tensors.clear()
    for name in tensors:
        tensors[name] = placed(tensors[name], device, dtype, is_channels_last)
    lacking, _ = network.load_state_dict(tensors, strict=False, assign=True)
    lacking = [name for name in lacking if not name.endswith(MADE_ANEW)]
    if lacking:
        message = f"{owner} lacks {len(lacking)} weights of the {parts.kind}, such as {lacking[0]}. Download it again"
        raise BrokenFile(message, file=owner, lacking=len(lacking))
    fill_buffers(network)
    network.requires_grad_(False).eval()
    torch.nn.Module.to(network, device=device)  # buffers; diffusers' own warns of every cast
    return network


def placed(tensor: Tensor, device: torch.device, dtype: torch.dtype | None, is_channels_last: bool) -> Tensor:
    """On the device, in the precision and layout of the network, by one copy at most."""
    wanted = dtype if dtype and tensor.is_floating_point() else tensor.dtype
    if is_channels_last and tensor.dim() == 4:
        return tensor.to(device, wanted, memory_format=torch.channels_last)
    return tensor.to(device, wanted)


def empty_network(parts: NetworkParts) -> Network:
    if parts.kind.startswith("text_encoder"):
        import transformers

        network: Any = getattr(transformers, parts.class_name)
        return network(transformers.CLIPTextConfig(**parts.config))
    if parts.kind == "clip_vision":
        import transformers

        seeing: Any = getattr(transformers, parts.class_name)
        return seeing(transformers.CLIPVisionConfig(**parts.config))
    import diffusers

    found: Any = getattr(diffusers, parts.class_name)
    return found.from_config(parts.config)


def adapted(network: Network, tensors: Tensors) -> Tensors:
    """The tensors under the names that the installed libraries use for them."""
    known = network.state_dict().keys()
    return {new_name(name, known): tensor for name, tensor in tensors.items()}


def new_name(name: str, known: "set[str]") -> str:
    if name in known:
        return name
    for other in (name.removeprefix("text_model."), f"text_model.{name}"):
        if other in known:
            return other
    old_attention = {".query.": ".to_q.", ".key.": ".to_k.", ".value.": ".to_v.", ".proj_attn.": ".to_out.0."}
    for old, new in old_attention.items():
        name = name.replace(old, new)
    return name


def fill_buffers(network: Network) -> None:
    """Positions, which are counted rather than learned."""
    for owner, buffers in [(module, module.named_buffers(recurse=False)) for module in network.modules()]:
        for name, buffer in list(buffers):
            if buffer.is_meta and name.endswith(MADE_ANEW):
                setattr(owner, name, torch.arange(buffer.shape[-1]).expand(buffer.shape).clone())
