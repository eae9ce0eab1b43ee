"""Our engine against diffusers' stock pipelines: `python -m benchmarks.engine`.

Same weights (real-size SD 1.5, random), same seed, same number of UNet calls, in one run, alternated: txt2img, img2img,
and inpainting Only masked on a 2048x2048 picture. Stock once with its defaults (float32) and once at its best on this
machine (the device's own precision, channels_last). Beside the times: the share of the machine's own matrix rate, peak
memory (each engine in a process of its own), the time to switch models against reading the file, and the second redraw
of a picture with another seed against its bare UNet and decoding. A new job is a row of JOBS.
"""

import argparse
import contextlib
import json
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageDraw

from benchmarks.overhead import Case, bare_work
from benchmarks.random_model import random_sd15
from benchmarks.results import kept
from benchmarks.timing import matrix_rate, measure, median, peak_memory
from studio import sampling
from studio.catalog.checkpoints import list_checkpoints
from studio.devices.device import Device, DeviceOptions, choose_device
from studio.devices.memory import ModelMemory
from studio.domain.geometry import Size
from studio.domain.plan import MaskPlan, NoisePlan, PassPlan, Plan, Prepared
from studio.domain.registry import Registry, collect
from studio.domain.request import MaskedContent
from studio.domain.settings import Settings
from studio.domain.things import Sampler, SamplerOptions, ScheduleOptions
from studio.engine.compiling import Compiler
from studio.engine.denoising_engine import DenoisingEngine
from studio.engine.hooks.token_merging import token_merging_hooks
from studio.engine.packing import PackedConv2d, PackedLinear
from studio.engine.pipeline_manager import PipelineManager, Places
from studio.engine.stock_engine import StockEngine
from studio.sampling.noise_levels import noise_levels
from studio.sampling.trained import stable_diffusion
from studio.sampling.uniform import uniform

ROOT = Path(__file__).parents[1]
PAIR_TFLOP = {
    256: 0.360,
    512: 1.607,
    768: 4.296,
}  # of one evaluation of SD 1.5 with guidance; by torch.utils.flop_counter
ENGINES = ("ours", "stock at its best", "stock by default")


class Silent:
    """A progress that nobody looks at."""

    def step(self, done: int, total: int, preview: Image.Image | None = None) -> None: ...
    def wants_preview(self, done: int) -> bool:
        return False

    def is_skipped(self) -> bool:
        return False

    def picture(self, index: int, count: int) -> None: ...
    def finished(self, path: Path) -> None: ...
    def shown(self, path: Path) -> None: ...
    def note(self, text: str) -> None: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    model: str
    side: int
    steps: int
    seed: int = 1


def samplers() -> Registry[Sampler]:
    return Registry("sampler", collect(sampling, Sampler))


def plan_of(asked: Asked, strength: float | None, mask: MaskPlan | None) -> Plan:
    things = (samplers()["Euler"], uniform)
    levels = stable_diffusion()
    sigmas = noise_levels(*things, trained=levels, steps=asked.steps, strength=strength, options=ScheduleOptions())
    first = PassPlan(
        model=asked.model,
        prompt="a red house under a tree, night",
        negative_prompt="blurry",
        size=Size(asked.side, asked.side),
        sampler="Euler",
        schedule="Uniform",
        steps=asked.steps,
        sigmas=sigmas,
        cfg_scale=7.0,
        strength=1.0 if strength is None else strength,
    )
    noise = NoisePlan(
        source="CPU",
        seeds=(asked.seed,),
        variation_seeds=(asked.seed,),
        variation_strength=0.0,
        resize_from=Size(0, 0),
        multiplier=1.0,
        extra=0.0,
        seed_delta=0,
    )
    return Plan(
        first=first,
        hires=None,
        refiner=None,
        noise=noise,
        batch_size=1,
        batch_count=1,
        options=SamplerOptions(),
        mask=mask,
        framing=None,
        paste_back=None,
        controls=(),
        facts={},
        settings=Settings(),
        notes=(),
    )


