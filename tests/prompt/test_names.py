"""File names from patterns, token by token as features.md 2.20 lists them. Hashes are those of `sha256sum`."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.saving_settings import TOKENS as SETTABLE
from studio.prompt.infotext import Infotext
from studio.prompt.names import TOKENS, NameFacts, file_name, folder_name

FACTS = {
    "Steps": "20",
    "Sampler": "DPM++ 2M",
    "Schedule type": "Karras",
    "CFG scale": "7.5",
    "Model": "night",
    "Model hash": "0123456789",
    "Denoising strength": "0.4",
}


def facts(prompt: str = "a red barn", **changes: object) -> NameFacts:
    parts: dict[str, object] = {
        "text": Infotext(prompt=prompt, negative_prompt="blur", facts=FACTS),
        "seed": 42,
        "width": 512,
        "height": 768,
        "moment": datetime(2026, 3, 1, 23, 5, 9, tzinfo=UTC),
    }
    return NameFacts(**parts | changes)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("[seed]", "42"),
        ("[seed]-[prompt_spaces]", "42-a red barn"),
        ("[prompt]", "a_red_barn"),
        ("[prompt_words]", "a red barn"),
        ("[steps]_[cfg]_[width]x[height]", "20_7.5_512x768"),
        ("[sampler]", "DPM++_2M"),
        ("[sampler_scheduler]", "DPM++_2M_Karras"),
        ("[model_name] [model_hash]", "night 0123456789"),
        ("[date]", "2026-03-01"),
        ("[datetime]", "20260301230509"),
        ("[datetime<%Y>]", "2026"),
        ("[datetime<%d><Asia/Tokyo>]", "02"),
        ("[datetime<%d><Nowhere/Land>]", "01"),
        ("[denoising]", "0.4"),
        ("[clip_skip]", "1"),
        ("[hasprompt<barn><dog|none>]", "barnnone"),
        ("[prompt_hash]", "9f2c7d89"),
        ("[prompt_hash<4>]", "9f2c"),
        ("x[none]y", "xy"),
        ("[SEED]", "42"),
        ("[what]-[seed]", "[what]-42"),
        ("[seed", "[seed"),
        ("a/b:c", "a_b_c"),
        ("", ""),
    ],
)
def test_a_token_stands_for_what_it_says(pattern: str, name: str):
    assert file_name(pattern, facts()) == name


def test_numbers_of_single_pictures_are_left_out_with_the_text_before():
    assert file_name("[seed]-[generation_number]", facts()) == "42"
    assert file_name("[seed]-[generation_number]", facts(number=2, count=3)) == "42-2"
    assert file_name("[seed_first]-[seed_last]", facts(number=2, count=3)) == "41-43"


def test_a_prompt_without_words_has_a_name_too():
    assert file_name("[prompt_words]", facts(prompt="...")) == "empty"


def test_a_folder_may_be_deep_but_never_climbs_out():
    assert folder_name("[date]/[model_name]", facts()) == "2026-03-01/night"
    assert folder_name("../[prompt]/.", facts(prompt="../../etc")) == ".._.._etc"


@given(st.text(), st.lists(st.sampled_from([f"[{token}]" for token in TOKENS] + ["-", "/", "<x>"])).map("".join))
def test_every_name_is_fit_for_a_file_system(prompt: str, pattern: str):
    name = file_name(pattern, facts(prompt=prompt))
    assert len(name) <= 128
    assert not set(name) & set('/\\:*?"<>|\n\r\t\0')
    assert not name.endswith((" ", "."))


@pytest.mark.parametrize("prompt", ["\N{SNOWMAN}" * 200, "\N{GRINNING FACE}" * 200, "\ud83d" * 200, "a\x07b\x1f" * 60])
def test_a_name_fits_a_file_system_in_any_writing(prompt: str, tmp_path: Path):
    name = file_name("[prompt]-[prompt_spaces]", facts(prompt=prompt))
    assert 0 < len(name.encode()) <= 200
    (tmp_path / f"00001-{name}-mask-composite.png.part").touch()


def test_settings_know_the_tokens():
    assert set(SETTABLE) == set(TOKENS)
