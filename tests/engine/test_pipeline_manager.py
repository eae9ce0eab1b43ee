"""Models by their titles: loaded once, dropped in time, read again when their file has changed."""

import gc
import shutil
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from studio.domain.errors import BrokenFile, IncompatibleModel, ModelMissing
from tests.catalog.files import write_safetensors
from tests.engine.original_layout import make_networks, single_file, write
from tests.engine.tiny_models import manager


def test_a_model_is_loaded_once_and_found_by_any_of_its_names(models):
    one = manager(models)
    assert one.load("tiny") is one.load("TINY")


def test_many_threads_get_one_model(models):
    one, barrier = manager(models), threading.Barrier(4)

    def load(_):
        barrier.wait()
        return one.load("tiny").unet

    with ThreadPoolExecutor(4) as pool:
        assert len({id(unet) for unet in pool.map(load, range(4))}) == 1


def test_twenty_switches_hold_no_more_than_one(models):
    """With room for one model, each that came before is gone for good."""
    one, earlier = manager(models, budget=1), []
    for index in range(20):
        earlier.append(weakref.ref(one.load(("tiny", "inpaint")[index % 2]).unet))
    gc.collect()
    assert sum(ref() is not None for ref in earlier) == 1


def test_several_models_stay_within_the_budget(models):
    one = manager(models)
    first = one.load("tiny")
    one.load("inpaint")
    assert one.load("tiny") is first


def test_forgetting_frees_what_nobody_uses(models):
    one = manager(models)
    kept, gone = one.load("tiny"), weakref.ref(one.load("inpaint").unet)
    one.forget()
    gc.collect()
    assert gone() is None
    assert kept.unet is not one.load("tiny").unet


def test_room_is_made_by_dropping_all_but_the_one_in_use(models):
    one = manager(models)
    tiny, gone = one.load("tiny"), weakref.ref(one.load("inpaint").unet)
    one.make_room("tiny")
    gc.collect()
    assert gone() is None
    assert one.load("tiny") is tiny


def test_a_changed_file_is_another_model(tmp_path):
    torch.manual_seed(1)
    path = write(tmp_path / "x.safetensors", single_file("sd1", make_networks("sd1")))
    one = manager(tmp_path)
    first = one.load("x")
    write(path, single_file("sd1", make_networks("sd1")))
    second = one.load("x")
    assert second.key != first.key
    assert not torch.equal(second.unet.conv_in.weight, first.unet.conv_in.weight)


def test_a_loaded_file_may_be_emptied_under_the_running_model(tmp_path):
    """A mapped file would end the process here."""
    path = write(tmp_path / "x.safetensors", {n: t.half() for n, t in single_file("sd1", make_networks("sd1")).items()})
    unet = manager(tmp_path).load("x").unet
    path.write_bytes(b"")
    assert torch.isfinite(sum(parameter.float().sum() for parameter in unet.parameters()))


def test_a_checkpoint_that_is_gone_is_named(models, tmp_path):
    shutil.copytree(models / "tiny", tmp_path / "tiny")
    one = manager(tmp_path)
    shutil.rmtree(tmp_path / "tiny")
    with pytest.raises(ModelMissing, match="tiny"):
        one.load("tiny")


def test_what_stands_against_a_file_is_told(tmp_path):
    (tmp_path / "page.safetensors").write_bytes(b"<html>404</html>")
    write_safetensors(tmp_path / "flux.safetensors", {"double_blocks.0.img_attn.norm.key_norm.scale": (4,)})
    with pytest.raises(BrokenFile, match="web page"):
        manager(tmp_path).load("page")
    with pytest.raises(IncompatibleModel, match="flux"):
        manager(tmp_path).load("flux")


def test_a_folder_without_a_part_is_named(models, tmp_path):
    shutil.copytree(models / "tiny", tmp_path / "tiny")
    (tmp_path / "tiny" / "unet" / "diffusion_pytorch_model.safetensors").unlink()
    with pytest.raises(ModelMissing, match="tiny/unet"):
        manager(tmp_path).load("tiny")


def test_weights_of_another_size_than_their_configuration_are_refused(models, tmp_path):
    shutil.copytree(models / "tiny", tmp_path / "tiny")
    config = tmp_path / "tiny" / "unet" / "config.json"
    config.write_text(config.read_text().replace('"cross_attention_dim": 32', '"cross_attention_dim": 64'))
    with pytest.raises(BrokenFile, match="another size"):
        manager(tmp_path).load("tiny")


def test_weights_in_several_files_are_put_together(models, tmp_path):
    import json

    from safetensors.torch import load_file, save_file

    shutil.copytree(models / "tiny", tmp_path / "tiny")
    folder = tmp_path / "tiny" / "unet"
    whole = folder / "diffusion_pytorch_model.safetensors"
    tensors = load_file(whole)
    names = sorted(tensors)
    parts = {"a.safetensors": names[::2], "b.safetensors": names[1::2]}
    for file, own in parts.items():
        save_file({name: tensors[name] for name in own}, folder / file)
    whole.unlink()
    index = {"weight_map": {name: file for file, own in parts.items() for name in own}}
    (folder / "diffusion_pytorch_model.safetensors.index.json").write_text(json.dumps(index))
    state = manager(tmp_path).load("tiny").unet.state_dict()
    assert all(torch.equal(state[name], tensors[name]) for name in names)


def test_a_model_is_packed_only_where_its_second_copy_leaves_room(models, monkeypatch):
    monkeypatch.setattr("studio.devices.device.does_packing_pay", lambda dtype: True)
    from studio.engine.packing import is_packed
    from studio.engine.pipeline_manager import model_bytes

    roomy, tight = manager(models).load("tiny"), manager(models, budget=1).load("tiny")
    assert is_packed(roomy.unet)
    assert not is_packed(tight.unet)
    assert model_bytes(roomy) > model_bytes(tight)
