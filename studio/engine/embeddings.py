"""Textual inversion (Gal et al. 2022, arXiv 2208.01618): vectors that a name in the prompt stands for.

A new layout of files is a branch of `catalog/network_facts.py:embedding_names`. Where the vectors go is decided by
`prompt/chunks.py`, by the tokens of the name, as A1111 does it.
"""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from studio.catalog.embedding_pictures import SUFFIXES, read_embedding_picture
from studio.catalog.network_facts import embedding_names
from studio.devices.weights import read_weights
from studio.engine.models import Model, TextEncoder

Vectors = Mapping[str, Tensor]
"""By encoder (clip_l, clip_g), or by "" where the file does not say for which: vectors x width."""


def read_embedding(path: Path) -> Vectors:
    """Raises BrokenFile."""
    if path.suffix.lower() in SUFFIXES:
        return vectors_of({name: torch.from_numpy(each) for name, each in read_embedding_picture(path).items()})
    return vectors_of(read_weights(path))


def vectors_of(tensors: Mapping[str, Tensor]) -> Vectors:
    """Of a file's tensors, or of what a network brings along."""
    found = {encoder: tensors[name] for encoder, name in embedding_names(tensors).items()}
    return {encoder: each[None] if each.dim() == 1 else each for encoder, each in found.items()}


def fitting(vectors: Vectors, model: Model) -> Vectors | None:
    """By the names of the model's encoders; None where they are made for other ones."""
    found = {encoder.name: vectors.get(encoder.name) for encoder in model.encoders}
    if len(model.encoders) == 1 and "" in vectors:
        found = {model.encoders[0].name: vectors[""]}
    fits = {
        encoder.name: each
        for encoder in model.encoders
        if (each := found[encoder.name]) is not None and each.dim() == 2 and each.shape[1] == width_of(encoder)
    }
    return fits if len(fits) == len(model.encoders) else None


def width_of(encoder: TextEncoder) -> int:
    return int(encoder.network.config.hidden_size)


def widths_of(model: Model) -> int:
    """Of all encoders together, as files of two are counted."""
    return sum(width_of(encoder) for encoder in model.encoders)
