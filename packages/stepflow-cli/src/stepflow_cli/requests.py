"""What a run is asked for, once everything that the command line names has been read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stepflow_core import Diagnostic, DiagnosticLevel, FlowLoadError, StepflowExecutor

from .exits import UsageError
from .paths import mode_of
from .terminal import Terminal

if TYPE_CHECKING:
    from stepflow_core import FlowSource
    from stepflow_core.documents import Document

_ID = re.compile(r"[0-9a-f]{64}")
_FILE_SUFFIXES = (".yaml", ".yml", ".json")


@dataclass(frozen=True, kw_only=True)
class Request:
    """A flow and how it is to be run, as the executors take it.

    `title` is what the flow is called while it runs, `environ` where variables may come from,
    `overrides_source` what the overrides were read from.
    """

    flow: FlowSource
    title: str = ""
    overrides: Mapping[str, Any] | None = None
    overrides_source: Document | None = None
    variables: dict[str, Any] = field(default_factory=dict)
    environ: Mapping[str, str] | None = None
    tags: dict[str, str] | None = None
    max_concurrency: int | None = None


def flow_source(text: str) -> Path | str:
    """The flow that an argument means: a file if it looks like one or is there, else an id or a stored name.

    Raises `UsageError` where it is empty.
    """
    if not text.strip():
        raise UsageError("the flow is an empty text; give a file, such as greet.yaml")
    if _ID.fullmatch(text):
        return text
    is_file = text.endswith(_FILE_SUFFIXES) or "/" in text or "\\" in text or mode_of(text) != 0
    return Path(text) if is_file else text


async def prepared(executor: StepflowExecutor, request: Request, terminal: Terminal) -> Request:
    """The request with its flow checked and stored and the variables of the environment filled in.

    What is wrong with the flow but does not keep it from running is shown. Raises `FlowLoadError`.
    """
    if not isinstance(request.flow, Path):
        return await _with_environment(executor, request, None)
    if request.overrides and request.environ is None:
        return request  # the overrides come before the checks, so the flow is checked with them
    stored = await executor.store_flow(request.flow)
    if not stored.stored or stored.flow_id is None:
        raise FlowLoadError(diagnostics=stored.diagnostics)
    _show(stored.diagnostics, terminal)
    request = await _with_environment(executor, request, stored.flow_id)
    return request if request.overrides else replace(request, flow=stored.flow_id)


def from_environment(declared: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """The declared variables that the environment sets: under `envVar`, else under `STEPFLOW_VAR_<NAME>`.

    A text that is JSON gives its value, any other text is itself; so is JSON that is something else where the
    schema wants text (a key made of digits).
    """
    found = {}
    for name, variable in declared.items():
        key = variable.get("envVar") or f"STEPFLOW_VAR_{re.sub(r'[^0-9A-Za-z_]', '_', name).upper()}"
        if key in environ:
            found[name] = _value_of(environ[key], variable.get("schema"))
    return found


async def _with_environment(executor: StepflowExecutor, request: Request, flow_id: str | None) -> Request:
    if request.environ is None:
        return request
    declared = await executor.get_flow_variables(flow_id or await _stored_id(executor, str(request.flow)))
    return replace(request, variables={**from_environment(declared, request.environ), **request.variables})


async def _stored_id(executor: StepflowExecutor, text: str) -> str:
    """The id of a stored flow; a name that is not there is left for the run to refuse."""
    if _ID.fullmatch(text):
        return text
    name, _, version = text.partition("@")
    for each in await executor.list_flows():
        if each.name == name and version in {"", each.version}:
            return each.flow_id
    return text


def _value_of(text: str, schema: Any) -> Any:
    from stepflow_runtime.language.declarations import accepts_kind

    value = _json_or_text(text)
    given = schema.get("type") if isinstance(schema, dict) else None
    types = frozenset(each for each in (given if isinstance(given, list) else [given]) if isinstance(each, str))
    return text if "string" in types and not accepts_kind(types, value) else value


def _json_or_text(text: str) -> Any:
    from .inputs import parse

    try:
        return parse(text, "json", "the environment")
    except FlowLoadError:
        return text


def _show(diagnostics: list[Diagnostic], terminal: Terminal) -> None:
    shown = [each for each in diagnostics if terminal.verbose or each.level is not DiagnosticLevel.WARNING]
    if not shown or terminal.quiet:
        return
    if terminal.json:
        terminal.tell({"diagnostics": shown})
        return
    from .source_view import SourceView

    for line in SourceView(terminal).draw(shown):
        terminal.say(line)
