from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...models.step_run import StepRun
from ...types import UNSET, Response, Unset


def _get_kwargs(
    run_id: str,
    *,
    address: str,
    item_index: int | Unset = 0,
    attempt: int | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["address"] = address

    params["itemIndex"] = item_index

    params["attempt"] = attempt

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/runs/{run_id}/step".format(
            run_id=quote(str(run_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Problem | StepRun:
    if response.status_code == 200:
        response_200 = StepRun.from_dict(response.json())

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


def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[Problem | StepRun]:
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
    address: str,
    item_index: int | Unset = 0,
    attempt: int | Unset = UNSET,
) -> Response[Problem | StepRun]:
    """Get one step execution with its evaluated input and, if it is not running, the reason

    Args:
        run_id (str):
        address (str):
        item_index (int | Unset):  Default: 0.
        attempt (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | StepRun]
    """

    kwargs = _get_kwargs(
        run_id=run_id,
        address=address,
        item_index=item_index,
        attempt=attempt,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    run_id: str,
    *,
    client: AuthenticatedClient | Client,
    address: str,
    item_index: int | Unset = 0,
    attempt: int | Unset = UNSET,
) -> Problem | StepRun | None:
    """Get one step execution with its evaluated input and, if it is not running, the reason

    Args:
        run_id (str):
        address (str):
        item_index (int | Unset):  Default: 0.
        attempt (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | StepRun
    """

    return sync_detailed(
        run_id=run_id,
        client=client,
        address=address,
        item_index=item_index,
        attempt=attempt,
    ).parsed


async def asyncio_detailed(
    run_id: str,
    *,
    client: AuthenticatedClient | Client,
    address: str,
    item_index: int | Unset = 0,
    attempt: int | Unset = UNSET,
) -> Response[Problem | StepRun]:
    """Get one step execution with its evaluated input and, if it is not running, the reason

    Args:
        run_id (str):
        address (str):
        item_index (int | Unset):  Default: 0.
        attempt (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | StepRun]
    """

    kwargs = _get_kwargs(
        run_id=run_id,
        address=address,
        item_index=item_index,
        attempt=attempt,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    run_id: str,
    *,
    client: AuthenticatedClient | Client,
    address: str,
    item_index: int | Unset = 0,
    attempt: int | Unset = UNSET,
) -> Problem | StepRun | None:
    """Get one step execution with its evaluated input and, if it is not running, the reason

    Args:
        run_id (str):
        address (str):
        item_index (int | Unset):  Default: 0.
        attempt (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | StepRun
    """

    return (
        await asyncio_detailed(
            run_id=run_id,
            client=client,
            address=address,
            item_index=item_index,
            attempt=attempt,
        )
    ).parsed
