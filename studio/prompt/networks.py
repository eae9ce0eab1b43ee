"""Networks that a prompt switches on: <lora:name:weight>. `NetworkUse` gets a field for a new argument.

A1111's form (features.md 2.17): `<lora:name:te:unet:dyn>`, or by name `<lora:name:te=1:unet=0.5:dyn=8>`; the UNet's
weight is the text encoder's unless it is said, and that is 1.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from studio.domain.errors import BadRequest

NETWORK = re.compile(r"<(\w+):([^>]+)>")
LORA_KINDS = ("lora", "lyco")


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkUse:
    """`kind` is what stands first (lora, lyco, hypernet). `dimension`: LoRA of dynamic rank are cut to it."""

    kind: str
    name: str
    text_weight: float
    unet_weight: float
    dimension: int | None


def split_networks(prompt: str) -> tuple[str, list[NetworkUse]]:
    """The prompt without its networks, and those in their order. Raises BadRequest for a weight that is no number."""
    uses = [use_of(match[1], match[2].split(":"), match[0]) for match in NETWORK.finditer(prompt)]
    return NETWORK.sub("", prompt), uses


def use_of(kind: str, items: Sequence[str], text: str) -> NetworkUse:
    placed = [item for item in items if item.count("=") != 1]
    named = dict(item.split("=") for item in items if item.count("=") == 1)
    weight = number(text, placed, 1, named, "te", 1.0)
    dimension = number(text, placed, 3, named, "dyn", 0.0)
    return NetworkUse(
        kind=kind,
        name=placed[0] if placed else items[0],
        text_weight=weight,
        unet_weight=number(text, placed, 2, named, "unet", weight),
        dimension=int(dimension) or None,
    )


def number(text: str, placed: Sequence[str], place: int, named: Mapping[str, str], name: str, default: float) -> float:
    written = named.get(name, placed[place] if len(placed) > place else "")
    if not written.strip():
        return default
    try:
        value = float(written)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise BadRequest(f"{text}: {written!r} is not a number", field="prompt", allowed="a number")
    return value
