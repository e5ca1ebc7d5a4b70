"""What `stepflow doctor` finds: one finding for each thing that it looks at."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Health(StrEnum):
    """How a thing is: in order, in need of a look, or of no use as it is."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


class Finding(Struct, frozen=True, omit_defaults=True):
    """What was found: `about` what, how it is, and what to do where it is not in order."""

    about: str
    health: Health
    text: str
    advice: str | None = None


def ok(about: str, text: str) -> Finding:
    """It is in order."""
    return Finding(about, Health.OK, text)


def warning(about: str, text: str, advice: str | None = None) -> Finding:
    """It works, or may not be needed."""
    return Finding(about, Health.WARNING, text, advice)


def failed(about: str, text: str, advice: str | None = None) -> Finding:
    """It is of no use as it is."""
    return Finding(about, Health.FAILED, text, advice)
