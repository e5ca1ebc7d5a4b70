"""What the options of the commands are made of: their groups, how they are described, read and checked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cyclopts import Group, Parameter

if TYPE_CHECKING:
    FileName = str
else:
    FileName = str | Path  # values are texts; tab completion offers files wherever a `Path` is named too

INPUT = Group("Input", sort_key=1)
RUNNING = Group("Running", sort_key=2)
OUTPUT = Group("Output", sort_key=3)


def refuse_option(type_: Any, value: Any) -> None:
    """A lone `-` is standard input; anything else that begins with `-` is an option in the wrong place."""
    if isinstance(value, str) and value.startswith("-") and value != "-":
        raise ValueError(f"A file belongs here, but the option {value} follows.")


def to_seconds(type_: Any, tokens: Any) -> float:
    """The seconds of `90`, `1.5` or `1m30s`. Raises `ValueError` for other texts."""
    from stepflow_runtime.language.durations import DurationError, parse_duration

    given = tokens[0].value
    try:
        return parse_duration(float(given) if given.replace(".", "", 1).isdigit() else given)
    except DurationError as error:
        raise ValueError(f"{error}; {error.hint}") from None


def at_least_one(type_: Any, value: Any) -> None:
    """Raise `ValueError` for zero and less."""
    if value is not None and value < 1:
        raise ValueError("Must be at least 1.")


def about(help: str, metavar: str | None = None, **more: Any) -> Parameter:
    """An option with its help; its default is told there, where it needs telling."""
    return Parameter(help=help, metavar=metavar, show_default=False, **more)


def source(help: str, metavar: str = "FILE") -> Parameter:
    """An option that names a file, or `-` for standard input."""
    return about(help, metavar, validator=refuse_option, allow_leading_hyphen=True)


def duration(help: str) -> Parameter:
    """An option that takes a time, in seconds once read."""
    return about(help, "TIME", converter=to_seconds, allow_leading_hyphen=True)


def text(help: str) -> Parameter:
    """An option that takes any text, also one that looks like an option."""
    return about(help, "TEXT", allow_leading_hyphen=True)


def switch(help: str, *names: str) -> Parameter:
    """An option without a value, under its own name or those given."""
    return about(help, negative=(), name=names or None)
