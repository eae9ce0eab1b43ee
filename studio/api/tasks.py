"""/internal/progress: one job by the name that its client gave it (`force_task_id`). A fact is a line of `told`."""

from collections import OrderedDict
from threading import Lock
from typing import Any

from fastapi import APIRouter

from studio.api.auth import Owner
from studio.api.pictures import base64_of
from studio.domain.result import JobProgress, JobState
from studio.jobs.queue import JobQueue
from studio.wire.reading import Body

MOST_NAMES = 1000


class TaskNames:
    """Which job has which name; the names of each owner are their own. The oldest are forgotten."""

    def __init__(self) -> None:
        self._jobs: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._lock = Lock()

    def add(self, owner: str, name: str, job_id: str) -> None:
        with self._lock:
            self._jobs[owner, name] = job_id
            while len(self._jobs) > MOST_NAMES:
                self._jobs.popitem(last=False)

    def job_id(self, owner: str, name: str) -> str | None:
        return self._jobs.get((owner, name))


class TaskBody(Body):
    """`id_live_preview` is the number of the preview that the client has."""

    id_task: str
    id_live_preview: int = -1
    live_preview: bool = True


def routes(jobs: JobQueue, names: TaskNames) -> APIRouter:
    router = APIRouter(tags=["progress"])

    @router.post("/internal/progress")
    def task_progress(body: TaskBody, owner: Owner) -> dict[str, Any]:
        """Neither active, queued nor completed: nobody has given a job this name."""
        job_id = names.job_id(owner, body.id_task)
        return told(jobs.progress(job_id, body.live_preview) if job_id else None, body)

    return router


def told(progress: JobProgress | None, body: TaskBody) -> dict[str, Any]:
    state = progress.state if progress else None
    is_new = progress is not None and progress.preview_number != body.id_live_preview
    preview = progress.preview if progress and is_new else None
    return {
        "active": state is JobState.running,
        "queued": state is JobState.queued,
        "completed": state is not None and state.is_over,
        "progress": progress.share if progress else None,
        "eta": progress.seconds_left if progress else None,
        "live_preview": f"data:image/png;base64,{base64_of(preview)}" if preview else None,
        "id_live_preview": progress.preview_number if progress and preview else body.id_live_preview,
        "textinfo": progress.text if progress else None,
    }
