"""What people type to name a model elsewhere, and which files that means. A new form is a branch in `read_wish`.

Hub ids are those of huggingface.co, or of the mirror that HF_ENDPOINT names, as its own library reads it.
"""

import json
import os
import re
import urllib.parse
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any, cast

from studio.catalog.fetch import FAULTS, ask, opened
from studio.catalog.headers import SUFFIXES
from studio.domain.errors import BadRequest, StudioError

HUB = "https://huggingface.co"
HUB_ID = re.compile(r"([\w.-]+/[\w.-]+)(?:/(.+))?")
PAGE_PARTS = re.compile(r"([\w.-]+/[\w.-]+)(?:/(?:blob|resolve|raw|tree)/[^/]+(?:/(.+))?)?")
NAMELESS = ("diffusion_pytorch_model", "pytorch_lora_weights", "model", "pytorch_model", "learned_embeds")
"""Names that say nothing; such files are called after their repository."""
VARIANTS = (".fp16.", ".bf16.", ".non_ema.")
LARGEST_ANSWER = 2**24
MOST_NAMED = 8
WAYS = "Type owner/name, owner/name/file.safetensors, or an address that begins with https://"


@dataclass(frozen=True, kw_only=True, slots=True)
class Remote:
    """One file there. `name` is what it is called here, a path for one of a folder; "" and 0 for what is not known."""

    address: str
    name: str
    size: int = 0
    sha256: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """What somebody wants: one file, or a folder in diffusers' layout of the name `folder`."""

    files: tuple[Remote, ...]
    folder: str = ""

    @property
    def name(self) -> str:
        return self.folder or self.files[0].name

    @property
    def size(self) -> int:
        return sum(each.size for each in self.files)


@dataclass(frozen=True, slots=True)
class Hub:
    """`endpoint` without a slash at its end."""

    endpoint: str = HUB

    def file(self, owner_and_name: str, file: str, *, size: int = 0, sha256: str = "") -> Remote:
        return Remote(
            address=f"{self.endpoint}/{owner_and_name}/resolve/main/{urllib.parse.quote(file)}",
            name=local_name(owner_and_name, file),
            size=size,
            sha256=sha256,
        )

    def read_wish(self, text: str) -> Wish:
        """Asks the hub where the text leaves something open. Raises BadRequest, StudioError."""
        text = text.strip().strip('"')
        pages = next((each for each in (self.endpoint, HUB) if text.startswith(f"{each}/")), "")
        if pages:
            found = PAGE_PARTS.fullmatch(urllib.parse.unquote(urllib.parse.urlsplit(text).path.strip("/")))
        else:
            found = HUB_ID.fullmatch(text)
        if found and not text.startswith(("/", ".")) and (pages or "://" not in text):
            return self.of_repository(found[1], found[2] or "")
        if text.startswith(("http://", "https://")):
            return Wish(files=(elsewhere(text),))
        raise BadRequest(f"{text!r} names no model. {WAYS}" if text else WAYS, field="address", allowed=WAYS)

    def of_repository(self, owner_and_name: str, file: str) -> Wish:
        if file:
            return Wish(files=(self.file(owner_and_name, file),))
        listing = self.listing(owner_and_name)
        chosen = chosen_files(owner_and_name, [each["rfilename"] for each in listing])
        facts = {each["rfilename"]: each for each in listing}
        files = tuple(self.listed(owner_and_name, name, facts[name]) for name in chosen)
        if chosen[0] != "model_index.json":
            return Wish(files=files)
        whole = tuple(replace(each, name=name) for each, name in zip(files, chosen, strict=True))
        return Wish(files=whole, folder=owner_and_name.partition("/")[2])

    def listed(self, owner_and_name: str, name: str, facts: dict[str, Any]) -> Remote:
        large = cast("dict[str, Any]", facts.get("lfs") or {})
        size = int(large.get("size") or facts.get("size") or 0)
        return self.file(owner_and_name, name, size=size, sha256=str(large.get("sha256") or ""))

    def listing(self, owner_and_name: str) -> list[dict[str, Any]]:
        """The files of a repository, as the hub's API lists them."""
        address = f"{self.endpoint}/api/models/{owner_and_name}?blobs=true"
        try:
            answer, _ = opened(urllib.request.Request(address))
            with answer:
                told = json.loads(answer.read(LARGEST_ANSWER))
            files = cast("list[dict[str, Any]]", told["siblings"])
            return [each for each in files if is_inside(each.get("rfilename"))]
        except (*FAULTS, KeyError, TypeError, AttributeError) as error:
            reason = getattr(error, "reason", "") or error
            message = (
                f"{self.endpoint} does not tell what is in {owner_and_name} ({reason}). Check the name and the "
                f"network, or get the file from {self.endpoint}/{owner_and_name} and put it into the folder of its kind"
            )
            raise StudioError(message, address=address) from error


