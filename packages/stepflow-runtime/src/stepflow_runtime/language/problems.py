"""The problems of a document, gathered while it is read, so that all of them are told together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TypeAlias

from stepflow_core.diagnostics import Diagnostic, DiagnosticLevel, to_path, to_pointer

from .catalogue import Code
from .suggestions import nearest
from .wording import quoted

Location: TypeAlias = tuple[str | int, ...]
"""A place in the document: keys and indexes from its root."""

MOST_SUGGESTIONS = 100
"""How many "did you mean" are looked for in one document; each takes time by the number of known words."""


class Log:
    """What all flows of one document share: the list itself and what bounds it."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.diagnostics: list[Diagnostic] = []
        self.counts: Counter[DiagnosticLevel] = Counter()
        self.suggestions = MOST_SUGGESTIONS

    def add(self, code: Code, text: str, location: Location, hint: str | None) -> None:
        """Note a problem, unless there are too many of its level."""
        self.counts[code.level] += 1
        if self.counts[code.level] > self.limit:
            return
        if self.counts[code.level] == self.limit:
            hint = "there may be more of this level; they are not listed"
        self.diagnostics.append(
            Diagnostic(
                code=int(code),
                kind=code.kind,
                level=code.level,
                text=text,
                path=to_path(location),
                pointer=to_pointer(location),
                hint=hint,
            )
        )


class Problems:
    """The problems of one flow. `broken` says that it cannot be used: it has a fatal one or is unreadable.

    A flow inside another reports to the same list. What cannot be read in it (3400) is a fault of the literal
    that it stands in (2003), which leaves the flow around it usable; any other fatal problem breaks both.
    """

    def __init__(self, limit: int = 1000, *, around: Problems | None = None) -> None:
        self.around = around
        self.log: Log = around.log if around else Log(limit)
        self.broken = False

    def inside(self) -> Problems:
        """The problems of a flow that stands inside this one."""
        return Problems(around=self)

    def report(self, code: Code, text: str, location: Location, hint: str | None = None) -> None:
        """Note a problem; at most `limit` of each level are kept."""
        if code is Code.PARSE and self.around:
            self.broken = True
            code = Code.INVALID_SUBFLOW_LITERAL
        elif code.level is DiagnosticLevel.FATAL:
            self.break_off()
        self.log.add(code, text, location, hint)

    def suggest(self, word: str, known: Iterable[str]) -> str | None:
        """The hint "did you mean …?", where a known word is near."""
        self.log.suggestions -= 1
        guess = nearest(word, known) if self.log.suggestions >= 0 else None
        return f"did you mean {quoted(guess)}?" if guess else None

    @property
    def diagnostics(self) -> list[Diagnostic]:
        """All that was noted, in the order of noting."""
        return self.log.diagnostics

    def break_off(self) -> None:
        """Note that this flow, and with it those around it, cannot be used."""
        self.broken = True
        if self.around:
            self.around.break_off()
