"""For all tests."""

from hypothesis import HealthCheck, settings

# A slow machine is no fault; and what is drawn is the same in every run, so that one that fails
# fails again.
settings.register_profile(
    "antiphon", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("antiphon")
