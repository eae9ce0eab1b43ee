"""What a checkpoint file is told to be, by its header alone."""

import json
import pickle
import subprocess
import sys
from collections import OrderedDict

import pytest
import torch

from studio.catalog.checkpoints import list_checkpoints, read_traits
from studio.catalog.hashes import Hashes, sha256_of
from studio.catalog.headers import read_header
from studio.domain.errors import BrokenFile
from studio.domain.registry import Registry
from tests.catalog.files import UNET, refiner, sd1, sd2, sdxl, write_safetensors


@pytest.mark.parametrize(
    ("shapes", "file", "expected"),
    [
        (sd1(), "a", ("sd1", "epsilon", 4, 512)),
        (sd1(9), "a", ("sd1", "epsilon", 9, 512)),
        (sd1(8), "a", ("sd1", "epsilon", 8, 512)),
        (sd2(), "a", ("sd2", "epsilon", 4, 512)),
        (sd2(), "v2-1_768-v-ema", ("sd2", "v", 4, 768)),
        (sd2() | {"v_pred": (1,)}, "a", ("sd2", "v", 4, 768)),
        (sd2(9), "a", ("sd2", "epsilon", 9, 512)),
        (sdxl(), "a", ("sdxl", "epsilon", 4, 1024)),
        (sdxl(9), "a", ("sdxl", "epsilon", 9, 1024)),
        (sdxl() | {"v_pred": (1,), "ztsnr": (1,)}, "a", ("sdxl", "v", 4, 1024)),
        (refiner(), "a", ("refiner", "epsilon", 4, 1024)),
        (
            {"model.diffusion_model.double_blocks.0.img_attn.norm.key_norm.scale": (4,)},
            "a",
            ("flux", "epsilon", 0, 1024),
        ),
    ],
)
def test_architecture_is_told_by_names_and_shapes(tmp_path, shapes, file, expected):
    write_safetensors(tmp_path / f"{file}.safetensors", shapes)
    (found,) = list_checkpoints(tmp_path)
    told = (found.architecture, found.prediction, found.in_channels, found.native_size.width)
    assert told == expected
    assert not found.problem
    assert found.has_zero_terminal_snr == ("ztsnr" in shapes)


def test_a_yaml_beside_the_file_tells_v_prediction(tmp_path):
    write_safetensors(tmp_path / "a.safetensors", sd2())
    (tmp_path / "a.yaml").write_text('model:\n  params:\n    parameterization: "v"\n')
    assert list_checkpoints(tmp_path)[0].prediction == "v"


def test_ckpt_is_read_without_torch_and_tells_the_same(tmp_path):
    state = {name: torch.zeros(shape, dtype=torch.float16) for name, shape in sd1(9).items()}
    torch.save({"state_dict": state, "global_step": 5}, tmp_path / "new.ckpt")
    torch.save({"state_dict": state}, tmp_path / "old.ckpt", _use_new_zipfile_serialization=False)
    tensors = read_header(tmp_path / "new.ckpt").tensors
    assert tensors[f"{UNET}input_blocks.0.0.weight"].shape == (8, 9, 3, 3)
    assert tensors[f"{UNET}input_blocks.0.0.weight"].dtype == "F16"
    assert [each.in_channels for each in list_checkpoints(tmp_path)] == [9, 9]


def test_catalog_needs_no_torch():
    program = "import sys, studio.catalog.checkpoints; sys.exit('torch' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "web page"),
        (b"\n <html lang=en>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n", "Git LFS pointer"),
        (b'{"error": "Repository not found"}', "JSON"),
        (b"\x10\x00\x00\x00\x00\x00\x00\x00no json at all..", "header cannot be read"),
        (b"\xff" * 64, "no weight file"),
        (b"abc", "no weight file"),
    ],
)
def test_wrong_files_are_named_for_what_they_are(tmp_path, content, said):
    path = tmp_path / "a.safetensors"
    path.write_bytes(content)
    with pytest.raises(BrokenFile, match=said):
        read_header(path)
    assert said in list_checkpoints(tmp_path)[0].problem


@pytest.mark.parametrize("lost", [1, 500])
def test_truncated_safetensors_says_how_much_is_missing(tmp_path, lost):
    path = write_safetensors(tmp_path / "a.safetensors", sd1())
    whole = path.read_bytes()
    path.write_bytes(whole[:-lost])
    with pytest.raises(BrokenFile, match=f"truncated: it has {len(whole) - lost} bytes and should have {len(whole)}"):
        read_header(path)


def test_contradicting_header_is_refused(tmp_path):
    path = write_safetensors(tmp_path / "a.safetensors", {"x": (4, 4)})
    path.write_bytes(path.read_bytes().replace(b"[4, 4]", b"[9, 9]"))
    with pytest.raises(BrokenFile, match="header cannot be read"):
        read_header(path)


