"""The ControlNets that lie in the model folders, known without torch. A kind of file that is of no use here is a row
of FOREIGN, one that is of use a member of `ControlKind` and a branch in `read_shape`.

Layouts: the ControlNet authors' own (`input_blocks.`, `zero_convs.`, with or without `control_model.` in front),
diffusers' as one file, and diffusers' folders (`config.json` beside the weights). A ControlNet-Union comes in
diffusers' and knows several kinds of maps. T2I-Adapters: `adapters.py`; IP-Adapters: `ip_adapters.py`.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path

from studio.catalog.adapters import is_adapter, text_width_of_adapter
from studio.catalog.checkpoints import Checkpoint, read_json
from studio.catalog.hashes import weight_files
from studio.catalog.headers import read_header
from studio.catalog.ip_adapters import FIRST, is_ip_adapter, vision_of
from studio.catalog.tensors import Header
from studio.domain.errors import BrokenFile
from studio.domain.registry import Registry

SUFFIXES = (".pt", ".pth", ".ckpt", ".safetensors", ".bin")
FOLDER_WEIGHTS = ("diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.fp16.safetensors")
HASH_START, HASH_LENGTH = 0x100000, 0x10000
PREFIX = "control_model."
WIDTHS = {"sd1": 768, "sd2": 1024, "sdxl": 2048}
"""How wide the text is that each architecture attends to."""
BASES = {768: "Stable Diffusion 1.x", 1024: "Stable Diffusion 2.x", 2048: "Stable Diffusion XL", 64: "the demo model"}
FOREIGN: tuple[tuple[str, str], ...] = (
    ("lora_controlnet", "a Control-LoRA"),
    ("lllite_unet_input_blocks_1_0_in_layers_2.depth", "a ControlNet-LLLite"),
)
"""Other kinds of control, by a tensor that only they have."""


class ControlKind(StrEnum):
    """What a unit's model is."""

    controlnet = "ControlNet"
    union = "ControlNet-Union"
    t2i_adapter = "T2I-Adapter"
    ip_adapter = "IP-Adapter"


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """What a header tells. `layout` is "control" (the ControlNet authors'), "diffusers", or empty for files of no use.

    `text_width` tells the base architecture. `is_difference`: the file holds what is added to the base's weights.
    `controls`: how many kinds of maps a ControlNet-Union knows. `vision`: the weight file of the CLIP network that an
    IP-Adapter sees with. `problem` says why it cannot be used; empty where nothing is known against it.
    """

    kind: ControlKind = ControlKind.controlnet
    layout: str = ""
    text_width: int = 0
    is_difference: bool = False
    controls: int = 0
    vision: str = ""
    problem: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ControlNet(Shape):
    """`name` is what clients know: "stem [8 hex]". `layout` may be "folder" too."""

    name: str
    path: Path
    aliases: tuple[str, ...]

    @property
    def base(self) -> str:
        return base_name(self.text_width)

    def fits(self, text_width: int) -> bool:
        """A T2I-Adapter sees no text: where its header does not tell its base, its features must, once it is read."""
        is_open = self.kind is ControlKind.t2i_adapter and not self.text_width
        return is_open or self.text_width == text_width


def base_name(text_width: int) -> str:
    return BASES.get(text_width, f"an architecture with text {text_width} wide")


class ControlNets:
    """Lists ControlNets again and again; a file is read anew only when it has changed."""

    def __init__(self) -> None:
        self._read: dict[tuple[Path, int, int], ControlNet] = {}

    def list(self, folders: Sequence[Path]) -> Registry[ControlNet]:
        """In the folders and below them; the first file of a name keeps it. Broken files too, with their problem."""
        taken: set[str] = set()
        found: list[ControlNet] = []
        for path in (path for folder in folders for path in candidates(folder)):
            known = self._known(path)
            names = [name for name in (known.name, *known.aliases) if name.lower() not in taken]
            if names and names[0] == known.name:
                taken.update(name.lower() for name in names)
                found.append(replace(known, aliases=tuple(names[1:])))
        return Registry("ControlNet model", found)

    def _known(self, path: Path) -> ControlNet:
        about = weights_of(path).stat()
        key = (path, about.st_mtime_ns, about.st_size)
        if key not in self._read:
            self._read[key] = read_controlnet(path)
        return self._read[key]


