"""All pictures of one press of Generate as one file: a route beside the page, so that it comes as a download."""

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

from fastapi import APIRouter, FastAPI, Response

from studio.jobs.queue import JobQueue

GONE = "These pictures are not there any more. Generate them again, or look into the outputs folder"


def add_archive(app: FastAPI, jobs: JobQueue) -> None:
    """GET /page/pictures.zip?jobs=id,id: what these jobs have drawn, and 404 where nothing of it is left."""
    router, queue = APIRouter(include_in_schema=False), jobs

    @router.get("/page/pictures.zip")
    def pictures(jobs: str) -> Response:
        known = (job for job_id in jobs.split(",") if (job := queue.get(job_id)))
        paths = [path for job in known for path in job.paths if path.is_file()]
        if not paths:
            return Response(GONE, status_code=404, media_type="text/plain")
        about = {"Content-Disposition": 'attachment; filename="pictures.zip"'}
        return Response(zipped(paths), media_type="application/zip", headers=about)

    app.include_router(router)


def zipped(paths: Sequence[Path]) -> bytes:
    """Stored, since pictures are compressed already; of two files of one name the later gets its number before it."""
    buffer, names = io.BytesIO(), set[str]()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as file:
        for number, path in enumerate(paths):
            name = path.name if path.name not in names else f"{number}-{path.name}"
            names.add(name)
            file.write(path, name)
    return buffer.getvalue()
