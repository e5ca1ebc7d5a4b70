"""The members of a client that are about components, flows and blobs."""

from __future__ import annotations

import base64
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from stepflow_core import (
    ComponentInfo,
    Diagnostic,
    DiagnosticLevel,
    Flow,
    FlowGraph,
    FlowLoadError,
    FlowSource,
    FlowSummary,
    InvalidInputError,
    NotFoundError,
    StoreFlowResponse,
    ValidationResult,
)
from stepflow_core.arguments import check_flow_name, owned_json, shown

from .life import ClientLife
from .requests import checked_id
from .sources import Source

BLOB_TYPES = ("data", "flow", "binary")


class FlowMembers(ClientLife):
    """Components, flows and blobs."""

    async def list_components(self) -> list[ComponentInfo]:
        """The components that flows can use on the server."""
        from stepflow_api.api.component import list_components

        return await self._connection.call(lambda api: list_components.asyncio_detailed(client=api), _components)

    # ---- flows

    async def validate(self, flow: FlowSource, *, strict: bool = False) -> ValidationResult:
        """Check a flow on the server without running or storing it.

        Raises `NotFoundError` for an id or name that is not stored.
        """
        diagnostics = (await self.store_flow(flow, dry_run=True)).diagnostics
        accepted = () if strict else (DiagnosticLevel.WARNING,)
        return ValidationResult(all(each.level in accepted for each in diagnostics), diagnostics)

    async def store_flow(
        self, flow: FlowSource, *, name: str | None = None, dry_run: bool = False, named: bool = True
    ) -> StoreFlowResponse:
        """Store a flow under its id and, if `named`, its name; a faulty one is answered with its diagnostics."""
        try:
            source = self._sources.read(flow)
        except FlowLoadError as error:
            return StoreFlowResponse(stored=False, diagnostics=error.diagnostics)
        if source.content is None:
            source = await self._fetched(source)
        return await self._store(source, name=name, dry_run=dry_run, named=named)

    async def _fetched(self, source: Source) -> Source:
        """A flow that the server knows, with its content. Raises `NotFoundError`."""
        flow_id = source.flow_id or await self._id_of(source.name or "")
        return Source(content=(await self.get_flow(flow_id)).to_dict())

    async def _id_of(self, name: str) -> str:
        """The id of the flow that a name, or `name@version`, stands for. Raises `NotFoundError`."""
        wanted, _, version = name.partition("@")
        versions = [each for each in await self.list_flows() if each.name == wanted]
        found = [each for each in versions if not version or each.version == version]
        if found:
            return found[-1].flow_id
        known = ", ".join(each.version for each in versions if each.version) or "none"
        if versions:
            raise NotFoundError(f"the flow {wanted!r} has no version {version!r}; versions stored: {known}")
        raise unknown_name(wanted)

    async def _store(
        self, source: Source, *, name: str | None = None, dry_run: bool = False, named: bool = True
    ) -> StoreFlowResponse:
        from stepflow_api.api.flow import store_flow
        from stepflow_api.models import StoreFlowRequest, StoreFlowRequestFlow

        if name is not None:
            check_flow_name(name)
        flow = StoreFlowRequestFlow.from_dict(source.content or {})
        body = StoreFlowRequest(flow=flow, name=name, dry_run=bool(dry_run), named=bool(named))
        answer = await self._connection.call(
            lambda api: store_flow.asyncio_detailed(client=api, body=body), _stored, retry=True
        )
        return replace(answer, diagnostics=source.locate(answer.diagnostics))

    async def get_flow(self, flow_id: str) -> Flow:
        """A stored flow. Raises `NotFoundError`."""
        from stepflow_api.api.flow import get_flow

        known = checked_id("flow", flow_id)
        return await self._connection.call(lambda api: get_flow.asyncio_detailed(known, client=api), flow_of)

    async def delete_flow(self, flow_id: str) -> None:
        """Forget a stored flow. Raises `NotFoundError`, `ConflictError` while runs use it."""
        from stepflow_api.api.flow import delete_flow

        known = checked_id("flow", flow_id)
        await self._connection.call(lambda api: delete_flow.asyncio_detailed(known, client=api), nothing)
        self._stored.forget(known)

    async def list_flows(self, *, limit: int | None = None, cursor: str | None = None) -> list[FlowSummary]:
        """The named flows, every version, by name."""
        from stepflow_api.api.flow import list_flows

        from .paging import pages

        found = await pages(
            lambda page: self._connection.call(
                lambda api: list_flows.asyncio_detailed(client=api, **page), _FlowPage.of
            ),
            lambda page: len(page.flows),
            limit,
            cursor,
        )
        return [each for page in found for each in page.flows]

    async def get_flow_variables(self, flow_id: str) -> dict[str, Any]:
        """The variables that a stored flow declares: `{name: {schema, default?, envVar?, isSecret}}`."""
        from stepflow_api.api.flow import get_flow_variables

        known = checked_id("flow", flow_id)
        return await self._connection.call(
            lambda api: get_flow_variables.asyncio_detailed(known, client=api), _variables
        )

    async def get_flow_graph(self, flow_id: str) -> FlowGraph:
        """The steps of a stored flow and what needs what."""
        from stepflow_api.api.flow import get_flow_graph

        from .conversion import into

        known = checked_id("flow", flow_id)
        return await self._connection.call(
            lambda api: get_flow_graph.asyncio_detailed(known, client=api), into(FlowGraph)
        )

    # ---- blobs

    async def put_blob(self, data: Any, blob_type: str = "data") -> str:
        """Store a value (`data`, `flow`) or bytes (`binary`); its id."""
        from stepflow_api.api.blob import put_blob
        from stepflow_api.models import PutBlobRequest, PutBlobRequestBlobType

        if blob_type not in BLOB_TYPES:
            raise InvalidInputError(f"the type of a blob is one of {', '.join(BLOB_TYPES)}, not {shown(blob_type)}")
        if blob_type == "binary":
            return await self._put_bytes(data)
        body = PutBlobRequest(data=owned_json("the blob", data), blob_type=PutBlobRequestBlobType(blob_type))
        return await self._connection.call(
            lambda api: put_blob.asyncio_detailed(client=api, body=body), lambda answer: str(answer.blob_id), retry=True
        )

    async def _put_bytes(self, data: Any) -> str:
        if not isinstance(data, bytes | bytearray | memoryview):
            raise InvalidInputError(f"a binary blob is made of bytes, not of {type(data).__name__}")
        headers = {"Content-Type": "application/octet-stream"}
        return await self._connection.request(
            "POST", "/blobs", lambda answer: str(answer["blobId"]), content=bytes(data), headers=headers, retry=True
        )

    async def get_blob(self, blob_id: str) -> Any:
        """A stored value or bytes. Raises `NotFoundError`."""
        from stepflow_api.api.blob import get_blob

        known = checked_id("blob", blob_id)
        return await self._connection.call(lambda api: get_blob.asyncio_detailed(known, client=api), _blob)


