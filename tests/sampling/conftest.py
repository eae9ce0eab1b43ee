"""The samplers and schedules as they are installed."""

import pytest

from studio import sampling
from studio.domain.registry import Registry, collect
from studio.domain.things import Sampler, Schedule


@pytest.fixture(scope="session")
def samplers() -> Registry[Sampler]:
    return Registry("sampler", collect(sampling, Sampler))


@pytest.fixture(scope="session")
def schedules() -> Registry[Schedule]:
    return Registry("schedule", collect(sampling, Schedule))
