"""Inputs declared as data: `ui` draws them, `wire` orders them, both check with `check`. Add a kind of input here.

Used by scripts, hooks, preprocessors, interrogators and settings. `name` is the keyword (or A1111's key of a setting).
"""

import inspect
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from PIL.Image import Image

from studio.domain.errors import BadRequest

Value = Any
"""What a field may hold: JSON values, and a picture for `Picture`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Slider:
    """A number from minimum to maximum; a whole one when `step` and `default` are."""

    name: str
    label: str
    minimum: float
    maximum: float
    default: float
    step: float = 1
    info: str = ""

    def check(self, value: object) -> Value:
        number = finite(self, value)
        if not self.minimum <= number <= self.maximum:
            raise refused(self, value, f"a number from {self.minimum} to {self.maximum}")
        return int(number) if isinstance(self.step, int) and isinstance(self.default, int) else float(number)


@dataclass(frozen=True, kw_only=True, slots=True)
class Number:
    """Any finite number; a whole one when `default` is."""

    name: str
    label: str
    default: float
    info: str = ""

    def check(self, value: object) -> Value:
        number = finite(self, value)
        return int(number) if isinstance(self.default, int) else float(number)


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """One of `options`: the values themselves, or the name of a list ("samplers") that the door resolves."""

    name: str
    label: str
    options: tuple[str, ...] | str
    default: str
    info: str = ""

    def check(self, value: object) -> Value:
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise refused(self, value, "a name")
        if isinstance(self.options, str):
            return str(value)
        if isinstance(value, int) and 0 <= value < len(self.options):  # older clients send the position
            return self.options[value]
        known = {option.lower(): option for option in self.options}
        if str(value).lower() not in known:
            raise refused(self, value, f"one of {', '.join(self.options)}")
        return known[str(value).lower()]


@dataclass(frozen=True, kw_only=True, slots=True)
class MultiChoice:
    """Any number of `options`, which are the values, or the name of a list that the door resolves."""

    name: str
    label: str
    options: tuple[str, ...] | str
    default: tuple[str, ...]
    info: str = ""

    def check(self, value: object) -> Value:
        if isinstance(value, str) or not isinstance(value, Sequence):
            raise refused(self, value, "a list of names")
        names = tuple(str(each) for each in cast("Sequence[object]", value))
        for name in names:
            if not isinstance(self.options, str) and name not in self.options:
                raise refused(self, name, f"one of {', '.join(self.options)}")
        return names


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    name: str
    label: str
    default: bool
    info: str = ""

    def check(self, value: object) -> Value:
        if not isinstance(value, bool | int | float):
            raise refused(self, value, "true or false")
        return bool(value)


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """Any text, or what a regular expression matches as a whole; `example` says it to people."""

    name: str
    label: str
    default: str
    pattern: str = "(?s:.*)"
    example: str = "a text"
    lines: int = 1
    info: str = ""

    def check(self, value: object) -> Value:
        if not isinstance(value, str) or not re.fullmatch(self.pattern, value):
            raise refused(self, value, self.example)
        return value


@dataclass(frozen=True, kw_only=True, slots=True)
class Colour:
    """`#rrggbb`."""

    name: str
    label: str
    default: str
    info: str = ""

    def check(self, value: object) -> Value:
        if not isinstance(value, str) or not re.fullmatch("#[0-9a-fA-F]{6}", value):
            raise refused(self, value, "a colour like #ffffff")
        return value.lower()


@dataclass(frozen=True, kw_only=True, slots=True)
class File:
    """The path of a file on the machine that runs the studio."""

    name: str
    label: str
    default: str = ""
    info: str = ""

    def check(self, value: object) -> Value:
        if not isinstance(value, str):
            raise refused(self, value, "the path of a file")
        return value


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A picture, or None."""

    name: str
    label: str
    default: None = None
    info: str = ""

    def check(self, value: object) -> Value:
        if value is not None and not isinstance(value, Image):
            raise refused(self, value, "a picture")
        return value


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """No input, but a sentence; it keeps A1111's argument positions where there the place is taken by a text."""

    name: str
    label: str
    default: str = ""
    info: str = ""

    def check(self, value: object) -> Value:
        return self.default


Field = Slider | Number | Choice | MultiChoice | Check | Text | Colour | File | Picture | Note


def finite(field: Field, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise refused(field, value, "a number")
    return value


def refused(field: Field, value: object, allowed: str) -> BadRequest:
    return BadRequest(f"{field.label}: {value!r} is not {allowed}", field=field.name, allowed=allowed)


def complete(fields: Sequence[Field], given: Mapping[str, object]) -> dict[str, Value]:
    """Every field with its given value, checked, or its default. Raises BadRequest for a name that is no field."""
    known = [field.name for field in fields]
    for name in given:
        if name not in known:
            raise BadRequest(f"There is no input {name!r}", field=name, allowed=known)
    return {field.name: field.check(given.get(field.name, field.default)) for field in fields}


def check_declared(fields: Sequence[Field], function: Callable[..., Any]) -> None:
    """Raise TypeError unless the function's keyword-only arguments are the declared fields (but notes), in order."""
    taken = [p.name for p in inspect.signature(function).parameters.values() if p.kind is p.KEYWORD_ONLY]
    declared = [field.name for field in fields if not isinstance(field, Note)]
    if taken != declared:
        raise TypeError(f"{function.__qualname__} takes {taken}, but its fields are {declared}")
