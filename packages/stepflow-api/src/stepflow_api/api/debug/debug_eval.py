from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.debug_eval_request import DebugEvalRequest
from ...models.debug_eval_response import DebugEvalResponse
from ...models.problem import Problem
from ...types import Response


def _get_kwargs(
    run_id: str,
    *,
    body: DebugEvalRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/runs/{run_id}/debug/eval".format(
            run_id=quote(str(run_id), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> DebugEvalResponse | Problem:
    if response.status_code == 200:
        response_200 = DebugEvalResponse.from_dict(response.json())

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

    if response.status_code == 409:
        response_409 = Problem.from_dict(response.json())

        return response_409

    if response.status_code == 413:
        response_413 = Problem.from_dict(response.json())

        return response_413

    if response.status_code == 415:
        response_415 = Problem.from_dict(response.json())

        return response_415

    if response.status_code == 422:
        response_422 = Problem.from_dict(response.json())

        return response_422

    response_default = Problem.from_dict(response.json())

    return response_default


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[DebugEvalResponse | Problem]:
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
    body: DebugEvalRequest,
) -> Response[DebugEvalResponse | Problem]:
    """Get the result of a step, which runs first if it has not (with all that it needs), or of an
    expression

     An expression sees the run as it is; one that reaches a step without a result is refused.

    Args:
        run_id (str):
        body (DebugEvalRequest): What to evaluate in a debugged run: exactly one of `stepId` and
            `expression`.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[DebugEvalResponse | Problem]
    """

    kwargs = _get_kwargs(
        run_id=run_id,
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    run_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: DebugEvalRequest,
) -> DebugEvalResponse | Problem | None:
    """Get the result of a step, which runs first if it has not (with all that it needs), or of an
    expression

     An expression sees the run as it is; one that reaches a step without a result is refused.

    Args:
        run_id (str):
        body (DebugEvalRequest): What to evaluate in a debugged run: exactly one of `stepId` and
            `expression`.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        DebugEvalResponse | Problem
    """

    return sync_detailed(
        run_id=run_id,
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    run_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: DebugEvalRequest,
) -> Response[DebugEvalResponse | Problem]:
    """Get the result of a step, which runs first if it has not (with all that it needs), or of an
    expression

     An expression sees the run as it is; one that reaches a step without a result is refused.

    Args:
        run_id (str):
        body (DebugEvalRequest): What to evaluate in a debugged run: exactly one of `stepId` and
            `expression`.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[DebugEvalResponse | Problem]
    """

    kwargs = _get_kwargs(
        run_id=run_id,
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    run_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: DebugEvalRequest,
) -> DebugEvalResponse | Problem | None:
    """Get the result of a step, which runs first if it has not (with all that it needs), or of an
    expression

     An expression sees the run as it is; one that reaches a step without a result is refused.

    Args:
        run_id (str):
        body (DebugEvalRequest): What to evaluate in a debugged run: exactly one of `stepId` and
            `expression`.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        DebugEvalResponse | Problem
    """

    return (
        await asyncio_detailed(
            run_id=run_id,
            client=client,
            body=body,
        )
    ).parsed
