"""What the parts of the page speak to each other in: components by name, and their values by the same names."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import gradio as gr

from studio.domain.errors import BadRequest
from studio.domain.registry import Registry
from studio.domain.things import Preprocessor, Sampler, Schedule, Script
from studio.store.documents import Documents

Components = Mapping[str, Any]
"""Gradio components; their events are made at run time, so no type knows them."""
Values = Mapping[str, Any]

# Without Gradio's queue an event is quick, but its errors do not reach the page.
QUIET: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
# For changes that several events listen to. Of two that wait for their turn on one trigger (Gradio's default
# for changes) each starts the other again when it ends, for ever; a test looks for such pairs.
EACH: dict[str, Any] = {**QUIET, "trigger_mode": "multiple"}
# For events whose errors are to be seen.
LOUD: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Controls:
    """What a part has drawn: `values` make the request; `handles` are buttons and texts, for whoever binds them."""

    values: Components = field(default_factory=dict[str, Any])
    handles: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def __or__(self, other: Self) -> Self:
        return type(self)(values={**self.values, **other.values}, handles={**self.handles, **other.handles})


@dataclass(frozen=True, kw_only=True, slots=True)
class Names:
    """What is installed, as far as reading and showing a request needs it; `control_units` stand on each tab,
    and `documents` keep the files that people have put in.
    """

    samplers: Registry[Sampler]
    schedules: Registry[Schedule]
    scripts: Registry[Script]
    preprocessors: Registry[Preprocessor]
    control_units: int
    documents: Documents


def named(components: Components, given: Sequence[Any]) -> Values:
    """The values that an event got, in the order of the components, by their names."""
    return dict(zip(components, given, strict=True))


def updates(components: Components, shown: Values) -> list[Any]:
    """What an event returns for the components: the shown values, and nothing for the rest."""
    return [shown.get(name, gr.skip()) for name in components]


def whole(values: Values, name: str) -> int:
    """Raises BadRequest for a number box that was emptied."""
    return int(real(values, name))


def real(values: Values, name: str) -> float:
    """Gradio gives ints where the request has floats. Raises BadRequest for a number box that was emptied."""
    value = values[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise BadRequest(f"{name.replace('_', ' ').capitalize()}: type a number", field=name, allowed="a number")
    return float(value)
