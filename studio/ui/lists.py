"""The lists that declared fields name ("samplers"), as the page offers them. A new list is a line here."""

from collections.abc import Callable, Mapping, Sequence

from studio.domain.settings import DECLARED
from studio.studio import Studio
from studio.ui.widgets import Options


def lists_of(studio: Studio) -> Options:
    lists: Mapping[str, Callable[[], Sequence[str]]] = {
        "checkpoints": lambda: ["", *checkpoint_titles(studio)],
        "vaes": lambda: ["Automatic", "None", *studio.networks.vaes().names()],
        "samplers": lambda: studio.samplers.names(),
        "schedules": lambda: [schedule.label for schedule in studio.schedules],
        "upscalers": lambda: studio.upscalers().names(),
        "settings": lambda: [each.field.name for each in DECLARED],
    }
    return lambda name: lists[name]() if name in lists else ()


def checkpoint_titles(studio: Studio) -> list[str]:
    return [checkpoint.title for checkpoint in studio.checkpoints()]
