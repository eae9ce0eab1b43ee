"""The texture of the canvas's scripts: small modules that say what they are for, and know each other one way only."""

import re
from functools import cache
from pathlib import Path

import pytest

from studio.ui.canvas.routes import ASSETS

SCRIPTS = sorted(ASSETS.rglob("*.js"))
IMPORT = re.compile(r'^import (?:\{(?P<names>[^}]*)\} from )?"(?P<module>\.{1,2}/[\w/]+)\.js";$', re.MULTILINE)
EXPORT = re.compile(r"^export (?:async )?(?:class|function\*?|const) (\w+)", re.MULTILINE)
ENTRIES = {"main", "png_worker", "pose/main", "classes/editor"}
"""Loaded by the page, by `encoder.js`, and by `main.js` when an editor opens; nobody imports them."""


def name_of(script: Path) -> str:
    return script.relative_to(ASSETS).with_suffix("").as_posix()


def imported(script: Path) -> dict[str, list[str]]:
    """The names that a script takes from each of the others."""
    found = IMPORT.finditer(script.read_text())
    return {
        name_of((script.parent / match["module"]).resolve()): [
            name.strip() for name in (match["names"] or "").split(",") if name.strip()
        ]
        for match in found
    }


@cache
def reached(module: str) -> frozenset[str]:
    own = frozenset(imported(ASSETS / f"{module}.js"))
    return own.union(*(reached(each) for each in own))


@pytest.mark.parametrize("script", SCRIPTS, ids=name_of)
def test_a_script_is_small_and_says_what_it_holds(script: Path):
    text = script.read_text()
    assert text.startswith("// ")
    assert len(text.splitlines()) <= 400
    for forbidden in ("console.", "debugger", "alert(", "eval(", "var ", "document.write"):
        assert not re.search(rf"(?<![\w.]){re.escape(forbidden)}", text), forbidden


@pytest.mark.parametrize("script", SCRIPTS, ids=name_of)
def test_imports_exist_and_make_no_circle(script: Path):
    for module, names in imported(script).items():
        exported = EXPORT.findall((ASSETS / f"{module}.js").read_text())
        assert set(names) <= set(exported), module
    assert name_of(script) not in reached(name_of(script))


def test_every_script_is_used():
    used = {module for script in SCRIPTS for module in imported(script)}
    assert {name_of(script) for script in SCRIPTS} == used | ENTRIES


def test_colours_come_from_the_pages_tokens():
    style = (ASSETS / "canvas.css").read_text()
    tokens = re.findall(r"var\((--[a-z-]+)", style.split("display: grid")[0])
    assert {"--panel", "--ink", "--muted", "--accent", "--line", "--danger"} <= set(tokens)
