"""A folder of flows: each is registered under its name, and again when its file changes."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct
from stepflow_core import FlowLoadError, InvalidInputError, StepflowError, StepflowExecutor, StoreFlowResponse
from stepflow_core.errors import describe

log = logging.getLogger("stepflow.server")

SUFFIXES = (".yaml", ".yml", ".json")
CONFIGS = ("stepflow-config.yml", "stepflow-config.yaml")
FLOW_KEYS = ("steps", "output", "schema")
"""A document with one of these at its top is meant as a flow; other documents beside flows are data."""

Stamp = tuple[int, int, int]


class Found(Struct):
    """A file that was looked at: as which state of it, and the flow that it last gave."""

    stamp: Stamp
    flow_id: str | None = None
    name: str | None = None
    missing: bool = False


class FlowFolder:
    """Registers the flows of a folder and those below it with an executor.

    A file that turns faulty is reported and leaves what it gave before. The flow of one that is gone from two looks
    in a row (editors replace files), or that has another name or version now, is forgotten once no run uses it.
    """

    def __init__(self, executor: StepflowExecutor, folder: str | os.PathLike[str], interval: float) -> None:
        self._executor = executor
        self._folder = Path(folder).absolute()
        self._interval = interval
        self._known: dict[Path, Found] = {}
        self._leaving: dict[str, Path] = {}

    def check(self) -> None:
        """Raise `InvalidInputError` where there is no such folder."""
        if not self._folder.is_dir():
            raise InvalidInputError(f"the folder of flows, {self._folder}, is not a folder that can be read")

    async def watch(self) -> None:
        """Look at the folder again and again, until cancelled."""
        while True:
            await asyncio.sleep(self._interval)
            await self.look()

    async def look(self) -> None:
        """Take in what is new or has changed, and forget what has gone."""
        try:
            stamps = await asyncio.get_running_loop().run_in_executor(None, _stamps, self._folder)
        except OSError as error:
            log.warning("the folder of flows cannot be read: %s", error)
            return
        for path in [each for each in self._known if each not in stamps]:
            self._miss(path)
        for path, stamp in stamps.items():
            known = self._known.get(path)
            if known is None or known.stamp != stamp:
                await self._take_in(path, stamp, known or Found(stamp))
            else:
                known.missing = False
        for flow_id in list(self._leaving):
            await self._forget(flow_id)

    async def _take_in(self, path: Path, stamp: Stamp, before: Found) -> None:
        found = self._known[path] = Found(stamp, before.flow_id, before.name)
        try:
            name = _name(path)
            if name is None:
                return
            stored = await self._executor.store_flow(str(path), name=name.own)
            if not stored.stored:
                raise FlowLoadError(diagnostics=stored.diagnostics)
        except StepflowError as error:
            _tell(logging.ERROR, "a flow cannot be used", path, problem=error.message)
            return
        found.flow_id, found.name = stored.flow_id, name.shown
        if before.flow_id is not None and before.name != found.name:
            self._leaving[before.flow_id] = path
        self._report(path, name, stored)

    def _report(self, path: Path, name: Name, stored: StoreFlowResponse) -> None:
        problems = {"problem": describe(stored.diagnostics)} if stored.diagnostics else {}
        _tell(logging.INFO, "a flow is registered", path, name=name.shown, flow_id=stored.flow_id, **problems)
        for other, found in self._known.items():
            if other != path and found.flow_id == stored.flow_id and not found.missing:
                _tell(logging.WARNING, "two files hold the same flow", path, other=str(other))

    def _miss(self, path: Path) -> None:
        found = self._known[path]
        if not found.missing:
            found.missing = True
            return
        del self._known[path]
        if found.flow_id is not None:
            self._leaving[found.flow_id] = path

    async def _forget(self, flow_id: str) -> None:
        """Delete a flow that no file gives any more; where runs use it the next look tries again."""
        path = self._leaving[flow_id]
        if not any(found.flow_id == flow_id for found in self._known.values()):
            try:
                await self._executor.delete_flow(flow_id)
            except StepflowError as error:
                if error.status_code == 409:
                    return
            else:
                _tell(logging.INFO, "a flow is forgotten, its file has it no more", path, flow_id=flow_id)
        del self._leaving[flow_id]


class Name(Struct, frozen=True):
    """What a flow is registered as: `own` where the file has to give it a name, `shown` in any case."""

    own: str | None
    shown: str


def _stamps(folder: Path) -> dict[Path, Stamp]:
    """The files that may be flows, in order, and the state of each."""
    found = {}
    for path in _files(folder):
        try:
            state = path.stat()
        except OSError:
            continue
        found[path] = (state.st_mtime_ns, state.st_size, state.st_ino)
    return found


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(each for each in folders if not each.startswith(".") and each != "node_modules")
        for name in sorted(names):
            if name.lower().endswith(SUFFIXES) and not name.startswith(".") and name not in CONFIGS:
                yield Path(place, name)


def _name(path: Path) -> Name | None:
    """What the flow in a file is to be called; `None` where the file is no flow. Raises `FlowLoadError`."""
    from stepflow_core.documents import read_file

    document: Any = read_file(path).data
    if not isinstance(document, dict) or not any(key in document for key in FLOW_KEYS):
        return None
    own, version = document.get("name"), document.get("version")
    shown = own if isinstance(own, str) else path.stem
    return Name(None if isinstance(own, str) else path.stem, f"{shown}@{version}" if version else shown)


def _tell(level: int, message: str, path: Path, **fields: object) -> None:
    log.log(level, message, extra={"fields": {"file": str(path), **fields}})
