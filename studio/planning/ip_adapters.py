"""IP-Adapters and the preprocessors that belong to them: which CLIP network looks at the picture."""

from studio.catalog.controlnets import ControlKind, ControlNet
from studio.domain.errors import BadRequest
from studio.domain.registry import Registry
from studio.domain.request import ControlUnit
from studio.domain.things import Preprocessor

TYPE = "IP-Adapter"
"""The control type of the preprocessors."""
OPEN = ("none", "ip-adapter-auto")
"""Preprocessors that leave it to the model."""


def with_eyes(
    unit: ControlUnit, position: int, model: ControlNet, preprocessors: Registry[Preprocessor]
) -> Preprocessor:
    """The unit's preprocessor; of an IP-Adapter the one for the CLIP network that it was trained with.

    Raises BadRequest where preprocessor and model do not belong together, and for strokes, which would mean nothing.
    """
    chosen = preprocessors[unit.preprocessor]
    is_adapter = model.kind is ControlKind.ip_adapter
    if not is_adapter and TYPE not in chosen.types:
        return chosen
    if not is_adapter:
        message = f"the preprocessor {chosen.name} belongs to IP-Adapters, but {model.name} is a {model.kind}"
        raise BadRequest(f"ControlNet unit {position}: {message}", field=f"controlnet.{position}.model")
    if unit.mask is not None and unit.mask.getbbox():
        message = "an IP-Adapter sees the whole picture. Leave out the strokes; where it acts says its effective region"
        raise BadRequest(f"ControlNet unit {position}: {message}", field=f"controlnet.{position}.mask")
    wanted = next(each for each in preprocessors if TYPE in each.types and each.needs == (model.vision,))
    if chosen.name not in (*OPEN, wanted.name):
        message = f"{model.name} goes with {wanted.name}, not with {chosen.name}. Choose that, or {OPEN[1]}"
        field = f"controlnet.{position}.module"
        raise BadRequest(f"ControlNet unit {position}: {message}", field=field, allowed=[wanted.name, OPEN[1]])
    return wanted
