import os
import threading
from pathlib import Path

from PIL import Image

from studio.domain.settings import Settings
from studio.store.outputs import OutputFolder
from tests.fakes import noisy


def folder(path: Path) -> OutputFolder:
    return OutputFolder(path / "outputs", path / "spool")


def save(outputs: OutputFolder, infotext: str = "a fox", kind: str = "img2img", **settings: bool) -> Path:
    return outputs.save(noisy(), kind=kind, seed=7, infotext=infotext, settings=Settings(**settings))


def test_a_picture_comes_back_exactly_and_with_its_infotext(tmp_path: Path):
    path = save(folder(tmp_path))
    with Image.open(path) as file:
        assert file.info["parameters"] == "a fox"
        assert file.tobytes() == noisy().tobytes()


def test_kinds_lie_in_folders_of_their_own_by_day(tmp_path: Path):
    outputs = folder(tmp_path)
    assert save(outputs, kind="txt2img").parent.parent == tmp_path / "outputs" / "txt2img-images"


def test_no_file_is_ever_overwritten_whoever_writes_beside(tmp_path: Path):
    outputs, paths = folder(tmp_path), list[Path]()
    threads = [threading.Thread(target=lambda: paths.append(save(outputs))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(paths)) == 12
    assert not list((tmp_path / "outputs").rglob("*.part"))


def test_numbers_go_on_after_the_highest(tmp_path: Path):
    outputs = folder(tmp_path)
    first = save(outputs)
    first.rename(first.with_name("00041-1.png"))
    assert save(outputs).name == "00042-7.png"


def test_what_is_not_to_be_kept_lies_apart(tmp_path: Path):
    assert save(folder(tmp_path), saves_pictures=False).is_relative_to(tmp_path / "spool")


def test_infotext_can_be_left_out(tmp_path: Path):
    with Image.open(save(folder(tmp_path), has_infotext=False)) as file:
        assert "parameters" not in file.info


def test_the_spool_forgets_what_is_old_and_nothing_else_does(tmp_path: Path):
    outputs = folder(tmp_path)
    kept, old, young = save(outputs), save(outputs, saves_pictures=False), save(outputs, saves_pictures=False)
    for path in (kept, old):
        os.utime(path, (0, 0))
    assert outputs.sweep() == 1
    assert (kept.exists(), old.exists(), young.exists()) == (True, False, True)