def candidates(folder: Path) -> Iterator[Path]:
    """Weight files and diffusers folders, by name."""
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir(), key=lambda each: each.name.lower()):
        if path.is_dir():
            yield from [path] if is_controlnet_folder(path) else candidates(path)
        elif path.suffix.lower() in SUFFIXES:
            yield path


def is_controlnet_folder(path: Path) -> bool:
    return (path / "config.json").is_file() and any((path / name).is_file() for name in FOLDER_WEIGHTS)


def weights_of(path: Path) -> Path:
    """The weight file of a file or a folder."""
    if not path.is_dir():
        return path
    inside = (path / name for name in FOLDER_WEIGHTS)
    return next((each for each in inside if each.is_file()), path)


def old_hash(path: Path) -> str:
    """A1111's first kind of hash: 8 hex of SHA-256 over 64 KiB from 1 MiB on."""
    with weights_of(path).open("rb") as file:
        file.seek(HASH_START)
        return hashlib.sha256(file.read(HASH_LENGTH)).hexdigest()[:8]


def stem_of(path: Path) -> str:
    """A ControlNet that comes within a checkpoint's folder is named after both."""
    if not path.is_dir():
        return path.stem
    checkpoint = path.parent.parent
    return f"{checkpoint.name}_{path.name}" if (checkpoint / "model_index.json").is_file() else path.name


def read_controlnet(path: Path) -> ControlNet:
    stem = stem_of(path)
    try:
        shape = read_shape(path, read_header(weights_of(path)))
    except BrokenFile as error:
        shape = Shape(problem=error.message)
    return ControlNet(
        name=f"{stem} [{old_hash(path)}]",
        path=path,
        aliases=(stem, path.name) if path.name != stem else (stem,),
        **asdict(shape),
    )


def read_shape(path: Path, header: Header) -> Shape:
    """Of a file, or of a folder's weights. Raises BrokenFile for a folder whose configuration cannot be read."""
    names = {name.removeprefix(PREFIX): info for name, info in header.tensors.items()}
    for mark, kind in FOREIGN:
        if mark in names:
            problem = f"{path.name} is {kind}, which is not supported; take a ControlNet of the same control type"
            return Shape(problem=problem)
    if is_ip_adapter(names):
        vision, problem = vision_of(names)
        return Shape(
            kind=ControlKind.ip_adapter,
            layout="diffusers",
            text_width=names[FIRST].shape[1],
            vision=vision,
            problem=problem and f"{path.name} is {problem}",
        )
    if is_adapter(names):
        return Shape(kind=ControlKind.t2i_adapter, layout="diffusers", text_width=text_width_of_adapter(names))
    kind, controls = ControlKind.controlnet, 0
    if "task_embedding" in names:
        kind, controls = ControlKind.union, names["task_embedding"].shape[0]
    if path.is_dir():
        width = int(read_json(path / "config.json").get("cross_attention_dim", 0))
        return Shape(kind=kind, layout="folder", text_width=width, controls=controls)
    layout = "control" if "zero_convs.0.0.weight" in names else "diffusers"
    if layout == "diffusers" and "controlnet_cond_embedding.conv_in.weight" not in names:
        return Shape(problem=f"{path.name} is no ControlNet: it has no layers for a control map")
    to_key = next((info for name, info in names.items() if name.endswith("attn2.to_k.weight")), None)
    width = to_key.shape[1] if to_key else 0
    is_difference = "difference" in header.tensors
    return Shape(kind=kind, layout=layout, text_width=width, is_difference=is_difference, controls=controls)


def text_width_of(checkpoint: Checkpoint) -> int:
    """0 where it is not known."""
    config = checkpoint.path / "unet" / "config.json"
    if config.is_file():
        return int(read_json(config).get("cross_attention_dim", 0))
    return WIDTHS.get(checkpoint.architecture, 0)


def is_fitting(controlnet: ControlNet, checkpoint: Checkpoint) -> bool:
    """Whether nothing is known against using them together."""
    return not controlnet.problem and controlnet.fits(text_width_of(checkpoint))


def total_size(path: Path) -> int:
    """Bytes on the disk."""
    return sum(file.stat().st_size for file in (weight_files(path) if not path.is_dir() else [weights_of(path)]))
