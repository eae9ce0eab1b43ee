"""Regions as the API gives them, and back. A parameter of a region is a field of `RegionBody`, used twice below.

"alwayson_scripts": {"regions": {"args": [{"prompt": "a knight <lora:knight:1>", "mask": "<base64>"}, ...]}}
"""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from studio.domain.errors import BadRequest
from studio.domain.request import Region
from studio.wire.reading import Body, Load, Store


class RegionBody(Body):
    """`mask`: white belongs to the region; of the picture's size, or stretched over it."""

    prompt: str
    mask: str
    negative_prompt: str = ""
    weight: float = 1.0


def regions_of(args: Sequence[Any], load: Load) -> tuple[Region, ...]:
    """Raises BadRequest, BrokenFile."""
    return tuple(region_of(number, each, load) for number, each in enumerate(args, start=1))


def region_of(number: int, given: Any, load: Load) -> Region:
    try:
        body = RegionBody.model_validate(given)
    except ValidationError as error:
        places = ", ".join(".".join(str(part) for part in each["loc"]) or "it" for each in error.errors())
        message = f"Region {number} cannot be read: {places}. It takes prompt, mask, negative_prompt and weight"
        raise BadRequest(message, field="regions", allowed=list(RegionBody.model_fields)) from error
    return Region(
        prompt=body.prompt,
        mask=load(body.mask),
        negative_prompt=body.negative_prompt,
        weight=body.weight,
    )


def region_fields(region: Region, store: Store) -> dict[str, Any]:
    return {
        "prompt": region.prompt,
        "mask": store(region.mask),
        "negative_prompt": region.negative_prompt,
        "weight": region.weight,
    }
