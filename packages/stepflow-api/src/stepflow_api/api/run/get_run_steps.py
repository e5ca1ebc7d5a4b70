from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.list_steps_response import ListStepsResponse
from ...models.problem import Problem
from ...models.step_status import StepStatus
from ...types import UNSET, Response, Unset


def _get_kwargs(
    run_id: str,
    *,
    item_index: int | Unset = UNSET,
    status: StepStatus | Unset = UNSET,
    limit: int | Unset = 1000,
    cursor: str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["itemIndex"] = item_index

    json_status: str | Unset = UNSET
    if not isinstance(status, Unset):
        json_status = status.value

    params["status"] = json_status

    params["limit"] = limit

    params["cursor"] = cursor

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/runs/{run_id}/steps".format(
            run_id=quote(str(run_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> ListStepsResponse | Problem:
    if response.status_code == 200:
        response_200 = ListStepsResponse.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = Problem.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = Problem.from_dict(response.json())

        return response_401

    if response.status_code == 404:
        response_404 = Problem.from_dict(response.json())

        return response_404

    response_default = Problem.from_dict(response.json())

    return response_default


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ListStepsResponse | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    run_id: str,
    *,
    client: AuthenticatedClient | Client,
    item_index: int | Unset = UNSET,
    status: StepStatus | Unset = UNSET,
    limit: int | Unset = 1000,
    cursor: str | Unset = UNSET,
) -> Response[ListStepsResponse | Problem]:
    """List the step executions of a run, in the order of the flow

    Args:
        run_id (str):
        item_index (int | Unset):
        status (StepStatus | Unset): The state of a step execution.
        limit (int | Unset):  Default: 1000.
        cursor (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ListStepsResponse | Problem]
    """

    kwargs = _get_kwargs(
        run_id=run_id,
        item_index=item_index,
        status=status,
        limit=limit,
        cursor=cursor,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    run_id: str,
    *,
    client: AuthenticatedClient | Client,
    item_index: int | Unset = UNSET,
    status: StepStatus | Unset = UNSET,
    limit: int | Unset = 1000,
    cursor: str | Unset = UNSET,
) -> ListStepsResponse | Problem | None:
    """List the step executions of a run, in the order of the flow

    Args:
        run_id (str):
        item_index (int | Unset):
        status (StepStatus | Unset): The state of a step execution.
        limit (int | Unset):  Default: 1000.
        cursor (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ListStepsResponse | Problem
    """

    return sync_detailed(
        run_id=run_id,
        client=client,
        item_index=item_index,
        status=status,
        limit=limit,
        cursor=cursor,
    ).parsed


async def asyncio_detailed(
    run_id: str,
    *,
    client: AuthenticatedClient | Client,
    item_index: int | Unset = UNSET,
    status: StepStatus | Unset = UNSET,
    limit: int | Unset = 1000,
    cursor: str | Unset = UNSET,
) -> Response[ListStepsResponse | Problem]:
    """List the step executions of a run, in the order of the flow

    Args:
        run_id (str):
        item_index (int | Unset):
        status (StepStatus | Unset): The state of a step execution.
        limit (int | Unset):  Default: 1000.
        cursor (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ListStepsResponse | Problem]
    """

    kwargs = _get_kwargs(
        run_id=run_id,
        item_index=item_index,
        status=status,
        limit=limit,
        cursor=cursor,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    run_id: str,
    *,
    client: AuthenticatedClient | Client,
    item_index: int | Unset = UNSET,
    status: StepStatus | Unset = UNSET,
    limit: int | Unset = 1000,
    cursor: str | Unset = UNSET,
) -> ListStepsResponse | Problem | None:
    """List the step executions of a run, in the order of the flow

    Args:
        run_id (str):
        item_index (int | Unset):
        status (StepStatus | Unset): The state of a step execution.
        limit (int | Unset):  Default: 1000.
        cursor (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ListStepsResponse | Problem
    """

    return (
        await asyncio_detailed(
            run_id=run_id,
            client=client,
            item_index=item_index,
            status=status,
            limit=limit,
            cursor=cursor,
        )
    ).parsed
