"""What a cassette has recorded, what it replays, and which runs it waits for to record them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeAlias

from ..errors import ConflictError, InvalidInputError, NotFoundError, StepflowError
from ..results import FlowResult
from ..runs import BatchResult, RunDetails
from . import _tape
from ._requests import Request
from ._tape import Recording

CassetteMode: TypeAlias = Literal["auto", "record", "replay"]
"""What a cassette does with a run: replay it where it is recorded, always record it, or only replay."""

MODES = ("auto", "record", "replay")


class MissingRecordingError(NotFoundError):
    """The cassette has no recording of the run."""


class Recordings:
    """The recordings of a file and those that were made since it was read."""

    def __init__(self, path: Path, mode: CassetteMode) -> None:
        if mode not in MODES:
            raise InvalidInputError(f"the mode of a cassette is one of {', '.join(MODES)}, not {mode!r:.40}")
        self._path = path
        self._mode = mode
        self._known = _tape.read(path)
        self._added: dict[str, Recording] = {}
        self._under_way: dict[str, Request] = {}
        self._replayed: dict[str, Recording] = {}
        self._closed = False
        if mode == "replay" and not self._known:
            raise MissingRecordingError(f"there is nothing to replay in the cassette {path}: record it first")

    # ---- replaying

    def request(self, make: Callable[[], Request]) -> Request | None:
        """What is asked; nothing to record or replay where the executor behind the cassette will refuse it."""
        self._check_open()
        try:
            return make()
        except StepflowError:
            if self._mode == "replay":
                raise
            return None

    def find(self, request: Request | None) -> Recording | None:
        """What is to be replayed. Raises `MissingRecordingError` where nothing may be run."""
        if request is None or self._mode == "record":
            return None
        recording = self._known.get(request.key)
        if recording is not None:
            return _tape.copied(recording)
        if self._mode == "replay":
            raise MissingRecordingError(self._missing(request))
        return None

    def _missing(self, request: Request) -> str:
        names = ", ".join(sorted({repr(each.flow) for each in self._known.values()}))
        return (
            f"the cassette {self._path} has no recording of this run of the flow {request.flow!r}: the flow, its "
            f"inputs, overrides or variables are others than when it was recorded (it has runs of {names:.200})"
        )

    def begin(self, request: Request, recording: Recording) -> str:
        """The id of a run that is replayed."""
        run_id = recording.run_id or f"replayed-{request.key[:32]}"
        self._replayed[run_id] = recording
        return run_id

    def replayed(self, run_id: str) -> Recording | None:
        """The recording of a run that was begun here, its holder's own."""
        self._check_open()
        recording = self._replayed.get(run_id)
        return None if recording is None else _tape.copied(recording)

    def result(self, recording: Recording) -> FlowResult:
        """The result of the only item. Raises `ConflictError` where there are others."""
        if len(recording.results) != 1:
            raise ConflictError(f"the recorded run has {len(recording.results)} items: use get_batch")
        return recording.results[0]

    def batch(self, recording: Recording) -> BatchResult:
        """The results of all items. Raises `MissingRecordingError` where the run's details are not recorded."""
        if recording.run is None:
            raise MissingRecordingError(
                f"the cassette {self._path} has the results of this run of the flow {recording.flow!r} without its "
                "details: record it with run_batch or get_batch"
            )
        return BatchResult(run=recording.run, results=[*recording.results])

    # ---- recording

    def follow(self, run_id: str, request: Request | None) -> None:
        """Note what a run was asked with, until its results are known."""
        if request is not None:
            self._under_way[run_id] = request

    def ended(self, run_id: str, results: list[FlowResult], run: RunDetails | None = None) -> None:
        """Record the results of a run that is followed."""
        request = self._under_way.get(run_id)
        if request is not None and (run is not None or not self._has_details(request, run_id)):
            self.add(request, results, run_id=run_id, run=run)

    def _has_details(self, request: Request, run_id: str) -> bool:
        """Whether the run's recording has its details, or has to have them."""
        known = self._added.get(request.key)
        return request.is_batch or (known is not None and known.run_id == run_id)

    def add(
        self,
        request: Request | None,
        results: list[FlowResult],
        *,
        run_id: str | None = None,
        run: RunDetails | None = None,
    ) -> None:
        """Record what a request came to."""
        if request is not None:
            recording = _tape.recorded(request.flow, results, run_id=run_id, run=run)
            self._known[request.key] = self._added[request.key] = recording

    # ---- life

    def save(self) -> None:
        """Write what was recorded. Raises `StepflowError`."""
        if self._added:
            # What others have recorded in the same file since it was read stays there.
            _tape.write(self._path, _tape.read(self._path) | self._added)
            self._added.clear()

    def close(self) -> None:
        """Save; nothing is replayed any more. Raises `StepflowError`."""
        self._closed = True
        self.save()

    def _check_open(self) -> None:
        if self._closed:
            raise ConflictError("the cassette was closed")
