"""Imports what lies in the folder `extensions/`, each for itself: a broken one is reported and skipped.

An extension is a folder with an `__init__.py`; the values that its modules hold (samplers, preprocessors, scripts,
tabs ...) join the built-in ones.
"""

import importlib.util
import logging
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from studio.domain.registry import modules_of

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Extension:
    """`module` is None when the extension is broken, and `problem` says why."""

    name: str
    module: ModuleType | None
    problem: str


def load_extensions(folder: Path) -> list[Extension]:
    return [load_extension(init.parent) for init in sorted(folder.glob("*/__init__.py"))]


def load_extension(folder: Path) -> Extension:
    name = f"extension_{folder.name}"
    spec = importlib.util.spec_from_file_location(
        name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec
    assert spec.loader
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        modules_of(module)
    except Exception as error:
        del sys.modules[name]
        log.exception("The extension %s is broken and was left out", folder.name)
        return Extension(name=folder.name, module=None, problem=f"{type(error).__name__}: {error}")
    return Extension(name=folder.name, module=module, problem="")
