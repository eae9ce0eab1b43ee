"""What tests share: small pictures, a request to change one thing of, and stand-ins that remember."""

import base64
import io
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from studio.arguments import parse
from studio.bootstrap import create_studio
from studio.catalog.checkpoints import Checkpoint
from studio.domain.accepted import Accepted
from studio.domain.errors import Cancelled
from studio.domain.geometry import Size
from studio.domain.registry import Registry
from studio.domain.request import (
    ColourMatch,
    ControlMode,
    ControlUnit,
    GenerationRequest,
    HiresFix,
    HiresOption,
    InitImage,
    Mask,
    MaskedContent,
    ResizeMode,
    Sampling,
    UnionControl,
)
from studio.domain.settings import Settings
from studio.planning.installed import Installed
from studio.sampling.euler import euler
from studio.sampling.euler_ancestral import euler_ancestral
from studio.sampling.karras import karras
from studio.sampling.uniform import uniform
from studio.studio import Studio


def noisy(width: int = 64, height: int = 64, mode: str = "RGB") -> Image.Image:
    bands = len(Image.new(mode, (1, 1)).getbands())
    pixels = np.random.default_rng(1).integers(0, 256, (height, width, bands), np.uint8)
    return Image.fromarray(pixels[..., 0] if bands == 1 else pixels)


def as_base64(image: Image.Image) -> str:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def sampling(**changes: Any) -> Sampling:
    parts: dict[str, Any] = {
        "sampler": "Euler",
        "schedule": "",
        "steps": 8,
        "cfg_scale": 7.0,
        "seed": 7,
        "variation_seed": -1,
        "variation_strength": 0.0,
        "seed_resize_from": Size(0, 0),
    }
    return Sampling(**parts | changes)


def init_image(image: Image.Image | None = None, **changes: Any) -> InitImage:
    parts: dict[str, Any] = {"strength": 0.75, "resize_mode": ResizeMode.stretch, "keep_original_size": False}
    return InitImage(image=image or noisy(), **parts | changes)


def half_mask(**changes: Any) -> Mask:
    """White in the left half."""
    image = Image.new("L", (64, 64))
    image.paste(255, (0, 0, 32, 64))
    parts: dict[str, Any] = {
        "image": image,
        "blur_x": 0.0,
        "blur_y": 0.0,
        "inverted": False,
        "only_masked": False,
        "padding": 0,
        "content": MaskedContent.original,
        "rounded": True,
        "colour_match": ColourMatch.none,
        "soft": None,
    }
    return Mask(**parts | changes)


def control_unit(**changes: Any) -> ControlUnit:
    parts: dict[str, Any] = {
        "preprocessor": "none",
        "model": "None",
        "weight": 1.0,
        "image": None,
        "mask": None,
        "resize_mode": ResizeMode.crop,
        "resolution": -1,
        "threshold_a": -1.0,
        "threshold_b": -1.0,
        "start": 0.0,
        "end": 1.0,
        "pixel_perfect": False,
        "mode": ControlMode.balanced,
        "low_vram": False,
        "cropped_to_mask": True,
        "hires_option": HiresOption.both,
        "region": None,
        "weights": (),
        "shows_map": True,
        "union_control": UnionControl.unknown,
    }
    return ControlUnit(**parts | changes)


def hires_fix(**changes: Any) -> HiresFix:
    parts: dict[str, Any] = {
        "upscaler": "Latent",
        "scale": 2.0,
        "size": Size(0, 0),
        "steps": 0,
        "strength": 0.7,
        "model": "",
        "sampler": "",
        "schedule": "",
        "prompt": "",
        "negative_prompt": "",
    }
    return HiresFix(**parts | changes)


def txt2img(**changes: Any) -> GenerationRequest:
    parts: dict[str, Any] = {
        "prompt": "",
        "negative_prompt": "",
        "styles": (),
        "size": Size(64, 64),
        "batch_count": 1,
        "batch_size": 1,
        "sampling": sampling(),
        "init": None,
        "mask": None,
        "hires": None,
        "refiner": None,
        "controls": (),
        "script": None,
        "always_on": (),
        "settings": {},
    }
    return GenerationRequest(**parts | changes)


def img2img(strength: float = 0.75, seed: int = 7, sampler: str = "Euler", **changes: Any) -> GenerationRequest:
    asked: dict[str, Any] = {"sampling": sampling(seed=seed, sampler=sampler), "init": init_image(strength=strength)}
    return txt2img(**asked | changes)


def accepted(request: GenerationRequest | None = None, **settings: Any) -> Accepted:
    return Accepted(request=request or img2img(), settings=Settings(**settings), model="demo", model_hash="")


@dataclass
class Watcher:
    """A Progress that remembers, and cancels or skips at a step if asked to."""

    cancel_at: int = -1
    skip_at: int = -1
    seen: list[tuple[int, int]] = field(default_factory=list)
    pictures: list[tuple[int, int]] = field(default_factory=list)
    previews: list[Image.Image] = field(default_factory=list)
    paths: list[Path] = field(default_factory=list)
    maps: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def step(self, done: int, total: int, preview: Image.Image | None = None) -> None:
        self.seen.append((done, total))
        if preview:
            self.previews.append(preview)
        if done == self.cancel_at:
            raise Cancelled("Interrupted")

    def wants_preview(self, done: int) -> bool:
        return True

    def is_skipped(self) -> bool:
        return bool(self.seen) and self.seen[-1][0] == self.skip_at

    def picture(self, index: int, count: int) -> None:
        self.pictures.append((index, count))

    def finished(self, path: Path) -> None:
        self.paths.append(path)

    def shown(self, path: Path) -> None:
        self.maps.append(path)

    def note(self, text: str) -> None:
        self.notes.append(text)


def checkpoint(**changes: Any) -> Checkpoint:
    parts: dict[str, Any] = {
        "name": "demo",
        "title": "demo",
        "path": Path("models/demo"),
        "architecture": "sd1",
        "native_size": Size(64, 64),
        "prediction": "epsilon",
        "has_zero_terminal_snr": False,
        "in_channels": 4,
        "sha256": "0123456789abcdef",
        "aliases": (),
        "problem": "",
    }
    return Checkpoint(**parts | changes)


def installed(*checkpoints: Checkpoint, **changes: Any) -> Installed:
    """One checkpoint, if none is given, two samplers and two schedules."""
    parts: dict[str, Any] = {
        "checkpoints": Registry("checkpoint", checkpoints or [checkpoint()]),
        "samplers": Registry("sampler", [euler, euler_ancestral]),
        "schedules": Registry("schedule", [uniform, karras]),
    }
    return Installed(**parts | changes)


def with_one_checkpoint(models: Path) -> Path:
    """A models folder with one checkpoint, "demo", that only the fake engine can run."""
    index = models / "demo" / "model_index.json"
    index.parent.mkdir(parents=True, exist_ok=True)
    index.write_text('{"_class_name": "StableDiffusionPipeline", "native_side": 256}')
    return models


def make_studio(folder: Path) -> Studio:
    """The real studio of a data folder, with the fake engine; seeds that are left open are 1000."""
    with_one_checkpoint(folder / "models")
    studio, _ = create_studio(parse(["--fake"], folder), [])
    return replace(studio, new_seed=lambda: 1000)
