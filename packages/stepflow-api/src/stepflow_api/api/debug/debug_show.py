from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.debug_view import DebugView
from ...models.problem import Problem
from ...types import Response


def _get_kwargs(
    run_id: str,
    step_id: str,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/runs/{run_id}/debug/show/{step_id}".format(
            run_id=quote(str(run_id), safe=""),
            step_id=quote(str(step_id), safe=""),
        ),
    }

    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> DebugView | Problem:
    if response.status_code == 200:
        response_200 = DebugView.from_dict(response.json())

        return response_200

    if response.status_code == 401:
        response_401 = Problem.from_dict(response.json())

        return response_401

    if response.status_code == 404:
        response_404 = Problem.from_dict(response.json())

        return response_404

    if response.status_code == 409:
        response_409 = Problem.from_dict(response.json())

        return response_409

    response_default = Problem.from_dict(response.json())

    return response_default


def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[DebugView | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    run_id: str,
    step_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[DebugView | Problem]:
    """Get a step as it stands: its input once that can be evaluated, its result once it has ended

     Secrets in the input are redacted.

    Args:
        run_id (str):
        step_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[DebugView | Problem]
    """

    kwargs = _get_kwargs(
        run_id=run_id,
        step_id=step_id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    run_id: str,
    step_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> DebugView | Problem | None:
    """Get a step as it stands: its input once that can be evaluated, its result once it has ended

     Secrets in the input are redacted.

    Args:
        run_id (str):
        step_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        DebugView | Problem
    """

    return sync_detailed(
        run_id=run_id,
        step_id=step_id,
        client=client,
    ).parsed


async def asyncio_detailed(
    run_id: str,
    step_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[DebugView | Problem]:
    """Get a step as it stands: its input once that can be evaluated, its result once it has ended

     Secrets in the input are redacted.

    Args:
        run_id (str):
        step_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[DebugView | Problem]
    """

    kwargs = _get_kwargs(
        run_id=run_id,
        step_id=step_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    run_id: str,
    step_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> DebugView | Problem | None:
    """Get a step as it stands: its input once that can be evaluated, its result once it has ended

     Secrets in the input are redacted.

    Args:
        run_id (str):
        step_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        DebugView | Problem
    """

    return (
        await asyncio_detailed(
            run_id=run_id,
            step_id=step_id,
            client=client,
        )
    ).parsed
