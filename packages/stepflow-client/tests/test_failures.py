"""Failures of requests as exceptions: the same types as from every executor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from stepflow_client import (
    AuthenticationError,
    ConflictError,
    ConnectionFailedError,
    FlowLoadError,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    RateLimitError,
    RunTimeoutError,
    ServerError,
    StepflowClient,
    StepflowClientError,
    StepflowError,
)

RUN_ID = "0190a6d8-5c1e-7c3a-8d3f-0123456789ab"
GET = f"GET /runs/{RUN_ID}"

Response = Callable[..., httpx.Response]

KINDS = {
    400: InvalidInputError,
    401: AuthenticationError,
    403: ForbiddenError,
    404: NotFoundError,
    408: RunTimeoutError,
    409: ConflictError,
    413: InvalidInputError,
    415: InvalidInputError,
    418: StepflowError,
    422: InvalidInputError,
    429: RateLimitError,
    500: ServerError,
    502: ServerError,
    503: ServerError,
}


@pytest.mark.parametrize(("status", "kind"), KINDS.items())
async def test_a_problem_is_the_exception_of_its_status(
    stub: Any, client: StepflowClient, problem: Response, pauses: list[float], status: int, kind: type[StepflowError]
) -> None:
    """With what the server says of it."""
    stub.on(GET, problem(status, "what went wrong", {"Retry-After": "3"}, details={"a": 1}))
    with pytest.raises(StepflowClientError) as caught:
        await client.get_run(RUN_ID)
    error = caught.value
    assert type(error) is kind
    assert (error.message, error.status_code, error.details) == ("what went wrong", status, {"a": 1})
    assert error.retry_after == 3


async def test_violations_are_among_the_details(stub: Any, client: StepflowClient, problem: Response) -> None:
    """Each with its pointer."""
    violations = [{"pointer": "/n", "message": "not a number"}]
    stub.on(
        "POST /runs",
        problem(422, errors=violations, details={"kind": "invalid_input"}),
        problem(422, errors=violations),
    )
    for details in ({"kind": "invalid_input", "errors": violations}, {"errors": violations}):
        with pytest.raises(InvalidInputError) as caught:
            await client.run("ab" * 32, {"n": "x"})
        assert caught.value.details == details


async def test_a_flow_that_cannot_be_used_has_its_diagnostics(
    stub: Any, client: StepflowClient, problem: Response
) -> None:
    """Where a status of 400 has some."""
    fault = {"code": 3003, "kind": "k", "level": "fatal", "text": "t", "path": "$", "pointer": ""}
    stub.on("POST /runs", problem(400, diagnostics=[fault]))
    with pytest.raises(FlowLoadError) as caught:
        await client.run("ab" * 32)
    assert [each.code for each in caught.value.diagnostics] == [3003]


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500, text="<html><title>Bad gateway</title></html>"),
        httpx.Response(500, json=["a"]),
        httpx.Response(500, content=b"\xff\xfe"),
        httpx.Response(500),
        httpx.Response(500, json={"detail": 5, "diagnostics": "x", "errors": 1}),
    ],
    ids=["a page", "a list", "bytes", "nothing", "something else"],
)
async def test_a_failure_without_a_problem_document_is_one_too(
    stub: Any, client: StepflowClient, answer: httpx.Response
) -> None:
    """As from something between the client and the server."""
    stub.on(GET, answer)
    with pytest.raises(ServerError, match="500 Internal Server Error"):
        await client.get_run(RUN_ID)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>sign in</html>"),
        httpx.Response(200, json={"runId": RUN_ID}),
        httpx.Response(200, json=[]),
        httpx.Response(200),
        httpx.Response(302, headers={"Location": "/login"}),
    ],
    ids=["a page", "another object", "a list", "nothing", "a redirect"],
)
async def test_an_answer_that_cannot_be_read_is_a_failure_of_the_server(
    stub: Any, client: StepflowClient, answer: httpx.Response
) -> None:
    """It is told what answered, and no exception of a library comes through."""
    stub.on(GET, answer)
    with pytest.raises(ServerError, match="http://test"):
        await client.get_run(RUN_ID)


@pytest.mark.parametrize(
    "fault",
    [httpx.ConnectError("refused"), httpx.ReadTimeout("slow"), httpx.ConnectTimeout(""), httpx.ReadError("reset")],
    ids=repr,
)
async def test_a_server_that_cannot_be_reached_is_told(
    stub: Any, client: StepflowClient, pauses: list[float], fault: Exception
) -> None:
    """With its address; there is no status."""
    stub.on(GET, fault)
    with pytest.raises(ConnectionFailedError, match="http://test") as caught:
        await client.get_run(RUN_ID)
    assert caught.value.status_code is None


def test_the_base_of_all_is_that_of_the_core() -> None:
    """What is caught from one executor is caught from the other."""
    assert StepflowClientError is StepflowError
