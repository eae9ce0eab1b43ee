"""Control units back from an infotext, as ControlNet writes them (ControlNet 0: "Module: ..."). A key is a line.

Until 1.1.4 it wrote them another way: "preprocessor: canny, ..., starting/ending: (0, 1), ...".
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, cast

from studio.domain.request import (
    ControlMode,
    ControlPictures,
    ControlUnit,
    HiresOption,
    InputMode,
    ResizeMode,
    UnionControl,
)
from studio.prompt.facts import CONTROL_RESIZE, REGION_MASK
from studio.prompt.infotext import FACT, unquoted

RESIZE_MODES = {label.lower(): mode for mode, label in CONTROL_RESIZE.items()}
USUAL = ControlUnit(
    preprocessor="none",
    model="None",
    weight=1.0,
    image=None,
    mask=None,
    resize_mode=ResizeMode.crop,
    resolution=-1,
    threshold_a=-1.0,
    threshold_b=-1.0,
    start=0.0,
    end=1.0,
    pixel_perfect=False,
    mode=ControlMode.balanced,
    low_vram=False,
    cropped_to_mask=True,
    hires_option=HiresOption.both,
    region=None,
    weights=(),
    shows_map=True,
)
"""ControlNet's own defaults (features.md 3.1)."""


def truth(value: str) -> bool:
    return value == "True"


def weights(value: str) -> tuple[float, ...]:
    return tuple(float(each) for each in cast("list[Any]", json.loads(value)))


def no_pictures(value: str) -> ControlPictures:
    return ControlPictures(mode=InputMode(value), images=())


def hires_option(value: str) -> HiresOption:
    """By its words, or as ControlNet wrote its names for a while: HiResFixOption.LOW_RES_ONLY."""
    words = value.rpartition(".")[2].replace("_", " ").lower()
    return next(option for option in HiresOption if option.value.lower() == words)


def one(field: str, read: Callable[[str], Any]) -> Callable[[str], dict[str, Any]]:
    return lambda value: {field: read(value)}


def several(**fields: Callable[[str], Any]) -> Callable[[str], dict[str, Any]]:
    """Of a value such as (512, 100, 200), each part to its field."""

    def read(value: str) -> dict[str, Any]:
        parts = value.strip("()").split(",")
        return {field: to(part) for (field, to), part in zip(fields.items(), parts, strict=True)}

    return read


def whole(value: str) -> int:
    return int(float(value))


KEYS: Mapping[str, Callable[[str], dict[str, Any]]] = {
    "module": one("preprocessor", str),
    "preprocessor": one("preprocessor", str),
    "model": one("model", str),
    "weight": one("weight", float),
    "resize mode": one("resize_mode", lambda value: RESIZE_MODES[value.lower()]),
    "processor res": one("resolution", whole),
    "threshold a": one("threshold_a", float),
    "threshold b": one("threshold_b", float),
    "preprocessor params": several(resolution=whole, threshold_a=float, threshold_b=float),
    "guidance start": one("start", float),
    "guidance end": one("end", float),
    "starting/ending": several(start=float, end=float),
    "pixel perfect": one("pixel_perfect", truth),
    "control mode": one("mode", ControlMode),
    "hr option": one("hires_option", hires_option),
    "crop to mask": one("cropped_to_mask", truth),
    "union control type": one("union_control", UnionControl),
    "advanced weighting": one("weights", weights),
    "input mode": one("several", no_pictures),
}
TUPLE = re.compile(r": (\([^()]*\))(?=,|$)")


def controls_of(facts: Mapping[str, str]) -> tuple[tuple[ControlUnit, ...], list[str]]:
    """The units, without their pictures, which no text holds; and what cannot be read, or was a mask of a region."""
    units: list[ControlUnit] = []
    bad: list[str] = []
    for name in sorted((key for key in facts if key.startswith("ControlNet ")), key=lambda key: (len(key), key)):
        found = unit_facts(facts[name])
        if not found.keys() & {"module", "preprocessor", "model"}:
            bad.append(name)
            continue
        fields, unread = fields_of(found)
        units.append(replace(USUAL, **fields))
        bad += [f"{name}'s {key.title()}" for key in unread]
        if truth(found.get(REGION_MASK.lower(), "")):
            bad.append(f"{name}'s {REGION_MASK} (a picture: paint it again)")
    return tuple(units), bad


def unit_facts(text: str) -> dict[str, str]:
    """The values of a unit's text, by their keys in small letters."""
    return {key.lower(): unquoted(value) for key, value in FACT.findall(TUPLE.sub(r': "\1"', text))}


def fields_of(found: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """Fields of a ControlUnit, and the keys whose values cannot be read. Keys that mean nothing here are left out."""
    fields: dict[str, Any] = {}
    bad: list[str] = []
    for key in found.keys() & KEYS.keys():
        try:
            fields |= KEYS[key](found[key])
        except (ValueError, LookupError, StopIteration):
            bad.append(key)
    return fields, sorted(bad)
