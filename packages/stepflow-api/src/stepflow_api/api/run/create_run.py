from http import HTTPStatus
from typing import Any

import httpx

from ...client import AuthenticatedClient, Client
from ...models.create_run_request import CreateRunRequest
from ...models.create_run_response import CreateRunResponse
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    body: CreateRunRequest,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/runs",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> CreateRunResponse | Problem:
    if response.status_code == 200:
        response_200 = CreateRunResponse.from_dict(response.json())

        return response_200

    if response.status_code == 202:
        response_202 = CreateRunResponse.from_dict(response.json())

        return response_202

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
) -> Response[CreateRunResponse | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: CreateRunRequest,
    idempotency_key: str | Unset = UNSET,
) -> Response[CreateRunResponse | Problem]:
    """Run a stored flow

     The answer comes when the run has ended (200) or is paused or the time is up (202). With an
    `Idempotency-Key` the same request gives the same run.

    Args:
        idempotency_key (str | Unset):
        body (CreateRunRequest): A run of a stored flow: exactly one of `flowId` and `flowName`,
            and one input for each item.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[CreateRunResponse | Problem]
    """

    kwargs = _get_kwargs(
        body=body,
        idempotency_key=idempotency_key,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    body: CreateRunRequest,
    idempotency_key: str | Unset = UNSET,
) -> CreateRunResponse | Problem | None:
    """Run a stored flow

     The answer comes when the run has ended (200) or is paused or the time is up (202). With an
    `Idempotency-Key` the same request gives the same run.

    Args:
        idempotency_key (str | Unset):
        body (CreateRunRequest): A run of a stored flow: exactly one of `flowId` and `flowName`,
            and one input for each item.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        CreateRunResponse | Problem
    """

    return sync_detailed(
        client=client,
        body=body,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: CreateRunRequest,
    idempotency_key: str | Unset = UNSET,
) -> Response[CreateRunResponse | Problem]:
    """Run a stored flow

     The answer comes when the run has ended (200) or is paused or the time is up (202). With an
    `Idempotency-Key` the same request gives the same run.

    Args:
        idempotency_key (str | Unset):
        body (CreateRunRequest): A run of a stored flow: exactly one of `flowId` and `flowName`,
            and one input for each item.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[CreateRunResponse | Problem]
    """

    kwargs = _get_kwargs(
        body=body,
        idempotency_key=idempotency_key,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: CreateRunRequest,
    idempotency_key: str | Unset = UNSET,
) -> CreateRunResponse | Problem | None:
    """Run a stored flow

     The answer comes when the run has ended (200) or is paused or the time is up (202). With an
    `Idempotency-Key` the same request gives the same run.

    Args:
        idempotency_key (str | Unset):
        body (CreateRunRequest): A run of a stored flow: exactly one of `flowId` and `flowName`,
            and one input for each item.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        CreateRunResponse | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            idempotency_key=idempotency_key,
        )
    ).parsed
