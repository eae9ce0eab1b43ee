"""Reading weight files: the right tensors, nothing mapped, nothing executed."""

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from studio.catalog.headers import read_header
from studio.devices.weights import read_weights
from studio.domain.errors import BrokenFile

STATE = {
    "a": torch.arange(6, dtype=torch.float16).reshape(2, 3),
    "odd": torch.tensor([1, 2, 3], dtype=torch.uint8),
    "half": torch.randn(5, dtype=torch.float32).to(torch.bfloat16),
    "count": torch.tensor(7),
    "nothing": torch.zeros(0, 4),
}


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("suffix", [".safetensors", ".ckpt", ".pt"])
def test_every_format_gives_the_same_tensors(tmp_path, suffix):
    path = tmp_path / f"x{suffix}"
    if suffix == ".safetensors":
        save_file(STATE, path)
    else:
        torch.save({"state_dict": STATE}, path, _use_new_zipfile_serialization=suffix == ".ckpt")
    assert same(read_weights(path), STATE)
    assert set(read_header(path).tensors) == set(STATE)


def test_floats_are_cast_and_whole_numbers_are_not(tmp_path):
    save_file(STATE, tmp_path / "x.safetensors")
    read = read_weights(tmp_path / "x.safetensors", torch.float32)
    assert read["a"].dtype == read["half"].dtype == torch.float32
    assert read["count"].dtype == torch.int64
    assert torch.equal(read["half"], STATE["half"].float())


def test_only_wanted_tensors_are_read(tmp_path):
    save_file(STATE, tmp_path / "x.safetensors")
    assert set(read_weights(tmp_path / "x.safetensors", wanted=lambda name: name.startswith("a"))) == {"a"}


def test_a_loaded_file_may_be_truncated_or_replaced(tmp_path):
    """A mapped file would kill the process here (SIGBUS)."""
    path = tmp_path / "x.safetensors"
    save_file({"a": torch.ones(2**20, dtype=torch.float16)}, path)
    read = read_weights(path, torch.float16)
    path.write_bytes(b"")
    assert float(read["a"].float().sum()) == 2**20


class Malice:
    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self):
        return Path.touch, (self.marker,)


@pytest.mark.parametrize("is_zip", [True, False])
def test_code_in_a_pickle_is_refused_and_never_runs(tmp_path, is_zip):
    marker, path = tmp_path / "executed", tmp_path / "x.ckpt"
    torch.save({"a": torch.ones(2), "b": Malice(marker)}, path, _use_new_zipfile_serialization=is_zip)
    with pytest.raises(BrokenFile, match="holds code"):
        read_weights(path)
    path.write_bytes(pickle.dumps({"a": Malice(marker)}))
    with pytest.raises(BrokenFile, match="holds code"):
        read_weights(path)
    assert not marker.exists()


def test_torchs_own_functions_are_no_loophole(tmp_path):
    """A pickle may name `torch.load`, `torch.hub.load` or a tensor's method; none of them builds a tensor."""
    for call in (b"ctorch\nload\n", b"ctorch.hub\nload\n", b"ctorch.utils.collect_env\nrun\n", b"cbuiltins\neval\n"):
        path = tmp_path / "x.pt"
        path.write_bytes(b"\x80\x02" + call + b"(S'x'\ntR.")
        with pytest.raises(BrokenFile, match="holds code"):
            read_weights(path)


def test_by_standers_of_training_do_not_keep_weights_from_being_read(tmp_path):
    state = {"state_dict": {"a": torch.ones(3)}, "lr": np.float64(0.1), "seen": np.arange(4), "done": {1, 2}}
    torch.save(state, tmp_path / "x.ckpt")
    assert same(read_weights(tmp_path / "x.ckpt"), {"a": torch.ones(3)})


def test_a_file_that_lost_its_end_is_named(tmp_path):
    torch.save({"a": torch.ones(5000)}, tmp_path / "x.pt")
    (tmp_path / "x.pt").write_bytes((tmp_path / "x.pt").read_bytes()[:9000])
    with pytest.raises(BrokenFile, match="truncated or damaged"):
        read_weights(tmp_path / "x.pt")
