"""The numbers of control modes against features.md 3.7."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.errors import BadRequest
from studio.domain.request import ControlMode, HiresOption
from studio.engine.control_weights import (
    acts_in_pass,
    acts_on_negative,
    adapter_weights,
    attention_weights,
    is_active,
    residual_weights,
    soft_weights,
)
from tests.engine.hooks.scenes import UNIT

MEASURED = (0.0994, 0.1205, 0.1461, 0.1771, 0.2146, 0.2602, 0.3154, 0.3823, 0.4633, 0.5616, 0.6806, 0.8250, 1.0)


def test_soft_weights_as_measured():
    assert soft_weights(13) == pytest.approx(MEASURED, abs=2e-4)


@given(st.integers(1, 20))
def test_soft_weights_reach_one_for_any_number_of_residuals(count):
    """A1111 cuts SDXL's ten out of thirteen, so that its middle gets 0.56 (features.md 2.28, trap 21)."""
    found = soft_weights(count)
    assert len(found) == count
    assert found[-1] == 1
    assert list(found) == sorted(found)


def test_modes():
    assert residual_weights(replace(UNIT, weight=0.5), 3, False) == (0.5, 0.5, 0.5)
    for mode in (ControlMode.prompt, ControlMode.control):
        found = residual_weights(replace(UNIT, weight=0.5, mode=mode), 2, False)
        assert found == pytest.approx((0.5 * 0.825, 0.5))


def test_control_mode_leaves_the_negative_prompt_alone_and_so_does_pooling():
    assert acts_on_negative(UNIT, False)
    assert acts_on_negative(replace(UNIT, mode=ControlMode.prompt), False)
    assert not acts_on_negative(replace(UNIT, mode=ControlMode.control), False)
    assert not acts_on_negative(UNIT, True)


def test_own_weights_replace_all_others():
    unit = replace(UNIT, weight=0.5, mode=ControlMode.control, weights=(1.0, 2.0))
    assert residual_weights(unit, 2, False) == (1.0, 2.0)
    with pytest.raises(BadRequest, match="13"):
        residual_weights(unit, 13, False)


def test_lines_are_softened_in_the_second_pass():
    for name in ("canny", "mlsd"):
        unit = replace(UNIT, preprocessor=name)
        assert residual_weights(unit, 2, True)[0] == pytest.approx(0.825)
        assert residual_weights(unit, 2, False)[0] == 1
    assert residual_weights(UNIT, 2, True)[0] == 1


@pytest.mark.parametrize(
    ("start", "end", "steps"), [(0, 1, list(range(8))), (0.25, 0.75, [2, 3, 4, 5, 6]), (0, 0, [0]), (1, 1, [])]
)
def test_steps_of_eight_at_which_a_unit_acts(start, end, steps):
    """features.md 3.7: start <= current/total <= end."""
    unit = replace(UNIT, start=start, end=end)
    assert [step for step in range(8) if is_active(unit, step / 8)] == steps


def test_layers_that_see_a_picture_count_less_the_farther_they_are_from_the_middle():
    assert attention_weights(2, 3) == pytest.approx((0.825**2, 0.825, 0.825, 0.825**2, 0.825**3, 1.0))


def test_features_of_adapters_have_soft_weights_of_their_own():
    assert adapter_weights(4) == (0.25, 0.62, 0.825, 1.0)
    assert adapter_weights(2) == (0.825, 1.0)


def test_hires_option():
    both, low, high = (replace(UNIT, hires_option=option) for option in HiresOption)
    assert [acts_in_pass(unit, False, True) for unit in (both, low, high)] == [True, True, False]
    assert [acts_in_pass(unit, True, True) for unit in (both, low, high)] == [True, False, True]
    assert all(acts_in_pass(unit, False, False) for unit in (both, low, high))
