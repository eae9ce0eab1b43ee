"""People and their joints by transformers' networks, small ones with random weights under the true key names."""

import warnings

import numpy as np
import pytest
import torch
from PIL import Image

from studio.controlnet.annotator import Annotator
from studio.controlnet.people_networks import PERSON, boxes_of, person_of, pose_of
from studio.controlnet.pose_maps import poses_of
from studio.controlnet.weight_files import PEOPLE, VIT_POSE
from studio.controlnet.weights import Weights, forgetful
from studio.domain.errors import BrokenFile, ModelMissing

SIDE = 96


def put_detector(folder, *, is_sure):
    """Sees people everywhere, or nowhere."""
    from transformers import RTDetrConfig, RTDetrForObjectDetection, RTDetrResNetConfig

    backbone = RTDetrResNetConfig(
        embedding_size=8, hidden_sizes=[8, 8, 16, 16], depths=[1, 1, 1, 1], layer_type="basic",
        out_features=["stage2", "stage3", "stage4"],
    )  # fmt: skip
    config = RTDetrConfig(
        backbone_config=backbone, encoder_hidden_dim=16, encoder_in_channels=[8, 16, 16], encoder_ffn_dim=16,
        encoder_attention_heads=2, d_model=16, decoder_in_channels=[16, 16, 16], decoder_ffn_dim=16, decoder_layers=2,
        decoder_attention_heads=2, num_queries=4, hidden_expansion=0.5, num_denoising=0,
        id2label={0: "car", 1: PERSON},
    )  # fmt: skip
    made = RTDetrForObjectDetection(config)
    with torch.no_grad():
        for name, each in made.named_parameters():
            if "class_embed" in name and name.endswith("bias"):
                each.copy_(torch.tensor([-9.0, 9.0 if is_sure else -9.0]))
    made.save_pretrained(folder / PEOPLE)


def put_poses(folder, points):
    from transformers import VitPoseBackboneConfig, VitPoseConfig, VitPoseForPoseEstimation

    backbone = VitPoseBackboneConfig(
        image_size=[64, 48], patch_size=[16, 16], hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        out_features=["stage1"],
    )  # fmt: skip
    config = VitPoseConfig(backbone_config=backbone, num_labels=points, use_simple_decoder=True, scale_factor=4)
    made = VitPoseForPoseEstimation(config)
    with torch.no_grad():
        made.head.conv.bias.fill_(1.0)  # sure of every joint
    made.save_pretrained(folder / VIT_POSE)


@pytest.fixture
def run(installed, tmp_path):
    annotator = Annotator(preprocessors=installed, weights=Weights(folders=(tmp_path,), addresses={}, keep=forgetful))
    pixels = np.random.default_rng(1).integers(0, 256, (SIDE, SIDE, 3), np.uint8)

    def detect():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return annotator.annotate("dw_openpose_full", Image.fromarray(pixels), SIDE, {})

    detect.folder = tmp_path
    return detect


@pytest.mark.parametrize(("points", "has_hands"), [(17, False), (133, True)])
def test_figures_are_found_and_told(run, points, has_hands):
    put_detector(run.folder, is_sure=True)
    put_poses(run.folder, points)
    made = run()
    told = poses_of(made)
    assert made.size == (SIDE, SIDE)
    assert len(told["people"]) == 4  # as many as the detector has queries
    for person in told["people"]:
        assert len(person["pose_keypoints_2d"]) == 54
        assert (person["hand_left_keypoints_2d"] is not None) == has_hands
        assert (person["face_keypoints_2d"] is not None) == has_hands


def test_where_nobody_is_nothing_is_drawn(run):
    put_detector(run.folder, is_sure=False)
    made = run()  # and the other network is not even asked for
    assert poses_of(made)["people"] == []
    assert not np.asarray(made).any()


def test_missing_weights_are_named(run):
    with pytest.raises(ModelMissing, match=PEOPLE):
        run()
    put_detector(run.folder, is_sure=True)
    with pytest.raises(ModelMissing, match=VIT_POSE):
        run()


def test_the_points_take_openposes_order():
    places = np.stack([np.arange(133) / 1000, np.zeros(133)], axis=1)
    scores = np.ones(133)
    scores[9] = 0.1  # the left wrist was not seen
    pose = pose_of(places, scores)
    assert pose.body[0] == (0.0, 0.0)
    assert pose.body[1] == pytest.approx((0.0055, 0))  # between the shoulders, 5 and 6
    assert pose.body[4] == (0.010, 0)  # right wrist
    assert pose.body[7] is None
    assert (len(pose.face), len(pose.left_hand), len(pose.right_hand)) == (68, 21, 21)
    assert pose.left_hand[0] == (0.091, 0)
    assert pose.right_hand[20] == (0.132, 0)


def test_another_number_of_points_is_refused():
    with pytest.raises(BrokenFile, match="17 or 133"):
        pose_of(np.zeros((5, 2)), np.ones(5))


def test_boxes_are_in_pixels_from_the_corner():
    assert boxes_of(np.array([[0.5, 0.5, 0.5, 1.0]]), (200, 100)) == [[50, 0, 100, 100]]
    assert person_of({0: "car", 3: PERSON}) == 3
    assert person_of({0: "LABEL_0"}) == 0
