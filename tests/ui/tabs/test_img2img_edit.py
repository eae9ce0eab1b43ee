from dataclasses import replace

from studio.domain.registry import Registry
from studio.ui.desk import Desk
from studio.ui.tabs.img2img_edit import build_edit, is_edit_model
from tests.fakes import checkpoint


def test_the_slider_is_there_for_models_that_edit_as_they_are_told(desk: Desk):
    known = Registry("checkpoint", [checkpoint(), checkpoint(name="edit", title="edit", in_channels=8)])
    installed = replace(desk.studio.installed(), checkpoints=known)
    studio = replace(desk.studio, installed=lambda: installed)
    assert is_edit_model(studio, "edit")
    assert not is_edit_model(studio, "demo")
    assert not is_edit_model(studio, None)
    assert not build_edit(studio).values["image_cfg_scale"].visible
