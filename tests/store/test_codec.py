import dataclasses
import json
from typing import Any

import pytest
from PIL import Image

from studio.domain.accepted import Accepted
from studio.domain.geometry import Size
from studio.domain.request import Refiner, ScriptCall, SoftInpainting
from studio.store.codec import decode, encode
from tests.fakes import accepted, control_unit, half_mask, hires_fix, img2img, noisy, txt2img

SOFT = SoftInpainting(
    schedule_bias=1,
    preservation_strength=0.5,
    transition_contrast_boost=4,
    mask_influence=0,
    difference_threshold=0.5,
    difference_contrast=2,
)
REQUESTS = {
    "plain": txt2img(),
    "hires and refiner": txt2img(hires=hires_fix(size=Size(8, 9)), refiner=Refiner(model="other", switch_at=0.8)),
    "mask": img2img(mask=half_mask(soft=SOFT)),
    "controls": img2img(controls=(control_unit(image=noisy(), weights=(1.0, 0.5)), control_unit())),
    "script": img2img(script=ScriptCall(name="Loopback", args={"loops": 2, "picture": noisy(8, 8)})),
    "styles": txt2img(styles=("paper", "ink"), settings={"CLIP_stop_at_last_layers": 2}),
}


def there_and_back(value: Accepted) -> Accepted:
    kept: dict[str, Image.Image] = {}

    def keep(image: Image.Image) -> str:
        kept[str(len(kept))] = image
        return str(len(kept) - 1)

    return decode(Accepted, json.loads(json.dumps(encode(value, keep))), kept.__getitem__)


@pytest.mark.parametrize("name", REQUESTS)
def test_what_was_stored_is_the_same(name: str):
    asked = accepted(REQUESTS[name], noise_multiplier=0.5)
    assert there_and_back(asked) == asked


def test_settings_of_an_older_version_are_completed_with_the_usual_ones():
    stored: dict[str, Any] = encode(accepted(txt2img(), clip_skip=2), str)
    del stored["settings"]["noise_multiplier"]
    stored["settings"]["of_the_past"] = 1
    settings = decode(Accepted, stored, lambda key: noisy()).settings
    assert settings == dataclasses.replace(accepted().settings, clip_skip=2)


def test_a_request_that_lacks_a_part_is_refused():
    stored: dict[str, Any] = encode(accepted(txt2img()), str)
    del stored["request"]["sampling"]
    with pytest.raises(TypeError):
        decode(Accepted, stored, lambda key: noisy())
