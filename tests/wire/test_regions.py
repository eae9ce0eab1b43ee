"""Regions over the API, there and back."""

from typing import Any

import pytest

from studio.domain.errors import BadRequest
from studio.domain.registry import Registry
from studio.domain.request import GenerationRequest
from studio.imaging.load import load_base64
from studio.wire.dump import dumped
from studio.wire.img2img import Img2ImgBody
from studio.wire.reading import Reading
from studio.wire.txt2img import Txt2ImgBody
from tests.fakes import as_base64, half_mask, noisy

READING = Reading(load=load_base64, scripts=Registry("script", []))
MASK = as_base64(half_mask().image)


def txt2img(*regions: Any) -> GenerationRequest:
    return Txt2ImgBody.model_validate({"alwayson_scripts": {"regions": {"args": list(regions)}}}).to_request(READING)


def test_a_region_has_a_prompt_and_a_mask_and_the_rest_may_be_left_out():
    given = {"prompt": "a fox<lora:fox:1>", "mask": MASK}
    region, other = txt2img(given, {**given, "negative_prompt": "blur", "weight": "0.5", "unknown": 1}).regions
    assert (region.prompt, region.negative_prompt, region.weight) == ("a fox<lora:fox:1>", "", 1.0)
    assert (other.negative_prompt, other.weight) == ("blur", 0.5)
    assert region.mask.convert("L").tobytes() == half_mask().image.tobytes()


@pytest.mark.parametrize(
    ("given", "words"), [({"prompt": "a fox"}, "mask"), ({"mask": MASK}, "prompt"), ("text", "it")]
)
def test_what_is_no_region_is_refused_with_its_number(given: Any, words: str):
    with pytest.raises(BadRequest, match=rf"Region 2 cannot be read: {words}"):
        txt2img({"prompt": "a fox", "mask": MASK}, given)


def test_what_was_read_is_written_again():
    body = {"init_images": [as_base64(noisy())], "alwayson_scripts": {"regions": [{"prompt": "a fox", "mask": MASK}]}}
    request = Img2ImgBody.model_validate(body).to_request(READING)
    again = Img2ImgBody.model_validate(dumped(request, READING.scripts, as_base64)).to_request(READING)
    assert again.regions == request.regions
    assert len(again.regions) == 1
