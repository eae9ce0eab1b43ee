"""/queue/status, which Gradio 3 answered: some clients ask it to see whether anybody is there."""

from typing import Any

from fastapi import APIRouter

from studio.api.auth import Owner
from studio.jobs.queue import JobQueue


def routes(jobs: JobQueue) -> APIRouter:
    router = APIRouter(tags=["progress"])

    @router.get("/queue/status")
    def queue_status(owner: Owner) -> dict[str, Any]:
        return {"msg": "estimation", "queue_size": len(jobs.jobs_of(owner)), "queue_eta": 0, "rank": None}

    return router