def picture(side: int) -> Image.Image:
    pixels = np.random.default_rng(3).integers(0, 256, (8, 8, 3), np.uint8)
    return Image.fromarray(pixels).resize((side, side), Image.Resampling.BICUBIC)


def txt2img(asked: Asked) -> Prepared:
    return prepared(plan_of(asked, None, None))


def img2img(asked: Asked) -> Prepared:
    return prepared(plan_of(asked, 0.75, None), picture(asked.side))


def inpaint(asked: Asked) -> Prepared:
    """The crop around the mask of a large picture, as the planner makes it."""
    large = picture(2048)
    mask = Image.new("L", large.size)
    ImageDraw.Draw(mask).ellipse((900, 900, 1300, 1300), fill=255)
    box, size = (868, 868, 1332, 1332), (asked.side, asked.side)
    rules = MaskPlan(content=MaskedContent.original, rounded=True, soft=None, covers=False, conditioning_strength=1.0)
    plan = plan_of(asked, 0.75, rules)
    return prepared(plan, large.crop(box).resize(size), mask.crop(box).resize(size))


def prepared(plan: Plan, image: Image.Image | None = None, mask: Image.Image | None = None) -> Prepared:
    return Prepared(plan=plan, image=image, latent_mask=mask, original=image, overlay_mask=mask, controls=())


JOBS: Mapping[str, Callable[[Asked], Prepared]] = {"txt2img": txt2img, "img2img": img2img, "inpaint": inpaint}


def manager(folder: Path, device: Device, budget: int = 2**40) -> PipelineManager:
    found = list_checkpoints(folder)
    return PipelineManager(
        device, ModelMemory(budget), lambda: Registry("checkpoint", found), Places(configs=ROOT / "configs")
    )


def device_of(engine: str) -> Device:
    """Stock runs plain layers; its defaults are float32 and contiguous on the CPU."""
    best = choose_device(DeviceOptions())
    if engine == "ours":
        return best
    plain = replace(best, is_packed=False)
    if engine == "stock at its best":
        return plain
    return replace(plain, dtype=torch.float32, vae_dtype=torch.float32, is_channels_last=False)


def engine_of(engine: str, models: PipelineManager, compiler: Compiler | None = None) -> Any:
    if engine == "ours":
        return DenoisingEngine(models, samplers(), lambda image, scale, name: image, [token_merging_hooks], compiler)
    return StockEngine(models)


@contextlib.contextmanager
def plain_layers(unet: Any) -> Generator[None]:
    """The packed layers run as plain ones, and are packed afterwards as they were: one copy serves two engines."""
    packed = [module for module in unet.modules() if isinstance(module, PackedConv2d | PackedLinear)]
    kinds = [type(module) for module in packed]
    for module in packed:
        module.__class__ = torch.nn.Conv2d if isinstance(module, PackedConv2d) else torch.nn.Linear
    try:
        yield
    finally:
        for module, kind in zip(packed, kinds, strict=True):
            module.__class__ = kind


def draw(engine: Any, given: Prepared) -> None:
    list(engine.run(given, Silent()))


def compare(folder: Path, asked: Asked, rounds: int) -> None:
    """Ours and stock at its best run on the same weights; the third has its own, in float32."""
    own, default = manager(folder, device_of("ours")), manager(folder, device_of("stock by default"))
    engines = {name: engine_of(name, default if name == "stock by default" else own) for name in ENGINES}
    for job, prepare in JOBS.items():
        given = prepare(asked)
        times: dict[str, list[float]] = {name: [] for name in ENGINES}
        for number in range(rounds + 1):  # the first loads, packs and encodes, and does not count
            other = prepare(replace(asked, seed=number + 2))
            for name, engine in engines.items():
                is_plain = name == "stock at its best"
                with plain_layers(own.load(asked.model).unet) if is_plain else contextlib.nullcontext():
                    times[name].append(measure(lambda engine=engine, other=other: draw(engine, other)).wall)
        tell(job, asked, {name: median(each[1:]) for name, each in times.items()}, len(given.plan.first.sigmas) - 1)


