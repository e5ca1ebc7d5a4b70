"""Flows: finding and reading them, their plans, and those that are stored."""

from __future__ import annotations

import os
import re
from collections import OrderedDict
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import Struct
from stepflow_core import (
    Diagnostic,
    DiagnosticLevel,
    Flow,
    FlowError,
    FlowLoadError,
    FlowSource,
    InvalidInputError,
    NotFoundError,
)
from stepflow_core.arguments import check_flow_name, shown
from stepflow_core.canonical import NotJsonError, encode, own

from .engine.plan import Plan
from .language.model import FlowModel

if TYPE_CHECKING:
    from stepflow_core.documents import Document

    from .blobs import Blobs
    from .components import Components

MOST_PASSING = 10_000
"""How many flows are kept that were stored only to be run."""

REMEMBERED = 256
"""How many flows that were given as files or data are kept compiled."""

SCHEMA_VIOLATION = 2002

_ID = re.compile(r"[0-9a-f]{64}")
_SUFFIXES = (".yaml", ".yml", ".json")

T = TypeVar("T")


class LoadedFlow(Struct, frozen=True, eq=False):
    """A flow that was read: `model` and `plan` are `None` where it has fatal faults."""

    document: Any
    model: FlowModel | None
    plan: Plan | None
    diagnostics: list[Diagnostic]
    file: str | None = None
    has_unusable_schemas: bool = False


class StoredFlow(Struct, frozen=True, eq=False):
    """A flow that was stored, as it was given."""

    flow: LoadedFlow
    name: str | None


