"""What the demo model is tried at, one function a trial; a new trial is one function and a row in TRIALS."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch

from studio.networks.demo_reading import Read, article
from tools.demo_model.drawing import Painter, Settings, Start
from tools.demo_model.networks import decibels, to_float
from tools.demo_model.people import DETAILS
from tools.demo_model.score import Share, fresh_scenes, has_both, prompt_of, shares
from tools.demo_model.stage_reader import Reader
from tools.demo_model.world import (
    COLOURS,
    GROUND_KINDS,
    GROUNDS,
    SKIES,
    SKY_KINDS,
    Scene,
    in_a_landscape,
    make_thing,
    render,
)

BATCH = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One line of the table; `value` falls short under `least` (`at_most`: over it); None: only stated."""

    name: str
    text: str
    value: float
    least: float | None = None
    at_most: bool = False

    @property
    def falls_short(self) -> bool:
        if self.least is None:
            return False
        return self.value > self.least if self.at_most else self.value < self.least


@dataclass(frozen=True, kw_only=True, slots=True)
class Bench:
    """What trials work with; `kept` holds pictures that several need."""

    painter: Painter
    reader: Reader
    samples: int
    control_samples: int
    controls: dict[str, Any]  # family -> network
    kept: dict[str, np.ndarray] = field(default_factory=dict)


def share_row(name: str, share: Share, least: float | None) -> Row:
    return Row(name=name, text=str(share), value=share.percent, least=least)


def drawn(bench: Bench, prompts: list[str], settings: Settings, starts: Start | None = None) -> np.ndarray:
    parts = []
    for first in range(0, len(prompts), BATCH):
        part = slice(first, first + BATCH)
        start = None
        if starts is not None:
            masks = None if starts.masks is None else starts.masks[part]
            start = replace(starts, pictures=starts.pictures[part], masks=masks)
        parts.append(bench.painter.draw(prompts[part], replace(settings, seed=settings.seed + first), start))
    return np.concatenate(parts)


