"""The jobs that the page shows: a timer asks how far they are, as long as they run, so a reload finds them again.

What the page shows is a function of the queue and of `Shown`. A new thing to show is a field of `View`.
"""

from collections.abc import Callable, Sequence
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
MOST_NOTES = 6
MOST_LEFT_OUT = 3
SHOWN_VERSIONS = 6
BACKGROUND = "#ffffff"


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """Where a panel looks: at these jobs, whose pictures lie in `outputs`; `invitation` is said while there is none.

    `is_ready` tells whether the engine has been loaded.
    """

    jobs: JobQueue
    outputs: Path
    invitation: str
    is_ready: Callable[[], bool] = lambda: True


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """What one visitor's page shows; it stays on the server. `ids`: the jobs of the last press of Generate.

    `history`: every press of Generate on this page, oldest first, as the ids joined by commas. `selected`: the picture
    on the stage; -1 follows the newest. `count` and `preview` tell what the browser has already.
    """

    ids: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    selected: int = -1
    count: int = -1
    preview: int = 0
    is_over: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """HTML, or None where nothing has changed."""

    progress: str
    is_busy: bool
    stage: str | None = None
    strip: str | None = None
    history: str | None = None
    infotext: str | None = None


def begun(shown: Shown, ids: Sequence[str]) -> Shown:
    """The page shows new jobs."""
    history = (*shown.history, ",".join(ids))[-MOST_VERSIONS:]
    return Shown(ids=tuple(ids), history=history, is_over=False)


def ids_of(press: str) -> tuple[str, ...]:
    return tuple(press.split(","))


def look(window: Window, shown: Shown) -> tuple[Shown, View]:
    """How far the jobs are, and what of that the browser does not have yet."""
    known = [job for job_id in shown.ids if (job := window.jobs.get(job_id))]
    if not known:
        return replace(shown, is_over=True), nothing(window, shown)
    current = next((job for job in known if not job.state.is_over), None)
    if current is None:
        return finished(window, shown, known)
    return running(window, shown, known, current)


def nothing(window: Window, shown: Shown) -> View:
    return View(
        progress=stage.ready_html(),
        is_busy=False,
        stage=stage.stage_html(stage.empty_inside(window.invitation), "is-empty"),
        strip=stage.strip_html((), 0),
        history=past(window, shown),
    )


def running(window: Window, shown: Shown, known: Sequence[Job], current: Job) -> tuple[Shown, View]:
    progress = window.jobs.progress(current.id)
    fresh = progress.preview if progress and progress.preview_number != shown.preview else None
    count = len(paths_of(known))
    shots = shots_of(window, known) if count != shown.count else None
    inside = None
    if shown.selected < 0:
        inside = stage.preview_inside(fresh) if fresh else stage.result_inside(shots[-1], None, ()) if shots else None
    told, left = words(progress, len(known), known.index(current), is_ready=window.is_ready())
    view = View(
        progress=stage.progress_html(told, left, part_done(known, current, progress)),
        is_busy=True,
        stage=stage.stage_html(inside) if inside else None,
        strip=None if shots is None else stage.strip_html(shots, shown.selected, ",".join(shown.ids)),
        history=past(window, shown) if shown.count < 0 else None,
    )
    number = progress.preview_number if progress else 0
    return replace(shown, count=count, preview=number, is_over=False), view


def finished(window: Window, shown: Shown, known: Sequence[Job]) -> tuple[Shown, View]:
    shots = shots_of(window, known)
    selected = min(max(shown.selected, 0), max(len(shots) - 1, 0))
    over = replace(shown, selected=selected, count=len(shots), is_over=True)
    pictures = len(paths_of(known))
    view = View(
        progress=stage.progress_html(end_words(known), counted(pictures), 1.0 if pictures else 0.0),
        is_busy=False,
        stage=stage_of(window, over, known, shots),
        strip=stage.strip_html(shots, selected, ",".join(shown.ids)),
        history=past(window, over),
        infotext=shots[selected].infotext if shots else "",
    )
    return over, view


