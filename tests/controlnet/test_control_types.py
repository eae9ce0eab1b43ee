"""The table of control types against features.md 3.4."""

import pytest

from studio.controlnet.control_types import (
    CONTROL_TYPES,
    default_model,
    default_preprocessor,
    models_of,
    preprocessors_of,
)

MODELS = [
    "control_v11e_sd15_shuffle [526bfdae]",
    "control_v11f1e_sd15_tile [a371b31b]",
    "control_v11f1p_sd15_depth [cfd03158]",
    "control_sd15_canny [fef5e48e]",
    "control_v11p_sd15_canny [d14c016b]",
    "control_v11p_sd15_seg [e1f51eb9]",
    "control_v11e_sd15_ip2p [c4bb465c]",
    "t2iadapter_sketch_sd15v2 [671a8f46]",
]


def test_order_is_all_then_alphabetical():
    names = CONTROL_TYPES.names()
    assert names[0] == "All"
    assert names[1:] == sorted(names[1:])


def test_older_names_are_accepted():
    assert CONTROL_TYPES["Scribble/Sketch"].name == "Scribble"
    assert CONTROL_TYPES["tile/blur"].name == "Tile"


@pytest.mark.parametrize(
    ("kind", "model"),
    [
        ("Canny", "control_v11p_sd15_canny [d14c016b]"),
        ("Depth", "control_v11f1p_sd15_depth [cfd03158]"),
        ("Segmentation", "control_v11p_sd15_seg [e1f51eb9]"),
        ("InstructP2P", "control_v11e_sd15_ip2p [c4bb465c]"),
        ("Tile", "control_v11f1e_sd15_tile [a371b31b]"),
        ("Scribble", "t2iadapter_sketch_sd15v2 [671a8f46]"),
        ("MLSD", "None"),
        ("Reference", "None"),
        ("All", "None"),
    ],
)
def test_default_model(kind, model):
    assert default_model(CONTROL_TYPES[kind], MODELS) == model


def test_models_are_filtered_by_name():
    assert models_of(CONTROL_TYPES["Canny"], MODELS) == ["None", MODELS[3], MODELS[4]]
    assert models_of(CONTROL_TYPES["All"], MODELS) == ["None", *MODELS]
    assert models_of(CONTROL_TYPES["Reference"], MODELS) == ["None"]


def test_every_type_lists_none_first_and_then_its_default(installed):
    for kind in CONTROL_TYPES:
        names = [each.name for each in preprocessors_of(kind, installed)]
        assert names[0] == "none"
        if kind.default in installed and kind.default != "none":
            assert names[1] == kind.default, kind.name


def test_types_of_preprocessors_are_known(installed):
    for each in installed:
        for kind in each.types:
            assert kind in CONTROL_TYPES


def test_a_default_without_weights_gives_way_to_one_that_is_ready(installed):
    def has_weights(*names):
        return lambda preprocessor: not preprocessor.needs or preprocessor.name in names

    depth = CONTROL_TYPES["Depth"]
    assert default_preprocessor(depth, installed, has_weights("depth", "demo_depth")) == "depth"
    assert default_preprocessor(depth, installed, has_weights("demo_depth", "depth_anything")) == "demo_depth"
    assert default_preprocessor(depth, installed, has_weights()) == "depth"
    assert default_preprocessor(CONTROL_TYPES["Canny"], installed, has_weights()) == "canny"
    assert default_preprocessor(CONTROL_TYPES["MLSD"], installed, has_weights()) == "mlsd"
    assert default_preprocessor(CONTROL_TYPES["InstructP2P"], installed) == "none"
    assert default_preprocessor(CONTROL_TYPES["Scribble"], installed, has_weights()) == "scribble_xdog"
