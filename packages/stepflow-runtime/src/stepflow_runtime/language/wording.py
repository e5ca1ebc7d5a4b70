"""How values are spoken of in messages: short, whatever their size."""

from __future__ import annotations

from typing import Any

LONGEST_TEXT = 60
LARGEST_INTEGER = 10**40


def named(value: Any) -> str:
    """A value of the document in words: `the text "yes"`, `the number 1.0`, `a list`, `null`."""
    if isinstance(value, str):
        return f"the text {quoted(value)}"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None or isinstance(value, bool):
        return written(value)
    return f"the number {written(value)}"


def quoted(text: str) -> str:
    """A text in double quotes, cut where it is long."""
    shown = text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"
    escaped = shown.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def written(value: Any) -> str:
    """A value as it is written in YAML, where it is a scalar; `…` for anything long or nested."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, int):
        return str(value) if -LARGEST_INTEGER < value < LARGEST_INTEGER else "…"
    return repr(value) if isinstance(value, float) else "…"


def listed(words: tuple[str, ...], last: str = "or") -> str:
    """Words as an enumeration: `a, b or c`."""
    ticked = [f"`{each}`" for each in words]
    return f" {last} ".join([", ".join(ticked[:-1]), ticked[-1]]) if len(ticked) > 1 else "".join(ticked)
