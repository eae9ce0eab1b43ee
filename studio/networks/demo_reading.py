"""What the demo world's reader says of a picture: words, objects and maps; a new kind of map is one more function.

The names stand in the order of the network's outputs; `tools/demo_model/world.py` has the same (tested).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.networks.demo_reader_network import READER_SIZE, Counts, DemoReaderNetwork, Reading, load_demo_reader

SKIES = ("day", "sunset", "night")
GROUNDS = ("grass", "sand", "snow", "street")
COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "white")
SKY_KINDS = ("sun", "moon", "star", "cloud")
GROUND_KINDS = ("house", "tree", "car", "boat", "bench", "bus stop sign", "ball", "flower")
CAST = ("figure", "mia", "rolf")
KINDS = (*GROUND_KINDS, *SKY_KINDS, "umbrella", "balloon", *CAST, "face", "hand", "window")
EXPRESSIONS = ("happy", "sad", "surprised", "angry")
POSES = ("standing", "waving", "arms up", "walking")
FINGERS = ("five fingers", "four fingers", "six fingers")
CURTAINS = ("no curtains", "curtains", "a figure", "a figure and curtains")
DETAILS = EXPRESSIONS + POSES + FINGERS + CURTAINS
DETAILS_OF: dict[str, tuple[str, ...]] = {
    "face": EXPRESSIONS,
    **dict.fromkeys(CAST, POSES),
    "hand": FINGERS,
    "window": CURTAINS,
}
JOINTS = 18
"""OpenPose's body: nose, neck, right arm, left arm, right leg, left leg, eyes, ears."""
PERSON = (150, 5, 61)
SEGMENT_COLOURS: dict[str, tuple[int, int, int]] = {
    "sky": (6, 230, 230),
    "backdrop": (143, 255, 140),
    "ground": (120, 120, 70),
    "house": (255, 9, 224),
    "tree": (4, 200, 3),
    "car": (0, 102, 200),
    "boat": (173, 255, 0),
    "bench": (194, 255, 0),
    "bus stop sign": (255, 5, 153),
    "ball": (255, 0, 163),
    "flower": (255, 0, 0),
    "sun": (255, 173, 0),
    "moon": (0, 173, 255),
    "star": (255, 255, 0),
    "cloud": (224, 255, 8),
    "umbrella": (0, 255, 61),
    "balloon": (0, 255, 82),
    "figure": PERSON,
    "mia": PERSON,
    "rolf": PERSON,
    "face": PERSON,
    "hand": PERSON,
    "window": (230, 230, 230),
}
"""ADE20K's colours: sky, mountain and grass for the three bands, then the nearest class of each kind."""
FIRST_KIND = len(SEGMENT_COLOURS) - len(KINDS)
COUNTS = Counts(
    skies=len(SKIES),
    grounds=len(GROUNDS),
    segments=len(SEGMENT_COLOURS),
    colours=len(COLOURS),
    details=len(DETAILS),
    joints=JOINTS,
)
LEAST_SHARE = 0.008
"""Smaller pieces are not taken for objects; a part of the picture."""

WHEN = {"day": "by day", "sunset": "at sunset", "night": "at night"}
ON = {"grass": "on grass", "sand": "on the beach", "snow": "in the snow", "street": "on a street"}
WHERE = {"left": "on the left", "center": "in the middle", "right": "on the right"}

Scores = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """One object found in a picture: x is its middle as part of the width, share its part of the picture."""

    kind: str
    colour: str
    place: str
    x: float
    share: float
    mask: NDArray[np.bool_]
    detail: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Read:
    """What a picture shows; the objects from the largest down."""

    sky: str
    ground: str
    things: tuple[Seen, ...]


def load_reader(weights: Path, device: Any = "cpu") -> DemoReaderNetwork:
    """The bundled network. Raises FileNotFoundError where the weights are missing."""
    return load_demo_reader(weights, COUNTS).to(device)


def read_pictures(network: DemoReaderNetwork, pictures: NDArray[np.uint8]) -> Reading:
    """Pictures (n, h, w, 3) of any size, read at READER_SIZE; so are the maps."""
    import torch

    small = [cv2.resize(p, (READER_SIZE, READER_SIZE), interpolation=cv2.INTER_AREA) for p in pictures]
    device = next(network.parameters()).device
    x = torch.from_numpy(np.stack(small)).to(device).permute(0, 3, 1, 2).float() / 127.5 - 1
    with torch.inference_mode():
        return network(x.contiguous(memory_format=torch.channels_last)).enlarged()


def summarize(reading: Reading) -> list[Read]:
    """In words, one answer a picture."""
    skies, grounds = (scores.argmax(1).tolist() for scores in (reading.sky, reading.ground))
    dense = (reading.segments, reading.colours, reading.details)
    segments, colours, details = (scores.softmax(1).cpu().numpy() for scores in dense)
    return [
        Read(sky=SKIES[sky], ground=GROUNDS[ground], things=objects(segments[i], colours[i], details[i]))
        for i, (sky, ground) in enumerate(zip(skies, grounds, strict=True))
    ]