def stage_of(window: Window, shown: Shown, known: Sequence[Job], shots: Sequence[Shot]) -> str:
    errors = [job.error for job in known if job.error]
    problems = stage.problem_html(errors[0].message) if errors else ""
    if not shots:
        return stage.stage_html(stage.empty_inside("") + problems, "is-empty")
    shot = shots[shown.selected]
    job = next(job for job in known if shot.path in (*job.paths, *job.maps))
    notes = [*job.notes, *shortened([text for each in known for text in each.left_out])][:MOST_NOTES]
    before = input_of(window, job, shot)
    inside = stage.result_inside(shot, before, notes) + problems
    return stage.stage_html(inside, "can-compare" if before else "")


def shortened(left_out: Sequence[str]) -> list[str]:
    """The files that could not be drawn, and how many more there are."""
    more = len(left_out) - MOST_LEFT_OUT
    return [*left_out[:MOST_LEFT_OUT], *([f"{more} more were left out"] if more > 0 else [])]


def input_of(window: Window, job: Job, shot: Shot) -> Image.Image | None:
    """The picture that was redrawn, as it lay under the result."""
    init = window.jobs.request(job.id).init
    if init is None or shot.path in job.maps:
        return None
    return resized(flattened(init.image, BACKGROUND), shot.size, init.resize_mode)


def refused(shown: Shown, error: StudioError) -> tuple[Shown, View]:
    """Nothing was started."""
    view = View(
        progress=stage.progress_html("Not started"),
        is_busy=False,
        stage=stage.stage_html(stage.empty_inside("") + stage.problem_html(error.message), "is-empty"),
        strip=stage.strip_html((), 0),
    )
    return replace(shown, ids=(), count=-1, is_over=True), view


def paths_of(known: Sequence[Job]) -> list[Path]:
    """Finished pictures whose files are still there."""
    return [path for job in known for path in job.paths if path.exists()]


def shots_of(window: Window, known: Sequence[Job]) -> list[Shot]:
    """The pictures, and after them the control maps that were made of them."""
    maps = [path for job in known for path in job.maps if path.exists()]
    owners = {path: job.id for job in known for path in (*job.paths, *job.maps)}
    paths = (*paths_of(known)[:MOST_SHOTS], *maps[:MOST_SHOTS])
    return [shot_of(path, stage.address(path, window.outputs, owners[path])) for path in paths]


def shot_of(path: Path, address: str) -> Shot:
    infotext = read_infotext(path)
    _, found, rest = infotext.rpartition("Seed: ")
    with Image.open(path) as picture:
        size = Size(*picture.size)
    seed = rest.partition(",")[0] if found else ""
    return Shot(path=path, address=address, seed=seed, infotext=infotext, size=size)


def past(window: Window, shown: Shown) -> str:
    """The versions that were made on this page, newest first."""
    versions: list[tuple[str, Path]] = []
    for press in reversed(shown.history):
        first = window.jobs.get(ids_of(press)[0])
        paths = paths_of([first]) if first else []
        if paths:
            versions.append((press, paths[0]))
    return stage.history_html(versions[:SHOWN_VERSIONS], shown.history, ",".join(shown.ids))


def words(progress: JobProgress | None, jobs: int, index: int, *, is_ready: bool = True) -> tuple[str, str]:
    """What is being done, and how long it takes yet."""
    if progress is None or progress.state is JobState.queued:
        return waiting_words(progress.position if progress else 0), ""
    left = f"{progress.seconds_left:.1f} s left" if progress.seconds_left else ""
    if progress.text:
        return progress.text, left
    several = f"Picture {index + 1} of {jobs} · " if jobs > 1 else ""
    if progress.pictures > 1 and jobs == 1:
        several = f"Picture {progress.picture + 1} of {progress.pictures} · "
    step, steps = step_of(progress)
    if not steps:
        return (f"{several}Starting" if is_ready else "Loading the engine, then drawing"), left
    return f"{several}Step {step} of {steps}", left


def waiting_words(position: int) -> str:
    if not position:
        return "Starting"
    return "Waiting for the job before it" if position == 1 else f"Waiting, {position} jobs before it"


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
