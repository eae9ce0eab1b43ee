"""One redraw through the whole studio against its bare network calls: `python -m benchmarks.overhead`.

Wall time of a job (submitted, drawn with live previews, saved) over the sum of the same number of UNet, VAE and text
encoder calls on the same loaded networks. The two are alternated; the medians count. Then, in a fresh process, the time
from the start to the page and to the first picture. A new part of a redraw that is bare would be a line in `bare_work`.
"""

import argparse
import base64
import io
import json
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from benchmarks.random_model import random_sd15
from benchmarks.results import kept
from benchmarks.timing import measure, median
from studio.arguments import parse
from studio.bootstrap import House, create_house
from studio.domain.request import GenerationRequest
from studio.domain.result import JobState
from studio.engine.models import Model
from studio.imaging.load import load_base64
from studio.wire.img2img import Img2ImgBody
from studio.wire.reading import Reading

ROOT = Path(__file__).parents[1]
POLL = 0.5  # seconds, as the page does


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """`is_second`: prompts and picture were encoded before."""

    side: int
    steps: int
    is_second: bool = False

    @property
    def evaluations(self) -> int:
        return int(0.75 * self.steps) + 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--demo", action="store_true", help="the bundled model, for a quick look")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "benchmarks")
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    models = ROOT / "models" if given.demo else given.work / "models"
    title = "demo" if given.demo else random_sd15(models / "Stable-diffusion" / "sd15-random").name
    data = Path(tempfile.mkdtemp())  # the house's worker uses it to the end of the process
    ratio(house_of(models, data / "here"), title, Case(side=given.side, steps=given.steps), given.pairs)
    from_the_start(models, data / "apart", title)


def house_of(models: Path, data: Path) -> House:
    house = create_house(parse(["--models-dir", str(models), "--data-dir", str(data)], home=ROOT))
    house.jobs.start()
    return house


def ratio(house: House, title: str, case: Case, pairs: int) -> None:
    model = loaded(house, title)
    whole: list[float] = []
    bare: list[float] = []
    redraw(house, request(house, title, case, 0))
    bare_work(model, case)()
    for number in range(1, pairs + 1):
        asked = request(house, title, case, number)
        whole.append(measure(lambda asked=asked: redraw(house, asked)).wall)
        bare.append(measure(bare_work(model, case)).wall)
        print(f"pair {number}: redraw {whole[-1]:.3f} s, bare {bare[-1]:.3f} s, {whole[-1] / bare[-1]:.3f}", flush=True)
    again = [
        measure(lambda seed=seed: redraw(house, request(house, title, case, 1, seed))).wall for seed in range(50, 53)
    ]
    print(f"redraw over bare, {case.side} px, {case.steps} steps: {median(whole) / median(bare):.3f} (goal 1.05)")
    print(f"the same picture with another seed: {median(again):.3f} s; bare UNet and decoding in `benchmarks.engine`")


def loaded(house: House, title: str) -> Model:
    """The very networks that the engine draws with."""
    machine: Any = house.studio.engine
    return machine.load()._models.load(title)


def request(house: House, title: str, case: Case, number: int, seed: int = 1) -> GenerationRequest:
    """Another picture and prompt each time, so that nothing is taken from a cache."""
    pixels = np.random.default_rng(number).integers(0, 256, (8, 8, 3), np.uint8)
    picture = Image.fromarray(pixels).resize((case.side, case.side), Image.Resampling.BICUBIC)
    body = Img2ImgBody.model_validate(
        {
            "init_images": [as_base64(picture)],
            "prompt": f"a red house, number {number}",
            "negative_prompt": f"blurry {number}",
            "width": case.side,
            "height": case.side,
            "steps": case.steps,
            "seed": seed,
            "sampler_name": "Euler",
            "denoising_strength": 0.75,
            "override_settings": {"sd_model_checkpoint": title},
        }
    )
    return body.to_request(Reading(load=load_base64, scripts=house.studio.scripts))


def as_base64(picture: Image.Image) -> str:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def redraw(house: House, asked: GenerationRequest) -> None:
    """As the page does it: submits, looks at progress and preview twice a second, waits."""
    job = house.jobs.submit(asked, "page:benchmark")
    done = house.jobs.finished(job)
    over = threading.Event()

    def watch() -> None:
        while not over.wait(POLL):
            house.jobs.progress(job)

    watcher = threading.Thread(target=watch)
    watcher.start()
    result = done.result()
    over.set()
    watcher.join()
    if result.state is not JobState.done:
        raise SystemExit(f"The job ended as {result.state}: {result.error}")


def bare_work(model: Model, case: Case) -> Callable[[], None]:
    """Two prompts through the text encoder, encoding, the UNet on the pair of each step, decoding."""
    encoder, dtype = model.encoders[0].network, model.device.dtype
    place: dict[str, Any] = {"device": model.torch_device, "dtype": dtype}
    cells = case.side // 8
    pair = torch.randn(2, 4, cells, cells).to(**place)
    width = model.unet.config.cross_attention_dim
    text, pixels = torch.randn(2, 77, width).to(**place), torch.randn(1, 3, case.side, case.side).to(**place)
    if model.device.is_channels_last:
        pair, pixels = (each.to(memory_format=torch.channels_last) for each in (pair, pixels))
    tokens, vae_dtype = torch.zeros(1, 77, dtype=torch.long, device=model.torch_device), model.device.vae_dtype

    def run() -> None:
        with torch.inference_mode():
            if not case.is_second:
                encoder(tokens), encoder(tokens)
                model.vae.encode(pixels.to(vae_dtype))
            for step in range(case.evaluations):
                model.unet(pair, torch.tensor(900.0 - step), encoder_hidden_states=text)
            model.vae.decode(pair[:1].to(vae_dtype))

    return run


def from_the_start(models: Path, data: Path, title: str) -> None:
    port = 7990
    command = [sys.executable, str(ROOT / "app.py"), "--port", str(port), "--data-dir", str(data)]
    begun = time.perf_counter()
    process = subprocess.Popen([*command, "--models-dir", str(models)], stderr=subprocess.DEVNULL)
    try:
        wait_for(f"http://127.0.0.1:{port}/")
        print(f"from the start to the page: {time.perf_counter() - begun:.1f} s (goal 5)")
        body = {"prompt": "a red house", "steps": 1, "override_settings": {"sd_model_checkpoint": title}}
        asked = urllib.request.Request(
            f"http://127.0.0.1:{port}/sdapi/v1/txt2img",
            json.dumps(body | {"width": 256, "height": 256}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(asked) as answer:
            answer.read()
        print(f"from the start to the first picture (1 step): {time.perf_counter() - begun:.1f} s")
    finally:
        process.terminate()
        process.wait()


def wait_for(address: str) -> None:
    for _ in range(1200):
        try:
            with urllib.request.urlopen(address):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("The page did not come")


if __name__ == "__main__":
    with kept("overhead"):
        main()
