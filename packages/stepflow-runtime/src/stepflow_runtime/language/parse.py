"""Loading a flow: from a plain document to a model that can be compiled, or to all that is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from msgspec import Struct
from stepflow_core.diagnostics import Diagnostic

from .builtin_names import default_builtin_of
from .catalogue import Code
from .context import Context
from .limits import Limits, take_document
from .model import FlowModel
from .parse_flow import parse_flow
from .problems import Problems

DEFAULT_LIMITS: Final = Limits()


class Loaded(Struct, frozen=True):
    """What became of a document. `model` is `None` exactly when one of the diagnostics is fatal."""

    model: FlowModel | None
    diagnostics: list[Diagnostic]


def load_flow(
    document: Any,
    *,
    builtin_of: Callable[[str], str | None] = default_builtin_of,
    is_routable: Callable[[str], bool] | None = None,
    route_hint: Callable[[str], str | None] = lambda path: None,
    limits: Limits = DEFAULT_LIMITS,
) -> Loaded:
    """Read a flow document given as plain JSON data; it is copied, never changed.

    `builtin_of` gives the name of the builtin to which a component path leads; `is_routable` says whether any
    route takes a path (`None`: not checked), `route_hint` what to do where none does. Every problem is a
    diagnostic; nothing is raised, whatever the document is.
    """
    problems = Problems(limits.diagnostics)
    copy, faults = take_document(document, limits)
    for fault in faults:
        problems.report(Code.PARSE, fault.message, fault.location, fault.hint)
    if faults:
        return Loaded(None, problems.diagnostics)
    model = parse_flow(copy, (), Context(problems, builtin_of, is_routable, parse_flow, route_hint=route_hint))
    return Loaded(None if problems.broken else model, problems.diagnostics)
