"""How strongly each of a ControlNet's residuals acts, and when. Pure numbers; another control mode is a branch here."""

from collections.abc import Callable

from studio.domain.errors import BadRequest
from studio.domain.request import ControlMode, ControlUnit, HiresOption

FALL = 0.825
"""Each residual nearer to the picture counts this share of the next one in "soft" modes (features.md 3.7)."""
ADAPTER_FALL = (0.25, 0.62, 0.825, 1.0)
"""The same for the features of a T2I-Adapter."""
SOFT_IN_SECOND_PASS = ("canny", "mlsd")
"""Hard lines leave artefacts in the second pass of hires fix unless they are softened."""


def soft_weights(count: int) -> tuple[float, ...]:
    """Over all residuals, the last (the middle's) whole: 13 for SD 1 and 2, 10 for SDXL."""
    return tuple(FALL ** (count - 1 - index) for index in range(count))


def adapter_weights(count: int) -> tuple[float, ...]:
    """Over a T2I-Adapter's features, the last whole."""
    return ADAPTER_FALL[-count:]


def attention_weights(down: int, up: int) -> tuple[float, ...]:
    """Over the layers that attend to an IP-Adapter, on the way down and up, and the middle, which is whole."""
    on_way_up = tuple(FALL ** (index + 1) for index in range(up))
    return (*(FALL ** (down - index) for index in range(down)), *on_way_up, 1.0)


def residual_weights(
    unit: ControlUnit, count: int, is_second: bool, softened: Callable[[int], tuple[float, ...]] = soft_weights
) -> tuple[float, ...]:
    """What each of `count` residuals is multiplied with. Raises BadRequest where the unit's own are another number."""
    if unit.weights:
        if len(unit.weights) != count:
            message = f"advanced_weighting has {len(unit.weights)} numbers, but {unit.model} has {count} residuals"
            raise BadRequest(message, field="advanced_weighting", allowed=count)
        return unit.weights
    is_soft = unit.mode is not ControlMode.balanced or (is_second and unit.preprocessor in SOFT_IN_SECOND_PASS)
    return tuple(unit.weight * soft for soft in softened(count)) if is_soft else (unit.weight,) * count


def acts_on_negative(unit: ControlUnit, is_pooled: bool) -> bool:
    """Whether rows of the negative prompt are controlled too; where not, guidance amplifies the control."""
    return unit.mode is not ControlMode.control and not is_pooled


def is_active(unit: ControlUnit, share: float) -> bool:
    """`share`: the step's index over their number."""
    return unit.start <= share <= unit.end


def acts_in_pass(unit: ControlUnit, is_second: bool, has_second: bool) -> bool:
    """Without hires fix the option says nothing."""
    unwanted = HiresOption.low if is_second else HiresOption.high
    return not has_second or unit.hires_option is not unwanted
