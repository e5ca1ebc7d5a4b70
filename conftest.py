"""What holds for the tests of every package."""

from __future__ import annotations

from hypothesis import settings

# How long an example takes depends on the machine; whether it passes must not.
settings.register_profile("stepflow", settings(), deadline=None)
settings.load_profile("stepflow")
