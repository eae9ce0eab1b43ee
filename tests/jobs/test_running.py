"""When a running job asks its work for previews."""

from dataclasses import replace
from pathlib import Path

import pytest

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
