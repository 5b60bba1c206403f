"""No test is timed: how long an example takes says more about the machine than about the program."""

from hypothesis import settings

settings.register_profile("unhurried", parent=settings(), deadline=None)
settings.load_profile("unhurried")