def test_truncated_ckpt_is_named(tmp_path):
    torch.save({"a": torch.zeros(1000)}, tmp_path / "a.ckpt")
    (tmp_path / "a.ckpt").write_bytes((tmp_path / "a.ckpt").read_bytes()[:2000])
    with pytest.raises(BrokenFile, match="truncated or damaged"):
        read_header(tmp_path / "a.ckpt")


class Malice:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return open, (self.marker, "w")


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_code_in_a_pickle_is_refused_and_never_runs(tmp_path, protocol):
    marker = tmp_path / "executed"
    path = tmp_path / "a.ckpt"
    path.write_bytes(b"\x80\x02" * 0 + pickle.dumps(OrderedDict(a=Malice(str(marker))), protocol))
    with pytest.raises(BrokenFile):
        read_header(path)
    torch.save({"state_dict": {"a": Malice(str(marker))}}, path)
    with pytest.raises(BrokenFile, match=r"holds code \(.*open\)"):
        read_header(path)
    assert not marker.exists()


def test_old_training_by_standers_are_read_as_nothing(tmp_path):
    import numpy as np

    state = {"weight": torch.zeros(2, 3), "step": np.float64(3), "ids": np.zeros(3)}
    torch.save({"state_dict": state}, tmp_path / "a.ckpt")
    assert {name: info.shape for name, info in read_header(tmp_path / "a.ckpt").tensors.items()} == {"weight": (2, 3)}


def test_a_diffusers_folder_is_one_checkpoint(tmp_path):
    demo = tmp_path / "demo"
    for name, content in {
        "model_index.json": {"_class_name": "StableDiffusionPipeline", "unet": ["diffusers", "X"], "native_side": 256},
        "unet/config.json": {"in_channels": 4, "sample_size": 32},
        "scheduler/scheduler_config.json": {"prediction_type": "v_prediction", "rescale_betas_zero_snr": True},
    }.items():
        (demo / name).parent.mkdir(parents=True, exist_ok=True)
        (demo / name).write_text(json.dumps(content))
    write_safetensors(demo / "unet" / "diffusion_pytorch_model.safetensors", {"conv_in.weight": (4, 4)})
    (found,) = list_checkpoints(tmp_path)
    assert (found.name, found.title, found.architecture, found.native_size) == ("demo", "demo", "sd1", (256, 256))
    assert (found.prediction, found.has_zero_terminal_snr) == ("v", True)


def test_a_checkpoint_is_found_by_every_name_that_people_use(tmp_path):
    path = write_safetensors(tmp_path / "Photo" / "real.safetensors", sd1())
    hashes = Hashes(tmp_path / "hashes.json")
    assert list_checkpoints(tmp_path, hashes)[0].title == "Photo/real.safetensors"
    hashes.wait()
    registry = Registry("model", list_checkpoints(tmp_path, hashes))
    sha = sha256_of(path)
    found = registry["real"]
    assert found.title == f"Photo/real.safetensors [{sha[:10]}]"
    for name in (found.title, "Photo/real.safetensors", "real.safetensors", "REAL", sha[:10], sha):
        assert registry[name] is found


def test_equal_names_and_equal_files_do_not_collide(tmp_path):
    for folder in "ab":
        write_safetensors(tmp_path / folder / "same.safetensors", sd1())
    hashes = Hashes(tmp_path / "hashes.json")
    list_checkpoints(tmp_path, hashes)
    hashes.wait()
    registry = Registry("model", list_checkpoints(tmp_path, hashes))
    assert registry.names() == ["same", "b/same.safetensors"]


def test_hashes_survive_a_restart_and_notice_a_changed_file(tmp_path):
    path = write_safetensors(tmp_path / "a.safetensors", sd1())
    first = Hashes(tmp_path / "hashes.json").of(path)
    again = Hashes(tmp_path / "hashes.json")
    assert again.known(path) == first
    write_safetensors(path, sd2())
    assert again.known(path) == ""
    again.wait()
    assert again.known(path) == sha256_of(path) != first


def test_a_file_without_a_network_is_listed_with_the_reason(tmp_path):
    write_safetensors(tmp_path / "lora.safetensors", {"lora_unet_x.lora_down.weight": (4, 4)})
    traits, problem = read_traits(tmp_path / "lora.safetensors")
    assert traits.architecture == ""
    assert "no diffusion network" in problem


@pytest.mark.parametrize("length", [0x7B, 0x5B, 0x7B20])
def test_a_headers_length_is_not_taken_for_text(tmp_path, length):
    """Its first bytes may read "{", "[" or a blank, as a JSON text's do."""
    header = b'{"x":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}'.ljust(length)
    path = tmp_path / "a.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + b"00")
    assert list(read_header(path).tensors) == ["x"]


def test_folders_of_other_kinds_are_no_place_for_checkpoints(tmp_path):
    for folder in ("Lora/deep", "VAE", "ControlNet", "mine/lora"):
        write_safetensors(tmp_path / folder / f"{folder[0]}.safetensors", sd1())
    assert [each.title for each in list_checkpoints(tmp_path)] == ["mine/lora/m.safetensors"]