def is_inside(name: object) -> bool:
    """Whether a name is that of a file, and does not lead out of its folder."""
    return isinstance(name, str) and not {"", ".", ".."} & set(name.replace("\\", "/").split("/"))


def hub_of_environment() -> Hub:
    return Hub(os.environ.get("HF_ENDPOINT", "").rstrip("/") or HUB)


def chosen_files(owner_and_name: str, names: Sequence[str]) -> list[str]:
    """The one weight file at the top, or all of a folder in diffusers' layout, its index first. Raises BadRequest."""
    at_top = plain_ones([name for name in names if "/" not in name and name.endswith(SUFFIXES)])
    if len(at_top) == 1:
        return at_top
    if not at_top and "model_index.json" in names:
        return diffusers_files(names)
    offered = at_top or [name for name in names if name.endswith(SUFFIXES)]
    if not offered:
        raise BadRequest(
            f"{owner_and_name} holds no weights: no file there ends in {', '.join(SUFFIXES)}", field="address"
        )
    shown = "\n".join(f"{owner_and_name}/{name}" for name in offered[:MOST_NAMED])
    raise BadRequest(f"{owner_and_name} holds several files. Type the one that you want:\n{shown}", field="address")


def plain_ones(names: Sequence[str]) -> list[str]:
    """Safetensors where there are some, and what is no variant of another file."""
    safe = [name for name in names if name.endswith(".safetensors")] or list(names)
    return [name for name in safe if not any(mark in name for mark in VARIANTS)] or safe


def diffusers_files(names: Sequence[str]) -> list[str]:
    small = [name for name in names if name.endswith((".json", ".txt", ".model")) and not name.endswith(".index.json")]
    folders = sorted({name.rpartition("/")[0] for name in names if "/" in name and name.endswith(SUFFIXES)})
    weights = [
        name
        for folder in folders
        for name in plain_ones(
            [each for each in names if each.rpartition("/")[0] == folder and each.endswith(SUFFIXES)]
        )
    ]
    return ["model_index.json", *(name for name in [*small, *weights] if name != "model_index.json")]


def local_name(owner_and_name: str, file: str) -> str:
    path = PurePosixPath(file)
    if path.name.partition(".")[0] in NAMELESS:
        return f"{owner_and_name.partition('/')[2]}{path.suffix}"
    return path.name


def elsewhere(address: str) -> Remote:
    """A file of any address, by the name that the server gives it. Raises BadRequest."""
    told = ask(address)
    last = PurePosixPath(urllib.parse.unquote(urllib.parse.urlsplit(address).path)).name
    name = safe_name(told.name or last)
    if not name.lower().endswith(SUFFIXES):
        message = f"{address} leads to no weight file: {name or 'it'} does not end in {', '.join(SUFFIXES)}"
        raise BadRequest(message, field="address", allowed=list(SUFFIXES))
    return Remote(address=address, name=name, size=told.size, sha256=told.sha256)


def safe_name(name: str) -> str:
    """Of one file, without folders or characters that any file system refuses."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return re.sub(r'[\x00-\x1f<>:"|?*]', "_", last).lstrip(".")
