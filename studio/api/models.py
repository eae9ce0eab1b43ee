"""The models that are installed, and those kinds that A1111 lists and the studio has none of. A listing is a route.

Folders are read anew at every call, so there is nothing to refresh; the routes that clients call for it answer.
"""

import asyncio
from typing import Any

from fastapi import APIRouter

from studio.catalog.checkpoints import Checkpoint
from studio.domain.registry import Registry
from studio.domain.things import Upscaler
from studio.jobs.queue import JobQueue
from studio.planning.passes import LATENT_UPSCALERS
from studio.studio import Studio

REFRESHES = ("refresh-checkpoints", "refresh-vae", "refresh-loras", "refresh-embeddings")
EMPTY = ("hypernetworks", "face-restorers", "realesrgan-models", "artists", "artist-categories")


def routes(studio: Studio, jobs: JobQueue) -> APIRouter:
    router = APIRouter(prefix="/sdapi/v1", tags=["models"])

    @router.get("/sd-models")
    def sd_models() -> list[dict[str, Any]]:
        return [checkpoint_answer(each) for each in usable(studio.checkpoints())]

    @router.get("/upscalers")
    def upscalers() -> list[dict[str, Any]]:
        return [upscaler_answer(each) for each in studio.upscalers()]

    @router.get("/latent-upscale-modes")
    def latent_upscale_modes() -> list[dict[str, str]]:
        return [{"name": name} for name in LATENT_UPSCALERS]

    @router.post("/unload-checkpoint")
    async def unload_checkpoint() -> dict[str, Any]:
        """When the job that runs is done, before those that wait."""
        await asyncio.wrap_future(jobs.do(lambda progress: studio.unload_models()))
        return {}

    @router.post("/reload-checkpoint")
    async def reload_checkpoint() -> dict[str, Any]:
        await asyncio.wrap_future(jobs.do(lambda progress: studio.load_model()))
        return {}

    for name in EMPTY:
        router.add_api_route(f"/{name}", nothing, methods=["GET"], name=name)
    for name in REFRESHES:
        router.add_api_route(f"/{name}", refreshed, methods=["POST"], name=name)
    return router


def nothing() -> list[Any]:
    return []


def refreshed() -> None: ...


def usable(checkpoints: Registry[Checkpoint]) -> list[Checkpoint]:
    return [each for each in checkpoints if not each.problem]


def checkpoint_answer(checkpoint: Checkpoint) -> dict[str, Any]:
    return {
        "title": checkpoint.title,
        "model_name": checkpoint.name,
        "hash": checkpoint.short_hash or None,
        "sha256": checkpoint.sha256 or None,
        "filename": str(checkpoint.path),
        "config": None,
    }


def upscaler_answer(upscaler: Upscaler) -> dict[str, Any]:
    return {
        "name": upscaler.name,
        "model_name": None,
        "model_path": upscaler.model_path or None,
        "model_url": None,
        "scale": upscaler.scale,
    }
