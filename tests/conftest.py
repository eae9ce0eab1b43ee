"""The order of the files, and how long each layer takes, said at the end.

Seconds of its tests, their fixtures included, over all processes.
"""

from collections import Counter
from pathlib import PurePosixPath
from typing import Any

import pytest

LONG = (
    "demo/test_control", "demo/test_small_files", "demo/test_redraw", "browser/test_worked_people",
    "browser/test_worked_cases", "browser/test_page_look", "browser/test_batch", "browser/test_models",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take long come first, so that at the end no process waits for another's."""
    places = {f"tests/{name}.py": place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.nodeid.partition("::")[0], len(LONG)))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    seconds, tests = Counter[str](), Counter[str]()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if when := getattr(report, "when", None):
                layer = layer_of(report.nodeid)
                seconds[layer] += getattr(report, "duration", 0.0)  # a file that cannot be read has none
                tests[layer] += when == "call"
    terminalreporter.section("time per layer")
    for layer, spent in seconds.most_common():
        terminalreporter.write_line(f"{layer:22} {tests[layer]:5} tests {spent:7.1f} s")


def layer_of(nodeid: str) -> str:
    """The room below tests, or the file that stands there itself."""
    return PurePosixPath(nodeid.partition("::")[0]).parts[1]
