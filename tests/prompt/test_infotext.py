"""The text in a picture: what is written is read again, A1111's own texts are read, and a plan is described in full."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.geometry import Size
from studio.domain.request import MaskedContent
from studio.planning.planner import make_plan
from studio.prompt.infotext import EXACT, Infotext, describe, format_infotext, parse_infotext
from tests import fakes

anything = st.text(alphabet=st.characters(exclude_categories=["Cs"]))
tricky = st.text(alphabet='abc,:"\\\n\r <>()[]', max_size=40) | st.sampled_from(
    ["", "a\nNegative prompt: b", "Negative prompt:", "a\nSteps: 1, Size: 2, Seed: 3", "a\r\nb", " a ", "a\n"]
)
keys = st.from_regex(r"[A-Za-z][A-Za-z0-9 /_-]{0,20}[a-z]", fullmatch=True).filter(lambda key: key not in EXACT)


@given(anything | tricky, anything | tricky, st.dictionaries(keys, anything | tricky, min_size=3, max_size=12))
def test_what_is_written_is_read_again(prompt: str, negative_prompt: str, facts: dict[str, str]):
    text = Infotext(prompt=prompt, negative_prompt=negative_prompt, facts=facts)
    assert parse_infotext(format_infotext(text)) == text


@given(anything | tricky)
def test_any_text_can_be_read(text: str):
    assert isinstance(parse_infotext(text), Infotext)


def test_a_text_looks_as_a1111_writes_it():
    text = Infotext(prompt="a barn,\nred", negative_prompt="blur", facts={"Steps": "20", "Size": "8x8", "Note": "a, b"})
    assert format_infotext(text) == 'a barn,\nred\nNegative prompt: blur\nSteps: 20, Size: 8x8, Note: "a, b"'


def test_a_text_of_a1111_is_read():
    # In the form that features.md 2.19 gives, with the quoting and the nested pairs that its extensions write.
    text = parse_infotext(
        "a barn, <lora:ink:0.5>\nin snow\nNegative prompt: blur,\ncolour\n"
        "Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7.5, Seed: 1, Size: 512x768, "
        'Model hash: 6ce0161689, Lora hashes: "ink: 01ab, snow: 23cd", Version: v1.10.1'
    )
    assert text.prompt == "a barn, <lora:ink:0.5>\nin snow"
    assert text.negative_prompt == "blur,\ncolour"
    assert text.facts["Size"] == "512x768"
    assert text.facts["Lora hashes"] == "ink: 01ab, snow: 23cd"
    assert text.facts["Version"] == "v1.10.1"


@pytest.mark.parametrize("text", ["a barn", "a barn\nred: yes, blue: no", "", "a: b"])
def test_without_three_facts_in_the_last_line_everything_is_prompt(text: str):
    assert parse_infotext(text) == Infotext(prompt=text, negative_prompt="", facts={})


def described(request: fakes.GenerationRequest, index: int = 0, **settings: object) -> Infotext:
    return describe(make_plan(fakes.accepted(request, **settings), fakes.installed()), index)


def test_a_plan_is_described_by_a1111s_keys():
    mask = fakes.half_mask(only_masked=True, padding=16, content=MaskedContent.fill, blur_x=4.0, blur_y=4.0)
    request = fakes.img2img(prompt="a barn", negative_prompt="blur", mask=mask, batch_size=2, size=Size(64, 72))
    assert described(request, index=1).facts == {
        "Steps": "8",
        "Sampler": "Euler",
        "Schedule type": "Uniform",
        "CFG scale": "7",
        "Seed": "8",
        "Size": "64x72",
        "Model": "demo",
        "Denoising strength": "0.75",
        "Mask blur": "4",
        "Inpaint area": "Only masked",
        "Masked area padding": "16",
        "Masked content": "fill",
        "RNG": "CPU",
        "Version": described(request).facts["Version"],
    }


def test_a_model_is_told_by_its_name_and_hash():
    model = fakes.checkpoint(title="sub/night.v2.safetensors [0123456789]")
    plan = make_plan(
        replace(fakes.accepted(), model=model.title), fakes.installed(replace(model, aliases=(model.title,)))
    )
    facts = describe(plan, 0).facts
    assert (facts["Model"], facts["Model hash"]) == ("night.v2", "0123456789")


def test_settings_are_written_where_they_are_not_the_usual_ones():
    facts = described(fakes.img2img(), clip_skip=2, noise_multiplier=1.05, noise_source="NV").facts
    assert (facts["Clip skip"], facts["Noise multiplier"], facts["RNG"]) == ("2", "1.05", "NV")


def test_our_version_is_no_version_of_a1111():
    version = described(fakes.img2img()).facts["Version"]
    assert version.startswith("Redraw Studio ")
    assert not re.match(r"v?\d", version)


def test_a_long_text_without_facts_is_read_at_once():
    """Without a bound on the length of a key the work grows with the square: minutes for this one."""
    text = "word " * 20_000
    assert parse_infotext(text).prompt == text
