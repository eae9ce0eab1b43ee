"""The LoRA, embedding and VAE files that lie in the model folders. A new kind of file is a method of `Networks`.

Listing only looks at names, so that thousands of files cost nothing at the start; what is in a file is read when it is
asked for, and kept.
"""

import json
import os
import struct
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from studio.catalog.embedding_pictures import SUFFIXES as PICTURES
from studio.catalog.hashes import Hashes
from studio.catalog.headers import LARGEST_HEADER
from studio.catalog.network_facts import NetworkFacts, embedding_facts, lora_facts, vae_facts
from studio.domain.registry import Registry

SUFFIXES = (".safetensors", ".pt", ".pth", ".ckpt", ".bin")
METADATA = b'{"__metadata__":'
LARGEST_METADATA = 2**24


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkFile:
    """`name` is the stem, with the folder in front where the stem is taken; `relative` is the path in its folder.

    `size` in bytes; `changed` in nanoseconds since 1970.
    """

    name: str
    path: Path
    relative: str
    size: int
    changed: int

    @property
    def key(self) -> tuple[str, int, int]:
        """Another one once the file has changed."""
        return str(self.path), self.changed, self.size


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkFolders:
    """`checkpoints` may hold VAE files too, which have `.vae.` in their names."""

    loras: tuple[Path, ...] = ()
    embeddings: tuple[Path, ...] = ()
    vaes: tuple[Path, ...] = ()
    checkpoints: tuple[Path, ...] = ()
    small_decoders: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Networks:
    """Lists are made anew at every call, so that a file that was just put into a folder is there. Thread safe."""

    folders: NetworkFolders = field(default_factory=NetworkFolders)
    hashes: Hashes | None = None
    _facts: dict[tuple[str, int, int], NetworkFacts] = field(default_factory=dict[tuple[str, int, int], NetworkFacts])
    _aliases: dict[tuple[str, int, int], str] = field(default_factory=dict[tuple[str, int, int], str])

    def loras(self) -> Registry[NetworkFile]:
        return registry("LoRA", self.folders.loras)

    def embeddings(self) -> Registry[NetworkFile]:
        """Also those inside pictures; a picture of a weight file's name is its preview."""
        files = scan(self.folders.embeddings)
        taken = {each.path.with_suffix("") for each in files}
        pictures = [each for each in scan(self.folders.embeddings, PICTURES) if not is_preview(each.path, taken)]
        inside = [each for each in pictures if not self.embedding_facts(each).problem]
        return Registry("embedding", unique([*files, *inside]))

    def vaes(self) -> Registry[NetworkFile]:
        """By their file names, as A1111 lists them: `name.vae.pt`."""
        found = [*scan(self.folders.vaes), *(each for each in scan(self.folders.checkpoints) if is_vae_name(each.path))]
        return Registry("VAE", unique([renamed(each, each.path.name) for each in found]))

    def chosen_vae(self, choice: str, checkpoint: Path) -> NetworkFile | None:
        """None for the checkpoint's own. Automatic: a VAE of the checkpoint's name. Raises UnknownName."""
        if choice != "Automatic":
            return self.named_vae(choice)
        candidates = [*scan_beside(checkpoint), *self.vaes()]
        return next((each for each in candidates if vae_stem(each.path) == checkpoint.stem.lower()), None)

    def named_vae(self, choice: str) -> NetworkFile | None:
        """None for choices that name no file. Raises UnknownName."""
        return None if choice in ("", "Automatic", "None") else self.vaes()[choice]

    def small_decoder(self, stem: str) -> NetworkFile | None:
        """A decoder for previews, by its file's usual name (`taesd_decoder`)."""
        return next((each for each in scan(self.folders.small_decoders) if each.path.stem.lower() == stem), None)

    def lora(self, name: str) -> NetworkFile | None:
        """By its file's name, or else by the name that its trainer gave it."""
        known = self.loras()
        if name in known:
            return known[name]
        return next((each for each in known if self.alias(each).lower() == name.lower()), None)

    def lora_facts(self, file: NetworkFile) -> NetworkFacts:
        return self._kept(file, lora_facts)

    def embedding_facts(self, file: NetworkFile) -> NetworkFacts:
        return self._kept(file, embedding_facts)

    def vae_facts(self, file: NetworkFile) -> NetworkFacts:
        return self._kept(file, vae_facts)

    def alias(self, file: NetworkFile) -> str:
        """The name that its trainer gave it; its file's name where there is none."""
        if file.key not in self._aliases:
            given = read_metadata(file.path).get("ss_output_name", "")
            self._aliases[file.key] = given if given and given != "None" else file.name
        return self._aliases[file.key]

    def metadata(self, file: NetworkFile) -> Mapping[str, Any]:
        """As its trainer wrote it; values that are JSON are read."""
        return {key: as_json(value) for key, value in read_metadata(file.path).items()}

    def lora_hash(self, file: NetworkFile) -> str:
        """12 hex, as infotexts have it: of the weights alone where the file is a .safetensors."""
        told = read_metadata(file.path).get("sshs_model_hash", "")
        if told or not self.hashes:
            return told[:12]
        only_weights = file.path.suffix.lower() == ".safetensors"
        return (self.hashes.of_weights(file.path) if only_weights else self.hashes.of(file.path))[:12]

    def hash_of(self, path: Path) -> str:
        """64 hex of the whole file."""
        return self.hashes.of(path) if self.hashes else ""

    def _kept(self, file: NetworkFile, read: Any) -> NetworkFacts:
        if file.key not in self._facts:
            self._facts[file.key] = read(file.path)
        return self._facts[file.key]


