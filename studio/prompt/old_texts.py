"""Texts of old versions of A1111, said in today's words, as it does itself (features.md 2.19)."""

import math
import re
from collections.abc import Mapping

from studio.domain.geometry import Size

SIZE = re.compile(r"\s*(\d+)\s*x\s*(\d+)\s*")
FIRST_PASS = "First pass size"


def modern(facts: Mapping[str, str]) -> Mapping[str, str]:
    """Hires fix told its first pass by itself once, and "Size" was the second's."""
    first, whole = (SIZE.fullmatch(facts.get(key, "")) for key in (FIRST_PASS, "Size"))
    if not first or not whole:
        return facts
    size, target = (Size(int(each[1]), int(each[2])) for each in (first, whole))
    size = size if all(size) else usual_first(target)
    sizes = {"Size": f"{size.width}x{size.height}", "Hires resize": f"{target.width}x{target.height}"}
    return {**facts, **sizes}


def usual_first(target: Size) -> Size:
    """Of about 512x512 pixels, in the shape of `target`; what "0x0" meant."""
    factor = math.sqrt(512 * 512 / max(1, target.width * target.height))
    return Size(*(math.ceil(factor * side / 64) * 64 for side in target))
