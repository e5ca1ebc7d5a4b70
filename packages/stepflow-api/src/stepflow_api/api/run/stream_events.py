from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    run_id: str,
    *,
    since: int | Unset = -1,
    follow: bool | Unset = True,
    include_results: bool | Unset = True,
    include_sub_runs: bool | Unset = True,
    event_types: list[str] | Unset = UNSET,
    last_event_id: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(last_event_id, Unset):
        headers["Last-Event-ID"] = last_event_id

    params: dict[str, Any] = {}

    params["since"] = since

    params["follow"] = follow

    params["includeResults"] = include_results

    params["includeSubRuns"] = include_sub_runs

    json_event_types: list[str] | Unset = UNSET
    if not isinstance(event_types, Unset):
        json_event_types = event_types

    params["eventTypes"] = json_event_types

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/runs/{run_id}/events".format(
            run_id=quote(str(run_id), safe=""),
        ),
        "params": params,
    }

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Problem | str:
    if response.status_code == 200:
        response_200 = response.text
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


def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[Problem | str]:
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
    since: int | Unset = -1,
    follow: bool | Unset = True,
    include_results: bool | Unset = True,
    include_sub_runs: bool | Unset = True,
    event_types: list[str] | Unset = UNSET,
    last_event_id: str | Unset = UNSET,
) -> Response[Problem | str]:
    """Stream the events of a run, those that were and those that come

     Each is a `RunEvent` with its number as the id; `Last-Event-ID` goes on after it. A comment comes
    every 15 seconds; the stream ends after the run's `run_completed`. With `Accept:
    application/x-ndjson` the same objects come one to a line.

    Args:
        run_id (str):
        since (int | Unset):  Default: -1.
        follow (bool | Unset):  Default: True.
        include_results (bool | Unset):  Default: True.
        include_sub_runs (bool | Unset):  Default: True.
        event_types (list[str] | Unset):
        last_event_id (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | str]
    """

    kwargs = _get_kwargs(
        run_id=run_id,
        since=since,
        follow=follow,
        include_results=include_results,
        include_sub_runs=include_sub_runs,
        event_types=event_types,
        last_event_id=last_event_id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    run_id: str,
    *,
    client: AuthenticatedClient | Client,
    since: int | Unset = -1,
    follow: bool | Unset = True,
    include_results: bool | Unset = True,
    include_sub_runs: bool | Unset = True,
    event_types: list[str] | Unset = UNSET,
    last_event_id: str | Unset = UNSET,
) -> Problem | str | None:
    """Stream the events of a run, those that were and those that come

     Each is a `RunEvent` with its number as the id; `Last-Event-ID` goes on after it. A comment comes
    every 15 seconds; the stream ends after the run's `run_completed`. With `Accept:
    application/x-ndjson` the same objects come one to a line.

    Args:
        run_id (str):
        since (int | Unset):  Default: -1.
        follow (bool | Unset):  Default: True.
        include_results (bool | Unset):  Default: True.
        include_sub_runs (bool | Unset):  Default: True.
        event_types (list[str] | Unset):
        last_event_id (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | str
    """

    return sync_detailed(
        run_id=run_id,
        client=client,
        since=since,
        follow=follow,
        include_results=include_results,
        include_sub_runs=include_sub_runs,
        event_types=event_types,
        last_event_id=last_event_id,
    ).parsed


async def asyncio_detailed(
    run_id: str,
    *,
    client: AuthenticatedClient | Client,
    since: int | Unset = -1,
    follow: bool | Unset = True,
    include_results: bool | Unset = True,
    include_sub_runs: bool | Unset = True,
    event_types: list[str] | Unset = UNSET,
    last_event_id: str | Unset = UNSET,
) -> Response[Problem | str]:
    """Stream the events of a run, those that were and those that come

     Each is a `RunEvent` with its number as the id; `Last-Event-ID` goes on after it. A comment comes
    every 15 seconds; the stream ends after the run's `run_completed`. With `Accept:
    application/x-ndjson` the same objects come one to a line.

    Args:
        run_id (str):
        since (int | Unset):  Default: -1.
        follow (bool | Unset):  Default: True.
        include_results (bool | Unset):  Default: True.
        include_sub_runs (bool | Unset):  Default: True.
        event_types (list[str] | Unset):
        last_event_id (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | str]
    """

    kwargs = _get_kwargs(
        run_id=run_id,
        since=since,
        follow=follow,
        include_results=include_results,
        include_sub_runs=include_sub_runs,
        event_types=event_types,
        last_event_id=last_event_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    run_id: str,
    *,
    client: AuthenticatedClient | Client,
    since: int | Unset = -1,
    follow: bool | Unset = True,
    include_results: bool | Unset = True,
    include_sub_runs: bool | Unset = True,
    event_types: list[str] | Unset = UNSET,
    last_event_id: str | Unset = UNSET,
) -> Problem | str | None:
    """Stream the events of a run, those that were and those that come

     Each is a `RunEvent` with its number as the id; `Last-Event-ID` goes on after it. A comment comes
    every 15 seconds; the stream ends after the run's `run_completed`. With `Accept:
    application/x-ndjson` the same objects come one to a line.

    Args:
        run_id (str):
        since (int | Unset):  Default: -1.
        follow (bool | Unset):  Default: True.
        include_results (bool | Unset):  Default: True.
        include_sub_runs (bool | Unset):  Default: True.
        event_types (list[str] | Unset):
        last_event_id (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | str
    """

    return (
        await asyncio_detailed(
            run_id=run_id,
            client=client,
            since=since,
            follow=follow,
            include_results=include_results,
            include_sub_runs=include_sub_runs,
            event_types=event_types,
            last_event_id=last_event_id,
        )
    ).parsed
