"""The checkpoints that lie in the model folders. A new fact about one is a field of `Checkpoint`."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from studio.catalog.architectures import NATIVE, Traits, traits_of
from studio.catalog.hashes import Hashes
from studio.catalog.headers import SUFFIXES, read_header
from studio.domain.errors import BrokenFile
from studio.domain.geometry import Size

NOT_CHECKPOINTS = (".vae", ".lora")
OTHER_KINDS = (
    *("annotators", "controlnet", "embeddings", "hypernetworks", "ipadapter", "lora", "loras", "lycoris", "t2iadapter"),
    *("dat", "esrgan", "ldsr", "realesrgan", "scunet", "swinir", "upscale_models", "upscalers", "vae", "vae-approx"),
    *("adetailer", "blip", "clip", "codeformer", "gfpgan", "insightface", "karlo", "torch_deepdanbooru"),
    *("clip_vision", "text_encoder", "text_encoders"),
)
"""Folders in `models/` where no checkpoint lies, in lower case; they may hold thousands of files."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Checkpoint:
    """`name` is the stem, `title` what A1111 shows: "rel/path.safetensors [10 hex]", without hex while unknown.

    `problem` says why it cannot be used; empty where nothing is known against it. `path` is a file, or a folder in
    diffusers' layout.
    """

    name: str
    title: str
    path: Path
    architecture: str
    native_size: Size
    prediction: str
    has_zero_terminal_snr: bool
    in_channels: int
    sha256: str
    aliases: tuple[str, ...]
    problem: str

    @property
    def short_hash(self) -> str:
        return self.sha256[:10]


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    path: Path
    relative: str


class Checkpoints:
    """Lists checkpoints again and again; a file is read anew only when it has changed."""

    def __init__(self, hashes: Hashes | None = None) -> None:
        self._hashes = hashes
        self._read: dict[tuple[Path, int, int], tuple[Traits, str]] = {}

    def list(self, folders: Sequence[Path]) -> list[Checkpoint]:
        """`folders` hold checkpoints, in subfolders too; the first file of a name keeps it."""
        taken: set[str] = set()
        return [self._checkpoint(found, taken) for found in find_checkpoints(folders)]

    def _checkpoint(self, found: Found, taken: set[str]) -> Checkpoint:
        traits, problem = self._traits(found.path)
        sha256 = self._hashes.known(found.path) if self._hashes and not problem else ""
        is_demo = found.relative == "demo" and found.path.is_dir()
        title = f"{found.relative} [{sha256[:10]}]" if sha256 and not is_demo else found.relative
        stem = found.path.name if found.path.is_dir() else found.path.stem
        name = stem if stem.lower() not in taken else found.relative
        known_by = (title, found.relative, found.path.name, stem, sha256[:10], sha256)
        aliases = tuple(dict.fromkeys(alias for alias in known_by if alias and alias.lower() not in taken))
        taken.update(each.lower() for each in (name, *aliases))
        return Checkpoint(
            name=name,
            title=title,
            path=found.path,
            architecture=traits.architecture,
            native_size=traits.native_size,
            prediction=traits.prediction,
            has_zero_terminal_snr=traits.has_zero_terminal_snr,
            in_channels=traits.in_channels,
            sha256=sha256,
            aliases=aliases,
            problem=problem,
        )

    def _traits(self, path: Path) -> tuple[Traits, str]:
        about = path.stat()
        key = (path, about.st_mtime_ns, about.st_size)
        if key not in self._read:
            self._read[key] = read_traits(path)
        return self._read[key]


def list_checkpoints(folders: Path | Sequence[Path], hashes: Hashes | None = None) -> list[Checkpoint]:
    """Every checkpoint in the folders and below them, broken ones included, with the reason in `problem`."""
    return Checkpoints(hashes).list([folders] if isinstance(folders, Path) else folders)


def find_checkpoints(folders: Iterable[Path]) -> Iterator[Found]:
    seen: set[Path] = set()
    for folder in folders:
        for path in candidates(folder, OTHER_KINDS):
            if path not in seen:
                seen.add(path)
                yield Found(path=path, relative=path.relative_to(folder).as_posix())


def candidates(folder: Path, left_out: Collection[str] = ()) -> Iterator[Path]:
    """Weight files and diffusers folders, by name; what lies inside of a diffusers folder is part of it."""
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir(), key=lambda each: each.name.lower()):
        if path.is_dir() and (path.name.startswith(".") or path.name.lower() in left_out):
            continue
        if path.is_dir():
            yield from [path] if (path / "model_index.json").is_file() else candidates(path)
        elif path.suffix.lower() in SUFFIXES[:2] and not path.stem.lower().endswith(NOT_CHECKPOINTS):
            yield path


def read_traits(path: Path) -> tuple[Traits, str]:
    """What the file is, and what stands against using it."""
    try:
        traits = folder_traits(path) if path.is_dir() else file_traits(path)
    except BrokenFile as error:
        unknown = Size(512, 512)
        nothing = Traits(
            architecture="", prediction="epsilon", has_zero_terminal_snr=False, in_channels=0, native_size=unknown
        )
        return nothing, error.message
    return traits, "" if traits.architecture else f"{path.name} is no checkpoint: it holds no diffusion network"


def file_traits(path: Path) -> Traits:
    beside = path.with_suffix(".yaml")
    hint = beside.read_text(errors="replace") if beside.is_file() else ""
    return traits_of(read_header(path), f"{path.stem}\n{hint}")


def folder_traits(path: Path) -> Traits:
    """From the small JSON files of diffusers' layout. Raises BrokenFile."""
    index = read_json(path / "model_index.json")
    if "unet" not in index:
        return folder_of_other_family(str(index.get("_class_name", "")))
    unet = read_json(path / "unet" / "config.json")
    scheduler_file = path / "scheduler" / "scheduler_config.json"
    scheduler = read_json(scheduler_file) if scheduler_file.is_file() else {}
    architecture = folder_family(str(index.get("_class_name", "")), unet)
    prediction = "v" if scheduler.get("prediction_type") == "v_prediction" else "epsilon"
    side = int(index.get("native_side", 0)) or int(unet.get("sample_size") or 0) * 8
    return Traits(
        architecture=architecture,
        prediction=prediction,
        has_zero_terminal_snr=bool(scheduler.get("rescale_betas_zero_snr", False)),
        in_channels=int(unet.get("in_channels", 4)),
        native_size=Size(side, side) if side else NATIVE[architecture],
    )


def folder_family(pipeline: str, unet: dict[str, Any]) -> str:
    if unet.get("addition_embed_type") == "text_time" or "XL" in pipeline:
        return "refiner" if unet.get("projection_class_embeddings_input_dim") == 2560 else "sdxl"
    return "sd2" if unet.get("use_linear_projection") else "sd1"


def folder_of_other_family(pipeline: str) -> Traits:
    name = pipeline.removesuffix("Pipeline").lower()
    return Traits(
        architecture=name.replace("stablediffusion3", "sd3"),
        prediction="epsilon",
        has_zero_terminal_snr=False,
        in_channels=0,
        native_size=Size(1024, 1024),
    )


def read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise BrokenFile(f"{path.parent.name}/{path.name} cannot be read", file=str(path.name)) from error
    if not isinstance(content, dict):
        raise BrokenFile(f"{path.parent.name}/{path.name} is no JSON object", file=str(path.name))
    return cast("dict[str, Any]", content)
