"""What may be a component's path."""

from __future__ import annotations

from typing import Any

from stepflow_core import InvalidInputError


def path_problem(path: Any) -> str | None:
    """What is wrong with a component's path; `None` for a usable one."""
    if not isinstance(path, str):
        return f"the path is {type(path).__name__}, not text"
    if not path.strip():
        return "the path is empty"
    if not path.startswith("/"):
        return f"the path {path!r} does not begin with '/': write {'/' + path!r}"
    return "the path '/' names nothing" if not path.strip("/") else None


def check_path(path: Any, owner: str) -> str:
    """A usable path. Raises `InvalidInputError` that names the `owner` of another."""
    problem = path_problem(path)
    if problem:
        raise InvalidInputError(f"{owner} cannot be a component: {problem}")
    return str(path)
