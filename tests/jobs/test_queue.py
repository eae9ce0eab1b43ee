import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from PIL import Image

from studio.domain.accepted import Accepted
from studio.domain.errors import BadRequest, DiskRefused, OutOfMemory, StudioError
from studio.domain.ports import Progress
from studio.domain.request import GenerationRequest
from studio.domain.result import JobState, Result
from studio.jobs.local import LocalExecutor
from studio.jobs.queue import JobQueue
from studio.store.jobs import SqliteJobs
from tests.fakes import accepted, img2img

Work = Callable[[Accepted, Progress, Sequence[Path]], Result]
NOTHING = Result(images=())


def accept(request: GenerationRequest) -> Accepted:
    if request.prompt == "refused":
        raise BadRequest("No", field="prompt")
    return accepted(request)


def make_queue(folder: Path, work: Work, is_started: bool = True) -> JobQueue:
    queue = JobQueue(SqliteJobs(folder / "jobs.sqlite"), accept, [LocalExecutor(work)])
    if is_started:
        queue.start()
    return queue


def test_a_job_runs_and_tells_what_it_made(tmp_path: Path):
    def work(asked: Accepted, progress: Progress, done: Sequence[Path]) -> Result:
        progress.finished(Path("one.png"))
        progress.shown(Path("map.png"))
        progress.note("one thing")
        return NOTHING

    queue = make_queue(tmp_path, work)
    job = queue.finished(queue.submit(img2img(), "page:1")).result(10)
    assert (job.state, job.paths, job.maps) == (JobState.done, (Path("one.png"),), (Path("map.png"),))
    assert job.notes == ("one thing",)


def test_a_job_carries_notes_settings_of_its_own_and_what_was_left_out(tmp_path: Path):
    seen: list[Accepted] = []

    def work(asked: Accepted, progress: Progress, done: Sequence[Path]) -> Result:
        seen.append(asked)
        return NOTHING

    queue = make_queue(tmp_path, work, is_started=False)
    job_id = queue.submit(img2img(), "page:1", notes=["mind this"], settings={"name_pattern": "cat"})
    queue.leave_out(job_id, "dog.png was left out")
    again = make_queue(tmp_path, work)
    job = again.finished(job_id).result(10)
    assert (seen[0].notes, seen[0].settings.name_pattern) == (("mind this",), "cat")
    assert seen[0].request == img2img(), "what was asked for stays as it was"
    assert job.left_out == ("dog.png was left out",)


def test_what_cannot_run_is_refused_before_it_waits(tmp_path: Path):
    queue = make_queue(tmp_path, lambda *_: NOTHING)
    with pytest.raises(BadRequest):
        queue.submit(img2img(prompt="refused"), "page:1")
    assert queue.jobs_of("page:1") == []


@pytest.mark.parametrize(
    ("accident", "kind", "said"),
    [
        (StudioError("Plainly"), StudioError, "Plainly"),
        (MemoryError(), OutOfMemory, "memory"),
        (OSError(28, "No space left on device"), DiskRefused, "No space left"),
        (ValueError("odd"), StudioError, "odd"),
    ],
)
def test_an_accident_is_told_and_the_next_job_runs(tmp_path: Path, accident: Exception, kind: type, said: str):
    def work(asked: Accepted, progress: Progress, done: Sequence[Path]) -> Result:
        if asked.request.prompt == "bad":
            raise accident
        return NOTHING

    queue = make_queue(tmp_path, work)
    bad, good = (queue.submit(img2img(prompt=text), "page:1") for text in ("bad", "good"))
    job = queue.finished(bad).result(10)
    assert job.state is JobState.failed
    assert type(job.error) is kind
    assert said in str(job.error)
    assert queue.finished(good).result(10).state is JobState.done


def test_the_worker_outlives_a_disk_that_refuses_and_what_waited_runs_then(tmp_path: Path):
    began, goes_on = threading.Event(), threading.Event()

    def work(asked: Accepted, progress: Progress, done: Sequence[Path]) -> Result:
        began.set()
        goes_on.wait(10)
        return NOTHING

    queue, database = make_queue(tmp_path, work), tmp_path / "jobs.sqlite"
    running, waiting = (queue.finished(queue.submit(img2img(), "page:1")) for _ in range(2))
    began.wait(10)
    whole = database.rename(tmp_path / "away")
    database.mkdir()  # nothing can be written into it
    goes_on.set()
    with pytest.raises(DiskRefused, match="Make room"):
        queue.submit(img2img(), "page:1")
    time.sleep(1.5)
    database.rmdir()
    whole.rename(database)
    assert [each.result(10).state for each in (running, waiting)] == [JobState.done, JobState.done]


