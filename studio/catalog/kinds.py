"""What kind of file one is, by its header, and the folder that its kind asks for. A new kind is a line of Kind and a
check in `CHECKS`.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path

from studio.catalog.architectures import CONV_IN, foreign_family
from studio.catalog.controlnets import FOREIGN, PREFIX, ControlKind, read_shape
from studio.catalog.headers import read_header
from studio.catalog.network_facts import FOREIGN as FOREIGN_LORA
from studio.catalog.network_facts import NetworkFacts, embedding_of, lora_of, vae_of, what_it_is
from studio.catalog.network_keys import kind_of as network_kind
from studio.catalog.network_keys import read_key
from studio.catalog.tensors import Header
from studio.domain.errors import BrokenFile


class Kind(StrEnum):
    checkpoint = "Checkpoint"
    lora = "LoRA"
    embedding = "Embedding"
    vae = "VAE"
    controlnet = "ControlNet"
    upscaler = "Upscaler"
    small_decoder = "Small decoder"
    annotator = "Annotator"


Places = Mapping[Kind, Sequence[Path]]
"""The folders in which files of each kind are looked for, absolute; new ones go into the first."""

UPSCALERS = ("model.0.weight", "conv_first.weight", "body.0.weight", "model.1.sub.0.RDB1.conv1.0.weight")
WRAPPINGS = ("", "params_ema.", "params.", "model.", "module.", "state_dict.")
"""What training programs put in front of an upscaler's names."""


def kind_of(path: Path) -> Kind:
    """Raises BrokenFile, which says what the file is, where it is nothing that the studio uses.

    What only preprocessors read (Kind.annotator) is known by its name alone, never by its header.
    """
    if path.is_dir():
        if (path / "model_index.json").is_file():
            return Kind.checkpoint
        raise BrokenFile(f"{path.name} is no folder in diffusers' layout: it has no model_index.json", file=path.name)
    header = read_header(path)
    found = next((kind for kind, check in CHECKS if check(path, header)), None)
    if found is None:
        message = f"{path.name} is {what_it_is(header)}, for which the studio has no use"
        raise BrokenFile(message, file=path.name)
    return found


def is_checkpoint(path: Path, header: Header) -> bool:
    return CONV_IN in header.tensors or bool(foreign_family(header.tensors))


def is_controlnet(path: Path, header: Header) -> bool:
    """Raises BrokenFile for a control of another kind."""
    shape = read_shape(path, header)
    names = {name.removeprefix(PREFIX) for name in header.tensors}
    if any(mark in names for mark, _ in FOREIGN) or (shape.kind is ControlKind.ip_adapter and shape.problem):
        raise BrokenFile(shape.problem, file=path.name)
    return bool(shape.layout)


def is_lora(path: Path, header: Header) -> bool:
    """Raises BrokenFile for one that no engine here can use."""
    roles = [key.role for name in header.tensors if (key := read_key(name))]
    is_foreign = any("lora" in name and FOREIGN_LORA.match(name) for name in header.tensors)
    return bool(network_kind(roles) or is_foreign) and is_usable(path, lora_of(path, header))


def is_vae(path: Path, header: Header) -> bool:
    names = {name.removeprefix("first_stage_model.") for name in header.tensors}
    return "decoder.conv_in.weight" in names and is_usable(path, vae_of(path, header))


def is_embedding(path: Path, header: Header) -> bool:
    is_flat = all(len(info.shape) <= 2 for info in header.tensors.values())
    return is_flat and not embedding_of(path, header).problem


def is_small_decoder(path: Path, header: Header) -> bool:
    """TAESD's: its author's file counts the layers, the first of which has no weights."""
    names = {name.removeprefix("decoder.").removeprefix("layers.") for name in header.tensors}
    return {"1.weight", "3.conv.0.weight"} <= names or {"0.weight", "2.conv.0.weight"} <= names


def is_upscaler(path: Path, header: Header) -> bool:
    return any(f"{wrapping}{name}" in header.tensors for wrapping in WRAPPINGS for name in UPSCALERS)


def is_usable(path: Path, facts: NetworkFacts) -> bool:
    if facts.problem:
        raise BrokenFile(facts.problem, file=path.name)
    return True


CHECKS: tuple[tuple[Kind, Callable[[Path, Header], bool]], ...] = (
    (Kind.checkpoint, is_checkpoint),
    (Kind.controlnet, is_controlnet),
    (Kind.lora, is_lora),
    (Kind.vae, is_vae),
    (Kind.small_decoder, is_small_decoder),
    (Kind.embedding, is_embedding),
    (Kind.upscaler, is_upscaler),
)
"""In this order: the first that holds."""
