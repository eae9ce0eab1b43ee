"""Finds the browser that the browser tests drive, or brings one: `python -m tools.browser` prints its path.

In this order: a Chromium, Chrome or Edge of the system; playwright's own; the package manager's, where we are root.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "msedge", "chrome")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
PACKAGE_MANAGERS = (
    ("apt-get", ["apt-get update", "apt-get install -y chromium"]),
    ("dnf", ["dnf install -y chromium"]),
    ("apk", ["apk add chromium"]),
    ("pacman", ["pacman -Sy --noconfirm chromium"]),
)


def of_the_system() -> str | None:
    on_path = (shutil.which(name) for name in NAMES)
    in_place = (place for place in PLACES if Path(place).is_file())
    return next((found for found in on_path if found), None) or next(in_place, None)


def of_playwright() -> str | None:
    """The one that playwright has downloaded, if it has."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).is_file() else None


def downloaded() -> str | None:
    asked = [sys.executable, "-m", "playwright", "install", "chromium"]
    try:
        subprocess.run(asked, check=True, timeout=300, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except (subprocess.SubprocessError, OSError):
        return None
    return of_playwright()


def installed() -> str | None:
    """From the package manager; only root may."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return None
    for program, commands in PACKAGE_MANAGERS:
        if shutil.which(program):
            for command in commands:
                subprocess.run(command.split(), check=False, stdout=subprocess.DEVNULL)
            return of_the_system()
    return None


def find() -> str | None:
    """The path of a browser that is there, or None. Not to be called while playwright runs."""
    return of_the_system() or of_playwright()


def main() -> int:
    browser = find() or downloaded() or installed()
    if browser:
        print(f"Browser for the tests: {browser}")
        return 0
    print("No browser was found for the tests. Install Chromium, Chrome or Edge, for example:", file=sys.stderr)
    print("    sudo apt-get install chromium", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