def test_a_running_job_is_cancelled_before_its_next_picture_and_keeps_what_it_has(tmp_path: Path):
    began, goes_on = threading.Event(), threading.Event()

    def work(asked: Accepted, progress: Progress, done: Sequence[Path]) -> Result:
        progress.finished(Path("one.png"))
        began.set()
        goes_on.wait(10)
        progress.picture(1, 2)
        raise AssertionError("it went on")

    queue = make_queue(tmp_path, work)
    job_id = queue.submit(img2img(), "page:1")
    began.wait(10)
    queue.cancel(job_id)
    goes_on.set()
    job = queue.finished(job_id).result(10)
    assert (job.state, job.paths, job.error) == (JobState.cancelled, (Path("one.png"),), None)


def test_a_waiting_job_is_cancelled_at_once(tmp_path: Path):
    queue = make_queue(tmp_path, lambda *_: NOTHING, is_started=False)
    job_id = queue.submit(img2img(), "page:1")
    queue.cancel(job_id)
    assert queue.finished(job_id).result(10).state is JobState.cancelled


def test_what_waits_outlives_the_process_and_goes_on_after_its_finished_pictures(tmp_path: Path):
    store = SqliteJobs(tmp_path / "jobs.sqlite")
    job_id = make_queue(tmp_path, lambda *_: NOTHING, is_started=False).submit(img2img(), "page:1")
    assert store.take() == job_id  # a process takes it, finishes one picture, and is killed
    store.add_picture(job_id, Path("one.png"))
    seen = list[Path]()

    def work(asked: Accepted, progress: Progress, done: Sequence[Path]) -> Result:
        seen.extend(done)
        progress.finished(Path("two.png"))
        return NOTHING

    job = make_queue(tmp_path, work).finished(job_id).result(10)
    assert (seen, job.paths) == ([Path("one.png")], (Path("one.png"), Path("two.png")))


def test_progress_tells_share_preview_and_place_in_the_queue(tmp_path: Path):
    began, goes_on = threading.Event(), threading.Event()

    def work(asked: Accepted, progress: Progress, done: Sequence[Path]) -> Result:
        progress.picture(0, 2)
        progress.step(1, 4, Image.new("RGB", (8, 8), "red"))
        began.set()
        goes_on.wait(10)
        return NOTHING

    queue = make_queue(tmp_path, work)
    first, second = (queue.submit(img2img(), "page:1") for _ in range(2))
    began.wait(10)
    running, waiting = queue.progress(first), queue.progress(second)
    assert running
    assert waiting
    assert (running.share, running.step, running.steps, running.pictures) == (0.25, 1, 4, 2)
    assert running.preview
    assert running.preview.getpixel((0, 0)) == (255, 0, 0)
    assert (waiting.state, waiting.position) == (JobState.queued, 1)
    assert queue.running("page:") == first
    assert queue.running("api:") is None
    goes_on.set()
    queue.finished(second).result(10)
    over = queue.progress(first)
    assert over
    assert (over.state, over.share) == (JobState.done, 1.0)
    assert queue.progress("nobody's") is None


def test_skipping_is_told_to_the_work_once(tmp_path: Path):
    began, goes_on, told = threading.Event(), threading.Event(), list[bool]()

    def work(asked: Accepted, progress: Progress, done: Sequence[Path]) -> Result:
        began.set()
        goes_on.wait(10)
        told.extend([progress.is_skipped(), progress.is_skipped()])
        return NOTHING

    queue = make_queue(tmp_path, work)
    job_id = queue.submit(img2img(), "page:1")
    began.wait(10)
    queue.skip(job_id)
    goes_on.set()
    queue.finished(job_id).result(10)
    assert told == [True, False]


def test_errands_run_on_the_worker_and_hand_back_their_value_or_error(tmp_path: Path):
    queue = make_queue(tmp_path, lambda *_: NOTHING)
    assert queue.do(lambda progress: threading.current_thread().name).result(10) == "worker"
    with pytest.raises(BadRequest):
        queue.do(lambda progress: accept(img2img(prompt="refused"))).result(10)
