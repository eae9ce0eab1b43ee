"""Control units back from an infotext, as ControlNet writes them (ControlNet 0: "Module: ..."). A key is a line."""

import json
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


KEYS: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "Module": ("preprocessor", str),
    "Model": ("model", str),
    "Weight": ("weight", float),
    "Resize Mode": ("resize_mode", lambda value: RESIZE_MODES[value.lower()]),
    "Processor Res": ("resolution", lambda value: int(float(value))),
    "Threshold A": ("threshold_a", float),
    "Threshold B": ("threshold_b", float),
    "Guidance Start": ("start", float),
    "Guidance End": ("end", float),
    "Pixel Perfect": ("pixel_perfect", truth),
    "Control Mode": ("mode", ControlMode),
    "Hr Option": ("hires_option", HiresOption),
    "Crop To Mask": ("cropped_to_mask", truth),
    "Union Control Type": ("union_control", UnionControl),
    "Advanced Weighting": ("weights", weights),
    "Input Mode": ("several", no_pictures),
}


def controls_of(facts: Mapping[str, str]) -> tuple[tuple[ControlUnit, ...], list[str]]:
    """The units, without their pictures, which no text holds; and what cannot be read, or was a mask of a region."""
    units: list[ControlUnit] = []
    bad: list[str] = []
    for key in sorted((key for key in facts if key.startswith("ControlNet ")), key=lambda key: (len(key), key)):
        try:
            units.append(unit_of(facts[key]))
            if has_region(facts[key]):
                bad.append(f"{key}'s {REGION_MASK} (a picture: paint it again)")
        except (ValueError, LookupError):
            bad.append(key)
    return tuple(units), bad


def has_region(text: str) -> bool:
    return any(key == REGION_MASK and truth(unquoted(value)) for key, value in FACT.findall(text))


def unit_of(text: str) -> ControlUnit:
    """Keys that mean nothing here are left out. Raises ValueError, LookupError for bad values."""
    found = {key: unquoted(value) for key, value in FACT.findall(text)}
    if "Module" not in found and "Model" not in found:
        raise ValueError(text)
    return replace(USUAL, **{KEYS[key][0]: KEYS[key][1](value) for key, value in found.items() if key in KEYS})
