"""Pages for people: parts under one another, values cut to what is read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from .terminal import Terminal

MOST_TEXT = 500
"""How many characters of a value are shown to people; `--json` has all."""


def shown(value: Any) -> str:
    """A value as JSON, cut where it is longer than people read."""
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= MOST_TEXT else f"{text[: MOST_TEXT - 1]}…"


def say_parts(page: Terminal, parts: Iterable[Iterable[str]]) -> None:
    """Write the lines of the parts, on a terminal with an empty line between those that have some."""
    first = True
    for part in parts:
        for index, line in enumerate(part):
            if index == 0 and not first and page.live:
                page.say()
            page.say(line)
            first = False
