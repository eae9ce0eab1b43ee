"""Batches of control units: how many runs they are, and what each unit looks at in each."""

from dataclasses import replace

from PIL import Image

from studio.domain.request import ControlPictures, InputMode
from studio.planning.control_batches import count_runs, has_loopback, units_of_run
from tests.imaging.test_control_maps import UNIT

RED, GREEN, BLUE = (Image.new("RGB", (8, 8), colour) for colour in ("red", "green", "blue"))
MASKS = (Image.new("L", (8, 8), 1), Image.new("L", (8, 8), 2))


def several(*images, **changes):
    return replace(UNIT, several=ControlPictures(**{"mode": InputMode.batch, "images": images, **changes}))


def test_the_shortest_batch_counts_and_what_is_none_says_nothing():
    merged = several(RED, mode=InputMode.merge)
    assert count_runs([UNIT, merged]) == 0
    assert count_runs([UNIT, several(RED, GREEN, BLUE), merged, several(RED, GREEN)]) == 2


def test_each_run_has_its_picture_and_its_mask():
    single, merged = replace(UNIT, image=BLUE), several(RED, GREEN, mode=InputMode.merge)
    units = units_of_run([several(RED, GREEN, masks=MASKS), single, merged], 1, RED)
    assert units == (replace(UNIT, image=GREEN, mask=MASKS[1]), single, merged)


def test_a_loopback_looks_at_what_was_drawn_before():
    units = [several(RED, GREEN, has_loopback=True), several(RED, GREEN)]
    assert has_loopback(units)
    assert not has_loopback(units[1:])
    assert [unit.image for unit in units_of_run(units, 0, None)] == [RED, RED]
    assert [unit.image for unit in units_of_run(units, 1, BLUE)] == [BLUE, GREEN]
