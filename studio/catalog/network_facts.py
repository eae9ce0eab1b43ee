"""What a LoRA, embedding or VAE file holds, told by its header alone. A new layout is a branch of its `..._facts`."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from studio.catalog import embedding_pictures
from studio.catalog.architectures import CONV_IN, foreign_family, traits_of
from studio.catalog.controlnets import base_name
from studio.catalog.headers import read_header
from studio.catalog.network_keys import BUNDLED, NetworkKey, kind_of, read_key
from studio.catalog.tensors import Header, TensorInfo
from studio.domain.errors import BrokenFile

Tensors = Mapping[str, TensorInfo]
FOREIGN = re.compile(
    r"^(transformer\.|lora_transformer_|lora_te3_|lora_prior_|lora_unet_(double|single|joint)_blocks_|lora_unet_joint|"
    r"diffusion_model\.(double|single|joint)_blocks\.|diffusion_model\.(layers|blocks)\.)"
)
"""Names in networks for families of models that this engine does not run (Flux, Stable Diffusion 3, ...)."""
CROSS_ATTENTION = re.compile(r"attn2_to_[kv]$")
SDXL_WIDTH = 2048
VAE_PREFIX = "first_stage_model."


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkFacts:
    """`kind` in plain words. `text_width` tells the base architecture, 0 where the header does not.

    `vectors` are an embedding's, `widths` theirs by encoder (clip_l, clip_g), or by "" where the file does not say.
    `problem` says why it cannot be used; empty where nothing is known against it.
    """

    kind: str
    text_width: int = 0
    vectors: int = 0
    widths: tuple[tuple[str, int], ...] = ()
    problem: str = ""

    @property
    def base(self) -> str:
        return base_name(self.text_width) if self.text_width else ""


def read_facts(
    path: Path,
    kind: str,
    read: Callable[[Path, Header], NetworkFacts],
    header: Callable[[Path], Header] = read_header,
) -> NetworkFacts:
    """A broken file is a fact too."""
    try:
        return read(path, header(path))
    except BrokenFile as error:
        return NetworkFacts(kind=kind, problem=error.message)
    except OSError:
        return NetworkFacts(kind=kind, problem=f"{path.name} is not there any more")


def lora_facts(path: Path) -> NetworkFacts:
    return read_facts(path, "LoRA", lora_of)


def lora_of(path: Path, header: Header) -> NetworkFacts:
    keys = {name: key for name in header.tensors if (key := read_key(name))}
    kind = kind_of(key.role for key in keys.values())
    foreign = any(FOREIGN.match(name) for name in header.tensors)
    if foreign:
        message = f"{path.name} is for Flux, Stable Diffusion 3 or another family that the engine `studio` does not run"
        return NetworkFacts(kind=kind or "LoRA", problem=message)
    if not kind or CONV_IN in header.tensors:
        return NetworkFacts(kind="LoRA", problem=f"{path.name} is no LoRA, but {what_it_is(header)}")
    return NetworkFacts(kind=kind, text_width=text_width_of(keys, header.tensors))


def text_width_of(keys: Mapping[str, NetworkKey], tensors: Tensors) -> int:
    """How wide the text is that the model attends to; 0 where nothing tells."""
    roles: dict[str, dict[str, TensorInfo]] = {}
    for name, key in keys.items():
        if key.part == "unet" and CROSS_ATTENTION.search(key.module):
            roles.setdefault(key.module, {})[key.role] = tensors[name]
    widths = (input_width(each) for each in roles.values())
    known = next((width for width in widths if width), 0)
    return known or (SDXL_WIDTH if any(key.part == "text_2" for key in keys.values()) else 0)


def input_width(roles: Tensors) -> int:
    """Of the layer that a network with these tensors belongs to; 0 where they do not tell."""
    for role in ("down", "diff", "hada_w1_b", "a1"):
        if role in roles and len(roles[role].shape) > 1:
            return roles[role].shape[1]
    first, second = (
        next((roles[name].shape[1] for name in names if name in roles), 0)
        for names in (("lokr_w1", "lokr_w1_b"), ("lokr_w2", "lokr_w2_b"))
    )
    return first * second


def embedding_facts(path: Path) -> NetworkFacts:
    header = embedding_pictures.header_of if path.suffix.lower() in embedding_pictures.SUFFIXES else read_header
    return read_facts(path, "embedding", embedding_of, header)


def embedding_of(path: Path, header: Header) -> NetworkFacts:
    found = embedding_tensors(header.tensors)
    if not found:
        return NetworkFacts(kind="embedding", problem=f"{path.name} is no embedding, but {what_it_is(header)}")
    vectors = max(each.shape[0] if len(each.shape) > 1 else 1 for each in found.values())
    widths = tuple((encoder, each.shape[-1]) for encoder, each in found.items())
    return NetworkFacts(kind="embedding", text_width=sum(width for _, width in widths), vectors=vectors, widths=widths)


def embedding_tensors(tensors: Tensors) -> dict[str, TensorInfo]:
    """By encoder, "" where the file does not say for which; nothing where these are no embedding's tensors."""
    names = embedding_names(tensors)
    return {encoder: tensors[name] for encoder, name in names.items()}


