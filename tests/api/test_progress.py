"""Progress, interrupt and skip speak of the API's own jobs."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests import fakes
from tests.api.conftest import Serve, Served


def in_background(work: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(work()))
    thread.start()
    return thread, results


def until(check: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if found := check():
            return found
        time.sleep(0.02)
    raise AssertionError("It never came")


def running(served: Served) -> dict[str, Any] | None:
    answer = served.client().get_progress()
    return answer if answer["state"]["sampling_step"] > 0 else None


def test_nothing_runs_at_first(served: Served):
    answer = served.client().get_progress()
    assert (answer["progress"], answer["eta_relative"], answer["state"]["job_count"]) == (0, 0, 0)
    assert answer["current_image"] is None


@pytest.mark.parametrize(("setting", "saved"), [(False, 1), (True, 2)])
def test_a_job_tells_how_far_it_is_and_ends_at_an_interrupt_with_what_it_has(serve: Serve, setting: bool, saved: int):
    """The picture that was not finished is in the answer; only the setting keeps it among the saved ones."""
    served = serve(seconds_per_step=0.05)
    client = served.client()
    client.set_options({"save_incomplete_images": setting})
    thread, results = in_background(lambda: client.txt2img(width=64, height=64, steps=20, n_iter=3, save_images=True))
    seen = until(lambda: running(served))
    assert 0 < seen["progress"] < 1
    assert seen["state"]["job_count"] == 3
    assert seen["state"]["sampling_steps"] == 20
    assert seen["state"]["job"]
    until(lambda: client.get_progress()["current_image"])
    assert requests.get(f"{served.url}/queue/status", timeout=10).json()["queue_size"] == 1
    until(lambda: client.get_progress()["state"]["job_no"] == 1)
    assert client.interrupt() == {}
    thread.join(timeout=20)
    assert len(results[0].images) == len(results[0].info["infotexts"]) == 2
    assert len(list(served.studio.images.folder.rglob("*.png"))) == saved
    assert client.get_progress()["progress"] == 0


def test_skip_leaves_one_picture_and_goes_on(serve: Serve):
    served = serve(seconds_per_step=0.05)
    client = served.client()
    thread, results = in_background(lambda: client.txt2img(width=64, height=64, steps=60, n_iter=2))
    until(lambda: running(served))
    began = time.monotonic()
    client.skip()
    until(lambda: client.get_progress()["state"]["job_no"] == 1)
    assert time.monotonic() - began < 2
    client.interrupt()
    thread.join(timeout=20)
    assert len(results) == 1


def test_jobs_of_the_page_are_not_spoken_of(serve: Serve):
    served = serve(seconds_per_step=0.05)
    job_id = served.jobs.submit(fakes.txt2img(), "page:somebody")
    until(lambda: (found := served.jobs.progress(job_id)) and found.step > 1)
    assert served.client().get_progress()["state"]["job_count"] == 0
    served.client().interrupt()
    assert len(served.jobs.finished(job_id).result(timeout=20).paths) == 1


def test_two_logins_do_not_see_each_other(serve: Serve):
    served = serve("--api-auth", "ann:secret,bob:hidden", seconds_per_step=0.05)
    ann, bob = served.client("ann", "secret"), served.client("bob", "hidden")
    thread, _ = in_background(lambda: ann.txt2img(width=64, height=64, steps=20))
    until(lambda: ann.get_progress()["progress"] > 0)
    assert bob.get_progress()["state"]["job_count"] == 0
    bob.interrupt()
    assert ann.get_progress()["progress"] > 0
    ann.interrupt()
    thread.join(timeout=20)


def test_without_a_login_nothing_is_answered(serve: Serve):
    served = serve("--api-auth", "ann:secret")
    for method, route in (("GET", "options"), ("POST", "txt2img"), ("GET", "cmd-flags"), ("POST", "interrupt")):
        call = f"{served.url}/sdapi/v1/{route}"
        assert requests.request(method, call, timeout=10).status_code == 401
        assert requests.request(method, call, auth=("ann", "wrong"), timeout=10).status_code == 401
    assert requests.get(f"{served.url}/controlnet/version", timeout=10).status_code == 401
    assert requests.get(f"{served.url}/sdapi/v1/options", auth=("ann", "secret"), timeout=10).status_code == 200


def test_a_job_is_followed_by_the_name_that_its_client_gave_it(serve: Serve):
    served = serve(seconds_per_step=0.05)

    def told(name: str = "mine") -> dict[str, Any]:
        return requests.post(f"{served.url}/internal/progress", json={"id_task": name}, timeout=10).json()

    body = {"width": 64, "height": 64, "steps": 30, "force_task_id": "mine"}
    thread, _ = in_background(lambda: requests.post(f"{served.url}/sdapi/v1/txt2img", json=body, timeout=30))
    until(lambda: told()["active"])
    seen = until(lambda: (found := told())["live_preview"] and found)
    assert 0 < seen["progress"] <= 1
    assert seen["id_live_preview"] >= 1
    assert not told("another")["active"]
    thread.join(timeout=20)
    assert told()["completed"]
