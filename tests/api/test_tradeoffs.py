"""Speed against exactness over the API: as settings of one job, said in the picture's text."""

from typing import Any

import pytest

from studio.prompt.infotext import parse_infotext
from tests import fakes
from tests.api.conftest import Served

PREFIXES = ("Token merging", "Deep cache", "FP8", "Compile", "torch")
SMALL: dict[str, Any] = {"width": 64, "height": 64}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"token_merging_ratio": 0.5}, {"Token merging ratio": "0.5"}),
        ({"token_merging_ratio_img2img": "0.3"}, {"Token merging ratio": "0.3"}),
        ({"token_merging_ratio": 0, "token_merging_ratio_img2img": 0.3, "token_merging_ratio_hr": 0.3}, {}),
        ({"deep_cache_interval": 3, "deep_cache_start": 0.2}, {"Deep cache interval": "3", "Deep cache start": "0.2"}),
        ({"deep_cache_interval": 1}, {}),
        ({"fp8_storage": "Enable"}, {"FP8 weight": "Enable"}),
        ({"fp8_storage": "Disable"}, {}),
        ({"torch_compile": True}, {}),
    ],
)
def test_a_job_may_ask_for_it_and_its_text_says_so(served: Served, asked: dict[str, Any], said: dict[str, str]):
    answer = served.client().img2img(images=[fakes.noisy()], prompt="a", override_settings=asked, **SMALL)
    facts = parse_infotext(answer.info["infotexts"][0]).facts
    assert {key: value for key, value in facts.items() if key.startswith(PREFIXES)} == said


def test_what_cannot_be_is_refused(served: Served):
    with pytest.raises(RuntimeError, match="token_merging_ratio"):
        served.client().txt2img(override_settings={"token_merging_ratio": 0.95}, **SMALL)
