"""What holds for the tests of every package."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes depends on the machine; whether it passes must not.
settings.register_profile("stepflow", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("stepflow")


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, Any, Any]:
    """Let reports hold what tests of broken text have logged: between processes only sound text can be sent."""
    return sound((yield))


def sound(value: Any) -> Any:
    """A report, or a part of one, with lone surrogates written as escapes."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {sound(key): sound(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(sound(each) for each in value)
    return value
