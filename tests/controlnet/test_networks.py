"""Annotators with random weights under their true key names: each is built, filled from its file, and runs."""

import types
import warnings

import numpy as np
import pytest
import torch

from studio.controlnet.class_colours import ADE20K, COCO, class_colours
from studio.controlnet.depth_networks import near_of, zoe_size
from studio.controlnet.networks import package_module
from studio.controlnet.weight_files import (
    ANYLINE,
    BODY_POSE,
    DEPTH_ANYTHING,
    FACE_POSE,
    HAND_POSE,
    HED,
    LINEART,
    LINEART_ANIME,
    MLSD,
    NORMAL_BAE,
    ONEFORMER_ADE20K,
    ONEFORMER_COCO,
    PIDINET,
    TEED,
    UPERNET,
    ZOE,
)
from studio.domain.errors import BrokenFile, ModelMissing
from tests.controlnet.conftest import ANNOTATED_SIDE as SIDE


def build(module, make):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return make(package_module(module))


def is_a_map(found):
    return found.shape == (SIDE, SIDE, 3) and found.dtype == np.uint8


def test_hed(annotate):
    net = build("controlnet_aux.hed", lambda module: module.ControlNetHED_Apache2())
    torch.save(net.state_dict(), annotate.folder / HED)
    safe = annotate("hed_safe")
    assert is_a_map(safe)
    assert len(np.unique(safe)) <= 3


def test_pidinet_from_a_file_of_several_cards(annotate):
    net = build("controlnet_aux.pidi.model", lambda module: module.pidinet())
    state = {f"module.{name}": tensor for name, tensor in net.state_dict().items()}
    torch.save({"state_dict": state}, annotate.folder / PIDINET)
    scribble = annotate("pidinet_scribble")
    assert is_a_map(scribble)
    assert set(np.unique(scribble)) <= {0, 255}
    soft, sketch = annotate("pidinet").astype(int), annotate("pidinet_sketch")
    assert set(np.unique(sketch)) <= {0, 255}
    assert ((sketch == 255) == (soft > 127))[abs(soft - 127.5) > 1].all()


def test_teed_and_anyline(annotate):
    net = build("controlnet_aux.teed.ted", lambda module: module.TED())
    for file in (TEED, ANYLINE):
        torch.save(net.state_dict(), annotate.folder / file)
    assert is_a_map(annotate("softedge_teed"))
    assert len(np.unique(annotate("softedge_teed", steps=1))) <= 2
    assert is_a_map(annotate("softedge_anyline"))


def test_line_drawings_are_white_on_black(annotate):
    net = build("controlnet_aux.lineart", lambda module: module.Generator(3, 1, 3))
    torch.save(net.state_dict(), annotate.folder / LINEART)
    assert is_a_map(annotate("lineart"))


def test_anime_drawing(annotate):
    import functools

    norm = functools.partial(torch.nn.InstanceNorm2d, affine=False, track_running_stats=False)
    net = build(
        "controlnet_aux.lineart_anime",
        lambda module: module.UnetGenerator(3, 1, 8, 64, norm_layer=norm, use_dropout=False),
    )
    torch.save({f"module.{name}": tensor for name, tensor in net.state_dict().items()}, annotate.folder / LINEART_ANIME)
    assert is_a_map(annotate("lineart_anime"))


def test_straight_lines_and_none(annotate):
    """The package hides every failure in a black picture; ours is black only where no line is found."""
    net = build("controlnet_aux.mlsd", lambda module: module.MobileV2_MLSD_Large())
    torch.save(net.state_dict(), annotate.folder / MLSD)
    assert annotate("mlsd", value=0.01, distance=0.01).any()
    assert not annotate("mlsd", value=2.0).any()


def test_openpose_with_hands_and_face(annotate):
    models = "controlnet_aux.open_pose.model"
    nets = {
        BODY_POSE: build(models, lambda module: module.bodypose_model()),
        HAND_POSE: build(models, lambda module: module.handpose_model()),
    }
    for file, net in nets.items():
        torch.save({name.partition(".")[2]: each for name, each in net.state_dict().items()}, annotate.folder / file)
    torch.save(
        build("controlnet_aux.open_pose.face", lambda module: module.FaceNet()).state_dict(),
        annotate.folder / FACE_POSE,
    )
    assert is_a_map(annotate("openpose_full"))


def test_normals_with_their_doubt(annotate):
    options = types.SimpleNamespace(
        mode="client", architecture="BN", pretrained="scannet", sampling_ratio=0.4, importance_ratio=0.7
    )
    net = build("controlnet_aux.normalbae.nets.NNET", lambda module: module.NNET(options))
    torch.save({"model": net.state_dict()}, annotate.folder / NORMAL_BAE)
    made = annotate("normal_bae")
    assert is_a_map(made)
    assert np.abs(np.linalg.norm(made / 127.5 - 1, axis=2) - 1).max() < 0.05


