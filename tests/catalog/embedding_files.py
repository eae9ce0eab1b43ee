"""Pictures that hold a textual inversion, written as A1111's image_embedding.py says."""

import base64
import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from studio.catalog.embedding_pictures import sequence

VECTORS = np.random.default_rng(4).normal(0, 0.1, (3, 768)).astype(np.float32)
HEIGHT = 96


def as_json(vectors: np.ndarray = VECTORS) -> bytes:
    return json.dumps({"string_to_param": {"*": {"TORCHTENSOR": vectors.tolist()}}, "name": "hat"}).encode()


def in_chunk(path: Path, text: bytes) -> Path:
    about = PngInfo()
    about.add_text("sd-ti-embedding", base64.b64encode(text).decode())
    Image.new("RGB", (64, HEIGHT), "teal").save(path, pnginfo=about)
    return path


def in_pixels(path: Path, text: bytes, **saving: Any) -> Path:
    """Low halves on the left, high halves on the right; the upper four bits of both are a pattern."""
    packed = np.frombuffer(zlib.compress(text, 9), np.uint8)
    row = HEIGHT * 3
    packed = np.concatenate([packed, np.zeros(-len(packed) % row, np.uint8)])
    noise = np.random.default_rng(5).integers(1, 16, (HEIGHT, packed.size // row, 3)).astype(np.uint8) << 4
    keys = sequence(packed.size) & 0x0F
    low, high = ((part ^ keys).reshape(noise.shape) | noise for part in (packed & 0x0F, packed >> 4))
    gap, picture = np.zeros((HEIGHT, 1, 3), np.uint8), np.full((HEIGHT, 40, 3), 77, np.uint8)
    Image.fromarray(np.concatenate([low, gap, picture, gap, high], 1)).save(path, **saving)
    return path
