"""What must stay true of the code itself."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = [ROOT / "app.py", *sorted((ROOT / "studio").rglob("*.py"))]
BORDERS = {"studio/jobs/queue.py": 2, "studio/extensions/loader.py": 1}  # the worker's jobs and errands
HEAVY = ("torch", "diffusers", "transformers", "controlnet_aux", "spandrel", "gradio", "fastapi")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_file_keeps_to_the_budgets(path: Path):
    text = path.read_text("utf-8")
    tree = ast.parse(text)
    assert text.count("\n") <= 400
    assert ast.get_docstring(tree), "the first line says what the module holds"
    for node in ast.walk(tree):
        assert not isinstance(node, ast.Global)
        assert not (isinstance(node, ast.Name) and node.id == "print")
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            taken = node.args
            names = [arg.arg for arg in taken.posonlyargs + taken.args + taken.kwonlyargs if arg.arg != "self"]
            assert (node.end_lineno or 0) - node.lineno < 50, node.name
            assert len(names) <= 8, node.name


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_errors_are_caught_broadly_only_at_the_borders(path: Path):
    handlers = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.ExceptHandler)]
    broad = [node for node in handlers if node.type is None or ast.unparse(node.type) in ("Exception", "BaseException")]
    assert len(broad) <= BORDERS.get(name_of(path), 0)


def loaded_after(code: str) -> set[str]:
    """The heavy libraries that a fresh process has loaded after running some code."""
    told = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*[name for name in {HEAVY} if name in sys.modules])"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    return set(told.stdout.split())


def test_the_core_starts_without_the_heavy_libraries():
    assert loaded_after("import studio.studio, studio.jobs.queue, studio.store.jobs") == set()


def test_things_are_gathered_without_the_heavy_libraries():
    code = "\n".join(
        [
            "from studio.domain.registry import collect",
            "from studio.domain.things import *",
            "from studio import sampling",
            "from studio.controlnet import preprocessors",
            "assert collect(sampling, Sampler) and collect(sampling, Schedule)",
            "assert collect(preprocessors, Preprocessor)",
        ]
    )
    assert loaded_after(code) == set()
