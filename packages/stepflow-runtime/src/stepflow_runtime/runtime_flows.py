"""The members of a runtime that are about components, flows and blobs."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, overload

from stepflow_core import (
    ComponentInfo,
    ConflictError,
    Diagnostic,
    DiagnosticLevel,
    Flow,
    FlowGraph,
    FlowLoadError,
    FlowSource,
    FlowSummary,
    HealthResponse,
    InvalidInputError,
    StoreFlowResponse,
    ValidationResult,
    __version__,
)

from .engine.project import timestamp
from .flows import LoadedFlow, check_name
from .paging import page
from .runtime_life import RuntimeLife

if TYPE_CHECKING:
    from .engine.plan import Plan

F = TypeVar("F", bound=Callable[..., Any])


class FlowMembers(RuntimeLife):
    """Components, flows, blobs and health."""

    # ---- components

    @overload
    def component(self, function: F, /) -> F: ...

    @overload
    def component(
        self, path: str | None = None, *, description: str | None = None, inline: bool = False
    ) -> Callable[[F], F]: ...

    def component(self, path: Any = None, *, description: str | None = None, inline: bool = False) -> Any:
        """Register a function as a component: `@runtime.component` or `@runtime.component("/path")`.

        Without a path it is `/` and the function's name. An async function runs on the event loop, a plain
        one in a thread, with `inline` (for quick ones that leave their input alone) directly. A registered
        path wins over the routes. Raises `ConflictError` where the path is taken, `InvalidInputError` for a
        function or path that will not do.
        """
        if callable(path):
            self._assembly.registry.component(path)
            self._assembly.components_changed()
            return path
        decorate = self._assembly.registry.component(path, description=description, inline=inline)

        def register(function: F) -> F:
            decorate(function)
            self._assembly.components_changed()
            return function

        return register

    async def list_components(self) -> list[ComponentInfo]:
        """The components that flows can use, under the paths by which flows name them."""
        return self._assembly.components.list()

    # ---- flows

    async def validate(self, flow: FlowSource, *, strict: bool = False) -> ValidationResult:
        """Check a flow, and the config it would run with, without running it.

        Raises `NotFoundError` for an id or name that is not stored.
        """
        diagnostics = [*self._assembly.diagnostics, *self._read(flow)[1]]
        accepted = () if strict else (DiagnosticLevel.WARNING,)
        return ValidationResult(all(each.level in accepted for each in diagnostics), diagnostics)

    def _read(self, flow: FlowSource) -> tuple[LoadedFlow | None, list[Diagnostic]]:
        try:
            loaded = self._assembly.flows.load(flow)
        except FlowLoadError as error:
            return None, error.diagnostics
        return loaded, loaded.diagnostics

    async def store_flow(
        self, flow: FlowSource, *, name: str | None = None, dry_run: bool = False, named: bool = True
    ) -> StoreFlowResponse:
        """Store a flow under its id and, if `named`, its name; a faulty one is answered with its diagnostics."""
        name = check_name(name)
        if name is not None and not named:
            raise InvalidInputError("a flow that is not to be named has no name: leave out one of name and named")
        loaded, diagnostics = self._read(flow)
        if loaded is None or loaded.model is None:
            return StoreFlowResponse(stored=False, diagnostics=diagnostics)
        if dry_run:
            return StoreFlowResponse(flow_id=loaded.model.id, stored=False, diagnostics=diagnostics)
        flow_id = self._assembly.flows.store(loaded, name, named)
        return StoreFlowResponse(flow_id=flow_id, stored=True, diagnostics=diagnostics)

    async def get_flow(self, flow_id: str) -> Flow:
        """A stored flow. Raises `NotFoundError`."""
        return flow_of(self._plan_of(flow_id))

    def _plan_of(self, flow_id: str) -> Plan:
        plan = self._assembly.flows.stored(flow_id).plan
        if plan is None:
            raise FlowLoadError(f"the blob {flow_id} is not a flow")
        return plan

    async def delete_flow(self, flow_id: str) -> None:
        """Forget a stored flow. Raises `NotFoundError`, `ConflictError` while runs use it."""
        if self._history.uses(flow_id):
            raise ConflictError(f"runs that have not ended use the flow {flow_id}")
        self._assembly.flows.delete(flow_id)

    async def list_flows(self, *, limit: int | None = None, cursor: str | None = None) -> list[FlowSummary]:
        """The named flows, every version, by name."""
        rows = [
            FlowSummary(
                flow_id=each.model.id, name=name, description=each.model.description, version=each.model.version
            )
            for name, each in self._assembly.flows.named()
            if each.model is not None
        ]
        return page(rows, limit, cursor)[0]

    async def get_flow_variables(self, flow_id: str) -> dict[str, Any]:
        """The variables that a stored flow declares: `{name: {schema, default?, envVar?, isSecret}}`."""
        from .language.variables import declared

        schema = self._plan_of(flow_id).model.schemas.variables
        shown: dict[str, Any] = {}
        for name, variable in declared(schema).items():
            shown[name] = variable.shown()
        return shown

    async def get_flow_graph(self, flow_id: str) -> FlowGraph:
        """The steps of a stored flow and what needs what."""
        from .graph import graph_of

        return graph_of(self._plan_of(flow_id).model)

    # ---- blobs, health

    async def put_blob(self, data: Any, blob_type: str = "data") -> str:
        """Store a value (`data`, `flow`) or bytes (`binary`); its id."""
        return self._assembly.blobs.put(data, blob_type)

    async def get_blob(self, blob_id: str) -> Any:
        """A stored value or bytes. Raises `NotFoundError`."""
        return self._assembly.blobs.get(blob_id)

    async def health_check(self) -> HealthResponse:
        """`healthy`, until the runtime is closed."""
        status = "unhealthy" if self._closed else "healthy"
        return HealthResponse(status=status, timestamp=timestamp(time.time()), version=__version__)


def flow_of(plan: Plan) -> Flow:
    """The flow of a plan, as a typed document."""
    return Flow.from_dict(plan.model.document)
