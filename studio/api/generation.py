"""/sdapi/v1/txt2img and img2img. A parameter is a field of its body in `wire`; what is answered is `answer`."""

import asyncio
import functools
from typing import Any

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from PIL.Image import Image

from studio.api.auth import Owner
from studio.api.pictures import Pictures, base64_of_file
from studio.api.tasks import TaskNames
from studio.domain.request import GenerationRequest
from studio.domain.result import Job
from studio.imaging.folders import named_files, named_folder, with_masks
from studio.imaging.load import read_infotext
from studio.jobs.queue import JobQueue
from studio.prompt.infotext import parse_infotext
from studio.prompt.restore import restore
from studio.studio import Studio
from studio.wire.answers import Told, generation_info
from studio.wire.dump import dumped
from studio.wire.img2img import Img2ImgBody
from studio.wire.options import known_options
from studio.wire.reading import Reading, no_folder
from studio.wire.txt2img import Txt2ImgBody

AnyBody = Txt2ImgBody | Img2ImgBody
SENT_BACK = {"init_images", "mask"}


def routes(studio: Studio, jobs: JobQueue, names: TaskNames, *, has_folders: bool = True) -> APIRouter:
    """`has_folders`: clients may name folders of this machine."""
    router = APIRouter(tags=["generation"])
    pictures = Pictures(studio.settings.get)

    async def generate(body: AnyBody, owner: str) -> dict[str, Any]:
        """A job that was interrupted answers with the pictures that it finished."""
        job_id = await run_in_threadpool(submit, body, owner)
        job = await asyncio.shield(asyncio.wrap_future(jobs.finished(job_id)))
        if job.error:
            raise job.error
        return await run_in_threadpool(answer, body, job, jobs.request(job_id))

    def submit(body: AnyBody, owner: str) -> str:
        load = functools.cache(pictures.load)  # an address is asked once
        reading = Reading(load=load, scripts=studio.scripts, folder=read_folder if has_folders else no_folder)
        body = with_infotext(body, studio, reading)
        request = body.to_request(reading)
        if not body.override_settings_restore_afterwards and body.override_settings:
            studio.settings.change(known_options(body.override_settings))
        job_id = jobs.submit(request, owner)
        if body.force_task_id:
            names.add(owner, body.force_task_id, job_id)
        return job_id

    @router.post("/sdapi/v1/txt2img")
    async def txt2img(body: Txt2ImgBody, owner: Owner) -> dict[str, Any]:
        return await generate(body, owner)

    @router.post("/sdapi/v1/img2img")
    async def img2img(body: Img2ImgBody, owner: Owner) -> dict[str, Any]:
        return await generate(body, owner)

    return router


def read_folder(pictures: str, masks: str) -> tuple[tuple[Image, ...], tuple[Image, ...]]:
    found = named_folder(pictures, "batch_images", "batch_images")
    return with_masks(named_files(found), named_folder(masks, "batch_mask_dir", "batch_mask_dir"))


def with_infotext(body: AnyBody, studio: Studio, reading: Reading) -> AnyBody:
    """What the infotext says, in the place of what the body does not (features.md 2.19)."""
    if not body.infotext:
        return body
    base = body.to_request(reading)
    told = restore(parse_infotext(body.infotext), base, studio.settings.get()).request
    fields = dumped(told, studio.scripts, lambda _: "")
    given = {name: getattr(body, name) for name in body.model_fields_set}
    settings = {**fields["override_settings"], **body.override_settings}
    always_on = {**fields["alwayson_scripts"], **body.alwayson_scripts}
    defaults = {"save_images": body.save_images, "override_settings": settings, "alwayson_scripts": always_on}
    return type(body).model_validate({**fields, **given, **defaults, "infotext": None})


def answer(body: AnyBody, job: Job, request: GenerationRequest) -> dict[str, Any]:
    """`request` has its seeds drawn. Each picture is followed by its masks, where wanted; control maps come last."""
    hidden = set[str]() if isinstance(body, Img2ImgBody) and body.include_init_images else SENT_BACK
    return {
        "images": [base64_of_file(path) for path in job.shown] if body.send_images else [],
        "parameters": body.model_dump(exclude=hidden, mode="json"),
        "info": generation_info(request, [told_by(read_infotext(path)) for path in job.paths], job.created, job.notes),
    }


def told_by(text: str) -> Told:
    parsed = parse_infotext(text)
    return Told(text=text, prompt=parsed.prompt, negative_prompt=parsed.negative_prompt, facts=parsed.facts)
