"""The API as a whole: every group of routes, behind one guard. A new group is a line in `add_api`."""

from collections.abc import Sequence

from fastapi import Depends, FastAPI
from fastapi.middleware.cors import CORSMiddleware

from studio.api import (
    controlnet,
    errors,
    extras,
    generation,
    interrogate,
    listings,
    models,
    options,
    png_info,
    progress,
    queue_status,
    scripts,
    tasks,
)
from studio.api import networks as network_files
from studio.api.auth import guard
from studio.arguments import Arguments
from studio.catalog.networks import Networks
from studio.extensions.loader import Extension
from studio.jobs.queue import JobQueue
from studio.studio import Studio


def add_api(
    app: FastAPI,
    studio: Studio,
    jobs: JobQueue,
    arguments: Arguments,
    extensions: Sequence[Extension] = (),
    networks: Networks | None = None,
) -> None:
    """Before the page is mounted, which takes every path that is left. Without `networks` there are none to list."""
    errors.install(app)
    names = tasks.TaskNames()
    for router in (
        generation.routes(studio, jobs, names, has_folders=not arguments.hides_folders),
        progress.routes(jobs),
        tasks.routes(jobs, names),
        queue_status.routes(jobs),
        options.routes(studio),
        models.routes(studio, jobs),
        network_files.routes(networks or Networks()),
        listings.routes(studio, arguments, extensions),
        scripts.routes(studio),
        png_info.routes(studio),
        interrogate.routes(studio, jobs),
        extras.routes(studio, jobs),
        controlnet.routes(studio, jobs),
    ):
        app.include_router(router, dependencies=[Depends(guard(arguments.api_users))])
    if arguments.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(arguments.cors_origins),
            allow_methods=["*"],
            allow_headers=["*"],
            allow_credentials=True,
        )