def test_depth_anything_from_a_folder(annotate):
    from transformers import DepthAnythingConfig, DepthAnythingForDepthEstimation, Dinov2Config

    backbone = Dinov2Config(
        hidden_size=32, num_hidden_layers=4, num_attention_heads=2, image_size=56, out_indices=[1, 2, 3, 4],
        reshape_hidden_states=False, apply_layernorm=True,
    )  # fmt: skip
    config = DepthAnythingConfig(
        backbone_config=backbone, reassemble_hidden_size=32, neck_hidden_sizes=[8, 8, 8, 8], fusion_hidden_size=8,
        head_hidden_size=8,
    )  # fmt: skip
    DepthAnythingForDepthEstimation(config).save_pretrained(annotate.folder / DEPTH_ANYTHING)
    found = annotate("depth_anything")
    assert is_a_map(found)
    assert found.min() == 0
    assert found.max() > 200


def test_upernet_gives_class_colours(annotate):
    from transformers import ConvNextConfig, UperNetConfig, UperNetForSemanticSegmentation

    backbone = ConvNextConfig(
        hidden_sizes=[8, 16, 24, 32], depths=[1, 1, 1, 1], out_features=["stage1", "stage2", "stage3", "stage4"]
    )
    config = UperNetConfig(backbone_config=backbone, hidden_size=16, num_labels=150, use_auxiliary_head=False)
    UperNetForSemanticSegmentation(config).save_pretrained(annotate.folder / UPERNET)
    found = annotate("segmentation")
    assert is_a_map(found)
    assert {tuple(each) for each in found.reshape(-1, 3).tolist()} <= {each.colour for each in class_colours()}


@pytest.mark.parametrize(
    ("name", "folder", "table"),
    [("seg_ofade20k", ONEFORMER_ADE20K, ADE20K), ("segmentation_oneformer_coco", ONEFORMER_COCO, COCO)],
)
def test_oneformer_gives_class_colours(annotate, name, folder, table):
    from transformers import OneFormerConfig, OneFormerForUniversalSegmentation, SwinConfig

    classes = class_colours(table)
    backbone = SwinConfig(
        embed_dim=8, depths=[1, 1, 1, 1], num_heads=[1, 1, 2, 2], window_size=4,
        out_features=["stage1", "stage2", "stage3", "stage4"],
    )  # fmt: skip
    config = OneFormerConfig(
        backbone_config=backbone, num_labels=len(classes), num_queries=12, conv_dim=32, mask_dim=32, hidden_dim=32,
        encoder_feedforward_dim=16, encoder_layers=1, decoder_layers=2, num_attention_heads=2, dim_feedforward=16,
        text_encoder_width=32, text_encoder_num_layers=1, query_dec_layers=1,
    )  # fmt: skip
    config.save_pretrained(annotate.folder / folder)
    torch.save(OneFormerForUniversalSegmentation(config).state_dict(), annotate.folder / folder / "pytorch_model.bin")
    found = annotate(name)
    assert is_a_map(found)
    assert {tuple(each) for each in found.reshape(-1, 3).tolist()} <= {each.colour for each in classes}


def test_zoe_depth_from_a_folder(annotate):
    from transformers import BeitConfig, ZoeDepthConfig, ZoeDepthForDepthEstimation

    backbone = BeitConfig(
        hidden_size=32, num_hidden_layers=4, num_attention_heads=2, intermediate_size=32, image_size=64, patch_size=16,
        use_relative_position_bias=True, reshape_hidden_states=False, out_features=[f"stage{n}" for n in (1, 2, 3, 4)],
    )  # fmt: skip
    config = ZoeDepthConfig(
        backbone_config=backbone, neck_hidden_sizes=[8, 8, 8, 8], fusion_hidden_size=8, bottleneck_features=8,
        num_relative_features=8, bin_embedding_dim=8,
        bin_configurations=[{"n_bins": 8, "min_depth": 0.001, "max_depth": 10.0, "name": "nyu"}],
    )  # fmt: skip
    ZoeDepthForDepthEstimation(config).save_pretrained(annotate.folder / ZOE)
    found = annotate("depth_zoe")
    assert is_a_map(found)
    assert np.ptp(found) == 255


def test_zoe_sees_a_size_it_knows():
    assert zoe_size(384, 512) == (512, 384)
    assert zoe_size(768, 1024) == (512, 384)
    assert zoe_size(500, 1000) == (768, 384)


def test_leres_can_leave_out_what_is_near_and_what_is_far():
    depth = np.linspace(1, 0, 5, dtype=np.float32)[None]
    assert near_of(depth, 0, 0).tolist() == [[255, 192, 128, 64, 0]]
    assert near_of(depth, 30, 0).tolist() == [[255, 255, 128, 64, 0]]
    assert near_of(depth, 0, 30).tolist() == [[255, 192, 128, 0, 0]]


def test_missing_weights_say_where_from_and_where_to(annotate):
    with pytest.raises(ModelMissing) as caught:
        annotate("hed")
    for part in (HED, "https://example.org", str(annotate.folder)):
        assert part in caught.value.message


def test_another_networks_file_is_refused(annotate):
    torch.save({"norm": torch.zeros(1, 3, 1, 1)}, annotate.folder / HED)
    with pytest.raises(BrokenFile, match=HED):
        annotate("hed")
