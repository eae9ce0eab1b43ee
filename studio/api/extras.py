"""/sdapi/v1/extra-single-image and extra-batch-images: pictures enlarged. Another operation is a step of `enlarged`."""

import asyncio
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from PIL import Image
from pydantic import Field

from studio.api.pictures import Pictures, base64_of
from studio.domain.errors import BadRequest, PictureMissing
from studio.domain.ports import Progress
from studio.imaging.load import load_picture, read_infotext
from studio.jobs.queue import JobQueue
from studio.prompt.infotext import short
from studio.studio import Studio
from studio.wire.reading import Body

NONE = ("", "none")
LARGEST_FACTOR = 8.0


class ExtrasBody(Body):
    """`resize_mode` 0 is by the factor, 1 to the size (features.md 4.4)."""

    resize_mode: int = Field(default=0, ge=0, le=1)
    show_extras_results: bool = True
    gfpgan_visibility: float = 0
    codeformer_visibility: float = 0
    codeformer_weight: float = 0
    upscaling_resize: float = Field(default=2, gt=0, le=LARGEST_FACTOR)
    upscaling_resize_w: int = Field(default=512, ge=1, le=8192)
    upscaling_resize_h: int = Field(default=512, ge=1, le=8192)
    upscaling_crop: bool = True
    upscaler_1: str = "None"
    upscaler_2: str = "None"
    extras_upscaler_2_visibility: float = Field(default=0, ge=0, le=1)
    upscale_first: bool = False

    def check(self) -> None:
        """Raises BadRequest for faces, which nothing here restores."""
        if self.gfpgan_visibility or self.codeformer_visibility:
            field = "gfpgan_visibility" if self.gfpgan_visibility else "codeformer_visibility"
            raise BadRequest(f"{field}: no face restorer is installed; leave it at 0", field=field, allowed="0")


class SingleBody(ExtrasBody):
    image: str = ""


class NamedPicture(Body):
    data: str
    name: str = ""


class BatchBody(ExtrasBody):
    image_list: list[NamedPicture] = Field(default_factory=list[NamedPicture], alias="imageList")


@dataclass(frozen=True, slots=True)
class Extras:
    studio: Studio
    body: ExtrasBody

    def improved(self, data: bytes) -> str:
        """A picture's file, enlarged and as base64. Raises BrokenFile, UnknownName."""
        return base64_of(self.enlarged(load_picture(data)), read_infotext(data))

    def enlarged(self, image: Image.Image) -> Image.Image:
        """By the first upscaler, and by the second as far as that is to be seen."""
        body = self.body
        if body.upscaler_1.lower() in NONE:
            return image
        first = self.sized(image, body.upscaler_1)
        if body.upscaler_2.lower() in NONE or not body.extras_upscaler_2_visibility:
            return first
        second = self.sized(image, body.upscaler_2)
        return Image.blend(first, second.convert(first.mode), body.extras_upscaler_2_visibility)

    def sized(self, image: Image.Image, upscaler: str) -> Image.Image:
        if self.body.resize_mode == 0:
            return self.studio.upscale(image, self.body.upscaling_resize, upscaler)
        width, height = self.body.upscaling_resize_w, self.body.upscaling_resize_h
        factor = max(width / image.width, height / image.height)
        large = self.studio.upscale(image, max(factor, 1 / min(image.size)), upscaler)
        if not self.body.upscaling_crop:
            return large
        # int(side * scale) may be a pixel short of the side that was asked for
        large = large.resize((max(large.width, width), max(large.height, height)))
        left, top = (large.width - width) // 2, (large.height - height) // 2
        return large.crop((left, top, left + width, top + height))

    def told(self) -> str:
        body = self.body
        if body.upscaler_1.lower() in NONE:
            return ""
        by = f"by: {short(body.upscaling_resize)}"
        size = by if body.resize_mode == 0 else f"to: {body.upscaling_resize_w}x{body.upscaling_resize_h}"
        return f"Postprocess upscale {size}, Postprocess upscaler: {body.upscaler_1}"


def routes(studio: Studio, jobs: JobQueue) -> APIRouter:
    router = APIRouter(prefix="/sdapi/v1", tags=["pictures"])

    async def improved(body: ExtrasBody, pictures: list[str]) -> list[str]:
        body.check()
        extras, sent = Extras(studio, body), Pictures(studio.settings.get)
        files = [await run_in_threadpool(sent.data, text) for text in pictures]

        def work(progress: Progress) -> list[str]:
            results: list[str] = []
            for index, data in enumerate(files):
                progress.picture(index, len(files))
                results.append(extras.improved(data))
            return results

        return await asyncio.wrap_future(await run_in_threadpool(jobs.do, work))

    @router.post("/extra-single-image")
    async def extra_single_image(body: SingleBody) -> dict[str, Any]:
        if not body.image.strip():
            raise PictureMissing("Image not found: put the picture to enlarge into image", field="image")
        (image,) = await improved(body, [body.image])
        return {"html_info": Extras(studio, body).told(), "image": image}

    @router.post("/extra-batch-images")
    async def extra_batch_images(body: BatchBody) -> dict[str, Any]:
        images = await improved(body, [each.data for each in body.image_list])
        return {"html_info": Extras(studio, body).told(), "images": images}

    return router
