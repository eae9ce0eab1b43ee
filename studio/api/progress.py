"""/sdapi/v1/progress, interrupt and skip: the job that runs, of those that came by the API with the same login.

The page's jobs are never spoken of here (design.md section 8).
"""

from typing import Any

from fastapi import APIRouter

from studio.api.auth import Owner
from studio.api.pictures import base64_of
from studio.jobs.queue import JobQueue
from studio.wire.progress import idle_answer, progress_answer


def routes(jobs: JobQueue) -> APIRouter:
    router = APIRouter(tags=["progress"])

    @router.get("/sdapi/v1/progress")
    def progress(owner: Owner, skip_current_image: bool = False) -> dict[str, Any]:
        job_id = current(jobs, owner)
        job = jobs.get(job_id) if job_id else None
        found = jobs.progress(job_id, not skip_current_image) if job_id else None
        if not job_id or not job or not found or found.state.is_over:
            return idle_answer()
        preview = base64_of(found.preview) if found.preview else None
        return progress_answer(job_id, job.created, found, preview)

    @router.post("/sdapi/v1/interrupt")
    def interrupt(owner: Owner) -> dict[str, Any]:
        if job_id := current(jobs, owner):
            jobs.cancel(job_id)
        return {}

    @router.post("/sdapi/v1/skip")
    def skip(owner: Owner) -> None:
        if job_id := jobs.running(owner):
            jobs.skip(job_id)

    return router


def current(jobs: JobQueue, owner: str) -> str | None:
    """The one that runs, else the newest of those that wait."""
    waiting = jobs.jobs_of(owner)
    return jobs.running(owner) or (waiting[-1] if waiting else None)
