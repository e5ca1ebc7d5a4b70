"""What the tests of the command line share: streams in memory, an executor that tells a prepared story."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from stepflow_cli.terminal import Terminal
from stepflow_core import (
    ExecutionStatus,
    FlowResult,
    ItemCounts,
    ItemResult,
    ListItemsResponse,
    RunDetails,
    RunEvent,
    StoreFlowResponse,
)

NOW = datetime(2026, 1, 2, tzinfo=UTC)


class Bytes(io.BytesIO):
    """A byte stream that may say that it is a terminal."""

    def __init__(self, *, tty: bool) -> None:
        super().__init__()
        self._tty = tty

    def isatty(self) -> bool:
        return self._tty


class Text(io.StringIO):
    """A text stream that may say that it is a terminal."""

    def __init__(self, *, tty: bool) -> None:
        super().__init__()
        self._tty = tty

    def isatty(self) -> bool:
        return self._tty


class Screen(Terminal):
    """A terminal in memory; `shown` is what was written to stdout, `said` what to stderr."""

    def __init__(self, *, tty: bool = False, environ: dict[str, str] | None = None, **options: Any) -> None:
        super().__init__(Bytes(tty=tty), Text(tty=tty), environ=environ or {}, **options)

    @property
    def shown(self) -> str:
        assert isinstance(self.out, Bytes)
        return self.out.getvalue().decode()

    @property
    def said(self) -> str:
        assert isinstance(self.err, Text)
        return self.err.getvalue()


class Story:
    """An executor that has one run, whose events and results are given. It notes what it was asked."""

    def __init__(self, events: Iterable[RunEvent] = (), results: Iterable[FlowResult] = ()) -> None:
        self.told = list(events)
        self.results = list(results)
        self.status = ExecutionStatus.COMPLETED
        self.calls: list[tuple[str, Any]] = []
        self.variables: dict[str, Any] = {}
        self.stored = StoreFlowResponse(flow_id="0" * 64, stored=True)
        self.unfinished: set[int] = set()
        self.on_event: Callable[[RunEvent], Any] = lambda event: None

    async def submit(self, flow: Any, input: Any = None, overrides: Any = None, **options: Any) -> str:
        self.calls.append(("submit", (flow, input, overrides, options)))
        return "run"

    async def submit_batch(self, flow: Any, inputs: Iterable[Any], **options: Any) -> str:
        self.calls.append(("submit_batch", (flow, list(inputs), options)))
        return "run"

    async def events(self, run_id: str, **options: Any) -> AsyncIterator[RunEvent]:
        self.calls.append(("events", options))
        for each in self.told:
            await self._wait(each)
            yield each

    async def _wait(self, event: RunEvent) -> None:
        waiting = self.on_event(event)
        if waiting is not None:
            await waiting

    async def get_result(self, run_id: str) -> FlowResult:
        return self.results[0]

    async def get_run(self, run_id: str) -> RunDetails:
        return RunDetails(
            run_id=run_id, flow_id="f", status=self.status, root_run_id=run_id, created_at=NOW,
            items=ItemCounts(total=len(self.results)), debug_mode=False, tags={}, inputs=[], pending=[],
        )  # fmt: skip

    async def get_run_items(self, run_id: str) -> ListItemsResponse:
        items = [
            ItemResult(
                index=index, item_index=index, status=ExecutionStatus.COMPLETED,
                result=None if index in self.unfinished else result,
            )
            for index, result in enumerate(self.results)
        ]  # fmt: skip
        return ListItemsResponse(item_count=len(items), items=items)

    async def cancel_run(self, run_id: str, reason: str | None = None) -> None:
        self.calls.append(("cancel_run", (run_id, reason)))

    async def store_flow(self, flow: Any, **options: Any) -> StoreFlowResponse:
        self.calls.append(("store_flow", flow))
        return self.stored

    async def get_flow_variables(self, flow_id: str) -> dict[str, Any]:
        self.calls.append(("get_flow_variables", flow_id))
        return self.variables


def make_event(event: str, address: str | None = None, **more: Any) -> RunEvent:
    """An event of the story's run."""
    more = {"run_id": "run", "timestamp": NOW, **more}
    return RunEvent(sequence_number=0, event=event, address=address, **more)


@pytest.fixture
def screen() -> Screen:
    """A terminal in memory that is not one."""
    return Screen()


@pytest.fixture
def screens() -> type[Screen]:
    """Makes terminals in memory."""
    return Screen


@pytest.fixture
def story() -> Callable[..., Story]:
    """Makes executors with a prepared run."""
    return Story


@pytest.fixture
def event() -> Callable[..., RunEvent]:
    """Makes events."""
    return make_event


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    """Writes a file into the test's folder."""

    def write_file(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_file


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """The address of a server, a process that all tests of a session share."""
    command = [sys.executable, "-m", "stepflow_cli", "serve", "--port", "0", "--json", "--quiet"]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environ, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["url"]
        finally:
            process.terminate()


@pytest.fixture
def served(server_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """That server as the one that commands talk to."""
    monkeypatch.setenv("STEPFLOW_URL", server_url)
    return server_url


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has commands talk to an engine in process, one of its own for each."""
    from stepflow_cli import remote
    from stepflow_runtime import StepflowRuntime

    monkeypatch.setattr(remote, "open_client", lambda url, api_key: StepflowRuntime())


@pytest.fixture
def stepflow(capfdbinary: pytest.CaptureFixture[bytes]) -> Callable[..., tuple[int, str, str]]:
    """Runs the command: its exit code and what it wrote to stdout and stderr."""
    from stepflow_cli.app import main

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        written = capfdbinary.readouterr()
        return code, written.out.decode(), written.err.decode()

    return run
