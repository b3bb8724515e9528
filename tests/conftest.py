"""For all tests."""

from hypothesis import settings

# A slow machine is no fault.
settings.register_profile("antiphon", deadline=None)
settings.load_profile("antiphon")
