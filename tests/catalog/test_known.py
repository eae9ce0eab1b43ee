"""The short list: entries that say where they come from, and that name files which the studio asks for."""

from dataclasses import replace
from pathlib import Path

import pytest

from studio.catalog.hub import HUB, Hub
from studio.catalog.kinds import Kind
from studio.catalog.known import Known, annotator_sources, is_here, names_by_kind, read_known
from studio.controlnet import preprocessors, weight_files
from studio.controlnet.control_types import CONTROL_TYPES
from studio.domain.registry import collect
from studio.domain.things import Preprocessor
from studio.ui.control_offers import is_for

KNOWN = read_known(Path(__file__).parent.parent.parent / "configs" / "models.json")


@pytest.mark.parametrize("known", KNOWN, ids=lambda each: each.file)
def test_an_entry_says_all_that_a_click_needs(known: Known):
    wish = known.wish(Hub())
    assert wish.name == known.file
    assert known.title
    assert known.licence
    assert all(each.address.startswith("https://") for each in wish.files)
    assert known.sha256 == "" or len(known.sha256) == 64


def test_names_are_told_apart():
    assert len({each.file for each in KNOWN}) == len({each.title for each in KNOWN}) == len(KNOWN)


def test_every_weight_file_that_a_preprocessor_needs_has_a_source():
    sources = annotator_sources(KNOWN, Hub())
    needed = {
        name for each in collect(preprocessors, Preprocessor) for name in each.needs if not name.startswith("demo")
    }
    bundled = {name for name in needed if name.endswith("reader.safetensors")}
    assert needed - bundled <= set(sources)
    assert sources[weight_files.HED] == f"{HUB}/lllyasviel/Annotators/resolve/main/ControlNetHED.pth"
    assert sources[weight_files.DEPTH_ANYTHING] == f"{HUB}/LiheYoung/depth-anything-small-hf"


@pytest.mark.parametrize(
    ("architecture", "without"),
    [("sd1", ["Recolor"]), ("sdxl", ["InstructP2P", "Recolor", "Shuffle", "T2I-Adapter"])],
)
def test_nearly_every_control_type_has_a_model_on_the_list(architecture: str, without: list[str]):
    files = [each.file for each in KNOWN if each.kind is Kind.controlnet and each.architecture == architecture]
    kinds = [kind for kind in CONTROL_TYPES if kind.words]
    assert [kind.name for kind in kinds if not any(is_for(kind, file) for file in files)] == without


def test_a_type_is_first_offered_what_fits_its_default_preprocessor():
    files = [each.file for each in KNOWN if each.kind is Kind.controlnet and each.architecture == "sd1"]
    first = {kind.name: next((file for file in files if is_for(kind, file)), "") for kind in CONTROL_TYPES}
    assert first["T2I-Adapter"] == "t2iadapter_color_sd14v1.pth"
    assert first["Canny"] == "control_v11p_sd15_canny_fp16.safetensors"
    assert first["IP-Adapter"] == "ip-adapter_sd15.safetensors"


def test_a_folder_of_transformers_is_brought_file_by_file():
    known = next(each for each in KNOWN if each.file == "depth-anything-small-hf")
    wish = known.wish(Hub("https://mirror.invalid"))
    assert (wish.folder, [each.name for each in wish.files]) == (known.file, ["config.json", "model.safetensors"])
    assert wish.files[0].address == f"https://mirror.invalid/{known.hub}/resolve/main/config.json"


def test_what_lies_in_a_folder_of_its_kind_is_here(tmp_path: Path):
    known = KNOWN[0]
    places = {known.kind: (tmp_path / "a", tmp_path / "b")}
    assert not is_here(known, names_by_kind(places))
    (tmp_path / "b/deep/.incoming").mkdir(parents=True)
    (tmp_path / "b/deep/.incoming" / known.file).touch()
    assert not is_here(known, names_by_kind(places))
    (tmp_path / "b/deep" / known.file).touch()
    assert is_here(known, names_by_kind(places))
    assert not is_here(replace(known, kind=Kind.vae), names_by_kind(places))
