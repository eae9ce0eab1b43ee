"""How long each layer takes, said at the end: seconds of its tests, their fixtures included, over all processes."""

from collections import Counter
from pathlib import PurePosixPath
from typing import Any


def pytest_terminal_summary(terminalreporter: Any) -> None:
    seconds, tests = Counter[str](), Counter[str]()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if when := getattr(report, "when", None):
                layer = layer_of(report.nodeid)
                seconds[layer] += report.duration
                tests[layer] += when == "call"
    terminalreporter.section("time per layer")
    for layer, spent in seconds.most_common():
        terminalreporter.write_line(f"{layer:22} {tests[layer]:5} tests {spent:7.1f} s")


def layer_of(nodeid: str) -> str:
    """The room below tests, or the file that stands there itself."""
    return PurePosixPath(nodeid.partition("::")[0]).parts[1]
