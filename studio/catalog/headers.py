"""What tensors a weight file holds, read from its header alone. A new file format is a branch in `read_header`."""

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from studio.catalog.pickles import PICKLE_STARTS, read_pickle_header
from studio.catalog.tensors import Header, TensorInfo
from studio.domain.errors import BrokenFile

SUFFIXES = (".safetensors", ".ckpt", ".pt", ".pth", ".bin")
LARGEST_HEADER = 100 * 2**20  # the limit of the safetensors format itself
BYTES = {
    **dict.fromkeys(("F64", "I64", "U64"), 8),
    **dict.fromkeys(("F32", "I32", "U32"), 4),
    **dict.fromkeys(("F16", "BF16", "I16", "U16"), 2),
    **dict.fromkeys(("I8", "U8", "BOOL", "F8_E4M3", "F8_E5M2", "F8_E8M0"), 1),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """Where a tensor's bytes lie in a safetensors file, counted from the end of the header."""

    info: TensorInfo
    start: int
    end: int


def read_header(path: Path) -> Header:
    """Names, shapes and dtypes. Raises BrokenFile, which names what the file really is."""
    try:
        with path.open("rb") as file:
            start = file.read(64)
    except OSError as error:
        raise BrokenFile(f"{path.name} cannot be read: {error.strerror}", file=path.name) from error
    refuse_wrong_kind(path, start)
    if start.startswith(PICKLE_STARTS) and start[8:9] != b"{":  # a safetensors header may begin with any length
        return read_pickle_header(path)
    layouts, metadata, _ = read_safetensors_layout(path)
    return Header(tensors={name: layout.info for name, layout in layouts.items()}, metadata=metadata)


def refuse_wrong_kind(path: Path, start: bytes) -> None:
    text = start.lstrip().lower()
    if not start:
        raise BrokenFile(f"{path.name} is empty. Download it again", file=path.name)
    if start[8:9] == b"{" and not any(start[4:8]):  # a safetensors header, whose length may look like any text
        return
    if text.startswith(b"version https://git-lfs"):
        remedy = "Fetch the real file with `git lfs pull`, or download it from its page"
        raise BrokenFile(f"{path.name} is a Git LFS pointer, not the weights. {remedy}", file=path.name)
    if text.startswith((b"<!doctype", b"<html", b"<?xml", b"<head")):
        remedy = "Download it again; the page may want a login"
        raise BrokenFile(f"{path.name} is a web page (HTML), not weights. {remedy}", file=path.name)
    if text.startswith((b"{", b"[")):
        remedy = "Download it again; the text in it may say why the download failed"
        raise BrokenFile(f"{path.name} is a JSON text, not weights. {remedy}", file=path.name)


def read_safetensors_layout(path: Path) -> tuple[dict[str, Layout], dict[str, str], int]:
    """Every tensor's place, the metadata, and where the data begins. Raises BrokenFile, also when data are missing."""
    size = path.stat().st_size
    with path.open("rb") as file:
        first = file.read(8)
        length = struct.unpack("<Q", first)[0] if len(first) == 8 else 0
        if not 0 < length <= LARGEST_HEADER:
            raise BrokenFile(f"{path.name} is no weight file: it begins with something else", file=path.name)
        if size < 8 + length:
            raise truncated(path, size, 8 + length)
        text = file.read(length)
    layouts, metadata = parsed(path, text)
    needed = 8 + length + max((layout.end for layout in layouts.values()), default=0)
    if size < needed:
        raise truncated(path, size, needed)
    return layouts, metadata, 8 + length


def truncated(path: Path, size: int, needed: int) -> BrokenFile:
    message = f"{path.name} is truncated: it has {size} bytes and should have {needed}. Download it again"
    return BrokenFile(message, file=path.name, size=size, needed=needed)


def parsed(path: Path, text: bytes) -> tuple[dict[str, Layout], dict[str, str]]:
    try:
        entries = cast("dict[str, dict[str, Any]]", json.loads(text))
        metadata = {str(key): str(value) for key, value in entries.pop("__metadata__", {}).items()}
        return {name: layout_of(entry) for name, entry in entries.items()}, metadata
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        message = f"{path.name} is no weight file: its header cannot be read. Download it again"
        raise BrokenFile(message, file=path.name) from error


def layout_of(entry: Mapping[str, Any]) -> Layout:
    """Raises ValueError or KeyError where the entry contradicts itself."""
    shape = tuple(int(side) for side in entry["shape"])
    start, end = (int(offset) for offset in entry["data_offsets"])
    info = TensorInfo(dtype=str(entry["dtype"]), shape=shape)
    if min(shape, default=0) < 0 or start < 0 or end - start != info.count * BYTES[info.dtype]:
        raise ValueError("sizes contradict")
    return Layout(info=info, start=start, end=end)
