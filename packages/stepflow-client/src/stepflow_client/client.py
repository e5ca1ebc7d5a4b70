"""`StepflowClient`: the executor that runs flows on a server."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from .debugging import DebugMembers
from .runs import RunMembers

if TYPE_CHECKING:
    from stepflow_core import BlockingExecutor


class StepflowClient(RunMembers, DebugMembers):
    """Runs flows on a Stepflow server. An executor: see `stepflow_core.StepflowExecutor` for its members.

    `base_url` is the server's address, such as `http://localhost:7837`. `timeout` is how many seconds an answer
    may take, beside what a call waits for a run. `api_key` is sent as a bearer token, `headers` with every request.
    A request is sent up to `max_retries` times more where the connection breaks or the server is busy (429, 503),
    if that cannot do its work twice. `http_client` sends the requests in place of connections of its own; it stays
    the caller's to close. Usable at once, inside `async with` or ended by `close`;
    `with StepflowClient(…) as ex` gives its members without `await`.

    Raises `InvalidInputError` for arguments that mean nothing.
    """

    def __enter__(self) -> BlockingExecutor:
        from stepflow_core import blocking

        self._blocking = blocking(self)
        return self._blocking.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._blocking is not None:
            self._blocking.__exit__(kind, error, trace)
