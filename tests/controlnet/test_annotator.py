"""Running preprocessors: what is remembered, and what is said when weights are missing."""

import pytest
from PIL import Image

from studio.controlnet.annotator import REMEMBERED, Annotator
from studio.controlnet.preprocessors.ip_adapter_clip_sd15 import ip_adapter_clip_sd15
from studio.controlnet.weight_files import CLIP_H, OTHER_NAMES
from studio.controlnet.weights import Weights, forgetful
from studio.domain.errors import ModelMissing, UnknownName
from studio.domain.fields import Slider
from studio.domain.registry import Registry
from studio.domain.things import preprocessor


def annotator_of(*values, folders=(), addresses=None):
    weights = Weights(folders=tuple(folders), addresses=addresses or {}, keep=forgetful)
    return Annotator(preprocessors=Registry("preprocessor", values), weights=weights)


def test_the_same_question_is_answered_from_memory():
    calls = []

    @preprocessor("slow", Slider(name="a", label="A", minimum=0, maximum=9, default=1))
    def slow(image, resolution, *, a):
        calls.append((resolution, a))
        return image

    annotator, picture = annotator_of(slow), Image.new("RGB", (8, 8))
    for resolution, a in ((64, 1), (64, -1), (64, 2), (128, 2), (64, 1)):
        annotator.annotate("slow", picture, resolution, {"threshold_a": a})
    assert calls == [(64, 1), (64, 2), (128, 2)]
    for shade in range(REMEMBERED):
        annotator.annotate("slow", Image.new("RGB", (8, 8), (shade + 1, 0, 0)), 64, {})
    annotator.annotate("slow", picture, 64, {})
    assert len(calls) == 3 + REMEMBERED + 1


def test_an_unknown_name_is_refused():
    with pytest.raises(UnknownName):
        annotator_of().annotate("cannny", Image.new("RGB", (8, 8)), 64, {})


def test_missing_weights_name_file_address_and_folder(tmp_path):
    @preprocessor("heavy", needs=("heavy.pth",))
    def heavy(image, resolution, weights):
        return Image.new("RGB", (3, len(weights.path("heavy.pth").read_bytes())))

    annotator = annotator_of(heavy, folders=[tmp_path], addresses={"heavy.pth": "https://example.org/heavy.pth"})
    with pytest.raises(ModelMissing) as caught:
        annotator.annotate("heavy", Image.new("RGB", (8, 8)), 64, {})
    for part in ("heavy.pth", "https://example.org/heavy.pth", str(tmp_path)):
        assert part in caught.value.message
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "heavy.pth").write_bytes(b"123")
    assert annotator.annotate("heavy", Image.new("RGB", (8, 8)), 64, {}).size == (3, 3)


@pytest.mark.parametrize("name", [CLIP_H, *OTHER_NAMES[CLIP_H]])
def test_clip_is_found_under_each_name_that_it_is_published_under(tmp_path, name):
    annotator = annotator_of(ip_adapter_clip_sd15, folders=[tmp_path], addresses={})
    assert annotator.missing("ip-adapter_clip_sd15") == (CLIP_H,)
    with pytest.raises(ModelMissing, match=CLIP_H):
        annotator.annotate("ip-adapter_clip_sd15", Image.new("RGB", (8, 8)), 64, {})
    (tmp_path / "clip_vision" / name).mkdir(parents=True)
    assert annotator.missing("ip-adapter_clip_sd15") == ()
    assert annotator.annotate("ip-adapter_clip_sd15", Image.new("RGB", (9, 8)), 64, {}).size == (9, 8)