class Flows:
    """All flows that a runtime knows."""

    def __init__(self, components: Components, blobs: Blobs) -> None:
        self._components = components
        self._blobs = blobs
        self._stored: dict[str, StoredFlow] = {}
        self._passing: OrderedDict[str, None] = OrderedDict()
        self._names: dict[str, dict[str | None, str]] = {}
        self._by_content: OrderedDict[bytes, LoadedFlow] = OrderedDict()
        self._by_file: OrderedDict[str, tuple[tuple[int, int, int], LoadedFlow]] = OrderedDict()

    def forget_plans(self) -> None:
        """Compile anew what is used next: the components have changed."""
        self._by_content.clear()
        self._by_file.clear()
        for flow_id, stored in self._stored.items():
            self._stored[flow_id] = StoredFlow(self._load(stored.flow.document, None), stored.name)

    # ---- finding

    def plan(self, source: FlowSource, overrides: Mapping[str, Any] | None = None) -> Plan:
        """The plan of a flow.

        Raises `FlowLoadError` where it has fatal faults or a schema that cannot be used, `NotFoundError`.
        """
        return self._runnable(self.load(source), overrides)

    def stored_plan(self, flow_id: str | None, name: str | None, overrides: Mapping[str, Any] | None = None) -> Plan:
        """The plan of a flow that is stored under an id or, where that is `None`, a name. Raises as `plan` does."""
        for given in (flow_id, name):
            if given is not None and not isinstance(given, str):
                raise InvalidInputError(f"the id or name of a stored flow is text, not {type(given).__name__}")
        return self._runnable(self._named(name or "") if flow_id is None else self.stored(flow_id), overrides)

    def _runnable(self, flow: LoadedFlow, overrides: Mapping[str, Any] | None) -> Plan:
        if overrides:
            flow = self._overridden(flow, overrides)
        if flow.plan is None or flow.has_unusable_schemas:
            raise FlowLoadError(diagnostics=flow.diagnostics)
        return flow.plan

    def load(self, source: FlowSource) -> LoadedFlow:
        """Read a flow, whatever faults it has. Raises `FlowLoadError` where it is no document, `NotFoundError`."""
        match source:
            case Flow():
                return self._of_content(source.to_dict())
            case Mapping():
                return self._of_content(source)
            case str() if _ID.fullmatch(source):
                return self.stored(source)
            case str() if not _is_path(source):
                return self._named(str(source))
            case str() | os.PathLike():
                return self._of_file(os.fspath(source))
        kind = type(source).__name__
        raise InvalidInputError(f"a flow is a mapping, a Flow, a path, an id or a stored name, not {kind}")

    def stored(self, flow_id: str) -> LoadedFlow:
        """A flow by its id, stored as such or as a blob. Raises `NotFoundError`."""
        stored = self._stored.get(flow_id) if isinstance(flow_id, str) else None
        if stored is not None:
            return stored.flow
        try:
            document = self._blobs.get(flow_id)
        except NotFoundError:
            raise NotFoundError(f"no flow has the id {shown(flow_id, 80)}") from None
        return self._of_content(document)

    def _named(self, text: str) -> LoadedFlow:
        name, _, version = text.partition("@")
        versions = self._names.get(name)
        if versions is None:
            raise NotFoundError(
                f"no flow is stored under the name {name!r} (an id has 64 hex digits; a path holds a separator or "
                f"ends in {', '.join(_SUFFIXES)})"
            )
        if version and version not in versions:
            known = ", ".join(str(each) for each in versions if each) or "none"
            raise NotFoundError(f"the flow {name!r} has no version {version!r}; versions stored: {known}")
        flow_id = versions[version] if version else list(versions.values())[-1]
        return self._stored[flow_id].flow

    def _of_file(self, path: str) -> LoadedFlow:
        from stepflow_core.documents import read_file

        stamp = _stamp(path)
        known = self._by_file.get(path)
        if known is not None and known[0] == stamp:
            self._by_file.move_to_end(path)
            return known[1]
        document = read_file(path)
        flow = self._load(document.data, document)
        if stamp is not None:
            _remember(self._by_file, path, (stamp, flow))
        return flow

    def _of_content(self, document: Any) -> LoadedFlow:
        try:
            key = sha256(encode(document)).digest()
        except NotJsonError:
            return self._load(document, None)
        known = self._by_content.get(key)
        if known is None:
            # The caller may change its document, which is read again when components change.
            known = self._load(own(document), None)
            _remember(self._by_content, key, known)
        else:
            self._by_content.move_to_end(key)
        return known

    def _load(self, document: Any, source: Document | None) -> LoadedFlow:
        from .language.parse import load_flow

        components = self._components
        loaded = load_flow(
            document,
            builtin_of=components.builtin_of,
            is_routable=components.is_routable,
            route_hint=components.route_hint,
        )
        diagnostics = loaded.diagnostics
        if source is not None:
            diagnostics = [source.locate(each) for each in diagnostics]
        plan = None if loaded.model is None else components.compile(loaded.model)
        file = None if source is None else source.file
        return LoadedFlow(document, loaded.model, plan, diagnostics, file, any(map(_is_about_schemas, diagnostics)))

    def _overridden(self, flow: LoadedFlow, overrides: Mapping[str, Any]) -> LoadedFlow:
        from .language.overrides import apply_overrides

        if flow.plan is None:
            return flow
        return self._of_content(apply_overrides(flow.document, overrides, self._components.builtin_of))

    def resolve(self, source: Any) -> Plan | FlowError:
        """The plan of a flow that reached a step as a document, an id or a stored name."""
        try:
            flow = self._of_content(source) if isinstance(source, dict) else self._referenced(source)
        except NotFoundError as error:
            return FlowError(500, error.message, {"kind": "not_found"})
        except FlowLoadError as error:
            return _invalid(error.diagnostics)
        faults = [each for each in flow.diagnostics if each.level is DiagnosticLevel.FATAL or _is_about_schemas(each)]
        return flow.plan if flow.plan is not None and not faults else _invalid(faults)

    def _referenced(self, text: str) -> LoadedFlow:
        return self.stored(text) if _ID.fullmatch(text) else self._named(text)

    # ---- storing

    def store(self, flow: LoadedFlow, name: str | None, named: bool = True) -> str:
        """Keep a flow that has no fatal faults under its id, and if `named` under its name where it has one.

        Of those that are not to be named only the newest are kept: they are there to be run, and can be stored again.
        """
        assert flow.model is not None, "only a flow without fatal faults is stored"
        name = name or flow.model.name
        flow_id = flow.model.id
        if named:
            self._passing.pop(flow_id, None)
        elif flow_id in self._passing or flow_id not in self._stored:
            self._pass(flow_id)
        self._stored[flow_id] = StoredFlow(flow, name)
        if named and name is not None:
            versions = self._names.setdefault(name, {})
            versions.pop(flow.model.version, None)
            versions[flow.model.version] = flow_id
        return flow_id

    def _pass(self, flow_id: str) -> None:
        self._passing[flow_id] = None
        self._passing.move_to_end(flow_id)
        if len(self._passing) > MOST_PASSING:
            oldest, _ = self._passing.popitem(last=False)
            del self._stored[oldest]

    def delete(self, flow_id: str) -> None:
        """Forget a stored flow. Raises `NotFoundError`."""
        if not isinstance(flow_id, str) or flow_id not in self._stored:
            raise NotFoundError(f"no flow has the id {shown(flow_id, 80)}")
        del self._stored[flow_id]
        self._passing.pop(flow_id, None)
        for name, versions in list(self._names.items()):
            for version in [each for each, known in versions.items() if known == flow_id]:
                del versions[version]
            if not versions:
                del self._names[name]

    def named(self) -> list[tuple[str, LoadedFlow]]:
        """The named flows, every version, by name."""
        return [
            (name, self._stored[flow_id].flow)
            for name, versions in sorted(self._names.items())
            for flow_id in versions.values()
        ]


def _is_about_schemas(diagnostic: Diagnostic) -> bool:
    """Whether a schema cannot be used: such a flow is stored, but what it demands cannot be checked in a run."""
    return diagnostic.code == SCHEMA_VIOLATION and "/schemas" in diagnostic.pointer


def _invalid(faults: list[Diagnostic]) -> FlowError:
    """What becomes of a step whose flow has these faults."""
    listed = [
        {"code": each.code, "kind": each.kind, "level": each.level.value, "path": each.path, "text": each.text}
        for each in faults
    ]
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    text = f"the flow is invalid: {faults[0].path}: {faults[0].text}{more}"
    return FlowError(500, text, {"kind": "invalid_flow", "diagnostics": listed})


def check_name(name: object) -> str | None:
    """A name under which a flow can be stored and found again. Raises `InvalidInputError`."""
    if name is None:
        return None
    check_flow_name(name)
    return str(name)


def _is_path(text: str) -> bool:
    return "/" in text or os.sep in text or text.lower().endswith(_SUFFIXES)


def _stamp(path: str) -> tuple[int, int, int] | None:
    try:
        found = Path(path).stat()
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _remember(known: OrderedDict[Any, T], key: object, value: T) -> None:
    known[key] = value
    if len(known) > REMEMBERED:
        known.popitem(last=False)