def autoencoder(bench: Bench) -> list[Row]:
    scenes = fresh_scenes(max(16, bench.samples // 2), 80001, 0.4)
    values = []
    for scene in scenes:
        picture = render(scene, 256, 256).image[None]
        back = bench.painter.decode(bench.painter.encode(picture))
        values.append(decibels(to_float(torch.from_numpy(back)), to_float(torch.from_numpy(picture))))
    half = 1.96 * float(np.std(values)) / len(values) ** 0.5
    mean = float(np.mean(values))
    return [
        Row(
            name="VAE reconstruction at 256 px",
            text=f"{mean:.1f} dB (+- {half:.1f}, n = {len(values)})",
            value=mean,
            least=30,
        )
    ]


def true_pictures(bench: Bench) -> list[Row]:
    scenes = fresh_scenes(bench.samples * 3, 70001)
    found = shares(scenes, np.stack([render(scene, 256, 256).image for scene in scenes]), bench.reader)
    return [share_row(f"reader on true pictures: {name}", share, 99) for name, share in found.items()]


def one_object(bench: Bench, side: int = 256) -> list[Row]:
    scenes = fresh_scenes(bench.samples, 90001 + side)
    found = shares(
        scenes, drawn(bench, [prompt_of(s) for s in scenes], Settings(size=(side, side), seed=side)), bench.reader
    )
    least = {"object": 90, "colour": 90, "sky": 95, "place": 85} if side == 256 else {"object": 70}
    return [share_row(f"txt2img at {side}: {name}", share, least.get(name)) for name, share in found.items()]


def one_object_large(bench: Bench) -> list[Row]:
    return one_object(bench, 512)


def pairs(bench: Bench) -> list[Row]:
    scenes = fresh_scenes(bench.samples, 60001, 1.0)
    reads = bench.reader.read(drawn(bench, [prompt_of(s) for s in scenes], Settings(seed=60001)))
    hits = sum(has_both(scene, read) for scene, read in zip(scenes, reads, strict=True))
    return [share_row("txt2img at 256: both objects of a pair", Share(hits=hits, count=len(scenes)), 75)]


def detailed_scenes(kind: str, count: int, seed: int) -> list[Scene]:
    """Scenes of one thing whose details come in turn."""
    rng, details = random.Random(seed), [name for name in DETAILS[kind] if kind != "hand" or name == "five fingers"]
    return [
        in_a_landscape(
            rng, [make_thing(rng, kind, rng.choice(list(COLOURS)), "center", False, details[n % len(details)])]
        )
        for n in range(count)
    ]


def details(bench: Bench) -> list[Row]:
    """Kind and detail of what fills the picture, as prompted."""
    rows = []
    for kind, what, least in (
        ("face", "expression of a face", 90),
        ("figure", "pose of a figure", None),
        ("hand", "five fingers on a hand", None),
        ("window", "curtains and figure of a window", None),
    ):
        scenes = detailed_scenes(kind, bench.samples, 20001)
        reads = bench.reader.read(drawn(bench, [prompt_of(s) for s in scenes], Settings(seed=20001)))
        hits = sum(
            any((t.kind, t.detail) == (kind, scene.things[0].detail) for t in read.things)
            for scene, read in zip(scenes, reads, strict=True)
        )
        rows.append(share_row(f"txt2img at 256: {what}", Share(hits=hits, count=len(scenes)), least))
    return rows


def other(scene: Scene, rng: random.Random) -> Scene:
    """A scene of which every attribute but the place differs."""
    old = scene.things[0]
    kinds = [k for k in (GROUND_KINDS if old.kind in GROUND_KINDS else SKY_KINDS) if k != old.kind]
    colour = rng.choice([c for c in COLOURS if c != old.colour])
    thing = make_thing(rng, rng.choice(kinds), colour, old.place, pair=False)
    sky, ground = (
        rng.choice([v for v in table if v != now]) for table, now in ((SKIES, scene.sky), (GROUNDS, scene.ground))
    )
    return replace(scene, things=(thing,), sky=sky, ground=ground)


def redraw(bench: Bench) -> list[Row]:
    rng = random.Random(50001)
    scenes = fresh_scenes(bench.samples, 50001)
    wanted = [other(scene, rng) for scene in scenes]
    pictures = np.stack([render(scene, 256, 256).image for scene in scenes])
    rows = []
    for strength, truth, least, name in (
        (0.3, scenes, 95, "the input's attributes kept"),
        (0.9, wanted, 85, "the new prompt's"),
    ):
        start = Start(pictures=pictures, strength=strength)
        result = drawn(bench, [prompt_of(s) for s in wanted], Settings(seed=50001), start)
        found = shares(truth, result, bench.reader)
        chosen = [found[n] for n in ("object", "colour", "sky")]
        total = Share(hits=sum(s.hits for s in chosen), count=sum(s.count for s in chosen))
        parts = ", ".join(f"{n} {found[n].percent:.0f}" for n in found)
        rows.append(replace(share_row(f"img2img at {strength}: {name}", total, least), text=f"{total}; {parts}"))
    return rows


def inpaint_case(scene: Scene, rng: random.Random) -> tuple[np.ndarray, str, str, str]:
    """A mask in a free place, the prompt for it, and the kind and place that should stand there."""
    free = rng.choice([p for p in ("left", "right") if p != scene.things[0].place])
    kind, colour = rng.choice(GROUND_KINDS), rng.choice(list(COLOURS))
    mask = np.zeros((256, 256), np.uint8)
    left = 8 if free == "left" else 128
    mask[88:248, left : left + 120] = 255
    side = "on the left" if free == "left" else "on the right"
    return mask, f"{article(colour)} {colour} {kind} {side}", kind, free


def inpaint(bench: Bench) -> list[Row]:
    rng = random.Random(40001)
    scenes = [
        s
        for s in fresh_scenes(bench.samples * 8, 40001)
        if s.things[0].kind in SKY_KINDS and s.things[0].place != "center"
    ]
    scenes = scenes[: bench.samples]
    cases = [inpaint_case(scene, rng) for scene in scenes]
    masks = np.stack([case[0] for case in cases])
    pictures = np.stack([render(scene, 256, 256).image for scene in scenes])
    start = Start(pictures=pictures, strength=0.85, masks=masks, fill_with_noise=True)
    reads = bench.reader.read(drawn(bench, [case[1] for case in cases], Settings(seed=40001), start))
    hits = sum(stands_in(read, kind, place) for read, (_, _, kind, place) in zip(reads, cases, strict=True))
    return [share_row("inpaint at 0.85, latent noise: the object in the mask", Share(hits=hits, count=len(cases)), 85)]


def stands_in(read: Read, kind: str, place: str) -> bool:
    return any(thing.kind == kind and (thing.x < 0.5) == (place == "left") for thing in read.things)


def speed(bench: Bench) -> list[Row]:
    rows = []
    for side, limit in ((256, 1.5), (512, 4.0)):
        bench.painter.draw(["a red house"], Settings(size=(side, side), steps=2))
        began = time.perf_counter()
        bench.painter.draw(["a red house"], Settings(size=(side, side)))
        seconds = time.perf_counter() - began
        rows.append(
            Row(
                name=f"20 steps with guidance and decoding, {side}x{side}",
                text=f"{seconds:.1f} s",
                value=seconds,
                least=limit,
                at_most=True,
            )
        )
    return rows


TRIALS: dict[str, Callable[[Bench], list[Row]]] = {
    "autoencoder": autoencoder,
    "reader": true_pictures,
    "one": one_object,
    "large": one_object_large,
    "pairs": pairs,
    "details": details,
    "redraw": redraw,
    "inpainting": inpaint,
    "speed": speed,
}
