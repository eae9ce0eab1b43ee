"""Maps of figures that keep their joints: a map's `info`, and its PNG file, carry OpenPose's JSON under `CARRIED`.

So the pose editor and the API find again what was drawn. A preprocessor of figures gives `pose_map(...)`.
"""

import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from studio.controlnet.poses import KEYS, Points, Pose, drawn, from_json, to_json
from studio.controlnet.working_size import Pixels, at_working_size
from studio.domain.errors import BadRequest
from studio.domain.geometry import Size
from studio.imaging.load import opened

CARRIED = "openpose"
LARGEST_CANVAS = 4096


def pose_map(
    image: Image.Image, resolution: int, find: Callable[[Pixels], Sequence[Pose]], *, leaves_out: Sequence[str] = ()
) -> Image.Image:
    """What `find` sees in a picture, drawn at its working size, without the parts of `Pose` that are left out."""
    found: list[Pose] = []
    padded: list[Size] = []

    def detect(pixels: Pixels) -> Pixels:
        padded.append(Size(pixels.shape[1], pixels.shape[0]))
        found.extend(replace(pose, **dict.fromkeys(leaves_out, ())) for pose in find(pixels))
        return drawn(found, padded[0])

    made = at_working_size(image, resolution, detect)
    size = Size(*made.size)
    kept = [scaled(pose, padded[0].width / size.width, padded[0].height / size.height) for pose in found]
    made.info[CARRIED] = json.dumps(to_json(kept, size))
    return made


def scaled(pose: Pose, across: float, down: float) -> Pose:
    """The same points, in fractions of a canvas that is smaller by these factors."""

    def part(points: Points) -> Points:
        return tuple((point[0] * across, point[1] * down) if point else None for point in points)

    return Pose(**{name: part(getattr(pose, name)) for name in KEYS})


def rendered(told: Mapping[str, Any]) -> Image.Image:
    """A JSON of poses as its map (RGB). Raises BadRequest for other JSON, and for a canvas that is too large."""
    poses, size = from_json(told)
    if max(size) > LARGEST_CANVAS:
        message = f"The canvas of the poses is {size.width}x{size.height}; at most {LARGEST_CANVAS} pixels a side"
        raise BadRequest(message, field="canvas_width", allowed=LARGEST_CANVAS)
    image = Image.fromarray(drawn(poses, size))
    people = [{key: person.get(key) for key in KEYS.values()} for person in told["people"]]
    image.info[CARRIED] = json.dumps(
        {"people": people, "canvas_width": size.width, "canvas_height": size.height}, allow_nan=False
    )
    return image


def poses_of(image: Image.Image) -> dict[str, Any] | None:
    """The JSON that a map carries; None where it carries none, or something else under that name."""
    return told_in(image.info.get(CARRIED))


def poses_in(file: Path | bytes) -> dict[str, Any] | None:
    """The same of a file. Raises BrokenFile where it is no picture."""
    with opened(file) as image:
        return told_in(image.info.get(CARRIED))


def told_in(text: Any) -> dict[str, Any] | None:
    if not isinstance(text, str):
        return None
    try:
        told = json.loads(text)
        from_json(told)
    except (ValueError, RecursionError, BadRequest):
        return None
    return cast("dict[str, Any]", told)


def png_of(image: Image.Image) -> bytes:
    """The map as a PNG that carries its poses, if it has any."""
    buffer, info, carried = io.BytesIO(), PngInfo(), image.info.get(CARRIED)
    if isinstance(carried, str):
        info.add_text(CARRIED, carried, zip=True)
    image.save(buffer, "PNG", compress_level=1, pnginfo=info)
    return buffer.getvalue()
