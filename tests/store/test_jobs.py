import sqlite3
from pathlib import Path

import pytest

from studio.domain.errors import StudioError, UnknownName
from studio.domain.result import JobState
from studio.store.jobs import MOST_RUNS, SqliteJobs
from tests.fakes import accepted, half_mask, img2img


@pytest.fixture
def jobs(tmp_path: Path) -> SqliteJobs:
    return SqliteJobs(tmp_path / "state" / "jobs.sqlite")


def test_a_job_is_what_was_asked_also_for_another_process(jobs: SqliteJobs, tmp_path: Path):
    asked = accepted(img2img(mask=half_mask()))
    job_id = jobs.add(asked, "page:1")
    again = SqliteJobs(tmp_path / "state" / "jobs.sqlite")
    assert again.accepted(job_id) == asked
    job = again.get(job_id)
    assert job
    assert (job.owner, job.state, job.paths) == ("page:1", JobState.queued, ())


def test_jobs_are_taken_in_order_unless_one_is_moved_to_the_front(jobs: SqliteJobs):
    first, second, third = (jobs.add(accepted(), "api:") for _ in range(3))
    jobs.move_to_front(third)
    assert jobs.waiting() == [third, first, second]
    assert [jobs.take() for _ in range(4)] == [third, first, second, None]


def test_owners_see_their_own_jobs(jobs: SqliteJobs):
    mine, other, anns = jobs.add(accepted(), "page:1"), jobs.add(accepted(), "page:2"), jobs.add(accepted(), "api:ann")
    assert jobs.of_owner("page:1") == [mine]
    assert jobs.of_owner("page:") == [mine, other]
    assert jobs.of_owner("api:") == [anns]
    jobs.set_state(mine, JobState.done)
    assert jobs.of_owner("page:1") == []


def test_what_ran_when_the_process_ended_waits_again_with_its_pictures(jobs: SqliteJobs):
    job_id = jobs.add(accepted(), "page:1")
    jobs.take()
    jobs.add_picture(job_id, Path("one.png"))
    jobs.requeue_interrupted()
    job = jobs.get(job_id)
    assert job
    assert (job.state, job.paths) == (JobState.queued, (Path("one.png"),))


def test_a_job_that_ends_the_process_again_and_again_is_given_up(jobs: SqliteJobs):
    job_id = jobs.add(accepted(), "page:1")
    for _ in range(MOST_RUNS):
        assert jobs.take() == job_id
        jobs.requeue_interrupted()
    job = jobs.get(job_id)
    assert job
    assert job.state is JobState.failed
    assert job.error


def test_an_error_comes_back_as_it_was(jobs: SqliteJobs):
    job_id = jobs.add(accepted(), "page:1")
    jobs.set_state(job_id, JobState.failed, UnknownName("There is no sampler 'Oiler'", name="Oiler"))
    job = jobs.get(job_id)
    assert job
    assert isinstance(job.error, UnknownName)
    assert job.error.facts == {"name": "Oiler"}


def test_a_job_of_another_version_is_refused_with_a_message(jobs: SqliteJobs, tmp_path: Path):
    job_id = jobs.add(accepted(), "page:1")
    with sqlite3.connect(tmp_path / "state" / "jobs.sqlite") as db:
        db.execute("UPDATE jobs SET accepted = '{}'")
    db.close()
    with pytest.raises(StudioError, match="another version"):
        jobs.accepted(job_id)
