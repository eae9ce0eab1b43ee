"""The whole studio with the fake engine in its own process, and a visit to it. A new gesture is a method of `Visit`."""

import contextlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

ROOT = Path(__file__).parent.parent.parent
STEP_SECONDS = "0.03"
PATIENCE = 120_000  # milliseconds; machines that test are often busy
expect.set_options(timeout=PATIENCE)
WIDE, NARROW = (1440, 900), (390, 844)
SHIFTS = """
window.shifts = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.shifts += entry.value;
}).observe({ type: 'layout-shift' });
"""

REST = """() => new Promise((done) => {
  let changed = performance.now();
  const observer = new MutationObserver(() => (changed = performance.now()));
  observer.observe(document, { childList: true, subtree: true, attributes: true, characterData: true });
  const moves = (each) => each.playState === 'running' && each.effect.getComputedTiming().endTime < Infinity;
  const look = setInterval(() => {
    if (performance.now() - changed < 100 || document.getAnimations().some(moves)) return;
    clearInterval(look);
    observer.disconnect();
    done();
  }, 20);
})"""


def put_checkpoint(models: Path, name: str = "demo", side: int = 256) -> None:
    """A folder in diffusers' layout that says what it draws, and that only the fake engine can run."""
    (models / name / "unet").mkdir(parents=True, exist_ok=True)
    index = {"_class_name": "StableDiffusionPipeline", "unet": ["diffusers", "UNet2DConditionModel"]}
    (models / name / "model_index.json").write_text(json.dumps({**index, "native_side": side}))
    (models / name / "unet" / "config.json").write_text(json.dumps({"in_channels": 4}))


@dataclass(frozen=True)
class Site:
    address: str
    home: Path

    def saved(self) -> list[Path]:
        """The oldest first."""
        return sorted(self.home.glob("outputs/*-images/**/*.png"), key=lambda path: path.stat().st_mtime_ns)


@contextlib.contextmanager
def serve(home: Path, *flags: str, models: Path | None = None, port: int = 0) -> Generator[Site]:
    """`python app.py` as people start it, in a process of its own, killed at the end; what it says goes to a file.

    With the fake engine, or with true `models`. At a `port` where a page waits for it, else at a free one.
    """
    with socket.create_server(("127.0.0.1", port)) as free:
        port = free.getsockname()[1]
    engine = [] if models else ["--fake", "--fake-step-seconds", STEP_SECONDS]
    command = [sys.executable, "app.py", *engine, "--data-dir", str(home), "--port", str(port)]
    command += ["--models-dir", str(models or home / "models"), *flags]
    with (home / "server.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
    try:
        wait_until_it_answers(port, process)
        yield Site(f"http://127.0.0.1:{port}", home)
    finally:
        process.kill()
        process.wait(10)


def wait_until_it_answers(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(PATIENCE // 100):
        assert process.poll() is None, "the studio did not start"
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("the studio does not answer")


@dataclass
class Visit:
    """One browser tab on the studio; `errors` are those that the page raised."""

    page: Page
    site: Site
    errors: list[str] = field(default_factory=list)

    def open(self, theme: str = "light") -> None:
        self.page.goto(f"{self.site.address}/?__theme={theme}")
        self.settle()

    def reload(self) -> None:
        self.page.reload()
        self.settle()

    def settle(self) -> None:
        """Until Gradio has drawn the page and our scripts run."""
        self.page.wait_for_selector("#studio .workspace .generate:visible")
        self.page.wait_for_function("window.StudioPage && window.RedrawCanvas")
        self.page.wait_for_timeout(700)

    def tab(self, name: str) -> None:
        self.page.get_by_role("tab", name=name, exact=True).first.click()
        self.page.wait_for_timeout(300)

    def put(self, canvas: str, picture: Path) -> None:
        """A file into a canvas of img2img."""
        self.page.set_input_files(f"#img2img_{canvas} input[type=file]", picture)
        self.page.wait_for_selector(f"#img2img_{canvas} .rc-has")
        self.page.wait_for_timeout(400)

    def paint(self, canvas: str) -> None:
        """A stroke across the middle."""
        box = self.page.locator(f"#img2img_{canvas} .rc-view").bounding_box()
        assert box
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.mouse.move(x - 40, y)
        self.page.mouse.down()
        for step in range(1, 9):
            self.page.mouse.move(x - 40 + 10 * step, y)
        self.page.mouse.up()
        self.page.wait_for_timeout(300)

    def value(self, label: str, key: str = "img2img") -> str:
        """What a control of a tab shows, by its label."""
        return self.control(label, key).input_value()

    def set(self, label: str, value: str, key: str = "img2img") -> None:
        control = self.control(label, key)
        control.fill(value)
        control.blur()

    def choose(self, label: str, option: str, key: str = "img2img") -> None:
        """One of a dropdown's."""
        control = self.control(label, key)
        control.click()
        control.fill(option)
        self.page.get_by_role("option", name=option, exact=True).first.click()
        expect(control).to_have_value(option)

    def control(self, label: str, key: str = "img2img") -> Locator:
        found = self.page.locator(f".workspace.{key}").get_by_label(label, exact=True)
        numbers = found.and_(self.page.locator('input[type="number"]'))
        return numbers.first if numbers.count() else found.first

    def generate(self, key: str = "img2img") -> None:
        self.forget(key)
        self.page.click(f"#{key}_generate")

    def forget(self, key: str = "img2img") -> None:
        """So that `finish` waits for what comes next, and not for what stands there already."""
        self.page.evaluate("id => document.querySelector(`#${id}_progress b`).textContent = 'asked'", key)

    def finish(self, key: str = "img2img") -> str:
        """Waits for the job, and gives what the progress line says."""
        self.page.wait_for_function(
            "(id) => document.querySelector(`#${id}_generate`).innerText === 'Generate'"
            " && /Done|Failed|Interrupted|Not started/.test(document.querySelector(`#${id}_progress`).innerText)",
            arg=key,
            polling=100,  # each look lays out the page, and the machine draws
        )
        return self.page.inner_text(f"#{key}_progress")

    def rest(self) -> None:
        """Until the page neither changes nor moves any more."""
        self.page.evaluate(REST)

    def text(self, selector: str) -> str:
        return self.page.inner_text(selector)


@contextlib.contextmanager
def visit(browser: Browser, site: Site, size: tuple[int, int] = WIDE) -> Generator[Visit]:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, has_touch=size is NARROW)
    context.set_default_timeout(PATIENCE)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    visiting = Visit(page, site)
    page.on("pageerror", lambda error: visiting.errors.append(str(error)))
    page.add_init_script(SHIFTS)
    yield visiting
    context.close()
    assert visiting.errors == []
