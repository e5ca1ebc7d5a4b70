"""Starting runs: from a flow to the run that a server made of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from stepflow_core import (
    CreateRunResponse,
    Durability,
    FlowLoadError,
    FlowSource,
    NotFoundError,
    Overrides,
)
from stepflow_core.arguments import check_concurrency, check_durability, check_key, check_tags, is_unicode, shown

from .connection import new_key
from .flows import FlowMembers, unknown_name
from .requests import MAX_ITEMS, json_mapping, json_overrides
from .sources import Source


class NewRun(Struct, frozen=True, kw_only=True):
    """What is asked of a new run, beside its flow: one input per item and the options."""

    inputs: list[Any]
    overrides: Overrides | None = None
    variables: Mapping[str, Any] | None = None
    tags: Mapping[str, str] | None = None
    durability: Durability | None = None
    max_concurrency: int | None = None
    debug: bool = False
    batch: bool = False
    idempotency_key: str | None = None


class RunStarter(FlowMembers):
    """Makes runs of flows; a flow that is given as content is stored once."""

    async def _start(self, flow: FlowSource, new: NewRun, wait: float = 0.0) -> CreateRunResponse:
        """A run of a flow, as it is once it has ended or is paused or `wait` seconds have passed."""
        source = self._sources.read(flow)
        if source.content is None:
            return await self._create(source.flow_id, source.name, new, wait)
        known = self._stored.get(source.hash)
        try:
            return await self._create(known or await self._keep(source), None, new, wait)
        except NotFoundError:
            # The server has forgotten the flow, or is another one by now.
            if known is None:
                raise
            return await self._create(await self._keep(source), None, new, wait)
        except FlowLoadError as error:
            raise _located(error, source, new) from None

    async def _keep(self, source: Source) -> str:
        """Store a flow, so that it can be run; its id. Raises `FlowLoadError` for a faulty one."""
        # Running a file that was changed must not change what its name stands for.
        answer = await self._store(source, named=False)
        if not answer.stored or answer.flow_id is None:
            raise FlowLoadError(diagnostics=answer.diagnostics)
        self._stored.remember(source.hash, answer.flow_id)
        return answer.flow_id

    async def _create(self, flow_id: str | None, flow_name: str | None, new: NewRun, wait: float) -> CreateRunResponse:
        from stepflow_api.api.run import create_run

        from .conversion import into

        check_new(new)
        if flow_id is not None and not is_unicode(flow_id):
            raise NotFoundError(f"no flow has the id {shown(flow_id, 80)}")
        if flow_name is not None and not is_unicode(flow_name):
            raise unknown_name(flow_name)
        body = request_of(flow_id, flow_name, new, wait)
        key = new_key() if new.idempotency_key is None else new.idempotency_key
        return await self._connection.call(
            lambda api: create_run.asyncio_detailed(client=api, body=body, idempotency_key=key),
            into(CreateRunResponse),
            wait=wait,
        )


def request_of(flow_id: str | None, flow_name: str | None, new: NewRun, wait: float) -> Any:
    """The body of the request for a run. Raises `InvalidInputError` for what is not JSON."""
    from stepflow_api.models import CreateRunRequest

    body: dict[str, Any] = {
        "flowId": flow_id,
        "flowName": flow_name,
        "overrides": json_overrides(new.overrides),
        "variables": json_mapping("variables", new.variables),
        "tags": None if new.tags is None else dict(new.tags),
        "durability": new.durability,
        "maxConcurrency": None if new.max_concurrency is None else min(new.max_concurrency, MAX_ITEMS),
    }
    given = {name: value for name, value in body.items() if value is not None}
    waiting = {"wait": wait > 0, **({"timeoutSecs": wait} if wait > 0 else {})}
    if new.batch:
        given["batch"] = True
    return CreateRunRequest.from_dict({**given, **waiting, "input": new.inputs, "debug": bool(new.debug)})


def check_new(new: NewRun) -> None:
    """Refuse options that mean nothing. Raises `InvalidInputError`."""
    check_concurrency(new.max_concurrency)
    check_tags(new.tags)
    check_durability(new.durability)
    check_key(new.idempotency_key)


def _located(error: FlowLoadError, source: Source, new: NewRun) -> FlowLoadError:
    """A refusal with the lines of the file; overrides have changed the flow that it speaks of."""
    if new.overrides or source.document is None:
        return error
    return FlowLoadError(
        diagnostics=source.locate(error.diagnostics), status_code=error.status_code, details=error.details
    )
