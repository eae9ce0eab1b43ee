"""Where errors become messages, for events that have no stage to show them on. They stay until they are dismissed."""

import contextlib
from collections.abc import Generator

import gradio as gr

from studio.domain.errors import StudioError


@contextlib.contextmanager
def shown() -> Generator[None]:
    try:
        yield
    except StudioError as error:
        raise gr.Error(error.message, duration=None, print_exception=False) from error
