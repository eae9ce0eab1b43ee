from pathlib import Path

import pytest

from studio.arguments import parse

HOME = Path("/home/studio")


def test_the_studio_answers_this_machine_alone_unless_told_otherwise():
    assert parse([], HOME).host == "127.0.0.1"
    assert parse(["--listen"], HOME).host == "0.0.0.0"


def test_the_api_is_on_here_and_has_to_be_asked_for_where_others_are_answered():
    assert parse([], HOME).has_api
    assert not parse(["--listen"], HOME).has_api
    assert parse(["--listen", "--api"], HOME).has_api


def test_folders_follow_the_data_folder():
    arguments = parse(["--data-dir", "/somewhere"], HOME)
    assert arguments.models_dir == Path("/somewhere/models")
    assert arguments.outputs == Path("/somewhere/outputs")
    assert Path("/somewhere/models/Stable-diffusion") in arguments.checkpoint_dirs


@pytest.mark.parametrize("flag", ["--share", "--disable-safe-unpickle", "--api-server-stop", "--allow-code"])
def test_what_would_expose_the_server_is_refused_with_the_reason(flag: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        parse([flag], HOME)
    assert flag in capsys.readouterr().err


def test_flags_without_effect_are_taken_and_named():
    assert parse(["--xformers", "--opt-sdp-attention"], HOME).ignored == ("--xformers", "--opt-sdp-attention")


def test_logins_are_read_from_flags_and_files(tmp_path: Path):
    (tmp_path / "users").write_text("ann:one\nbob:two")
    arguments = parse(["--gradio-auth", "eve:three", "--gradio-auth-path", str(tmp_path / "users")], HOME)
    assert arguments.page_users == (("eve", "three"), ("ann", "one"), ("bob", "two"))


def test_a_login_without_a_password_is_refused():
    with pytest.raises(SystemExit):
        parse(["--api-auth", "ann"], HOME)


@pytest.mark.parametrize(("flags", "mode"), [([], ""), (["--medvram"], "balanced"), (["--lowvram"], "low")])
def test_memory_flags_choose_the_mode(flags: list[str], mode: str):
    assert parse(flags, HOME).memory_mode == mode
