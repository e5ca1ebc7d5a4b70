"""Values from the environment in the texts of a config: `${NAME}`, `${NAME:-default}`; `$${` is a plain `${`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeAlias

from .language.problems import Location
from .language.wording import quoted

Report: TypeAlias = Callable[[str, Location, str | None], None]
"""Takes what is wrong, where, and how to mend it."""

MOST_NESTED = 20
"""How many defaults may stand inside one another."""

LONGEST = 1_000_000
"""How many characters a text may have when its variables are filled in."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MARK = re.compile(r"\$\$\{|\$\{|\}")


class ExpansionError(ValueError):
    """A text cannot be filled in; the message says why."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        self.message = message
        self.hint = hint
        super().__init__(message)


def expand(value: Any, environ: Mapping[str, str], report: Report) -> Any:
    """A copy of a JSON value whose texts are filled in; keys are left alone. What cannot be filled in is reported."""
    return _expand(value, environ, report, ())


def _expand(value: Any, environ: Mapping[str, str], report: Report, location: Location) -> Any:
    if isinstance(value, dict):
        return {key: _expand(each, environ, report, (*location, key)) for key, each in value.items()}
    if isinstance(value, list):
        return [_expand(each, environ, report, (*location, index)) for index, each in enumerate(value)]
    if isinstance(value, str) and "${" in value:
        try:
            return expand_text(value, environ)
        except ExpansionError as error:
            report(error.message, location, error.hint)
    return value


def expand_text(text: str, environ: Mapping[str, str]) -> str:
    """A text with its variables filled in. Raises `ExpansionError`.

    A default is used where the variable is unset or empty, as in a shell, and may hold variables itself.
    """
    result, end = _Expander(text, environ).read(0, 0)
    assert end == len(text)
    return result


class _Expander:
    def __init__(self, text: str, environ: Mapping[str, str]) -> None:
        self._text = text
        self._environ = environ
        self._length = 0

    def read(self, start: int, level: int) -> tuple[str, int]:
        """The filled-in text from `start` to the end, or inside a default to its brace; and where that is."""
        parts: list[str] = []
        while True:
            mark = _MARK.search(self._text, start)
            if mark is None:
                self._check_closed(level)
                parts.append(self._text[start:])
                return "".join(parts), len(self._text)
            parts.append(self._text[start : mark.start()])
            if mark[0] == "}" and level:
                return "".join(parts), mark.start()
            filled, start = self._fill(mark, level)
            parts.append(filled)

    def _fill(self, mark: re.Match[str], level: int) -> tuple[str, int]:
        if mark[0] != "${":
            return ("${" if mark[0] == "$${" else "}"), mark.end()
        filled, end = self._variable(mark.end(), level + 1)
        self._length += len(filled)
        if self._length > LONGEST:
            raise ExpansionError(f"the text is longer than {LONGEST} characters when its variables are filled in")
        return filled, end

    def _variable(self, start: int, level: int) -> tuple[str, int]:
        if level > MOST_NESTED:
            raise ExpansionError(f"more than {MOST_NESTED} variables stand inside one another")
        name = _NAME.match(self._text, start)
        after = name.end() if name else start
        if name and self._text.startswith(":-", after):
            default, end = self.read(after + 2, level)
            return self._environ.get(name[0]) or default, end + 1
        if name is None or not self._text.startswith("}", after):
            self._refuse(start)
        if name[0] not in self._environ:
            hint = f"set it, or write ${{{name[0]}:-default}}"
            raise ExpansionError(f"the environment variable {name[0]} is not set", hint)
        return self._environ[name[0]], after + 1

    def _refuse(self, start: int) -> NoReturn:
        shown = quoted(self._text[start - 2 :])
        raise ExpansionError(
            f"{shown} does not name an environment variable", "write ${NAME} or ${NAME:-default}; $${ is a plain ${"
        )

    def _check_closed(self, level: int) -> None:
        if level:
            raise ExpansionError(f"a brace is not closed in {quoted(self._text)}", "close it; $${ is a plain ${")
