"""What a ControlNet unit costs: `python -m benchmarks.controlnet`.

The same picture with 0, 1 and 2 units, by our engine and by diffusers' multi-ControlNet pipeline, alternated in one
run; and the ControlNet's bare forward for as many steps. Real-size SD 1.5 with random weights; `--demo` takes the
bundled model for a quick look. Another number of units is an entry of COUNTS.
"""

import argparse
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from benchmarks.engine import ROOT, Asked, device_of, draw, manager, picture, samplers, txt2img
from benchmarks.random_model import random_like, random_sd15
from benchmarks.results import kept
from benchmarks.timing import measure, median
from studio.catalog.controlnets import ControlNet, ControlNets
from studio.domain.plan import ControlMap, Prepared
from studio.domain.request import ControlMode, ControlUnit, HiresOption, ResizeMode
from studio.engine.denoising_engine import DenoisingEngine
from studio.engine.hooks.controlnet import controlnet_hooks, hint_of, kept_network
from studio.engine.stock_engine import StockEngine

COUNTS = (0, 1, 2)
WEIGHT = 0.5
COPIED = (
    "block_out_channels",
    "layers_per_block",
    "down_block_types",
    "cross_attention_dim",
    "attention_head_dim",
    "norm_num_groups",
    "transformer_layers_per_block",
    "use_linear_projection",
)


def random_controlnet(folder: Path, unet: Mapping[str, Any]) -> Path:
    """In the shape of a UNet's way down, in diffusers' layout; made once."""
    from diffusers import ControlNetModel

    if (folder / "config.json").is_file():
        return folder
    with torch.device("meta"):
        network: Any = ControlNetModel(**{name: unet[name] for name in COPIED if name in unet})
    generator = torch.Generator().manual_seed(1)
    tensors = {name: random_like(each, name, generator) for name, each in network.state_dict().items()}
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / "diffusion_pytorch_model.safetensors")
    (folder / "config.json").write_text(json.dumps(dict(network.config), default=list))
    return folder


def unit_of(model: str) -> ControlUnit:
    return ControlUnit(
        preprocessor="none",
        model=model,
        weight=WEIGHT,
        image=None,
        mask=None,
        resize_mode=ResizeMode.crop,
        resolution=-1,
        threshold_a=-1,
        threshold_b=-1,
        start=0.0,
        end=1.0,
        pixel_perfect=True,
        mode=ControlMode.balanced,
        low_vram=False,
        cropped_to_mask=True,
        hires_option=HiresOption.both,
        region=None,
        weights=(),
        shows_map=False,
    )


def controlled(asked: Asked, count: int, model: str) -> Prepared:
    control = ControlMap(unit=unit_of(model), image=picture(asked.side), hires_image=None, region=None, mask=None)
    return replace(txt2img(asked), controls=(control,) * count)


def engines_of(folder: Path, find: Callable[[str], ControlNet]) -> dict[str, Any]:
    ours = manager(folder, device_of("ours"))
    stock = manager(folder, device_of("stock at its best"))
    return {
        "ours": DenoisingEngine(ours, samplers(), lambda image, scale, name: image, [controlnet_hooks(find)]),
        "stock": StockEngine(stock, find),
    }


def bare_forward(folder: Path, asked: Asked, found: ControlNet) -> Callable[[], None]:
    """The network alone, for both rows of guidance, as often as the picture needs it; the hint is embedded before."""
    models = manager(folder, device_of("ours"))
    model = models.load(asked.model)
    network = kept_network(found, model, models)
    place: dict[str, Any] = {"device": model.torch_device, "dtype": model.device.dtype}
    latent = torch.randn(2, 4, asked.side // 8, asked.side // 8, **place)
    text = torch.randn(2, 77, int(network.config.cross_attention_dim), **place)
    hint = network.controlnet_cond_embedding(hint_of(picture(asked.side), None).to(**place))

    def work() -> None:
        with torch.inference_mode():
            for _ in range(asked.steps):
                network(latent, torch.tensor(500.0), text, controlnet_cond=hint, return_dict=False)

    return work


def compare(folder: Path, asked: Asked, found: ControlNet, rounds: int) -> None:
    engines = engines_of(folder, lambda name: found)
    bare = bare_forward(folder, asked, found)
    cases = {(name, count): engine for name, engine in engines.items() for count in COUNTS}
    for (_, count), engine in cases.items():
        draw(engine, controlled(asked, count, found.name))  # loads, packs, encodes
    bare()
    times: dict[tuple[str, int], list[float]] = {case: [] for case in cases}
    alone: list[float] = []
    for number in range(rounds):
        other = replace(asked, seed=number + 2)
        for (name, count), engine in cases.items():
            given = controlled(other, count, found.name)
            times[name, count].append(measure(lambda engine=engine, given=given: draw(engine, given)).wall)
        alone.append(measure(bare).wall)
    tell(asked, {case: median(each) for case, each in times.items()}, median(alone))


def tell(asked: Asked, times: Mapping[tuple[str, int], float], alone: float) -> None:
    print(f"txt2img, {asked.side} px, {asked.steps} steps; the bare ControlNet {alone:.2f} s")
    for name in ("ours", "stock"):
        base, last = times[name, 0], times[name, COUNTS[-1]]
        each = (last - base) / COUNTS[-1]
        whole = ", ".join(f"{count} units {times[name, count]:.2f} s" for count in COUNTS)
        print(f"  {name}: {whole}; a unit costs {each:.2f} s, {each / alone:.2f} of the bare ControlNet", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--demo", action="store_true", help="the bundled model, for a quick look")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "benchmarks")
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    model = ROOT / "models" / "demo" if asked.demo else random_sd15(asked.work / "models" / "sd15")
    unet = json.loads((model / "unet" / "config.json").read_text())
    nets = asked.work / ("controlnet_demo" if asked.demo else "controlnet")
    random_controlnet(nets / "random", unet)
    (found,) = ControlNets().list([nets])
    compare(model.parent, Asked(model=model.name, side=asked.side, steps=asked.steps), found, asked.rounds)


if __name__ == "__main__":
    with kept("controlnet"):
        main()
