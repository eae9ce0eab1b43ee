"""How far a job is, in the words of /sdapi/v1/progress (features.md 2.22, 4.1). A fact is a line here."""

from typing import Any

from studio.domain.result import JobProgress, JobState
from studio.wire.answers import timestamp

INTERRUPTING = "Interrupting"
LEAST = 0.01
"""What a job that runs shows at least, as A1111: by 0 clients tell that nothing runs."""


def idle_answer() -> dict[str, Any]:
    return {
        "progress": 0.0,
        "eta_relative": 0.0,
        "state": state_of(None, "", 0.0),
        "current_image": None,
        "textinfo": None,
    }


def progress_answer(job_id: str, created: float, progress: JobProgress, preview: str | None) -> dict[str, Any]:
    """`preview` is base64. A job that waits shows no progress, but a job count."""
    is_running = progress.state is JobState.running
    return {
        "progress": min(1.0, max(LEAST, progress.share)) if is_running else progress.share,
        "eta_relative": progress.seconds_left,
        "state": state_of(progress, job_id, created),
        "current_image": preview,
        "textinfo": progress.text or (f"{progress.position} before it" if progress.position else None),
    }


def state_of(progress: JobProgress | None, job_id: str, created: float) -> dict[str, Any]:
    pictures = progress.pictures if progress else 0
    steps = progress.steps // max(1, pictures) if progress else 0
    return {
        "skipped": False,
        "interrupted": bool(progress and progress.text == INTERRUPTING),
        "stopping_generation": bool(progress and progress.text == INTERRUPTING),
        "job": job_id,
        "job_count": pictures,
        "job_timestamp": timestamp(created) if progress else "0",
        "job_no": progress.picture if progress else 0,
        "sampling_step": max(0, progress.step - progress.picture * steps) if progress else 0,
        "sampling_steps": steps,
    }