class _FlowPage(Struct, frozen=True):
    """A page of named flows."""

    flows: list[FlowSummary]
    next_cursor: str | None = None

    @staticmethod
    def of(answer: Any) -> _FlowPage:
        """The page that an answer is."""
        from .conversion import convert

        return convert(answer, _FlowPage)


def _components(answer: Any) -> list[ComponentInfo]:
    from .conversion import plain

    return [
        ComponentInfo(
            path=each["component"],
            description=each.get("description"),
            input_schema=each.get("input_schema"),
            output_schema=each.get("output_schema"),
        )
        for each in plain(answer.components)
    ]


def _stored(answer: Any) -> StoreFlowResponse:
    from .conversion import convert

    diagnostics = convert(answer.diagnostics.diagnostics, list[Diagnostic])
    return StoreFlowResponse(flow_id=answer.flow_id or None, stored=answer.stored, diagnostics=diagnostics)


def flow_of(answer: Any) -> Flow:
    """The flow in an answer."""
    return Flow.from_dict(answer.flow.additional_properties)


def _variables(answer: Any) -> dict[str, Any]:
    return {name: each.to_dict() for name, each in answer.variables.additional_properties.items()}


def _blob(answer: Any) -> Any:
    return base64.b64decode(answer.data) if answer.blob_type == "binary" else answer.data


def unknown_name(name: str) -> NotFoundError:
    """The refusal of a name under which nothing is stored."""
    return NotFoundError(
        f"no flow is stored under the name {name!r} (an id has 64 hex digits; a path holds a separator or "
        "ends in .yaml, .yml, .json)"
    )


def nothing(_: Any) -> None:
    """What an answer without content says."""