def registry(kind: str, folders: Sequence[Path]) -> Registry[NetworkFile]:
    return Registry(kind, unique(scan(folders)))


def is_preview(picture: Path, taken: Collection[Path]) -> bool:
    stem = picture.with_suffix("")
    return stem in taken or stem.suffix.lower() == ".preview"


def scan(folders: Sequence[Path], suffixes: tuple[str, ...] = SUFFIXES) -> list[NetworkFile]:
    """Weight files in the folders and below them, by name."""
    seen: set[str] = set()
    found = [each for folder in folders for each in walk(str(folder), folder, seen, suffixes)]
    return sorted(found, key=lambda each: each.relative.lower())


def walk(place: str, folder: Path, seen: set[str], suffixes: tuple[str, ...]) -> Iterator[NetworkFile]:
    """`seen` keeps folders that link to each other from going round for ever."""
    real = os.path.realpath(place)
    if real in seen or not os.path.isdir(real):  # noqa: PTH112
        return
    seen.add(real)
    with os.scandir(place) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                yield from walk(entry.path, folder, seen, suffixes)
            elif entry.name.lower().endswith(suffixes) and entry.is_file():
                yield network_file(entry, folder)


def network_file(entry: "os.DirEntry[str]", folder: Path) -> NetworkFile:
    about = entry.stat()
    stem, _ = os.path.splitext(entry.name)  # noqa: PTH122
    return NetworkFile(
        name=stem,
        path=Path(entry.path),
        relative=os.path.relpath(entry.path, folder).replace(os.sep, "/"),
        size=about.st_size,
        changed=about.st_mtime_ns,
    )


def unique(files: Sequence[NetworkFile]) -> list[NetworkFile]:
    """The first of a name keeps it; later ones go by their path, and are left out where that is taken too."""
    taken: set[str] = set()
    kept: list[NetworkFile] = []
    for each in files:
        longer = each.relative.rpartition(".")[0]
        name = next((name for name in (each.name, longer, each.relative) if name.lower() not in taken), "")
        if name:
            taken.add(name.lower())
            kept.append(each if name == each.name else renamed(each, name))
    return kept


def renamed(file: NetworkFile, name: str) -> NetworkFile:
    return NetworkFile(name=name, path=file.path, relative=file.relative, size=file.size, changed=file.changed)


def scan_beside(checkpoint: Path) -> list[NetworkFile]:
    """The VAEs in a checkpoint's own folder, under their file names."""
    if checkpoint.is_dir():
        return []
    with os.scandir(checkpoint.parent) as entries:
        files = [entry for entry in entries if entry.name.lower().endswith(SUFFIXES) and is_vae_name(Path(entry.name))]
        return [renamed(network_file(entry, checkpoint.parent), entry.name) for entry in files if entry.is_file()]


def vae_stem(path: Path) -> str:
    """`name` of name.vae.pt and of name.safetensors."""
    return path.stem.lower().removesuffix(".vae")


def is_vae_name(path: Path) -> bool:
    return ".vae." in path.name.lower()


def read_metadata(path: Path) -> dict[str, str]:
    """Of a .safetensors, without reading what its tensors are; empty for other files and broken ones."""
    try:
        with path.open("rb") as file:
            first = file.read(8)
            length = struct.unpack("<Q", first)[0] if len(first) == 8 else 0
            if not 0 < length <= LARGEST_HEADER or path.suffix.lower() != ".safetensors":
                return {}
            text = file.read(min(length, LARGEST_METADATA))
        if text.startswith(METADATA):
            start = text[len(METADATA) :].decode("utf-8", "replace")
            found, _ = json.JSONDecoder().raw_decode(start.lstrip())
        else:
            found = json.loads(text).get("__metadata__", {})
    except (OSError, ValueError, AttributeError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {str(key): str(value) for key, value in cast("dict[Any, Any]", found).items()}


def as_json(value: str) -> Any:
    if not value.startswith(("{", "[")):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value
