"""Results that are recorded in a file, and replayed from it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InvalidInputError, RunTimeoutError, StepflowError
from ..results import FlowResult
from ..runs import BatchResult, ExecutionStatus, ItemResult
from ._delegating import ExecutorWrapper
from ._recordings import CassetteMode, Recordings
from ._requests import batch_request, run_request

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from ..executor import Durability, FlowSource, Overrides, StepflowExecutor


class CassetteExecutor(ExecutorWrapper):
    """Records what runs come to in a JSON file, and replays it, in tests above all.

    `mode` is `auto` (replay what is recorded, run and record what is not), `record` (run everything, and
    record it anew) or `replay` (run nothing; then `inner` may be `None`). `run`, `submit` with `get_result`,
    `run_batch`, and `submit_batch` with `get_batch` are recorded, by the content of flow, inputs, overrides
    and variables; a file counts with its content, a stored flow with its id or name. Each such request has
    one recording, the last one made. Refusals and timeouts are not recorded.

    Everything else goes to the inner executor, which knows nothing of runs that were replayed. Replayed
    batches tell `on_item` of their items in order; inputs are read to their end before a batch begins.

    The file is written by `save` and when the cassette is closed, together with what it has held before.
    Of what a run was asked with it holds a hash and no more, of batches besides the run's details, in which
    the executor has redacted the secrets of inputs. Outputs and errors stand there as they are: a flow whose
    output has secrets is not one to record.

    Raises `InvalidInputError` for an unknown mode or a file that is no cassette; `MissingRecordingError`
    where there is no file to replay, and for a run that `replay` does not find.
    """

    def __init__(
        self, inner: StepflowExecutor | None, path: str | os.PathLike[str], mode: CassetteMode = "auto"
    ) -> None:
        if inner is None and mode != "replay":
            raise InvalidInputError(f"without an executor a cassette can only replay; its mode is {mode!r:.40}")
        self._recordings = Recordings(Path(path), mode)
        super().__init__(_Nobody(Path(path)) if inner is None else inner)

    # ---- runs

    async def run(
        self,
        flow: FlowSource,
        input: Any = None,
        overrides: Overrides | None = None,
        *,
        variables: Mapping[str, Any] | None = None,
        tags: Mapping[str, str] | None = None,
        durability: Durability | None = None,
        timeout: float | None = None,
    ) -> FlowResult:
        """The recorded result, or that of a run."""
        request = self._recordings.request(lambda: run_request(flow, input, overrides, variables))
        recording = self._recordings.find(request)
        if recording is not None:
            return self._recordings.result(recording)
        try:
            result = await self.inner.run(
                flow, input, overrides, variables=variables, tags=tags, durability=durability, timeout=timeout
            )
        except RunTimeoutError as error:
            self._recordings.follow(error.run_id, request)
            raise
        self._recordings.add(request, [result])
        return result

    async def submit(
        self,
        flow: FlowSource,
        input: Any = None,
        overrides: Overrides | None = None,
        *,
        variables: Mapping[str, Any] | None = None,
        tags: Mapping[str, str] | None = None,
        durability: Durability | None = None,
        idempotency_key: str | None = None,
    ) -> str:
        """The id of the recorded run, or of one that is started."""
        request = self._recordings.request(lambda: run_request(flow, input, overrides, variables))
        recording = self._recordings.find(request)
        if request is not None and recording is not None:
            return self._recordings.begin(request, recording)
        run_id = await self.inner.submit(
            flow,
            input,
            overrides,
            variables=variables,
            tags=tags,
            durability=durability,
            idempotency_key=idempotency_key,
        )
        self._recordings.follow(run_id, request)
        return run_id

    async def get_result(self, run_id: str, *, timeout: float | None = None) -> FlowResult:
        """The recorded result of a run that was replayed, or that of a run."""
        recording = self._recordings.replayed(run_id)
        if recording is not None:
            return self._recordings.result(recording)
        result = await self.inner.get_result(run_id, timeout=timeout)
        self._recordings.ended(run_id, [result])
        return result

    # ---- batches

    async def run_batch(
        self,
        flow: FlowSource,
        inputs: Iterable[Any],
        *,
        max_concurrency: int | None = None,
        on_item: Callable[[ItemResult], object] | None = None,
        overrides: Overrides | None = None,
        variables: Mapping[str, Any] | None = None,
        tags: Mapping[str, str] | None = None,
        durability: Durability | None = None,
    ) -> BatchResult:
        """The recorded results, or those of a run."""
        inputs = _listed(inputs)
        request = self._recordings.request(lambda: batch_request(flow, inputs, overrides, variables))
        recording = self._recordings.find(request)
        if recording is not None:
            return _told(self._recordings.batch(recording), on_item)
        batch = await self.inner.run_batch(
            flow,
            inputs,
            max_concurrency=max_concurrency,
            on_item=on_item,
            overrides=overrides,
            variables=variables,
            tags=tags,
            durability=durability,
        )
        self._recordings.add(request, batch.results, run_id=batch.run.run_id, run=batch.run)
        return batch

    async def submit_batch(
        self,
        flow: FlowSource,
        inputs: Iterable[Any],
        *,
        max_concurrency: int | None = None,
        overrides: Overrides | None = None,
        variables: Mapping[str, Any] | None = None,
        tags: Mapping[str, str] | None = None,
        durability: Durability | None = None,
        idempotency_key: str | None = None,
    ) -> str:
        """The id of the recorded batch, or of one that is started."""
        inputs = _listed(inputs)
        request = self._recordings.request(lambda: batch_request(flow, inputs, overrides, variables))
        recording = self._recordings.find(request)
        if request is not None and recording is not None:
            return self._recordings.begin(request, recording)
        run_id = await self.inner.submit_batch(
            flow,
            inputs,
            max_concurrency=max_concurrency,
            overrides=overrides,
            variables=variables,
            tags=tags,
            durability=durability,
            idempotency_key=idempotency_key,
        )
        self._recordings.follow(run_id, request)
        return run_id

    async def get_batch(self, run_id: str, *, timeout: float | None = None) -> BatchResult:
        """The recorded results of a run that was replayed, or those of a run."""
        recording = self._recordings.replayed(run_id)
        if recording is not None:
            return self._recordings.batch(recording)
        batch = await self.inner.get_batch(run_id, timeout=timeout)
        self._recordings.ended(run_id, batch.results, batch.run)
        return batch

    # ---- life

    def save(self) -> None:
        """Write what has been recorded to the file. Raises `StepflowError` where that cannot be done."""
        self._recordings.save()

    async def close(self) -> None:
        """Save the recordings and close the inner executor."""
        try:
            self._recordings.close()
        finally:
            await self.inner.close()


class _Nobody(ExecutorWrapper):
    """The executor of a cassette that replays alone."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __repr__(self) -> str:
        return "None"

    async def __aenter__(self) -> Self:
        return self

    @property
    def inner(self) -> StepflowExecutor:
        """There is none."""
        raise StepflowError("a cassette without an executor replays runs and can do nothing else")

    @property
    def url(self) -> str:
        """The file."""
        return f"stepflow+cassette://{self._path.as_posix()}"

    async def close(self) -> None:
        """Nothing is held."""


def _listed(inputs: Iterable[Any]) -> Iterable[Any]:
    """The inputs of a batch, read to their end; what is no iterable of inputs stays for the executor to refuse."""
    is_one_value = isinstance(inputs, str | bytes | Mapping) or not isinstance(inputs, Iterable)
    return inputs if is_one_value else list(inputs)


def _told(batch: BatchResult, on_item: Callable[[ItemResult], object] | None) -> BatchResult:
    if on_item is not None:
        for index, result in enumerate(batch.results):
            on_item(ItemResult(index=index, item_index=index, status=_status(result), result=result))
    return batch


def _status(result: FlowResult) -> ExecutionStatus:
    if result.error is not None:
        return ExecutionStatus.CANCELLED if result.error.code == 499 else ExecutionStatus.FAILED
    return ExecutionStatus.SKIPPED if result.is_skipped else ExecutionStatus.COMPLETED