def objects(segments: Scores, colours: Scores, details: Scores) -> tuple[Seen, ...]:
    """Connected pieces of pixels that belong to any kind, each named by the scores summed over it."""
    solid = np.asarray(segments[FIRST_KIND:].sum(0) > 0.5, np.uint8)
    count, pieces = cv2.connectedComponents(cv2.morphologyEx(solid, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)))
    found = [seen(np.asarray(pieces == number), segments, colours, details) for number in range(1, count)]
    return tuple(sorted((s for s in found if s.share >= LEAST_SHARE), key=lambda thing: -thing.share))


def seen(mask: NDArray[np.bool_], segments: Scores, colours: Scores, details: Scores) -> Seen:
    columns = np.nonzero(mask.any(0))[0]
    x = float(columns[0] + columns[-1] + 1) / (2 * mask.shape[1])
    kind = KINDS[int(segments[FIRST_KIND:, mask].sum(1).argmax())]
    said = {name: float(details[1 + DETAILS.index(name), mask].sum()) for name in DETAILS_OF.get(kind, ())}
    return Seen(
        kind=kind,
        colour=COLOURS[int(colours[1:, mask].sum(1).argmax())],
        place="left" if x < 0.4 else ("right" if x > 0.6 else "center"),
        x=x,
        share=float(mask.mean()),
        mask=mask,
        detail=max(said, key=lambda name: said[name]) if said else "",
    )


def describe(read: Read) -> str:
    """The prompt that would draw such a picture."""
    things = [phrase(t.kind, t.colour, t.place, t.detail) for t in read.things]
    what = " and ".join(things[:3]) or "an empty landscape"
    return f"{what}, {ON[read.ground]}, {WHEN[read.sky]}"


def phrase(kind: str, colour: str, place: str, detail: str) -> str:
    """One thing in plain words, all that is known of it named."""
    where = f" {WHERE[place]}"
    if kind == "face":
        return f"{article(detail)} {detail} face with {colour} hair"
    if kind == "hand":
        return f"a hand with {detail} and {article(colour)} {colour} sleeve"
    if kind == "window":
        return f"{article(colour)} {colour} window with {detail}"
    if kind in CAST:
        name = f"a figure in {colour}" if kind == "figure" else kind
        return f"{name}{where} {'with ' if detail == 'arms up' else ''}{detail}"
    return f"{article(colour)} {colour} {kind}{where}"


def article(word: str) -> str:
    return "an" if word[0] in "aeiou" else "a"


def pixels(image: Image.Image) -> NDArray[np.uint8]:
    return np.asarray(image.convert("RGB"), np.uint8)


def depth_map(network: DemoReaderNetwork, image: Image.Image) -> NDArray[np.uint8]:
    """(h, w), near is white."""
    near = read_pictures(network, pixels(image)[None]).depth[0].cpu().numpy()
    large = cv2.resize(near, image.size, interpolation=cv2.INTER_LINEAR)
    return np.asarray((large * 255).round(), np.uint8)


def segment_map(network: DemoReaderNetwork, image: Image.Image) -> NDArray[np.uint8]:
    """(h, w, 3) in ADE20K's colours."""
    scores = read_pictures(network, pixels(image)[None]).segments[0].softmax(0).cpu().numpy()
    large = [cv2.resize(score, image.size, interpolation=cv2.INTER_LINEAR) for score in scores]
    return np.array(list(SEGMENT_COLOURS.values()), np.uint8)[np.stack(large).argmax(0)]


def figures_of(network: DemoReaderNetwork, picture: NDArray[np.uint8]) -> list[NDArray[np.float64]]:
    """The joints of each figure of a picture (h, w, 3), (JOINTS, 2) in parts of its sides; the largest first."""
    reading = read_pictures(network, picture[None])
    bells = reading.joints[0].sigmoid().cpu().numpy()
    return [joints_in(bells, thing.mask) for thing in summarize(reading)[0].things if thing.kind in CAST]


def joints_in(bells: Scores, mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Where each joint is most likely within a figure."""
    near = cv2.dilate(mask.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    rows, columns = np.unravel_index(np.where(near, bells, -1).reshape(len(bells), -1).argmax(1), near.shape)
    return np.stack([(columns + 0.5) / near.shape[1], (rows + 0.5) / near.shape[0]], 1)


def normals_of(near: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Normals of a depth map (h, w; near = 255) as NormalBae colours them: red is left, green is up, blue is front."""
    scale = min(near.shape) / READER_SIZE
    z = cv2.GaussianBlur(near.astype(np.float32), (0, 0), 1.2 * scale) * (scale / 24)
    x, y = (cv2.Sobel(z, cv2.CV_32F, dx, 1 - dx, scale=1 / 8) for dx in (1, 0))
    normal = np.stack([x, y, np.ones_like(z)], 2)
    normal /= np.linalg.norm(normal, axis=2, keepdims=True)
    return np.asarray(((normal + 1) * 127.5).round(), np.uint8)
