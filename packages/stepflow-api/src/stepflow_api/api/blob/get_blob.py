from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.blob import Blob
from ...models.problem import Problem
from ...types import Response


def _get_kwargs(
    blob_id: str,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/blobs/{blob_id}".format(
            blob_id=quote(str(blob_id), safe=""),
        ),
    }

    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Blob | Problem:
    if response.status_code == 200:
        response_200 = Blob.from_dict(response.json())

        return response_200

    if response.status_code == 401:
        response_401 = Problem.from_dict(response.json())

        return response_401

    if response.status_code == 404:
        response_404 = Problem.from_dict(response.json())

        return response_404

    response_default = Problem.from_dict(response.json())

    return response_default


def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[Blob | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    blob_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[Blob | Problem]:
    """Get a blob: as JSON, or with `Accept: application/octet-stream` the bytes that its id is the hash of

    Args:
        blob_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Blob | Problem]
    """

    kwargs = _get_kwargs(
        blob_id=blob_id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    blob_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Blob | Problem | None:
    """Get a blob: as JSON, or with `Accept: application/octet-stream` the bytes that its id is the hash of

    Args:
        blob_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Blob | Problem
    """

    return sync_detailed(
        blob_id=blob_id,
        client=client,
    ).parsed


async def asyncio_detailed(
    blob_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[Blob | Problem]:
    """Get a blob: as JSON, or with `Accept: application/octet-stream` the bytes that its id is the hash of

    Args:
        blob_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Blob | Problem]
    """

    kwargs = _get_kwargs(
        blob_id=blob_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    blob_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Blob | Problem | None:
    """Get a blob: as JSON, or with `Accept: application/octet-stream` the bytes that its id is the hash of

    Args:
        blob_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Blob | Problem
    """

    return (
        await asyncio_detailed(
            blob_id=blob_id,
            client=client,
        )
    ).parsed