def tell(job: str, asked: Asked, times: Mapping[str, float], evaluations: int) -> None:
    ours = times["ours"]
    best = choose_device(DeviceOptions())
    rate = matrix_rate(best.dtype, best.torch_device)
    done = PAIR_TFLOP.get(asked.side, 0) * evaluations / ours
    print(
        f"{job}, {asked.side} px, {evaluations} evaluations: " + ", ".join(f"{n} {s:.2f} s" for n, s in times.items())
    )
    print(
        f"  {times['stock by default'] / ours:.2f}x stock's default, {times['stock at its best'] / ours:.2f}x its best"
    )
    if asked.model != "demo":
        print(f"  {done:.2f} of {rate:.2f} TFLOP/s of a plain {best.dtype} matrix product", flush=True)


def second_redraw(folder: Path, asked: Asked, rounds: int) -> None:
    """Everything but the UNet and decoding is there already."""
    device = device_of("ours")
    models = manager(folder, device)
    engine = DenoisingEngine(models, samplers(), lambda image, scale, name: image)
    draw(engine, img2img(asked))
    bare = bare_work(models.load(asked.model), Case(side=asked.side, steps=asked.steps, is_second=True))
    bare()
    whole_times, bare_times = [], []
    for number in range(rounds):
        given = img2img(replace(asked, seed=number + 10))
        whole_times.append(measure(lambda given=given: draw(engine, given)).wall)
        bare_times.append(measure(bare).wall)
    share = median(whole_times) / median(bare_times)
    print(f"second redraw, other seed, over its bare UNet and decoding: {share:.3f} (goal 1.02)", flush=True)


def switching(folder: Path, title: str) -> None:
    """Between two models that both have to be read, against reading the bytes."""
    models = manager(folder, device_of("ours"), budget=1)
    weights = list((folder / title).rglob("*.safetensors"))
    models.load(title)
    reading = min(measure(lambda: [file.read_bytes() for file in weights]).wall for _ in range(3))
    times = []
    for _ in range(3):
        models.forget()
        times.append(measure(lambda: models.load(title)).wall)
    print(f"switch {median(times):.2f} s, reading alone {reading:.2f} s: {median(times) / reading:.2f}x (goal 1.5)")


def peaks(given: argparse.Namespace) -> None:
    """Peak memory of each engine, in a process of its own."""
    for name in ENGINES:
        asked = [sys.executable, "-m", "benchmarks.engine", "--peak-of", name, "--side", str(given.side)]
        command = [*asked, "--steps", "2", "--work", str(given.work), "--threads", str(given.threads)]
        answer = subprocess.run(
            [*command, *(["--demo"] if given.demo else [])], capture_output=True, text=True, check=True
        )
        print(f"peak memory, {name}: {json.loads(answer.stdout.splitlines()[-1]):.2f} GiB", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--demo", action="store_true", help="the bundled model, for a quick look")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "benchmarks")
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--peak-of", choices=ENGINES, help=argparse.SUPPRESS)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    folder = ROOT / "models" if given.demo else given.work / "models" / "Stable-diffusion"
    title = "demo" if given.demo else random_sd15(folder / "sd15-random").name
    asked = Asked(model=title, side=given.side, steps=given.steps)
    if given.peak_of:
        draw(engine_of(given.peak_of, manager(folder, device_of(given.peak_of))), img2img(asked))
        print(json.dumps(peak_memory()))
        return
    with kept("engine"):
        compare(folder, asked, given.rounds)
        second_redraw(folder, asked, given.rounds)
        switching(folder, title)
        peaks(given)


if __name__ == "__main__":
    main()
