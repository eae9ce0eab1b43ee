"""/controlnet: preprocessors, models, control types, and the map that a preprocessor makes (features.md 3.13)."""

import asyncio
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from PIL.Image import Image
from pydantic import AliasChoices, Field, field_validator

from studio.api.pictures import Pictures, base64_of
from studio.controlnet.annotator import RESOLUTIONS, default_resolution, sliders
from studio.controlnet.control_types import (
    CONTROL_TYPES,
    ControlType,
    default_model,
    default_preprocessor,
    models_of,
    preprocessors_of,
)
from studio.controlnet.pose_maps import poses_of, rendered
from studio.domain.errors import BadRequest
from studio.domain.fields import Slider
from studio.domain.ports import Progress
from studio.domain.registry import nearest_first
from studio.domain.things import Preprocessor
from studio.jobs.queue import JobQueue
from studio.studio import Studio
from studio.wire.reading import Body, as_list

API_VERSION = 3
FREE = ("none", "reference")
"""What the names of preprocessors that need no model begin with."""
SEEN = "ip-adapter"
"""What the names of those begin with that make no map: the picture itself is looked at."""


class DetectBody(Body):
    controlnet_module: str = "none"
    controlnet_input_images: list[str] = Field(
        default_factory=list[str], validation_alias=AliasChoices("controlnet_input_images", "controlnet_images")
    )
    controlnet_masks: list[str | None] = Field(default_factory=list[str | None])
    controlnet_processor_res: float = -1
    controlnet_threshold_a: float = -1
    controlnet_threshold_b: float = -1
    low_vram: bool = False

    @field_validator("controlnet_input_images", mode="before")
    @classmethod
    def pictures(cls, given: Any) -> Any:
        return as_list(given)

    @field_validator("controlnet_masks", mode="before")
    @classmethod
    def masks(cls, given: Any) -> Any:
        """One mask by itself will do; null stays, for it holds a picture's place."""
        return [given] if isinstance(given, str) else given


def routes(studio: Studio, jobs: JobQueue) -> APIRouter:
    router = APIRouter(prefix="/controlnet", tags=["controlnet"])
    add_lists(router, studio)
    add_pictures(router, studio, jobs)
    return router


def add_lists(router: APIRouter, studio: Studio) -> None:
    @router.get("/version")
    def version() -> dict[str, int]:
        return {"version": API_VERSION}

    @router.get("/settings")
    def settings() -> dict[str, Any]:
        options = studio.settings.get().as_options()
        return {"control_net_unit_count": options["control_net_unit_count"]}

    @router.get("/model_list")
    def model_list() -> dict[str, list[str]]:
        return {"model_list": studio.controlnets().names()}

    @router.get("/module_list")
    def module_list(alias_names: bool = False) -> dict[str, Any]:
        """Labels, as the page shows them, with `alias_names`."""
        named = {each.label if alias_names else each.name: each for each in studio.preprocessors}
        details = {name: module_detail(each) for name, each in named.items()}
        return {"module_list": list(named), "module_detail": details}

    @router.get("/control_types")
    def control_types() -> dict[str, Any]:
        return {"control_types": {each.name: type_answer(each, studio) for each in CONTROL_TYPES}}


def add_pictures(router: APIRouter, studio: Studio, jobs: JobQueue) -> None:
    sent = Pictures(studio.settings.get)

    @router.post("/detect")
    async def detect(body: DetectBody) -> dict[str, Any]:
        check_detect(body, studio)
        images = [await run_in_threadpool(sent.load, text) for text in body.controlnet_input_images]
        masks = [await run_in_threadpool(sent.load, text) if text else None for text in body.controlnet_masks]
        thresholds = {"threshold_a": body.controlnet_threshold_a, "threshold_b": body.controlnet_threshold_b}

        def work(progress: Progress) -> list[Image]:
            module, resolution = body.controlnet_module, int(body.controlnet_processor_res)
            pairs = zip_longest(images, masks[: len(images)])
            return [studio.detect(module, image, resolution, thresholds, mask) for image, mask in pairs]

        maps = await asyncio.wrap_future(jobs.do(work))
        return {"info": "Success", "images": [base64_of(each) for each in maps], **poses_answer(maps)}

    @router.post("/render_openpose_json")
    def render_openpose_json(poses: list[dict[str, Any]]) -> dict[str, Any]:
        """The skeletons of each JSON, as OpenPose draws them."""
        return {"info": "Success", "images": [base64_of(rendered(each)) for each in poses]}


def poses_answer(maps: Sequence[Image]) -> dict[str, Any]:
    """The figures of each map, as OpenPose's JSON, where the preprocessor looks for figures."""
    poses = [found for each in maps if (found := poses_of(each))]
    return {"poses": poses} if poses else {}


def check_detect(body: DetectBody, studio: Studio) -> None:
    """Raises BadRequest, with the words that clients look for."""
    if body.controlnet_module not in studio.preprocessors:
        names = nearest_first(body.controlnet_module, studio.preprocessors.names())
        message = f"Module not available: {body.controlnet_module!r}. Installed: {', '.join(names)}"
        raise BadRequest(message, field="controlnet_module", allowed=names)
    if studio.preprocessors[body.controlnet_module].name.startswith(SEEN):
        message = f"Module not supported: {body.controlnet_module!r} makes no map; name it in a unit of an IP-Adapter"
        raise BadRequest(message, field="controlnet_module")
    if not any(text.strip() for text in body.controlnet_input_images):
        raise BadRequest("No image selected", field="controlnet_input_images", allowed="a list of pictures")


def module_detail(preprocessor: Preprocessor) -> dict[str, Any]:
    resolution = [slider_answer(RESOLUTIONS, "Resolution", default_resolution(preprocessor))]
    own = [slider_answer(each, each.label, each.default) for each in sliders(preprocessor)]
    return {
        "model_free": preprocessor.name.startswith(FREE),
        "sliders": [*(resolution if preprocessor.has_resolution else []), *own],
    }


def slider_answer(slider: Slider, name: str, value: float) -> dict[str, Any]:
    return {"name": name, "value": value, "min": slider.minimum, "max": slider.maximum, "step": slider.step}


def type_answer(kind: ControlType, studio: Studio) -> dict[str, Any]:
    models = studio.controlnets().names()
    return {
        "module_list": [each.name for each in preprocessors_of(kind, studio.preprocessors)],
        "model_list": models_of(kind, models),
        "default_option": default_preprocessor(kind, studio.preprocessors),
        "default_model": default_model(kind, models),
    }
