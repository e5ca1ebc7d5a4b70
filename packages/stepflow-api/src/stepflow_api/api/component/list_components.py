from http import HTTPStatus
from typing import Any

import httpx

from ...client import AuthenticatedClient, Client
from ...models.list_components_response import ListComponentsResponse
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    include_schemas: bool | Unset = True,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["includeSchemas"] = include_schemas

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/components",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ListComponentsResponse | Problem:
    if response.status_code == 200:
        response_200 = ListComponentsResponse.from_dict(response.json())

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
) -> Response[ListComponentsResponse | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    include_schemas: bool | Unset = True,
) -> Response[ListComponentsResponse | Problem]:
    """List the components that flows can use

    Args:
        include_schemas (bool | Unset):  Default: True.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ListComponentsResponse | Problem]
    """

    kwargs = _get_kwargs(
        include_schemas=include_schemas,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    include_schemas: bool | Unset = True,
) -> ListComponentsResponse | Problem | None:
    """List the components that flows can use

    Args:
        include_schemas (bool | Unset):  Default: True.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ListComponentsResponse | Problem
    """

    return sync_detailed(
        client=client,
        include_schemas=include_schemas,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    include_schemas: bool | Unset = True,
) -> Response[ListComponentsResponse | Problem]:
    """List the components that flows can use

    Args:
        include_schemas (bool | Unset):  Default: True.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ListComponentsResponse | Problem]
    """

    kwargs = _get_kwargs(
        include_schemas=include_schemas,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    include_schemas: bool | Unset = True,
) -> ListComponentsResponse | Problem | None:
    """List the components that flows can use

    Args:
        include_schemas (bool | Unset):  Default: True.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ListComponentsResponse | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            include_schemas=include_schemas,
        )
    ).parsed
