"""How many jobs wait or run, in words, for the line on top."""

from studio.jobs.queue import JobQueue


def waiting(jobs: JobQueue) -> int:
    return len(jobs.jobs_of("page:")) + len(jobs.jobs_of("api:"))


def queue_html(count: int) -> str:
    words = "Queue empty" if not count else "1 job" if count == 1 else f"{count} jobs"
    return f'<span class="queue{" is-busy" if count else ""}" role="status"><i></i>{words}</span>'
