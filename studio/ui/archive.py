"""What jobs have drawn, for the browser: a picture that lies outside of the outputs, all of a press of Generate as one
zip file. Routes beside the page; a job's id is the key to its pictures.
"""

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import FileResponse

from studio.jobs.queue import JobQueue

GONE = "These pictures are not there any more. Generate them again, or look into the outputs folder"


def add_archive(app: FastAPI, jobs: JobQueue) -> None:
    """GET /page/pictures.zip?jobs=id,id: what these jobs have drawn; GET /page/pictures/{id}/{file name}: one of them.
    404 where nothing of it is left.
    """
    router, queue = APIRouter(include_in_schema=False), jobs

    @router.get("/page/pictures.zip")
    def pictures(jobs: str) -> Response:
        known = (job for job_id in jobs.split(",") if (job := queue.get(job_id)))
        paths = [path for job in known for path in job.paths if path.is_file()]
        if not paths:
            return Response(GONE, status_code=404, media_type="text/plain")
        about = {"Content-Disposition": 'attachment; filename="pictures.zip"'}
        return Response(zipped(paths), media_type="application/zip", headers=about)

    @router.get("/page/pictures/{job_id}/{name}")
    def picture(job_id: str, name: str) -> Response:
        job = queue.get(job_id)
        path = next((path for path in (job.shown if job else ()) if path.name == name and path.is_file()), None)
        return FileResponse(path) if path else Response(GONE, status_code=404, media_type="text/plain")

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
