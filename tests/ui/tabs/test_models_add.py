"""Models from elsewhere, as the page shows them: on their way, and the known ones with their buttons."""

from collections.abc import Generator
from pathlib import Path

import pytest

from studio.arguments import parse
from studio.bootstrap import model_downloads
from studio.catalog.downloads import Download, Downloads, DownloadState
from studio.domain.errors import StudioError
from studio.ui.download_text import state_text
from studio.ui.tabs.models_add import ask, coming_html, offers_html
from tests.catalog.files import sd1, write_safetensors
from tests.catalog.served import Served, serving


@pytest.fixture
def served(tmp_path: Path) -> Generator[Served]:
    with serving(tmp_path / "served") as each:
        yield each


@pytest.fixture
def downloads(served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Downloads:
    monkeypatch.setenv("HF_ENDPOINT", served.address)
    made = model_downloads(parse([], tmp_path))
    assert made
    return made


@pytest.mark.parametrize(
    ("flags", "is_on"), [([], True), (["--listen"], False), (["--listen", "--allow-downloads"], True)]
)
def test_other_machines_may_bring_models_only_where_a_flag_says_so(flags: list[str], is_on: bool, tmp_path: Path):
    assert bool(model_downloads(parse(flags, tmp_path))) is is_on


def test_a_click_on_a_known_model_brings_it_and_it_is_here_then(served: Served, downloads: Downloads, tmp_path: Path):
    file = "sd_xl_base_1.0.safetensors"
    place = served.folder / "stabilityai/stable-diffusion-xl-base-1.0/resolve/main" / file
    write_safetensors(place, sd1())
    assert f'data-ask="known:{file}"' in offers_html(downloads)
    ask(downloads, f"known:{file}")
    downloads.wait()
    (failed,) = downloads.list()
    assert "came damaged" in failed.told  # the list knows the hash of the true file
    assert "0 of 4 here" in offers_html(downloads)
    write_safetensors(tmp_path / "models/Stable-diffusion/deep" / file, sd1())
    html = offers_html(downloads)
    assert "1 of 4 here" in html
    assert f'data-ask="known:{file}"' not in html


def test_what_is_not_on_the_list_is_refused(downloads: Downloads):
    for what in ("known:../../passwd", "cancel:x", ""):
        with pytest.raises(StudioError):
            ask(downloads, what)


def test_a_download_says_how_far_it_is_and_can_be_cancelled():
    running = Download(number=3, title="a<b", state=DownloadState.running, here=1_500_000, whole=6_000_000)
    html = coming_html([running])
    assert "1.5 MB of 6.0 MB" in html
    assert 'style="width:25.0%"' in html
    assert 'data-ask="cancel:3"' in html
    assert "a&lt;b" in html
    assert coming_html([]) == ""


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (DownloadState.waiting, "Waits"),
        (DownloadState.running, "Asks"),
        (DownloadState.cancelled, "kept for the next try"),
        (DownloadState.failed, "no room"),
    ],
)
def test_every_state_has_its_words(state: DownloadState, words: str):
    assert words in state_text(Download(number=1, title="x", state=state, told="no room"))
