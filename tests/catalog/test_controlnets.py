"""ControlNets by their files, with small files under the true tensor names."""

import hashlib
import json

import pytest

from studio.catalog.checkpoints import list_checkpoints
from studio.catalog.controlnets import ControlKind, ControlNets, base_name, is_fitting, old_hash
from studio.catalog.ip_adapters import CLIP_G, CLIP_H
from studio.domain.errors import UnknownName
from tests.catalog.files import sd1, write_safetensors


def control(width=768, prefix=""):
    return {
        f"{prefix}zero_convs.0.0.weight": (8, 8, 1, 1),
        f"{prefix}input_hint_block.0.weight": (4, 3, 3, 3),
        f"{prefix}input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight": (8, width),
    }


def diffusers(width=768):
    return {
        "controlnet_cond_embedding.conv_in.weight": (4, 3, 3, 3),
        "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight": (8, width),
    }


def listed(folder):
    return ControlNets().list([folder])


def test_layouts_and_bases(tmp_path):
    write_safetensors(tmp_path / "a.safetensors", control(768))
    write_safetensors(tmp_path / "b.safetensors", control(1024, "control_model."))
    write_safetensors(tmp_path / "deep" / "c.safetensors", diffusers(2048))
    write_safetensors(tmp_path / "d.safetensors", {**control(), "difference": ()})
    found = listed(tmp_path)
    assert [(each.layout, each.text_width, each.problem) for each in found] == [
        ("control", 768, ""),
        ("control", 1024, ""),
        ("control", 768, ""),
        ("diffusers", 2048, ""),
    ]
    assert [found["d"].is_difference, found["a"].is_difference] == [True, False]
    assert found["c"].base == "Stable Diffusion XL"


def test_folders(tmp_path):
    folder = tmp_path / "net"
    write_safetensors(folder / "diffusion_pytorch_model.safetensors", diffusers(64))
    (folder / "config.json").write_text(json.dumps({"cross_attention_dim": 64}))
    (found,) = listed(tmp_path)
    assert (found.layout, found.text_width, found.path) == ("folder", 64, folder)
    assert found.name.startswith("net [")


def test_a_folder_with_half_a_file_says_so(tmp_path):
    path = tmp_path / "net" / "diffusion_pytorch_model.safetensors"
    write_safetensors(path, diffusers(64))
    (path.parent / "config.json").write_text(json.dumps({"cross_attention_dim": 64}))
    path.write_bytes(path.read_bytes()[:-9])
    (found,) = listed(tmp_path)
    assert "truncated" in found.problem


def test_one_within_a_checkpoints_folder_is_named_after_both(tmp_path):
    folder = tmp_path / "demo" / "controlnet" / "depth_normal"
    write_safetensors(folder / "diffusion_pytorch_model.safetensors", diffusers(64))
    (folder / "config.json").write_text(json.dumps({"cross_attention_dim": 64}))
    (tmp_path / "demo" / "model_index.json").write_text("{}")
    (found,) = listed(tmp_path / "demo" / "controlnet")
    assert found.name.startswith("demo_depth_normal [")


def test_the_hash_is_of_64_kib_after_the_first_mib(tmp_path):
    path = tmp_path / "a.safetensors"
    content = bytes(range(256)) * 8192
    path.write_bytes(content)
    assert old_hash(path) == hashlib.sha256(content[0x100000:0x110000]).hexdigest()[:8]


def test_names_are_found_with_and_without_hash_in_any_case(tmp_path):
    write_safetensors(tmp_path / "Control_Canny.safetensors", control())
    found = listed(tmp_path)
    (one,) = found
    for name in (one.name, one.name.upper(), "control_canny", "control_canny.safetensors"):
        assert found[name] is one
    with pytest.raises(UnknownName, match="Control_Canny"):
        found["control_cany"]


def test_other_kinds_say_what_they_are(tmp_path):
    write_safetensors(tmp_path / "lite.safetensors", {"lllite_unet_input_blocks_1_0_in_layers_2.depth": ()})
    write_safetensors(tmp_path / "x.safetensors", sd1())
    (tmp_path / "y.pth").write_bytes(b"<!DOCTYPE html>")
    found = listed(tmp_path)
    assert "ControlNet-LLLite" in found["lite"].problem
    assert "no ControlNet" in found["x"].problem
    assert "web page" in found["y"].problem


def union(count=8):
    return {
        **diffusers(2048),
        "task_embedding": (count, 320),
        "control_add_embedding.linear_1.weight": (8, 256 * count),
    }


