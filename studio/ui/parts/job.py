"""The jobs that the page shows: a timer asks how far they are, as long as they run, so a reload finds them again.

What the page shows is a function of the queue and of `Shown`. A new thing to show is a field of `View`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from studio.domain.errors import StudioError
from studio.domain.geometry import Size
from studio.domain.result import Job, JobProgress, JobState
from studio.imaging.load import flattened, read_infotext
from studio.imaging.resize import resized
from studio.jobs.queue import JobQueue
from studio.ui.parts import stage
from studio.ui.parts.stage import Shot

MOST_SHOTS = 32
MOST_VERSIONS = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """What one visitor's page shows; it stays on the server. `ids`: the jobs of the last press of Generate.

    `history`: every job of this page, oldest first. `selected`: the picture on the stage; -1 follows the newest.
    `count` and `preview` tell what the browser has already. `note`: said with the result.
    """

    ids: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    selected: int = -1
    count: int = -1
    preview: int = 0
    is_over: bool = True
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """HTML, or None where nothing has changed."""

    progress: str
    is_busy: bool
    stage: str | None = None
    strip: str | None = None
    history: str | None = None
    infotext: str | None = None


def begun(shown: Shown, ids: Sequence[str], note: str = "") -> Shown:
    """The page shows new jobs."""
    history = (*shown.history, *ids)[-MOST_VERSIONS:]
    return Shown(ids=tuple(ids), history=history, is_over=False, note=note)


def look(jobs: JobQueue, shown: Shown, invitation: str) -> tuple[Shown, View]:
    """How far the jobs are, and what of that the browser does not have yet."""
    known = [job for job_id in shown.ids if (job := jobs.get(job_id))]
    if not known:
        empty = stage.stage_html(stage.empty_inside(invitation), "is-empty")
        return replace(shown, is_over=True), View(
            progress=stage.ready_html(),
            is_busy=False,
            stage=empty,
            strip=stage.strip_html((), 0),
            history=past(jobs, shown),
        )
    current = next((job for job in known if not job.state.is_over), None)
    if current is None:
        return finished(jobs, shown, known)
    return running(jobs, shown, known, current)


def running(jobs: JobQueue, shown: Shown, known: Sequence[Job], current: Job) -> tuple[Shown, View]:
    progress = jobs.progress(current.id)
    shots = shots_of(known)
    fresh = progress.preview if progress and progress.preview_number != shown.preview else None
    has_news = len(shots) != shown.count
    follows = shown.selected < 0
    inside = stage.preview_inside(fresh) if fresh and follows else None
    if inside is None and has_news and shots and follows:
        inside = stage.result_inside(shots[-1], None, ())
    number = progress.preview_number if progress else 0
    share = part_done(known, current, progress)
    view = View(
        progress=stage.progress_html(*words(progress, len(known), known.index(current)), share),
        is_busy=True,
        stage=stage.stage_html(inside) if inside else None,
        strip=stage.strip_html(shots, shown.selected) if has_news else None,
    )
    return replace(shown, count=len(shots), preview=number, is_over=False), view


def finished(jobs: JobQueue, shown: Shown, known: Sequence[Job]) -> tuple[Shown, View]:
    shots = shots_of(known)
    selected = min(max(shown.selected, 0), max(len(shots) - 1, 0))
    errors = [job.error for job in known if job.error]
    over = replace(shown, selected=selected, count=len(shots), is_over=True)
    view = View(
        progress=stage.progress_html(end_words(known), counted(len(shots)), 1.0 if shots else 0.0),
        is_busy=False,
        stage=stage_of(jobs, over, known, shots, errors),
        strip=stage.strip_html(shots, selected),
        history=past(jobs, over),
        infotext=shots[selected].infotext if shots else "",
    )
    return over, view


def stage_of(
    jobs: JobQueue, shown: Shown, known: Sequence[Job], shots: Sequence[Shot], errors: Sequence[StudioError]
) -> str:
    problems = stage.problem_html(errors[0].message) if errors else ""
    if not shots:
        return stage.stage_html(stage.empty_inside("") + problems, "is-empty")
    shot = shots[shown.selected]
    job = next(job for job in known if shot.path in job.paths)
    notes = [*job.notes, *([shown.note] if shown.note else [])]
    before = input_of(jobs, job, shot)
    classes = "can-compare" if before else ""
    return stage.stage_html(stage.result_inside(shot, before, notes) + problems, classes)


def input_of(jobs: JobQueue, job: Job, shot: Shot) -> Image.Image | None:
    """The picture that was redrawn, as it lay under the result."""
    init = jobs.request(job.id).init
    if init is None:
        return None
    return resized(flattened(init.image, "#ffffff"), shot.size, init.resize_mode)


def refused(shown: Shown, error: StudioError) -> tuple[Shown, View]:
    """Nothing was started."""
    inside = stage.empty_inside("") + stage.problem_html(error.message)
    view = View(
        progress=stage.progress_html("Not started"),
        is_busy=False,
        stage=stage.stage_html(inside, "is-empty"),
        strip=stage.strip_html((), 0),
    )
    return replace(shown, ids=(), count=-1, is_over=True), view


def shots_of(known: Sequence[Job]) -> list[Shot]:
    """Finished pictures whose files are still there."""
    paths = [path for job in known for path in job.paths if path.exists()]
    return [shot_of(path) for path in paths[:MOST_SHOTS]]


def shot_of(path: Path) -> Shot:
    infotext = read_infotext(path)
    _, found, rest = infotext.rpartition("Seed: ")
    with Image.open(path) as picture:
        size = Size(*picture.size)
    return Shot(path=path, seed=rest.partition(",")[0] if found else "", infotext=infotext, size=size)


def past(jobs: JobQueue, shown: Shown) -> str:
    """The versions that were made on this page, newest first."""
    versions: list[tuple[str, Path]] = []
    for job_id in reversed(shown.history):
        job = jobs.get(job_id)
        first = next((path for path in job.paths if path.exists()), None) if job else None
        if first:
            versions.append((job_id, first))
    return stage.history_html(versions[:6], shown.history, shown.ids[0] if shown.ids else "")


def words(progress: JobProgress | None, jobs: int, index: int) -> tuple[str, str]:
    """What is being done, and how long it takes yet."""
    if progress is None or progress.state is JobState.queued:
        position = progress.position if progress else 0
        return (
            "Waiting for the job before it"
            if position == 1
            else f"Waiting, {position} jobs before it"
            if position
            else "Starting"
        ), ""
    left = f"{progress.seconds_left:.1f} s left" if progress.seconds_left else ""
    if progress.text:
        return progress.text, left
    several = f"Picture {index + 1} of {jobs} · " if jobs > 1 else ""
    if progress.pictures > 1 and jobs == 1:
        several = f"Picture {progress.picture + 1} of {progress.pictures} · "
    step, steps = step_of(progress)
    return f"{several}Step {step} of {steps}" if steps else f"{several}Starting", left


def step_of(progress: JobProgress) -> tuple[int, int]:
    """Of the picture that is being drawn, where the steps are counted over all pictures of the job."""
    each, odd = divmod(progress.steps, progress.pictures)
    step = progress.step - each * progress.picture
    return (step, each) if not odd and 0 <= step <= each else (progress.step, progress.steps)


def part_done(known: Sequence[Job], current: Job, progress: JobProgress | None) -> float:
    return (known.index(current) + (progress.share if progress else 0)) / len(known)


def end_words(known: Sequence[Job]) -> str:
    states = {job.state for job in known}
    if JobState.failed in states:
        return "Failed"
    return "Interrupted" if JobState.cancelled in states else "Done"


def counted(pictures: int) -> str:
    return f"{pictures} picture{'' if pictures == 1 else 's'}" if pictures else ""
