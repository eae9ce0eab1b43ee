"""A1111's settings: ours are taken, its others may say what is so anyhow, and nothing is papered over."""

import pytest

from studio.domain.errors import BadRequest
from studio.domain.settings import BY_KEY
from studio.wire.options import FOREIGN, known_options


def test_our_settings_are_taken_as_they_are():
    assert known_options({"CLIP_stop_at_last_layers": 2, "randn_source": "NV"}) == {
        "CLIP_stop_at_last_layers": 2,
        "randn_source": "NV",
    }


def test_values_may_come_as_text():
    assert known_options({"samples_save": "False", "CLIP_stop_at_last_layers": "2"}) == {
        "samples_save": False,
        "CLIP_stop_at_last_layers": 2,
    }


@pytest.mark.parametrize("given", [{"sd_unet": "Automatic"}, {"filter_nsfw": False, "sd_unet": None}, {}])
def test_what_is_so_anyhow_may_be_said(given: dict[str, object]):
    assert known_options(given) == {}


def test_what_cannot_be_is_refused():
    with pytest.raises(BadRequest, match=r"sd_unet.*Automatic"):
        known_options({"sd_unet": "turbo"})


def test_a_setting_that_nobody_knows_is_refused_with_the_nearest():
    with pytest.raises(BadRequest, match="CLIP_stop_at_last_layers"):
        known_options({"clip_stop_at_last_layer": 2})


def test_every_setting_of_ours_passes_as_it_stands():
    given = {key: each.field.default for key, each in BY_KEY.items() if each.is_api_settable}
    assert known_options(given) == {key: value for key, value in given.items() if value is not None}


def test_foreign_settings_have_values_to_compare_with():
    assert all(FOREIGN.values())