@pytest.mark.parametrize("count", [6, 8])
def test_a_union_says_how_many_kinds_of_maps_it_knows(tmp_path, count):
    write_safetensors(tmp_path / "one.safetensors", union(count))
    write_safetensors(tmp_path / "folder" / "diffusion_pytorch_model.safetensors", union(count))
    (tmp_path / "folder" / "config.json").write_text(json.dumps({"cross_attention_dim": 2048}))
    for found in listed(tmp_path):
        told = (found.kind, found.controls, found.text_width, found.problem)
        assert told == (ControlKind.union, count, 2048, "")


def adapter(channels=192, width=320, prefix=""):
    block = "body.0.resnets.0.block1.weight" if prefix else "body.0.block1.weight"
    return {f"{prefix}conv_in.weight": (width, channels, 3, 3), f"{prefix}{block}": (width, width, 3, 3)}


LIGHT = {
    "body.0.in_conv.weight": (80, 192, 1, 1),
    "body.0.body.0.block1.weight": (80, 80, 3, 3),
    "body.0.out_conv.weight": (320, 80, 1, 1),
}


@pytest.mark.parametrize(
    ("shapes", "width"),
    [
        (adapter(), 768),
        (adapter(64), 768),
        (LIGHT, 768),
        (adapter(768, prefix="adapter."), 2048),
        (adapter(256), 2048),
        (adapter(width=16), 0),
    ],
)
def test_t2i_adapters_tell_their_base_by_their_widths(tmp_path, shapes, width):
    write_safetensors(tmp_path / "net.safetensors", shapes)
    folder = tmp_path / "folder"
    write_safetensors(folder / "diffusion_pytorch_model.safetensors", shapes)
    (folder / "config.json").write_text("{}")
    for found in listed(tmp_path):
        assert (found.kind, found.text_width, found.problem) == (ControlKind.t2i_adapter, width, "")
        assert found.fits(width or 64)
        assert found.fits(1024) is not bool(width)


def ip_adapter(text=768, **image):
    return {f"image_proj.{name.replace('__', '.')}": shape for name, shape in image.items()} | {
        "ip_adapter.1.to_k_ip.weight": (320, text)
    }


PLUS = {"latents": (1, 16, 768), "proj_in__weight": (768, 1280)}
FACE = {"proj__0__weight": (1024, 512), "proj__2__weight": (3072, 1024), "norm__weight": (768,)}


@pytest.mark.parametrize(
    ("shapes", "width", "vision", "problem"),
    [
        (ip_adapter(proj__weight=(3072, 1024)), 768, CLIP_H, ""),
        (ip_adapter(**PLUS), 768, CLIP_H, ""),
        (ip_adapter(proj__0__weight=(1280, 1280), proj__3__weight=(768,)), 768, CLIP_H, ""),
        (ip_adapter(2048, proj__weight=(8192, 1280)), 2048, CLIP_G, ""),
        (ip_adapter(2048, **{**PLUS, "proj_in__weight": (1280, 1664)}), 2048, CLIP_G, ""),
        (ip_adapter(**FACE), 768, "", "FaceID"),
        (ip_adapter(proj__weight=(3072, 512)), 768, "", "512 wide"),
    ],
)
def test_ip_adapters_tell_their_base_and_with_which_eyes_they_see(tmp_path, shapes, width, vision, problem):
    write_safetensors(tmp_path / "net.safetensors", shapes)
    (found,) = listed(tmp_path)
    assert (found.kind, found.text_width, found.vision) == (ControlKind.ip_adapter, width, vision)
    assert problem in found.problem
    assert bool(found.problem) is bool(problem)


def test_the_same_stem_twice_is_listed_once(tmp_path):
    write_safetensors(tmp_path / "a" / "net.safetensors", control())
    write_safetensors(tmp_path / "b" / "net.safetensors", control())
    assert len(list(listed(tmp_path))) == 1


def test_fitting_goes_by_the_text_width(tmp_path):
    write_safetensors(tmp_path / "nets" / "one.safetensors", control(768))
    write_safetensors(tmp_path / "nets" / "xl.safetensors", control(2048))
    write_safetensors(tmp_path / "checkpoints" / "sd.safetensors", sd1())
    (checkpoint,) = list_checkpoints(tmp_path / "checkpoints")
    found = listed(tmp_path / "nets")
    assert is_fitting(found["one"], checkpoint)
    assert not is_fitting(found["xl"], checkpoint)
    assert base_name(5) == "an architecture with text 5 wide"
