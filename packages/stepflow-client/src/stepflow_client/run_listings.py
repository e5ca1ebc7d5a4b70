"""The members of a client that show runs, their items and their steps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum, StrEnum
from typing import Any, TypeVar

from stepflow_core import (
    ExecutionStatus,
    Flow,
    ListItemsResponse,
    ListRunsResponse,
    ListStepsResponse,
    StepRun,
    StepStatus,
)
from stepflow_core.arguments import (
    check_filters,
    check_indexes,
    check_integers,
    check_moments,
    check_tags,
    check_texts,
    checked_status,
)

from .flows import flow_of
from .requests import checked_id, tag_filters
from .waiting import RunWaiter

E = TypeVar("E", bound=Enum)


class RunListings(RunWaiter):
    """Runs, items and steps in listings; flows and steps of runs."""

    async def list_runs(
        self,
        *,
        status: ExecutionStatus | str | None = None,
        flow_name: str | None = None,
        flow_id: str | None = None,
        root_run_id: str | None = None,
        parent_run_id: str | None = None,
        max_depth: int | None = None,
        roots_only: bool = False,
        tags: Mapping[str, str] | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> ListRunsResponse:
        """Runs, newest first."""
        from stepflow_api import models
        from stepflow_api.api.run import list_runs

        from .conversion import into
        from .paging import pages

        check_filters(flow_name=flow_name, flow_id=flow_id, root_run_id=root_run_id, parent_run_id=parent_run_id)
        check_indexes(max_depth=max_depth)
        check_tags(tags)
        check_moments(created_after=created_after, created_before=created_before)
        filters = _given(
            status=_status(models.ExecutionStatus, ExecutionStatus, status),
            flow_name=flow_name,
            flow_id=flow_id,
            root_run_id=root_run_id,
            parent_run_id=parent_run_id,
            max_depth=max_depth,
            created_after=created_after,
            created_before=created_before,
        )
        filters |= {"roots_only": bool(roots_only), "tag": tag_filters(tags)}
        found = await pages(
            lambda page: self._connection.call(
                lambda api: list_runs.asyncio_detailed(client=api, **filters, **page), into(ListRunsResponse)
            ),
            lambda page: len(page.runs),
            limit,
            cursor,
        )
        runs = [each for page in found for each in page.runs]
        return ListRunsResponse(runs=runs, next_cursor=found[-1].next_cursor)

    async def get_run_items(
        self,
        run_id: str,
        *,
        status: ExecutionStatus | str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> ListItemsResponse:
        """The items of a run in input order."""
        from stepflow_api import models
        from stepflow_api.api.run import get_run_items

        from .conversion import into
        from .paging import pages

        known = checked_id("run", run_id)
        filters = _given(status=_status(models.ExecutionStatus, ExecutionStatus, status))
        found = await pages(
            lambda page: self._connection.call(
                lambda api: get_run_items.asyncio_detailed(known, client=api, **filters, **page),
                into(ListItemsResponse),
            ),
            lambda page: len(page.items),
            limit,
            cursor,
        )
        items = [each for page in found for each in page.items]
        return ListItemsResponse(item_count=found[-1].item_count, items=items, next_cursor=found[-1].next_cursor)

    async def get_run_steps(
        self,
        run_id: str,
        *,
        item_index: int | None = None,
        status: StepStatus | str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> ListStepsResponse:
        """The step executions of a run; `item_index` is that of the run's item."""
        from stepflow_api import models
        from stepflow_api.api.run import get_run_steps

        from .conversion import into
        from .paging import pages

        known = checked_id("run", run_id)
        check_indexes(item_index=item_index)
        filters = _given(item_index=item_index, status=_status(models.StepStatus, StepStatus, status))
        found = await pages(
            lambda page: self._connection.call(
                lambda api: get_run_steps.asyncio_detailed(known, client=api, **filters, **page),
                into(ListStepsResponse),
            ),
            lambda page: len(page.steps),
            limit,
            cursor,
        )
        steps = [each for page in found for each in page.steps]
        return ListStepsResponse(steps=steps, next_cursor=found[-1].next_cursor)

    async def get_run_flow(self, run_id: str) -> Flow:
        """The flow that a run runs."""
        from stepflow_api.api.run import get_run_flow

        known = checked_id("run", run_id)
        return await self._connection.call(lambda api: get_run_flow.asyncio_detailed(known, client=api), flow_of)

    async def get_step(self, run_id: str, address: str, *, item_index: int = 0, attempt: int | None = None) -> StepRun:
        """One step execution with its evaluated input and, if it is not running, the reason."""
        from stepflow_api.api.run import get_step

        from .conversion import into

        known = checked_id("run", run_id)
        check_texts(address=address)
        check_integers(item_index=item_index)
        check_indexes(item_index=item_index)
        check_indexes(1, attempt=attempt)
        place = _given(address=address, item_index=item_index, attempt=attempt)
        return await self._connection.call(
            lambda api: get_step.asyncio_detailed(known, client=api, **place), into(StepRun)
        )


def _given(**arguments: Any) -> dict[str, Any]:
    """The arguments that say something."""
    return {name: value for name, value in arguments.items() if value is not None}


def _status(model: type[E], kind: type[StrEnum], status: object) -> E | None:
    """A status as the generated client names it. Raises `InvalidInputError`."""
    known = checked_status(kind, status)
    return None if known is None else model(known.value)
