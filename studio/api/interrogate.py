"""/sdapi/v1/interrogate: a prompt for a picture. A model is an interrogator of that name or alias."""

import asyncio
from typing import Any

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool

from studio.api.pictures import Pictures
from studio.domain.errors import ModelMissing, PictureMissing
from studio.jobs.queue import JobQueue
from studio.studio import Studio
from studio.wire.reading import Body


class InterrogateBody(Body):
    image: str = ""
    model: str = "clip"


def routes(studio: Studio, jobs: JobQueue) -> APIRouter:
    router = APIRouter(tags=["pictures"])

    @router.post("/sdapi/v1/interrogate")
    async def interrogate(body: InterrogateBody) -> dict[str, Any]:
        if not body.image.strip():
            raise PictureMissing("Image not found: put the picture to describe into image", field="image")
        if body.model not in studio.interrogators:
            names = studio.interrogators.names()
            message = (
                f"Model not found: there is no interrogator {body.model!r}. Installed: {', '.join(names) or 'none'}"
            )
            raise ModelMissing(message, name=body.model, installed=names)
        image = await run_in_threadpool(Pictures(studio.settings.get).load, body.image)
        asked = jobs.do(lambda progress: studio.interrogate(body.model, image))
        return {"caption": await asyncio.wrap_future(asked)}

    return router
