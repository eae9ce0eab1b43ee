"""The presets of inpainting set what the controls can show."""

import pytest

from studio.domain.request import MaskedContent
from studio.ui.parts import mask, presets

ALLOWED = {
    "area": {mask.WHOLE, mask.ONLY_MASKED},
    "content": {each.value for each in MaskedContent},
    "mask_blur": range(65),
    "padding": range(0, 257, 4),
    "strength": {number / 100 for number in range(101)},
}


@pytest.mark.parametrize("preset", presets.read_presets(), ids=lambda each: each.name)
def test_every_value_is_one_that_its_control_knows(preset: presets.Preset):
    assert all(value in ALLOWED[name] for name, value in preset.sets.items())


def test_the_documents_ways_are_there():
    assert [each.name for each in presets.read_presets()] == ["Fix detail", "Replace", "Remove", "Add"]
