"""The file of a cassette: what runs came to, by the key of what was asked."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
from msgspec import Struct

from ..errors import InvalidInputError, StepflowError
from ..results import Failed, FlowResult, Skipped, Success
from ..runs import RunDetails

VERSION = 1


class Recording(Struct, frozen=True, omit_defaults=True):
    """What a run came to; `flow` is the flow's name, for people; `run` is there for batches."""

    flow: str
    results: list[Success | Failed | Skipped]
    run_id: str | None = None
    run: RunDetails | None = None


class Tape(Struct, frozen=True):
    """All recordings of a file, by key."""

    version: int
    recordings: dict[str, Recording]


def recorded(
    flow: str, results: list[FlowResult], *, run_id: str | None = None, run: RunDetails | None = None
) -> Recording:
    """A recording that shares nothing with the results that it is made of."""
    fresh = Recording(flow, [each for each in results if isinstance(each, Success | Failed | Skipped)], run_id, run)
    return copied(fresh)


def copied(recording: Recording) -> Recording:
    """The recording, its holder's own."""
    return msgspec.json.decode(msgspec.json.encode(recording), type=Recording)


def read(path: Path) -> dict[str, Recording]:
    """The recordings in a file; none where there is no file.

    Raises `InvalidInputError` where it holds something else, `StepflowError` where it cannot be read.
    """
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise StepflowError(f"the cassette {path} cannot be read: {error.strerror}") from error
    return _decoded(content, path)


def _decoded(content: bytes, path: Path) -> dict[str, Recording]:
    try:
        tape = msgspec.json.decode(content, type=Tape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInputError(f"{path} is not a cassette: {error}") from None
    if tape.version != VERSION:
        raise InvalidInputError(f"the cassette {path} is of version {tape.version}; known is version {VERSION}")
    empty = [key for key, each in tape.recordings.items() if not each.results and each.run is None]
    if empty:
        raise InvalidInputError(f"{path} is not a cassette: the recording {empty[0]} has no results")
    return tape.recordings


def write(path: Path, recordings: dict[str, Recording]) -> None:
    """Write recordings to a file, whole or not at all; folders are made. Raises `StepflowError`."""
    content = msgspec.json.format(msgspec.json.encode(Tape(VERSION, recordings)), indent=2)
    beside = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(content + b"\n")
        beside.replace(path)
    except OSError as error:
        raise StepflowError(f"the cassette {path} cannot be written: {error.strerror}") from error
