"""Gradio, imported without the `.pyi` that it writes beside every component: half of what its import takes."""

import inspect
import sys
from typing import Any
from unittest.mock import patch


def import_without_stubs() -> None:
    """It leaves out a component whose file it cannot tell; the wheel brings the stubs of its own."""
    if "gradio" in sys.modules:
        return
    file_of = inspect.getfile

    def told(thing: Any) -> str:
        if type(thing).__name__ == "ComponentMeta":
            raise OSError("no stub is wanted")
        return file_of(thing)

    with patch.object(inspect, "getfile", told):
        import gradio  # noqa: F401  # pyright: ignore[reportUnusedImport]
