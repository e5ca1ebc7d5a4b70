import datetime
from http import HTTPStatus
from typing import Any

import httpx

from ...client import AuthenticatedClient, Client
from ...models.execution_status import ExecutionStatus
from ...models.list_runs_response import ListRunsResponse
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    status: ExecutionStatus | Unset = UNSET,
    flow_name: str | Unset = UNSET,
    flow_id: str | Unset = UNSET,
    root_run_id: str | Unset = UNSET,
    parent_run_id: str | Unset = UNSET,
    max_depth: int | Unset = UNSET,
    roots_only: bool | Unset = False,
    tag: list[str] | Unset = UNSET,
    created_after: datetime.datetime | Unset = UNSET,
    created_before: datetime.datetime | Unset = UNSET,
    limit: int | Unset = 50,
    offset: int | Unset = 0,
    cursor: str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_status: str | Unset = UNSET
    if not isinstance(status, Unset):
        json_status = status.value

    params["status"] = json_status

    params["flowName"] = flow_name

    params["flowId"] = flow_id

    params["rootRunId"] = root_run_id

    params["parentRunId"] = parent_run_id

    params["maxDepth"] = max_depth

    params["rootsOnly"] = roots_only

    json_tag: list[str] | Unset = UNSET
    if not isinstance(tag, Unset):
        json_tag = tag

    params["tag"] = json_tag

    json_created_after: str | Unset = UNSET
    if not isinstance(created_after, Unset):
        json_created_after = created_after.isoformat()
    params["createdAfter"] = json_created_after

    json_created_before: str | Unset = UNSET
    if not isinstance(created_before, Unset):
        json_created_before = created_before.isoformat()
    params["createdBefore"] = json_created_before

    params["limit"] = limit

    params["offset"] = offset

    params["cursor"] = cursor

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/runs",
        "params": params,
    }

    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> ListRunsResponse | Problem:
    if response.status_code == 200:
        response_200 = ListRunsResponse.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = Problem.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = Problem.from_dict(response.json())

        return response_401

    response_default = Problem.from_dict(response.json())

    return response_default


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ListRunsResponse | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    status: ExecutionStatus | Unset = UNSET,
    flow_name: str | Unset = UNSET,
    flow_id: str | Unset = UNSET,
    root_run_id: str | Unset = UNSET,
    parent_run_id: str | Unset = UNSET,
    max_depth: int | Unset = UNSET,
    roots_only: bool | Unset = False,
    tag: list[str] | Unset = UNSET,
    created_after: datetime.datetime | Unset = UNSET,
    created_before: datetime.datetime | Unset = UNSET,
    limit: int | Unset = 50,
    offset: int | Unset = 0,
    cursor: str | Unset = UNSET,
) -> Response[ListRunsResponse | Problem]:
    """List runs, newest first

    Args:
        status (ExecutionStatus | Unset): The state of a run; an item may also be pending, waiting
            or skipped.
        flow_name (str | Unset):
        flow_id (str | Unset):
        root_run_id (str | Unset):
        parent_run_id (str | Unset):
        max_depth (int | Unset):
        roots_only (bool | Unset):  Default: False.
        tag (list[str] | Unset):
        created_after (datetime.datetime | Unset):
        created_before (datetime.datetime | Unset):
        limit (int | Unset):  Default: 50.
        offset (int | Unset):  Default: 0.
        cursor (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ListRunsResponse | Problem]
    """

    kwargs = _get_kwargs(
        status=status,
        flow_name=flow_name,
        flow_id=flow_id,
        root_run_id=root_run_id,
        parent_run_id=parent_run_id,
        max_depth=max_depth,
        roots_only=roots_only,
        tag=tag,
        created_after=created_after,
        created_before=created_before,
        limit=limit,
        offset=offset,
        cursor=cursor,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    status: ExecutionStatus | Unset = UNSET,
    flow_name: str | Unset = UNSET,
    flow_id: str | Unset = UNSET,
    root_run_id: str | Unset = UNSET,
    parent_run_id: str | Unset = UNSET,
    max_depth: int | Unset = UNSET,
    roots_only: bool | Unset = False,
    tag: list[str] | Unset = UNSET,
    created_after: datetime.datetime | Unset = UNSET,
    created_before: datetime.datetime | Unset = UNSET,
    limit: int | Unset = 50,
    offset: int | Unset = 0,
    cursor: str | Unset = UNSET,
) -> ListRunsResponse | Problem | None:
    """List runs, newest first

    Args:
        status (ExecutionStatus | Unset): The state of a run; an item may also be pending, waiting
            or skipped.
        flow_name (str | Unset):
        flow_id (str | Unset):
        root_run_id (str | Unset):
        parent_run_id (str | Unset):
        max_depth (int | Unset):
        roots_only (bool | Unset):  Default: False.
        tag (list[str] | Unset):
        created_after (datetime.datetime | Unset):
        created_before (datetime.datetime | Unset):
        limit (int | Unset):  Default: 50.
        offset (int | Unset):  Default: 0.
        cursor (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ListRunsResponse | Problem
    """

    return sync_detailed(
        client=client,
        status=status,
        flow_name=flow_name,
        flow_id=flow_id,
        root_run_id=root_run_id,
        parent_run_id=parent_run_id,
        max_depth=max_depth,
        roots_only=roots_only,
        tag=tag,
        created_after=created_after,
        created_before=created_before,
        limit=limit,
        offset=offset,
        cursor=cursor,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    status: ExecutionStatus | Unset = UNSET,
    flow_name: str | Unset = UNSET,
    flow_id: str | Unset = UNSET,
    root_run_id: str | Unset = UNSET,
    parent_run_id: str | Unset = UNSET,
    max_depth: int | Unset = UNSET,
    roots_only: bool | Unset = False,
    tag: list[str] | Unset = UNSET,
    created_after: datetime.datetime | Unset = UNSET,
    created_before: datetime.datetime | Unset = UNSET,
    limit: int | Unset = 50,
    offset: int | Unset = 0,
    cursor: str | Unset = UNSET,
) -> Response[ListRunsResponse | Problem]:
    """List runs, newest first

    Args:
        status (ExecutionStatus | Unset): The state of a run; an item may also be pending, waiting
            or skipped.
        flow_name (str | Unset):
        flow_id (str | Unset):
        root_run_id (str | Unset):
        parent_run_id (str | Unset):
        max_depth (int | Unset):
        roots_only (bool | Unset):  Default: False.
        tag (list[str] | Unset):
        created_after (datetime.datetime | Unset):
        created_before (datetime.datetime | Unset):
        limit (int | Unset):  Default: 50.
        offset (int | Unset):  Default: 0.
        cursor (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ListRunsResponse | Problem]
    """

    kwargs = _get_kwargs(
        status=status,
        flow_name=flow_name,
        flow_id=flow_id,
        root_run_id=root_run_id,
        parent_run_id=parent_run_id,
        max_depth=max_depth,
        roots_only=roots_only,
        tag=tag,
        created_after=created_after,
        created_before=created_before,
        limit=limit,
        offset=offset,
        cursor=cursor,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    status: ExecutionStatus | Unset = UNSET,
    flow_name: str | Unset = UNSET,
    flow_id: str | Unset = UNSET,
    root_run_id: str | Unset = UNSET,
    parent_run_id: str | Unset = UNSET,
    max_depth: int | Unset = UNSET,
    roots_only: bool | Unset = False,
    tag: list[str] | Unset = UNSET,
    created_after: datetime.datetime | Unset = UNSET,
    created_before: datetime.datetime | Unset = UNSET,
    limit: int | Unset = 50,
    offset: int | Unset = 0,
    cursor: str | Unset = UNSET,
) -> ListRunsResponse | Problem | None:
    """List runs, newest first

    Args:
        status (ExecutionStatus | Unset): The state of a run; an item may also be pending, waiting
            or skipped.
        flow_name (str | Unset):
        flow_id (str | Unset):
        root_run_id (str | Unset):
        parent_run_id (str | Unset):
        max_depth (int | Unset):
        roots_only (bool | Unset):  Default: False.
        tag (list[str] | Unset):
        created_after (datetime.datetime | Unset):
        created_before (datetime.datetime | Unset):
        limit (int | Unset):  Default: 50.
        offset (int | Unset):  Default: 0.
        cursor (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ListRunsResponse | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            status=status,
            flow_name=flow_name,
            flow_id=flow_id,
            root_run_id=root_run_id,
            parent_run_id=parent_run_id,
            max_depth=max_depth,
            roots_only=roots_only,
            tag=tag,
            created_after=created_after,
            created_before=created_before,
            limit=limit,
            offset=offset,
            cursor=cursor,
        )
    ).parsed
