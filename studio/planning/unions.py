"""What a map shows, for a ControlNet-Union, which knows several kinds of maps. A control type's kind is a row."""

from collections.abc import Mapping
from dataclasses import replace

from studio.catalog.controlnets import ControlKind, ControlNet
from studio.domain.errors import BadRequest
from studio.domain.request import ControlUnit, UnionControl
from studio.domain.things import Preprocessor

CONTROLS: Mapping[str, UnionControl] = {
    "OpenPose": UnionControl.openpose,
    "Depth": UnionControl.depth,
    "SoftEdge": UnionControl.soft_edge,
    "Scribble": UnionControl.soft_edge,
    "Canny": UnionControl.hard_edge,
    "Lineart": UnionControl.hard_edge,
    "MLSD": UnionControl.hard_edge,
    "NormalMap": UnionControl.normal_map,
    "Segmentation": UnionControl.segmentation,
    "Tile": UnionControl.tile,
    "Inpaint": UnionControl.inpaint,
}
"""By the control types that people choose (features.md 3.1, 3.4)."""


def with_union_control(unit: ControlUnit, position: int, model: ControlNet, preprocessor: Preprocessor) -> ControlUnit:
    """Says what the map shows: as asked, else as the preprocessor's control type tells; nothing for other models.

    Raises BadRequest where it cannot be told, and where the model was not trained for it.
    """
    if model.kind is not ControlKind.union:
        return replace(unit, union_control=UnionControl.unknown)
    known = list(UnionControl)[: model.controls]
    told = {CONTROLS[each] for each in preprocessor.types if each in CONTROLS}
    asked = unit.union_control
    if asked is UnionControl.unknown and len(told) == 1:
        asked = told.pop()
    if asked not in known:
        reason = "does not know" if asked is not UnionControl.unknown else "cannot tell what the map shows:"
        allowed = ", ".join(known)
        message = f"ControlNet unit {position}: {model.name} {reason} {asked}. Choose a union control type: {allowed}"
        raise BadRequest(message, field=f"controlnet.{position}.union_control_type", allowed=allowed)
    return replace(unit, union_control=asked)
