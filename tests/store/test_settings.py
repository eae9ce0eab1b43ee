from pathlib import Path

import pytest

from studio.domain.errors import BadRequest
from studio.domain.settings import Settings
from studio.store.settings import SettingsFile


def test_a_change_is_there_for_the_next_process(tmp_path: Path):
    SettingsFile(tmp_path / "settings.json").change({"initial_noise_multiplier": 0.5})
    assert SettingsFile(tmp_path / "settings.json").get().noise_multiplier == 0.5


def test_a_bad_value_changes_nothing(tmp_path: Path):
    settings = SettingsFile(tmp_path / "settings.json")
    with pytest.raises(BadRequest, match="from 0 to"):
        settings.change({"CLIP_stop_at_last_layers": 2, "initial_noise_multiplier": 9})
    assert settings.get() == Settings()
    assert not (tmp_path / "settings.json").exists()


def test_an_unknown_key_is_named(tmp_path: Path):
    with pytest.raises(BadRequest, match="no_such_key"):
        SettingsFile(tmp_path / "settings.json").change({"no_such_key": 1})


def test_a_broken_file_is_reported_and_the_usual_settings_stand(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    (tmp_path / "settings.json").write_text("{")
    assert SettingsFile(tmp_path / "settings.json").get() == Settings()
    assert "cannot be read" in caplog.text


def test_one_bad_value_in_the_file_does_not_spoil_the_others(tmp_path: Path):
    (tmp_path / "settings.json").write_text('{"CLIP_stop_at_last_layers": 99, "initial_noise_multiplier": 0.5}')
    settings = SettingsFile(tmp_path / "settings.json").get()
    assert (settings.clip_skip, settings.noise_multiplier) == (1, 0.5)


def test_frozen_settings_refuse_every_change(tmp_path: Path):
    with pytest.raises(BadRequest, match="frozen"):
        SettingsFile(tmp_path / "settings.json", is_frozen=True).change({"CLIP_stop_at_last_layers": 2})
