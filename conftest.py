"""What holds for the tests of every package."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# How long an example takes depends on the machine; whether it passes must not.
settings.register_profile("stepflow", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("stepflow")
