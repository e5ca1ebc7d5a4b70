"""What validation has to say about a flow or a config, with the place it says it of."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from msgspec import Struct


class DiagnosticLevel(StrEnum):
    """How much a diagnostic matters: fatal refuses the flow, error and warning let it run."""

    FATAL = "fatal"
    ERROR = "error"
    WARNING = "warning"


class Diagnostic(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One problem: what (`code`, `kind`, `text`), where, and how to mend it (`hint`).

    `path` is the readable place (`$.steps[0].input.x`), `pointer` the same as a JSON pointer;
    `line` and `column` count from 1 and are there where the document was read from text.
    """

    code: int
    kind: str
    level: DiagnosticLevel
    text: str
    path: str = "$"
    pointer: str = ""
    file: str | None = None
    line: int | None = None
    column: int | None = None
    hint: str | None = None


class ValidationResult(Struct, frozen=True):
    """All that validation found; `valid` says whether the flow passes at the asked strictness."""

    valid: bool
    diagnostics: list[Diagnostic] = []

    @property
    def errors(self) -> list[Diagnostic]:
        """Those of level error, the fatal ones too."""
        return [each for each in self.diagnostics if each.level is not DiagnosticLevel.WARNING]

    @property
    def warnings(self) -> list[Diagnostic]:
        """Those of level warning."""
        return [each for each in self.diagnostics if each.level is DiagnosticLevel.WARNING]


def to_pointer(location: tuple[str | int, ...]) -> str:
    """The JSON pointer (RFC 6901) of a place, given as keys and indexes from the root."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in location)


def to_path(location: tuple[str | int, ...]) -> str:
    """The readable path of a place: `$.steps[0].input["a b"]`."""
    return "$" + "".join(_segment(part) for part in location)


def _segment(part: str | int) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    plain = part.replace("-", "_").isidentifier() or (part[:1] == "$" and part[1:].isidentifier())
    return f".{part}" if plain else f"[{_quoted(part)}]"


def _quoted(text: str) -> Any:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
