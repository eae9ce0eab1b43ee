"""Many values in one event, as one JSON value. Every component that an event of the server names slows the page down:
at each later event Gradio looks up all that were ever named. So the browser packs what is sent, and unpacks the answer.
"""

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from studio.domain.errors import BrokenFile
from studio.ui.canvas.paint_canvas import FLUSH, PaintCanvas
from studio.ui.values import QUIET, Components, Values

# For events with few values: the first is filled with the tab of img2img that is open.
WITH_MODE = f"""async (mode, ...rest) => {{
  const values = await ({FLUSH})(mode, ...rest);
  return [window.StudioPage.mode(), ...values.slice(1)];
}}"""
Listener = Callable[..., Any]
"""`button.click`, `event.success` ..."""


def parcel() -> gr.JSON:
    return gr.JSON(visible=False)


def packed(listener: Listener, components: Components, into: gr.JSON) -> Any:
    """The values of the components in order, and which tab and visit they come from. Canvases are sent by then.

    Returns the event; what reads the parcel follows it with `success`.
    """
    js = f"async (...values) => [window.StudioPage.pack(await ({FLUSH})(...values))]"
    return listener(None, list(components.values()), into, js=js, **QUIET)


def unpacked(listener: Listener, components: Components, of: gr.JSON) -> Any:
    """Sets what the parcel holds for the components, in order, and leaves the rest as it is."""
    return listener(None, of, list(components.values()), js="(parcel) => window.StudioPage.unpack(parcel)", **QUIET)


def values_in(sent: Values | None, components: Components) -> dict[str, Any]:
    """As the components' own `preprocess` gives them. Raises BrokenFile for a canvas whose picture is gone."""
    given: Sequence[Any] = (sent or {}).get("values") or [None] * len(components)
    pairs = zip(components.items(), given, strict=True)
    values = {name: value_in(component, value) for (name, component), value in pairs}
    return {"mode": str((sent or {}).get("mode", "")), **values}


def value_in(component: Any, value: Any) -> Any:
    if not isinstance(component, PaintCanvas):
        return value
    try:
        return component.preprocess(value)
    except gr.Error as error:
        raise BrokenFile(error.message) from error


def visit_of(sent: Values | None) -> str:
    return str((sent or {}).get("visit", ""))


def values_for(components: Components, shown: Values) -> list[Any]:
    """What `unpacked` sets; None for what stays, and for names that are not installed (any more)."""
    return [value_for(component, shown.get(name)) for name, component in components.items()]


def value_for(component: Any, value: Any) -> Any:
    if isinstance(component, gr.Dropdown) and component.allow_custom_value and value is not None:
        choices = [[each, each] for each in value]
        return {"__type__": "update", "choices": choices, "value": value, "visible": bool(value)}
    if isinstance(component, gr.Dropdown) and value is not None:
        known = {choice[1] for choice in component.choices}
        return value if known.issuperset(value if isinstance(value, list) else [value]) else None
    return value
