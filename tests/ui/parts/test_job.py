import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from studio.domain.accepted import Accepted
from studio.domain.errors import BadRequest, ModelMissing
from studio.domain.ports import Progress
from studio.domain.result import JobProgress, JobState, Result
from studio.domain.settings import Settings
from studio.jobs.local import LocalExecutor
from studio.jobs.queue import JobQueue
from studio.store.jobs import SqliteJobs
from studio.store.outputs import OutputFolder
from studio.ui.parts import job
from studio.ui.parts.job import Shown, Window
from tests.fakes import accepted, img2img, noisy

NOTHING = Result(images=())
INFOTEXT = "a fox\nSteps: 8, Sampler: Euler, CFG scale: 7, Seed: 7, Size: 64x64"
Work = Callable[[Accepted, Progress, Sequence[Path]], Result]


def window(folder: Path, work: Work) -> Window:
    queue = JobQueue(SqliteJobs(folder / "jobs.sqlite"), accepted, [LocalExecutor(work)])
    return Window(jobs=queue, outputs=folder / "outputs", invitation="Draw something")


def saved(folder: Path) -> Path:
    store = OutputFolder(folder / "outputs", folder / "spool")
    return store.save(noisy(), kind="img2img", seed=7, infotext=INFOTEXT, settings=Settings())


def submitted(place: Window, count: int = 1) -> Shown:
    return job.begun(Shown(), [place.jobs.submit(img2img(), "page:1") for _ in range(count)])


def test_the_page_invites_then_waits_then_shows_the_picture_and_stops_asking(tmp_path: Path):
    path = saved(tmp_path)

    def work(asked: Accepted, progress: Progress, done: Sequence[Path]) -> Result:
        progress.finished(path)
        progress.note("Changed outside the mask: 0 px")
        return NOTHING

    place = window(tmp_path, work)
    shown, view = job.look(place, Shown())
    assert "Draw something" in (view.stage or "")
    assert shown.is_over
    shown, view = job.look(place, submitted(place))
    assert "Starting" in view.progress
    assert f'data-jobs="{shown.ids[0]}"' in (view.history or ""), "a reload in mid-run finds it there"
    assert (view.is_busy, shown.is_over) == (True, False)
    place.jobs.start()
    place.jobs.finished(shown.ids[0]).result(10)
    shown, view = job.look(place, shown)
    assert "Done" in view.progress
    assert "1 picture<" in view.progress
    assert str(path) in (view.stage or "")
    assert "Changed outside the mask: 0 px" in (view.stage or "")
    assert "can-compare" in (view.stage or "")
    assert view.infotext == INFOTEXT
    assert (view.is_busy, shown.is_over, shown.selected) == (False, True, 0)
    assert f'data-job="{shown.ids[0]}"' in (view.history or "")


def test_a_running_job_tells_its_steps_and_shows_a_preview_once(tmp_path: Path):
    go_on, is_drawn = threading.Event(), threading.Event()

    def work(asked: Accepted, progress: Progress, done: Sequence[Path]) -> Result:
        progress.picture(0, 1)
        progress.step(3, 8, noisy())
        is_drawn.set()
        go_on.wait(10)
        return NOTHING

    place = window(tmp_path, work)
    shown = submitted(place)
    place.jobs.start()
    assert is_drawn.wait(10)
    shown, view = job.look(place, shown)
    assert "Step 3 of 8" in view.progress
    assert 'alt="Preview"' in (view.stage or "")
    shown, view = job.look(place, shown)
    assert view.stage is None
    assert view.strip is None
    go_on.set()
    place.jobs.finished(shown.ids[0]).result(10)


def test_an_error_stays_on_the_stage_with_its_remedy(tmp_path: Path):
    def work(asked: Accepted, progress: Progress, done: Sequence[Path]) -> Result:
        raise ModelMissing("The model is gone. Put it back")

    place = window(tmp_path, work)
    shown = submitted(place)
    place.jobs.start()
    place.jobs.finished(shown.ids[0]).result(10)
    shown, view = job.look(place, shown)
    assert "Failed" in view.progress
    assert "<b>The model is gone</b><p>Put it back</p>" in (view.stage or "")


def test_what_is_refused_says_why_and_starts_nothing():
    shown, view = job.refused(
        Shown(ids=("old",), history=("old",)), BadRequest("Steps: too many. At most 150", field="")
    )
    assert "Not started" in view.progress
    assert 'role="alert"' in (view.stage or "")
    assert (shown.ids, shown.history, shown.is_over) == ((), ("old",), True)


def test_several_jobs_are_one_result(tmp_path: Path):
    def work(asked: Accepted, progress: Progress, done: Sequence[Path]) -> Result:
        progress.finished(saved(tmp_path))
        return NOTHING

    place = window(tmp_path, work)
    shown = submitted(place, count=3)
    place.jobs.start()
    for job_id in shown.ids:
        place.jobs.finished(job_id).result(10)
    shown, view = job.look(place, shown)
    assert (view.strip or "").count('class="thumb') == 3
    assert "3 pictures" in view.progress


def test_a_picture_whose_file_is_gone_is_left_out(tmp_path: Path):
    path = saved(tmp_path)

    def work(asked: Accepted, progress: Progress, done: Sequence[Path]) -> Result:
        progress.finished(path)
        return NOTHING

    place = window(tmp_path, work)
    shown = submitted(place)
    place.jobs.start()
    place.jobs.finished(shown.ids[0]).result(10)
    path.unlink()
    _, view = job.look(place, shown)
    assert "The result appears here" in (view.stage or "")


def test_what_was_left_out_is_said_with_every_picture_of_the_press_also_after_a_reload(tmp_path: Path):
    paths = [saved(tmp_path), saved(tmp_path)]

    def work(asked: Accepted, progress: Progress, done: Sequence[Path]) -> Result:
        progress.finished(paths.pop(0))
        return NOTHING

    place = window(tmp_path, work)
    shown = submitted(place, 2)
    for name in "abcde":
        place.jobs.leave_out(shown.ids[0], f"{name}.png was left out")
    place.jobs.start()
    for job_id in shown.ids:
        place.jobs.finished(job_id).result(10)
    for selected in (0, 1):
        _, view = job.look(place, Shown(ids=shown.ids, selected=selected))
        assert "c.png was left out</li>" in (view.stage or "")
        assert "d.png" not in (view.stage or "")
        assert "2 more were left out</li>" in (view.stage or "")


def progress(**changes: object) -> JobProgress:
    parts: dict[str, object] = {
        "state": JobState.running, "share": 0.5, "step": 0, "steps": 0, "picture": 0, "pictures": 1,
        "seconds_left": 0.0, "position": 0, "preview": None, "preview_number": 0, "text": "",
    }  # fmt: skip
    return JobProgress(**parts | changes)  # pyright: ignore[reportArgumentType]


def test_progress_in_words():
    assert job.words(progress(state=JobState.queued, position=2), 1, 0)[0] == "Waiting, 2 jobs before it"
    assert job.words(progress(), 1, 0, is_ready=False)[0] == "Loading the engine, then drawing"
    assert job.words(progress(text="Interrupting"), 1, 0)[0] == "Interrupting"
    assert job.words(progress(step=5, steps=16, seconds_left=1.25), 1, 0) == ("Step 5 of 16", "1.2 s left")
    several = progress(step=25, steps=80, picture=1, pictures=4)
    assert job.words(several, 1, 0)[0] == "Picture 2 of 4 · Step 5 of 20"
    assert job.words(progress(step=5, steps=16), 3, 1)[0] == "Picture 2 of 3 · Step 5 of 16"
