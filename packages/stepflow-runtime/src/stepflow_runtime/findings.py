"""What is wrong with a config or with overrides, gathered so that all of it is told together."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from stepflow_core.diagnostics import Diagnostic, DiagnosticLevel, to_path, to_pointer

from .language.catalogue import Code
from .language.problems import Location
from .language.suggestions import nearest
from .language.wording import listed, quoted

MOST = 200
"""How many findings are kept."""


class Findings:
    """A list of diagnostics. Faults have the number `code` and the name `kind`, and are fatal.

    `locate` adds to a diagnostic where in a file it is.
    """

    def __init__(self, code: int, kind: str, locate: Callable[[Diagnostic], Diagnostic] | None = None) -> None:
        self._code = code
        self._kind = kind
        self._locate = locate
        self.diagnostics: list[Diagnostic] = []

    @property
    def fatal(self) -> bool:
        """Whether any of them refuses what was read."""
        return any(each.level is DiagnosticLevel.FATAL for each in self.diagnostics)

    def refuse(self, text: str, location: Location, hint: str | None = None) -> None:
        """Note a fault at a place (keys and indexes from the root)."""
        self._add(self._code, self._kind, DiagnosticLevel.FATAL, text, location, hint)

    def warn(self, code: Code, text: str, location: Location, hint: str | None = None) -> None:
        """Note something odd."""
        self._add(int(code), code.kind, code.level, text, location, hint)

    def refuse_unknown(self, keys: Iterable[str], known: tuple[str, ...], location: Location) -> None:
        """Note every key that is not known, with the known one that was probably meant."""
        for key in keys:
            if key not in known:
                near = nearest(key, known)
                hint = f"did you mean `{near}`?" if near else f"known are {listed(known, 'and')}"
                self.refuse(f"the key {quoted(key)} is not known here", (*location, key), hint)

    def include(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Take over what another reader found."""
        for each in diagnostics:
            if len(self.diagnostics) < MOST:
                self.diagnostics.append(each if self._locate is None else self._locate(each))

    def _add(
        self, code: int, kind: str, level: DiagnosticLevel, text: str, location: Location, hint: str | None
    ) -> None:
        diagnostic = Diagnostic(
            code=code,
            kind=kind,
            level=level,
            text=text,
            path=to_path(location),
            pointer=to_pointer(location),
            hint=hint,
        )
        self.include([diagnostic])
