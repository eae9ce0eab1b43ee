"""What a tab is, and what it works with. To add one, make a file with a `Tab` in this folder or in an extension."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr

from studio.catalog.downloads import Downloads
from studio.domain.request import GenerationRequest
from studio.jobs.queue import JobQueue
from studio.store.documents import Documents
from studio.studio import Studio
from studio.ui.values import Components, Names, Values


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a picture and its parameters can be sent: a tab, and mostly a canvas on it.

    `name` is the button's. `page` and `mode` are the tabs to open. `components` take the parameters, and `show` gives
    their values; `base` makes a request of the values there, for a text to be put on. `canvas` is a PaintCanvas or
    None. `typed` tells whether the size there is the user's own. `unit`: of ControlNet, on whose canvas a picture
    says nothing about the size; `needs` are the values that let a picture there count.
    """

    name: str
    page: str
    mode: str
    canvas: Any
    components: Components
    typed: gr.State
    base: Callable[[Values], GenerationRequest]
    show: Callable[[GenerationRequest], Values]
    unit: int | None = None
    needs: Values = field(default_factory=dict[str, Any])

    @property
    def opening(self) -> str:
        """The script that brings it before the user's eyes."""
        if self.unit is not None:
            return f"window.StudioPage.openUnit('{self.page}', {self.unit})"
        return f"window.StudioPage.open('{self.page}', '{self.mode}')"


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """All that a tab has to work with. `pages` are the tabs themselves. `has_folders`: people may name folders of this
    machine. `downloads` brings models; None where the page may not.

    `tops` are the settings on top of the page, by A1111's keys; `queue` is the text that says how many jobs there are.
    `places` grows while the tabs are drawn; what needs all of them waits in `later`.
    """

    studio: Studio
    jobs: JobQueue
    documents: Documents
    blocks: gr.Blocks
    pages: gr.Tabs
    outputs: Path
    has_folders: bool = True
    downloads: Downloads | None = None
    places: list[Place] = field(default_factory=list[Place])
    later: list[Callable[[], None]] = field(default_factory=list[Callable[[], None]])
    tops: dict[str, Any] = field(default_factory=dict[str, Any])
    queue: Any

    @property
    def names(self) -> Names:
        studio = self.studio
        return Names(
            samplers=studio.samplers,
            schedules=studio.schedules,
            scripts=studio.scripts,
            preprocessors=studio.preprocessors,
            control_units=studio.settings.get().control_units,
            documents=self.documents,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Tab:
    """`order`: from the left; `key` is the tab's id in the page."""

    name: str
    key: str
    order: int
    build: Callable[[Desk], None]
