"""How many pictures. A parameter is a component in `build`, a line in `read` and one in `show`."""

from typing import NamedTuple

from studio.ui.values import Controls, Values, whole
from studio.ui.widgets import slider


class Batch(NamedTuple):
    pictures: int
    at_once: int


def build() -> Controls:
    return Controls(
        values={
            "batch_count": slider("Batch count", 1, 100, 1, 1),
            "batch_size": slider("Batch size", 1, 8, 1, 1),
        }
    )


def read(values: Values) -> Batch:
    return Batch(whole(values, "batch_count"), whole(values, "batch_size"))


def show(batch: Batch) -> Values:
    return {"batch_count": batch.pictures, "batch_size": batch.at_once}
