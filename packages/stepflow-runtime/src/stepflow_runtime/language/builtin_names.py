"""The builtin components, and where they are found without a config."""

from __future__ import annotations

BUILTINS = (
    "create_messages",
    "openai",
    "eval",
    "map",
    "iterate",
    "load_file",
    "put_blob",
    "get_blob",
    "noop",
    "sleep",
    "call",
    "switch",
    "loop",
)
"""The names of the builtins that there are."""


def default_builtin_of(path: str) -> str | None:
    """The builtin to which a component path leads by the default routes, `/builtin/<name>` and `/<name>`."""
    name = path.removeprefix("/builtin/") if path.startswith("/builtin/") else path.removeprefix("/")
    return name if path.startswith("/") and name in BUILTINS else None
