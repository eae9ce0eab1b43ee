"""One folder of tiny models for all tests of the engine; each is written once."""

import pytest
import torch

from tests.engine.tiny_controlnets import write_nets
from tests.engine.tiny_models import shared_manager, write_sd1, write_sdxl


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """More only wait for each other at these sizes."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    write_sd1(folder / "tiny")
    write_sd1(folder / "inpaint", in_channels=9, seed=1)
    write_sd1(folder / "edit", in_channels=8, seed=2)
    write_sdxl(folder / "xl", seed=3)
    return folder


@pytest.fixture(scope="session")
def nets(models, tmp_path_factory):
    """The folder of ControlNets `one` and `two`."""
    folder = tmp_path_factory.mktemp("nets")
    write_nets(shared_manager(models).load("tiny").unet, folder)
    return folder
