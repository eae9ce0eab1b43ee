"""The pose editor of a ControlNet unit: what it is told when it opens, and what becomes of the poses that it sends.

The editor itself is in `assets/canvas/pose`.
"""

import colorsys
from collections.abc import Mapping
from typing import Any

from PIL import Image

from studio.controlnet.pose_maps import png_of, poses_in, poses_of, rendered
from studio.controlnet.poses import (
    COLOURS,
    FACE_JOINT,
    FINGER_THICKNESS,
    FINGERS,
    HAND_JOINT,
    JOINT,
    LIMB_BRIGHTNESS,
    LIMBS,
    THICKNESS,
)
from studio.domain.errors import BadRequest
from studio.domain.geometry import Size
from studio.ui.canvas.painting import Painting
from studio.ui.desk import Desk
from studio.ui.editor_binding import bind_standing, bind_taking
from studio.ui.generation import Panel
from studio.ui.parcel import packed, parcel, values_in
from studio.ui.parts import picture
from studio.ui.parts.control_unit import named
from studio.ui.values import LOUD, Values, whole

TYPE = "OpenPose"
LARGEST_SIDE = 1536
"""Of the canvas over a picture that has no poses yet."""
NO_POSE = "No pose was found in this picture yet. Add a figure, open a JSON, or run an OpenPose preprocessor first"
SOURCES = (
    *(f"picture.{name}" for mode in picture.MODES for name, *_ in mode.canvases),
    "width",
    "height",
)


def look() -> dict[str, Any]:
    """How poses are drawn, for the editor to do the same."""
    fingers = [
        [round(255 * level) for level in colorsys.hsv_to_rgb(number / len(FINGERS), 1, 1)]
        for number in range(len(FINGERS))
    ]
    return {
        "limbs": LIMBS,
        "limbColours": [[int(level * LIMB_BRIGHTNESS) for level in colour] for colour in COLOURS],
        "jointColours": COLOURS,
        "fingers": FINGERS,
        "fingerColours": fingers,
        "handColour": HAND_JOINT,
        "thickness": THICKNESS,
        "joint": JOINT,
        "faceJoint": FACE_JOINT,
        "fingerThickness": FINGER_THICKNESS,
    }


def bind_poses(desk: Desk, panel: Panel, number: int, *, has_picture: bool) -> None:
    bind_standing(desk, panel, number, "pose_tools", TYPE)
    bind_opening(panel, number, has_picture=has_picture)
    bind_taking(panel, number, "poses_sent", map_of, "answeredPoses")


def bind_opening(panel: Panel, number: int, *, has_picture: bool) -> None:
    names = [*SOURCES, *(named(number, name) for name in ("image", "preview", "allow_preview", "independent"))]
    wanted = {name: panel.components[name] for name in names if name in panel.components}

    def bind_button(handle: str, is_new: bool) -> None:
        sent, told = parcel(), parcel()

        def opened(given: Mapping[str, Any] | None) -> dict[str, Any]:
            values = values_in(given, wanted)
            unit = {"unit": f"{panel.key}_control_{number}", "title": f"Unit {number}", "look": look()}
            size = Size(whole(values, "width"), whole(values, "height"))
            if is_new:
                return {**unit, **blank(size)}
            return {**unit, **found(values, number, size, has_picture=has_picture)}

        press = packed(panel.controls.handles[named(number, handle)].click, wanted, sent)
        event = press.success(opened, sent, told, **LOUD)
        event.success(None, told, None, js="(told) => void window.RedrawCanvas.openPoses(told)", **LOUD)

    bind_button("edit_pose", False)
    bind_button("new_pose", True)


def blank(size: Size) -> dict[str, Any]:
    told = {"from": "new", "poses": None, "background": None, "note": ""}
    return {**told, "width": size.width, "height": size.height}


def found(values: Values, number: int, size: Size, *, has_picture: bool) -> dict[str, Any]:
    """The poses that the unit's picture carries, else those of its preview; under them what the unit looks at."""
    image: Painting | None = values[named(number, "image")]
    if not values.get(named(number, "independent"), True):
        image = None
    preview: Painting | None = values[named(number, "preview")] if values[named(number, "allow_preview")] else None
    carried = carried_by(image)
    if image and carried:
        return {**blank(size), "from": image.picture_key, "poses": carried}
    under = image or (picture.painting(values) if has_picture else None)
    below = {**blank(size), **background(under)}
    told = carried_by(preview)
    if preview and told:
        return {**below, "from": preview.picture_key, "poses": told}
    return {**below, "from": under.picture_key if under else "new", "note": NO_POSE if under else ""}


def carried_by(painting: Painting | None) -> dict[str, Any] | None:
    return poses_in(painting.file()) if painting else None


def background(under: Painting | None) -> dict[str, Any]:
    if under is None:
        return {}
    scale = min(1.0, LARGEST_SIDE / max(under.size))
    sides = {"width": round(under.size.width * scale), "height": round(under.size.height * scale)}
    return {**sides, "background": under.picture_key}


def map_of(poses: Mapping[str, Any] | None) -> dict[str, Any]:
    """What the unit's canvas is set to. Raises BadRequest."""
    if not poses:
        raise BadRequest("The editor has sent no poses. Send them again", field="poses")
    return {"image": png_of(rendered(poses)), "name": "pose.png"}


def preview_of(found: Image.Image) -> Image.Image | bytes:
    """A map that carries poses goes to the preview as the file that does too."""
    return png_of(found) if poses_of(found) else found
