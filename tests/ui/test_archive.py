"""What comes as one file, over real HTTP routes with a real queue."""

import io
import zipfile
from pathlib import Path

from fastapi import FastAPI
from fastapi.testclient import TestClient

from studio.jobs.local import LocalExecutor
from studio.jobs.queue import JobQueue
from studio.store.jobs import SqliteJobs
from studio.ui.archive import add_archive, zipped
from tests.fakes import make_studio, sampling, txt2img


def test_the_pictures_of_jobs_come_as_they_were_saved_and_a_job_that_is_not_there_is_said(tmp_path: Path):
    studio = make_studio(tmp_path)
    jobs = JobQueue(SqliteJobs(tmp_path / "jobs.sqlite"), studio.accept, [LocalExecutor(studio.generate)])
    jobs.start()
    app = FastAPI()
    add_archive(app, jobs)
    ids = [jobs.submit(txt2img(sampling=sampling(seed=seed), batch_count=2), "page:one") for seed in (1, 9)]
    paths = [path for job_id in ids for path in jobs.finished(job_id).result(60).paths]
    client = TestClient(app)
    answer = client.get("/page/pictures.zip", params={"jobs": ",".join(ids)})
    with zipfile.ZipFile(io.BytesIO(answer.content)) as file:
        assert [file.read(name) for name in file.namelist()] == [path.read_bytes() for path in paths]
    assert client.get(f"/page/pictures/{ids[1]}/{paths[2].name}").content == paths[2].read_bytes()
    assert client.get(f"/page/pictures/{ids[0]}/{paths[2].name}").status_code == 404, "it is no picture of that job"
    gone = client.get("/page/pictures.zip", params={"jobs": "nobody"})
    assert (gone.status_code, "outputs folder" in gone.text) == (404, True)


def test_files_of_one_name_do_not_cover_each_other(tmp_path: Path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "one.png").write_text(folder)
    with zipfile.ZipFile(io.BytesIO(zipped([tmp_path / "a/one.png", tmp_path / "b/one.png"]))) as file:
        assert {name: file.read(name) for name in file.namelist()} == {"one.png": b"a", "1-one.png": b"b"}
