from dataclasses import replace
from types import SimpleNamespace

import gradio as gr
import pytest

from studio.domain.registry import Registry
from studio.ui import queue_text, top
from studio.ui.desk import Desk


def test_the_queue_in_words():
    assert "Queue empty" in queue_text.queue_html(0)
    assert "1 job<" in queue_text.queue_html(1)
    assert "3 jobs" in queue_text.queue_html(3)


def test_the_first_checkpoint_draws_until_another_is_chosen(desk: Desk):
    assert top.current_checkpoint(desk.studio) == "demo"
    assert top.missing_html(desk.studio) == ""


def test_without_a_checkpoint_it_says_where_one_belongs(desk: Desk):
    empty = replace(desk.studio.installed(), checkpoints=Registry("checkpoint", []))
    studio = replace(desk.studio, installed=lambda: empty)
    assert top.current_checkpoint(studio) is None
    told = top.missing_html(studio)
    assert 'role="alert"' in told
    assert "models/Stable-diffusion" in told


def test_a_quick_setting_is_kept_at_once(desk: Desk):
    top.change(desk.studio, "CLIP_stop_at_last_layers", 2)
    assert desk.studio.settings.get().clip_skip == 2
    top.change(desk.studio, "CLIP_stop_at_last_layers", 1)


def test_the_settings_say_which_settings_stand_on_top(desk: Desk):
    for keys in (("sd_model_checkpoint",), ("CLIP_stop_at_last_layers", "eta_noise_seed_delta")):
        chosen = replace(desk.studio.settings.get(), quick_settings=keys)
        studio = replace(desk.studio, settings=SimpleNamespace(get=lambda chosen=chosen: chosen))
        with gr.Blocks() as page:
            drawn, _ = top.build(page, studio, desk.jobs)
        assert [key for key in drawn if key != "refresh"] == list(keys)


@pytest.mark.parametrize("value", [99, "x"])
def test_a_bad_value_is_said_and_not_kept(desk: Desk, value: object):
    with pytest.raises(Exception, match="Clip skip"):
        top.change(desk.studio, "CLIP_stop_at_last_layers", value)
    assert desk.studio.settings.get().clip_skip == 1
