"""What the documents say is so: the examples of docs/adding.md run, and every link leads somewhere."""

import re
from pathlib import Path

import pytest
from PIL import Image

from studio.arguments import parse
from studio.bootstrap import create_studio
from studio.domain.request import ScriptCall
from studio.engine.hooks.hook import Hook
from studio.extensions.loader import load_extensions
from studio.studio import Studio
from tests.fakes import Watcher, make_studio, noisy, sampling, txt2img
from tools.document import text as settings_text

ROOT = Path(__file__).parent.parent
EXAMPLE = re.compile(r'```python title="(\w+\.py)"\n(.*?)```', re.DOTALL)


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    """With an extension that holds all examples."""
    make_studio(tmp_path)
    folder = tmp_path / "extensions" / "mine"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    for name, text in EXAMPLE.findall((ROOT / "docs" / "adding.md").read_text("utf-8")):
        (folder / name).write_text(text)
    extensions = load_extensions(tmp_path / "extensions")
    assert [each.problem for each in extensions] == [""]
    return create_studio(parse(["--fake"], tmp_path), extensions)[0]


def test_the_sampler_and_the_schedule_draw(studio: Studio):
    asked = txt2img(sampling=sampling(sampler="k_first_order", schedule="Straight"))
    (made,) = studio.generate(studio.accept(asked), Watcher()).images
    assert "Sampler: First order, Schedule type: Straight" in made.infotext


def test_the_preprocessor_makes_a_map(studio: Studio):
    few = studio.detect("posterize", noisy(), 64, {"bits": 1})
    assert {colour for _, colour in few.convert("L").getcolors() or ()} < set(range(256))
    assert len(few.getcolors(64 * 64) or ()) <= 8


def test_the_script_runs(studio: Studio):
    asked = txt2img(script=ScriptCall(name="twice", args={"apart": 5}))
    assert [each.seed for each in studio.generate(studio.accept(asked), Watcher()).images] == [7, 12]


def test_the_interrogator_answers(studio: Studio):
    assert studio.interrogate("Brightness", Image.new("RGB", (8, 8), "white")) == "bright"


def test_every_link_in_the_documents_leads_somewhere():
    broken = [
        f"{path.name}: {link}"
        for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
        for link in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", path.read_text("utf-8"))
        if "://" not in link and not (path.parent / link).exists()
    ]
    assert broken == []


def test_every_setting_is_documented():
    assert (ROOT / "docs" / "settings.md").read_text("utf-8") == settings_text(), "run python -m tools.document"


def test_every_point_of_a_hook_is_documented():
    points = [name for name, value in vars(Hook).items() if callable(value) and not name.startswith("_")]
    rows = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "hooks.md").read_text("utf-8"), re.MULTILINE)
    assert rows == points


def test_every_control_that_the_guide_names_stands_on_the_page():
    """By its words in the sources of the page, where the guide has them in bold letters."""
    sources = [path for kind in ("py", "js", "json") for path in (ROOT / "studio").rglob(f"*.{kind}")]
    words = "\n".join(path.read_text("utf-8") for path in [*sources, ROOT / "configs" / "inpaint_presets.json"])
    named = {
        (path.name, label)
        for path in (ROOT / "docs" / "guide").glob("*.md")
        for label in re.findall(r"\*\*(.+?)\*\*", path.read_text("utf-8").replace("\n", " "))
    }
    assert len(named) > 20
    unknown = [each for each in sorted(named) if not re.search(rf"[\"'>`]{re.escape(each[1])}[\"'<`:]", words)]
    assert unknown == []
