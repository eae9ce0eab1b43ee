"""The painter of segmentation maps: what it is told when it opens, and what becomes of the map that it sends.

The painter itself is in `assets/canvas/classes`.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image

from studio.controlnet.class_colours import class_colours, snapped
from studio.domain.errors import BadRequest
from studio.store.documents import Documents
from studio.ui.canvas.painting import CanvasMode, Painting, from_value, png, to_painting, to_value
from studio.ui.desk import Desk
from studio.ui.editor_binding import bind_standing, bind_taking
from studio.ui.generation import Panel
from studio.ui.parcel import packed, parcel, values_in
from studio.ui.parts.control_unit import named
from studio.ui.values import LOUD, whole

TYPE = "Segmentation"


def classes() -> list[dict[str, str]]:
    return [{"name": each.name, "colour": f"#{bytes(each.colour).hex()}"} for each in class_colours()]


def bind_classes(desk: Desk, panel: Panel, number: int) -> None:
    bind_standing(desk, panel, number, "class_tools", TYPE)
    bind_opening(desk, panel, number)
    bind_taking(panel, number, "classes_sent", lambda value: map_of(desk.documents, value), "answeredClasses")


def bind_opening(desk: Desk, panel: Panel, number: int) -> None:
    names = ["width", "height", *(named(number, name) for name in ("preview", "allow_preview"))]
    wanted = {name: panel.components[name] for name in names}
    sent, told = parcel(), parcel()

    def opened(given: Mapping[str, Any] | None) -> dict[str, Any]:
        values = values_in(given, wanted)
        unit = {"unit": f"{panel.key}_control_{number}", "title": f"Unit {number}", "classes": classes()}
        preview = values[named(number, "preview")] if values[named(number, "allow_preview")] else None
        sides = {"width": whole(values, "width"), "height": whole(values, "height")}
        return {**unit, **sides, "map": flat(desk.documents, preview)}

    press = packed(panel.controls.handles[named(number, "paint_classes")].click, wanted, sent)
    event = press.success(opened, sent, told, **LOUD)
    event.success(None, told, None, js="(told) => void window.RedrawCanvas.openClasses(told)", **LOUD)


def flat(documents: Documents, preview: Painting | None) -> Mapping[str, Any] | None:
    """The preview with what was painted over it, as one picture for the painter to begin with."""
    if preview is None:
        return None
    picture = preview.composite() if preview.drawing_key else preview
    return to_value(to_painting(documents, CanvasMode.picture, picture), "", "map")


def map_of(documents: Documents, value: Mapping[str, Any] | None) -> dict[str, Any]:
    """What the unit's canvas is set to: a map of classes' colours alone. Raises BadRequest, BrokenFile, UnknownName."""
    painting = from_value(documents, CanvasMode.sketch, value)
    if painting is None:
        raise BadRequest("There is no map yet. Make a new one, or take the preprocessor's", field="picture")
    pixels = np.asarray(painting.composite().convert("RGB"))
    return {"image": png(Image.fromarray(snapped(pixels))), "name": "classes.png"}
