"""Properties are searched without a clock: a busy machine is no counterexample."""

from hypothesis import settings

settings.register_profile("no clock", deadline=None)
settings.load_profile("no clock")
