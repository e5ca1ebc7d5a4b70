"""The API: from a request to its answer, whichever web framework carries them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import perf_counter
from typing import Any, TypeAlias

import msgspec
from stepflow_core import StepflowError, StepflowExecutor

from .access import KeyCheck, LocalNames, Origins
from .endpoint import Endpoint, Page
from .events.hub import EventHub
from .logs import request_logger
from .messages import (
    Answer,
    BrokenBodyError,
    GoneError,
    Request,
    Response,
    Stream,
    TooLargeError,
    TooSlowError,
)
from .operations import BASE, Reply, Service
from .problems import ProblemError, problem_of, response_of, retry_headers, server_failure
from .router import Router
from .settings import Settings
from .table import OPERATIONS

log = logging.getLogger("stepflow.server")

Target: TypeAlias = "Endpoint | Page"
TellRequest: TypeAlias = "Callable[[dict[str, Any]], None]"
"""What is told of each request that was answered: `method, path, operation, status, ms` and, where known, `run_id`."""


class Api:
    """An executor behind the operations of the API. To be used from one event loop.

    `tell` is told of every request, by default the logger `stepflow.server.access`; `names` are those by which
    requests may call the server, without it any.
    """

    def __init__(
        self,
        executor: StepflowExecutor,
        settings: Settings,
        tell: TellRequest | None = None,
        names: LocalNames | None = None,
    ) -> None:
        self.service = Service(executor, settings, EventHub(executor, settings.heartbeat))
        self._tell = tell or request_logger(logging.getLogger("stepflow.server.access"))
        self._key = KeyCheck(settings.api_key)
        self._names = names
        self._origins = Origins(settings.cors_origins)
        self._router: Router[Target] = Router()
        for each in OPERATIONS:
            self._router.add(each.method, BASE + each.path, Endpoint(each, self.service))
        self._router.add("GET", f"{BASE}/openapi.json", Page(_document))
        self._router.add("GET", "/docs", Page(_docs))

    async def handle(self, request: Request) -> Answer:
        """Answer one request; whatever goes wrong is an answer too."""
        started = perf_counter()
        operation, run_id = "", None
        try:
            if self._names is not None:
                self._names.check(request)
            if request.method == "OPTIONS":
                answer: Answer = self._options(request)
            else:
                target, path = self._router.find(request.method, request.path)
                operation, run_id = target.id, path.get("run_id")
                self._admit(target, request)
                reply = await target.call(request, path)
                if isinstance(reply, Reply):
                    run_id = reply.run_id or run_id
                    answer = _written(reply)
                else:
                    answer = reply
        except Exception as error:  # every request is answered
            answer = self._failure(error, operation)
        answer = self._finished(answer, request)
        self._tell_of(request, answer, operation, run_id, started)
        return answer

    def drain(self) -> None:
        """Refuse what comes from now on and end all streams; what is under way goes on."""
        self.service.draining = True
        self.service.events.close()

    def _admit(self, target: Target, request: Request) -> None:
        if not target.open:
            self._key.check(request)
            if self.service.draining:
                raise ProblemError(503, "the server is about to end", headers={"Retry-After": "1"})

    def _options(self, request: Request) -> Response:
        headers = {"Allow": self._router.allowed(request.path), **self._origins.preflight(request)}
        return Response(204, headers=headers)

    def _finished(self, answer: Answer, request: Request) -> Answer:
        if request.method == "HEAD" and isinstance(answer, Stream):
            answer = Response(answer.status, b"", answer.content_type, answer.headers)
        if self._origins.any:
            answer.headers = {**answer.headers, **self._origins.headers(request)}
        return answer

    def _tell_of(self, request: Request, answer: Answer, operation: str, run_id: str | None, started: float) -> None:
        """Tell of a request, of a stream when it has ended; neither of its query nor of any body."""
        fields: dict[str, Any] = {
            "method": request.method,
            "path": request.path[:200],
            "operation": operation,
            "status": answer.status,
        }
        if run_id is not None:
            fields["run_id"] = run_id

        def tell() -> None:
            fields["ms"] = round((perf_counter() - started) * 1000, 3)
            self._tell(fields)

        if isinstance(answer, Stream):
            answer.ended = tell
        else:
            tell()

    def _failure(self, error: Exception, operation: str) -> Response:
        match error:
            case ProblemError():
                return response_of(error.problem, error.headers)
            case StepflowError():
                if (error.status_code or 500) >= 500:
                    log.error("%s failed: %s", operation, error, exc_info=error)
                return response_of(problem_of(error), retry_headers(error))
            case TooLargeError():
                limit = self.service.settings.max_body
                return response_of(ProblemError(413, f"the body has more than {limit:,} bytes").problem)
            case TooSlowError():
                return response_of(ProblemError(408, "the body did not arrive in time").problem)
            case BrokenBodyError():
                return response_of(ProblemError(400, f"the body cannot be read: {error}").problem)
            case GoneError():
                return response_of(ProblemError(499, "the client has gone").problem)
        log.error("%s failed", operation, exc_info=error)
        return response_of(server_failure())


def _written(reply: Reply) -> Response:
    body = b"" if reply.value is None else _encode(reply.value)
    return (
        Response(reply.status, body) if reply.headers is None else Response(reply.status, body, headers=reply.headers)
    )


_encode = msgspec.json.Encoder().encode


def _document(request: Request) -> Response:
    from .openapi.document import openapi_json

    return Response(200, openapi_json(request.mount))


def _docs(request: Request) -> Response:
    from .openapi.page import SECURITY, docs_page

    return Response(200, docs_page(request.mount), "text/html; charset=utf-8", SECURITY)