def embedding_names(tensors: Mapping[str, object]) -> dict[str, str]:
    """The tensor for each encoder, by the layouts of A1111, kohya, SDXL's trainers and diffusers (one tensor alone)."""
    if "clip_l" in tensors or "clip_g" in tensors:
        return {encoder: encoder for encoder in ("clip_l", "clip_g") if encoder in tensors}
    params = [name for name in tensors if name.startswith("string_to_param.") or name == "emb_params"]
    if params:
        return {"": params[0]}
    if len(tensors) == 1 and not read_key(next(iter(tensors))):
        return {"": next(iter(tensors))}
    return {}


def vae_facts(path: Path) -> NetworkFacts:
    return read_facts(path, "VAE", vae_of)


def vae_of(path: Path, header: Header) -> NetworkFacts:
    names = {name.removeprefix(VAE_PREFIX): info for name, info in header.tensors.items()}
    first = names.get("decoder.conv_in.weight")
    if CONV_IN in header.tensors or first is None or "encoder.conv_in.weight" not in names:
        return NetworkFacts(kind="VAE", problem=f"{path.name} is no VAE, but {what_it_is(header)}")
    channels = first.shape[1]
    if channels != 4:
        message = f"{path.name} is a VAE of {channels} latent channels; the models that the engine `studio` runs have 4"
        return NetworkFacts(kind="VAE", problem=message)
    return NetworkFacts(kind="VAE")


MARKS: tuple[tuple[str, str], ...] = (
    (CONV_IN, "a checkpoint"),
    ("zero_convs.0.0.weight", "a ControlNet"),
    ("control_model.zero_convs.0.0.weight", "a ControlNet"),
    ("controlnet_cond_embedding.conv_in.weight", "a ControlNet"),
    ("decoder.conv_in.weight", "a VAE"),
    ("first_stage_model.decoder.conv_in.weight", "a VAE"),
    ("image_proj.proj.weight", "an IP-Adapter"),
    ("decoder.1.weight", "a small VAE for previews (TAESD)"),
    ("text_model.embeddings.token_embedding.weight", "a text encoder"),
    ("conv_in.weight", "a diffusion network without its VAE and text encoder"),
    ("conv_first.weight", "an upscaler"),
    ("model.0.weight", "an upscaler"),
    ("params_ema.conv_first.weight", "an upscaler"),
)


def what_it_is(header: Header) -> str:
    """In words, with its article."""
    tensors = header.tensors
    if family := foreign_family(tensors):
        return f"a {family} model"
    for mark, words in MARKS:
        if mark in tensors:
            return f"{words} ({traits_of(header).architecture})" if mark == CONV_IN else words
    if kind_of(key.role for name in tensors if (key := read_key(name))):
        return "a LoRA"
    if any(name.startswith(BUNDLED) for name in tensors) or embedding_names(tensors):
        return "an embedding"
    return "something else" if tensors else "nothing at all"
