from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...models.run_details import RunDetails
from ...types import UNSET, Response, Unset


def _get_kwargs(
    run_id: str,
    *,
    wait: bool | Unset = False,
    timeout_secs: float | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["wait"] = wait

    params["timeoutSecs"] = timeout_secs

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/runs/{run_id}".format(
            run_id=quote(str(run_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Problem | RunDetails:
    if response.status_code == 200:
        response_200 = RunDetails.from_dict(response.json())

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
) -> Response[Problem | RunDetails]:
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
    wait: bool | Unset = False,
    timeout_secs: float | Unset = UNSET,
) -> Response[Problem | RunDetails]:
    """Get a run, with `wait` once it has ended or is paused or the time is up

    Args:
        run_id (str):
        wait (bool | Unset):  Default: False.
        timeout_secs (float | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | RunDetails]
    """

    kwargs = _get_kwargs(
        run_id=run_id,
        wait=wait,
        timeout_secs=timeout_secs,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    run_id: str,
    *,
    client: AuthenticatedClient | Client,
    wait: bool | Unset = False,
    timeout_secs: float | Unset = UNSET,
) -> Problem | RunDetails | None:
    """Get a run, with `wait` once it has ended or is paused or the time is up

    Args:
        run_id (str):
        wait (bool | Unset):  Default: False.
        timeout_secs (float | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | RunDetails
    """

    return sync_detailed(
        run_id=run_id,
        client=client,
        wait=wait,
        timeout_secs=timeout_secs,
    ).parsed


async def asyncio_detailed(
    run_id: str,
    *,
    client: AuthenticatedClient | Client,
    wait: bool | Unset = False,
    timeout_secs: float | Unset = UNSET,
) -> Response[Problem | RunDetails]:
    """Get a run, with `wait` once it has ended or is paused or the time is up

    Args:
        run_id (str):
        wait (bool | Unset):  Default: False.
        timeout_secs (float | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | RunDetails]
    """

    kwargs = _get_kwargs(
        run_id=run_id,
        wait=wait,
        timeout_secs=timeout_secs,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    run_id: str,
    *,
    client: AuthenticatedClient | Client,
    wait: bool | Unset = False,
    timeout_secs: float | Unset = UNSET,
) -> Problem | RunDetails | None:
    """Get a run, with `wait` once it has ended or is paused or the time is up

    Args:
        run_id (str):
        wait (bool | Unset):  Default: False.
        timeout_secs (float | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | RunDetails
    """

    return (
        await asyncio_detailed(
            run_id=run_id,
            client=client,
            wait=wait,
            timeout_secs=timeout_secs,
        )
    ).parsed
