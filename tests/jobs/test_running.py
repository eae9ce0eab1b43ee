"""When a running job asks its work for previews, and how it is brought to its end."""

from dataclasses import replace
from pathlib import Path

import pytest

from studio.domain.errors import Cancelled
from studio.domain.result import JobState
from studio.domain.settings import Settings
from studio.jobs.running import RunningJob
from studio.store.jobs import SqliteJobs

STEPS = range(1, 9)


@pytest.fixture
def job(tmp_path: Path) -> RunningJob:
    return RunningJob("a", SqliteJobs(tmp_path / "jobs.sqlite"))


def asked(job: RunningJob) -> list[int]:
    """The steps after which it wants one."""
    return [done for done in STEPS if job.wants_preview(done)]


def test_previews_come_as_often_as_the_setting_says_and_not_at_all_without_it(job: RunningJob):
    job.progress()
    assert asked(job) == [2, 4, 6, 8]
    job.settings = replace(Settings(), preview_every=3)
    assert asked(job) == [3, 6]
    job.settings = replace(Settings(), live_previews=False)
    assert asked(job) == []


def test_an_interrupt_before_the_first_picture_lets_none_begin(job: RunningJob):
    job.is_cancelled = True
    with pytest.raises(Cancelled):
        job.picture(0, 2)


def test_an_interrupt_leaves_the_picture_at_hand_early_and_no_other_begins(job: RunningJob):
    job.step(1, 8)
    assert not job.is_skipped()
    assert job.end is JobState.done
    job.is_cancelled = True
    job.step(2, 8)
    assert job.is_skipped()
    assert job.end is JobState.cancelled
    with pytest.raises(Cancelled):
        job.picture(1, 2)
    with pytest.raises(Cancelled):
        job.step(3, 8)


def test_a_stop_lets_the_picture_at_hand_end(job: RunningJob):
    job.picture(0, 2)
    job.is_stopping = True
    job.step(7, 8)
    assert not job.is_skipped()
    assert job.progress().text == "Interrupting"
    with pytest.raises(Cancelled):
        job.picture(1, 2)
