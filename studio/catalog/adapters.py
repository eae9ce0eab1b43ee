"""T2I-Adapters by their headers: which files are some, and for which architecture. Another layout is a row of FIRST.

Layouts: the authors' own (`body.0.block1.`, and `body.0.in_conv.` of the light ones), and diffusers'
(`adapter.body.0.resnets.0.block1.`), as one file or in a folder.
"""

from collections.abc import Mapping

from studio.catalog.tensors import TensorInfo

ADAPTER = "adapter."
"""In front of diffusers' names."""
MARKS = ("body.0.block1.weight", "body.0.resnets.0.block1.weight", "body.0.body.0.block1.weight")
"""A layer by which they are known."""
FIRST = ("conv_in.weight", "body.0.in_conv.weight")
"""The layer that reads the map: of full and of light ones."""
CELL, XL_CELL = 8, 16
"""How many pixels a side they first lay into one cell, for SD 1.x and for SDXL."""
MAP_CHANNELS = (3, 1)
WIDTH = 320
"""Of the first features, in the sizes that both architectures have."""
TEXT_WIDTHS = {CELL: 768, XL_CELL: 2048}


def is_adapter(names: Mapping[str, TensorInfo]) -> bool:
    plain = {name.removeprefix(ADAPTER) for name in names}
    return any(mark in plain for mark in MARKS) and any(first in plain for first in FIRST)


def text_width_of_adapter(names: Mapping[str, TensorInfo]) -> int:
    """Of the architecture that it belongs to; 0 for one of unusual widths, which its header cannot tell."""
    plain = {name.removeprefix(ADAPTER): info for name, info in names.items()}
    widths = [plain[name].shape[0] for name in ("conv_in.weight", "body.0.out_conv.weight") if name in plain]
    first = next(plain[name] for name in FIRST if name in plain)
    return TEXT_WIDTHS[cell_of(first.shape[1])] if widths[:1] == [WIDTH] else 0


def cell_of(channels: int) -> int:
    """The pixels a side of a cell, by how many channels its pixels come to."""
    return XL_CELL if channels in [count * XL_CELL**2 for count in MAP_CHANNELS] else CELL
