"""Annotators that take more than some seconds to build, with random weights under their true key names: `make soak`."""

import numpy as np
import pytest
import torch

from studio.controlnet.weight_files import LAMA, LERES, LERES_MERGER, MIDAS, MOBILE_SAM
from tests.controlnet.test_networks import build, is_a_map

pytestmark = pytest.mark.soak


def test_midas_depth_and_normals(annotate):
    shape = {"path": None, "backbone": "vitb_rn50_384", "non_negative": True}
    net = build("controlnet_aux.midas.midas.dpt_depth", lambda module: module.DPTDepthModel(**shape))
    torch.save(net.state_dict(), annotate.folder / MIDAS)
    depth = annotate("depth_midas")
    assert is_a_map(depth)
    assert np.ptp(depth) == 255
    assert is_a_map(annotate("normal_midas", threshold_a=0.1))


def test_things_without_classes(annotate):
    net = build("controlnet_aux.segment_anything", lambda module: module.sam_model_registry["vit_t"](checkpoint=None))
    torch.save(net.state_dict(), annotate.folder / MOBILE_SAM)
    assert is_a_map(annotate("mobile_sam"))


def test_lama_out_of_a_training_programs_file(annotate):
    net = build("spandrel.architectures.LaMa.__arch.LaMa", lambda module: module.LaMa(in_nc=4, out_nc=3))
    state = {name.replace("model.model", "model.generator.model"): each for name, each in net.state_dict().items()}
    torch.save({"state_dict": {**state, "loss_l1.weight": torch.zeros(1)}}, annotate.folder / LAMA)
    found = annotate("inpaint_only+lama", masked=(32, 32, 96, 96))
    assert is_a_map(found)
    assert (found[:32] == annotate.pixels[:32]).all()
    assert (found[40:88, 40:88] != annotate.pixels[40:88, 40:88]).any()


def test_leres_and_its_boosted_form(annotate):
    depths = "controlnet_aux.leres.leres.multi_depth_model_woauxi"
    net = build(depths, lambda module: module.RelDepthModel(backbone="resnext101"))
    state = {f"module.{name}": tensor for name, tensor in net.state_dict().items()}
    torch.save({"depth_model": state}, annotate.folder / LERES)
    plain = annotate("depth_leres")
    assert is_a_map(plain)
    assert np.ptp(plain) == 255
    joining = "controlnet_aux.leres.pix2pix.models.networks"
    merger = build(joining, lambda module: module.UnetGenerator(2, 1, 10, 64, module.get_norm_layer("none")))
    torch.save(merger.state_dict(), annotate.folder / LERES_MERGER)
    assert is_a_map(annotate("depth_leres++"))
