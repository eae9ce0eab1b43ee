"""Textual inversions inside pictures, the two ways in which A1111 wrote them; another way is an entry of WAYS.

The text chunk "sd-ti-embedding" of a PNG is base64 of JSON. Or the low four bits of two bands beside the picture, each
parted from it by a black column, are the low and high halves of bytes of zlib over the same JSON, every nibble xor-ed
with a linear congruential sequence (as modules/textual_inversion/image_embedding.py of A1111's webui has it).
"""

import base64
import json
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.catalog.tensors import Header, TensorInfo
from studio.domain.errors import BrokenFile

SUFFIXES = (".png", ".webp")
CHUNK = "sd-ti-embedding"
LARGEST_SIDE = 8192
LARGEST_TEXT = 2**26  # bytes of JSON: 75 vectors for the widest encoder take a twentieth of it
Vectors = NDArray[np.float32]


def read_embedding_picture(path: Path) -> dict[str, Vectors]:
    """Vectors x width, under the name that they have in A1111's .pt files. Raises BrokenFile where there are none."""
    try:
        with Image.open(path) as picture:
            if max(picture.size) > LARGEST_SIDE:
                raise BrokenFile(f"{path.name} is too large a picture for an embedding", file=path.name)
            found = next((told for way in WAYS if (told := way(picture))), None)
        return vectors_of(json.loads(found)) if found else no_embedding(path)
    except (OSError, ValueError, TypeError, LookupError, RecursionError, Image.DecompressionBombError) as error:
        raise BrokenFile(f"{path.name} is a picture whose embedding cannot be read", file=path.name) from error


def no_embedding(path: Path) -> Any:
    raise BrokenFile(f"{path.name} is a picture without an embedding in it", file=path.name)


def header_of(path: Path) -> Header:
    """As that of a weight file. Raises BrokenFile."""
    tensors = read_embedding_picture(path)
    return Header(
        tensors={name: TensorInfo(dtype="F32", shape=each.shape) for name, each in tensors.items()}, metadata={}
    )


def vectors_of(told: Mapping[str, Any]) -> dict[str, Vectors]:
    params = cast("Mapping[str, Any]", told["string_to_param"])
    found = {f"string_to_param.{name}": np.array(each["TORCHTENSOR"], np.float32) for name, each in params.items()}
    if not found or any(each.ndim != 2 or not np.isfinite(each).all() for each in found.values()):
        raise ValueError("no vectors")
    return found


def in_chunk(picture: Image.Image) -> bytes | None:
    picture.load()  # the chunk may stand behind the pixels
    text = picture.info.get(CHUNK)
    return base64.b64decode(text) if isinstance(text, str) else None


def in_pixels(picture: Image.Image) -> bytes | None:
    pixels = np.asarray(without_black_edges(np.asarray(picture.convert("RGB"))) & 0x0F, np.uint8)
    black = np.nonzero(~pixels.any(axis=(0, 2)))[0]
    if len(black) < 2:
        return None
    low, high = unmasked(pixels[:, : black[0]]), unmasked(pixels[:, black[-1] + 1 :])
    if low.shape != high.shape or not low.size:
        return None
    unpacker = zlib.decompressobj()
    try:
        return unpacker.decompress(((high << 4) | low).tobytes(), LARGEST_TEXT)
    except zlib.error:  # an ordinary picture with two black columns
        return None


WAYS: tuple[Callable[[Image.Image], bytes | None], ...] = (in_chunk, in_pixels)


def without_black_edges(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Rows and columns at the sides in which every pixel has a channel of 0 are cut off, as A1111 does."""
    mask: NDArray[np.bool_] = np.asarray((pixels > 0).all(2))
    rows, columns = np.nonzero(mask.any(1))[0], np.nonzero(mask.any(0))[0]
    if not len(rows):
        return pixels
    return pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def unmasked(block: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(block ^ (sequence(block.size).reshape(block.shape) & 0x0F), np.uint8)


def sequence(count: int) -> NDArray[np.uint8]:
    """x -> 1664525 x + 1013904223 modulo 2^32, from 0, each modulo 255; by doubling what is known."""
    factor, step = 1664525, 1013904223
    values: NDArray[np.uint64] = np.array([step], np.uint64)
    while len(values) < count:  # x(k + n) = a^n x(k) + x(n): the last known one is x(n)
        power = modular_power(factor, len(values))
        values = np.concatenate([values, (values * np.uint64(power) + values[-1]) & np.uint64(0xFFFFFFFF)])
    return np.asarray(values[:count] % np.uint64(255), np.uint8)


def modular_power(base: int, exponent: int) -> int:
    """Modulo 2^32."""
    return pow(base, exponent, 2**32)
