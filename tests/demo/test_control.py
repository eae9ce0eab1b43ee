"""What the bundled ControlNet does for each kind of map, at several weights, against the truth of the world."""

import random
from dataclasses import dataclass

import numpy as np
import pytest
from fastapi.testclient import TestClient

from tests.demo.conftest import Draw, a_scene, sent
from tools.demo_model.control_trials import MEASURES
from tools.demo_model.score import prompt_of
from tools.demo_model.stage_control import hint_of
from tools.demo_model.stage_reader import Reader
from tools.demo_model.trials import detailed_scenes
from tools.demo_model.world import Picture, render

SEEDS = range(4)
TYPES = {
    "canny": "Canny",
    "lineart": "Lineart",
    "softedge": "SoftEdge",
    "scribble": "Scribble",
    "mlsd": "MLSD",
    "depth": "Depth",
    "normal": "NormalMap",
    "seg": "Segmentation",
    "openpose": "OpenPose",
}


@dataclass(frozen=True)
class Shown:
    """A true picture, its map (h, w, 3), and the words for it."""

    picture: Picture
    hint: np.ndarray
    words: str


def shown(kind: str, seed: int) -> Shown:
    scene = detailed_scenes("figure", seed + 1, 30002)[seed] if kind == "openpose" else a_scene(seed)
    picture = render(scene, 256, 256, truth=True)
    hint = (hint_of(kind, picture, random.Random(seed)).transpose(1, 2, 0) * 255).round().astype(np.uint8)
    return Shown(picture, hint, prompt_of(scene))


class Followed:
    """How well results follow their map at a weight; the same noise at each."""

    def __init__(self, client: TestClient, draw: Draw, reader: Reader, kind: str) -> None:
        answer = client.get("/controlnet/control_types").json()["control_types"]
        self.model = answer[TYPES[kind]]["default_model"]
        self.draw, self.reader, self.kind = draw, reader, kind
        self.cases = [shown(kind, seed) for seed in SEEDS]

    def at(self, weight: float, **more: float) -> float:
        return float(np.mean([self.one(case, weight, more) for case in self.cases]))

    def one(self, case: Shown, weight: float, more: dict[str, float]) -> float:
        unit = {"module": "none", "model": self.model, "image": sent(case.hint), "weight": weight} | more
        scripts = {"controlnet": {"args": [unit]}} if weight else {}
        made = self.draw("txt2img", 1, prompt=case.words, alwayson_scripts=scripts)[0]
        hint = case.hint.astype(np.float32).transpose(2, 0, 1) / 255
        return MEASURES[self.kind][1](made, case.picture.image, hint, self.reader)


@pytest.mark.parametrize("kind", TYPES)
def test_more_weight_follows_the_map_more(client: TestClient, draw: Draw, reader: Reader, kind: str):
    followed = Followed(client, draw, reader, kind)
    without, half, whole, much = (followed.at(weight) for weight in (0, 0.5, 1, 1.5))
    assert without < half < whole
    assert much >= half


def test_a_map_that_ends_early_counts_less(client: TestClient, draw: Draw, reader: Reader):
    followed = Followed(client, draw, reader, "canny")
    assert followed.at(1, guidance_end=0.1) < followed.at(1)


def test_the_figures_of_a_picture_are_found_and_told_as_poses(client: TestClient):
    scenes = detailed_scenes("figure", 8, 30003)
    pictures = [render(scene, 256, 256, truth=True) for scene in scenes]
    asked = {"controlnet_module": "demo_openpose", "controlnet_input_images": [sent(each.image) for each in pictures]}
    answer = client.post("/controlnet/detect", json=asked | {"controlnet_processor_res": 256}).json()
    far = []
    for told, picture in zip(answer["poses"], pictures, strict=True):
        (person,) = told["people"]
        found = np.reshape(person["pose_keypoints_2d"], (18, 3))[:, :2]
        far.append(np.linalg.norm(found - picture.joints[0], axis=1))
    assert np.mean(np.array(far) < 13) > 0.9
