"""Programs without `await`: scripts, threads and notebooks that use a server."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from stepflow_client import ExecutionStatus, StepflowClient, StepflowClientError
from stepflow_core import BlockingExecutor, blocking
from stepflow_runtime import StepflowRuntime

from .files import RISING

SCRIPT = """\
import sys
from stepflow_client import StepflowClient
from stepflow_core import blocking

with blocking(StepflowClient(sys.argv[1])) as ex:
    result = ex.run("workflow.yaml", {"name": "World"})
    print(result.output if result.is_success else result.error.message)
    batch = ex.run_batch("workflow.yaml", ({"name": name} for name in ("Ada", "Grace")))
    print([each.output for each in batch.results])
"""


def greet(executor: BlockingExecutor, name: str) -> str:
    """The greeting of somebody."""
    return str(executor.run("workflow.yaml", {"name": name}).output)


def test_a_script_uses_a_server(server: str, place: Path) -> None:
    """A program of a few lines, from its start to its end."""
    (place / "greet.py").write_text(SCRIPT, "utf-8")
    command = [sys.executable, "greet.py", server]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ["Hello World", "['Hello Ada', 'Hello Grace']"]


@pytest.mark.usefixtures("place")
def test_the_members_of_a_client_are_plain_calls(server: str) -> None:
    """All of the way from storing to listing."""
    with blocking(StepflowClient(server)) as ex:
        flow_id = ex.store_flow("sum.json").flow_id
        run = ex.create_run(flow_id=flow_id, input=[{"x": 1}, {"x": 2}], max_concurrency=2)
        assert [each.result and each.result.output["sum"] for each in ex.get_run_items(run.run_id).items] == [1, 2]
        assert [each.event for each in ex.events(run.run_id)][-1] == "run_completed"
        with pytest.raises(StepflowClientError):
            ex.get_run("nobody")


@pytest.mark.usefixtures("place")
def test_a_client_and_a_runtime_are_entered_alike(server: str) -> None:
    """`with` gives the members without `await` at once."""
    with StepflowClient(server) as ex:
        assert greet(ex, "Ada") == "Hello Ada"
    with StepflowRuntime() as ex:
        assert greet(ex, "Ada") == "Hello Ada"


@pytest.mark.usefixtures("place")
def test_threads_share_a_client(server: str) -> None:
    """Each has its own answers."""
    names = [f"number {number}" for number in range(40)]
    with blocking(StepflowClient(server)) as ex, ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda name: greet(ex, name), names)) == [f"Hello {name}" for name in names]


@pytest.mark.usefixtures("place")
def test_a_thread_waits_while_another_cancels(server: str) -> None:
    """Waiting in one thread holds up no other."""
    with blocking(StepflowClient(server)) as ex:
        run_id = ex.submit(RISING)
        seen: list[object] = []
        waiting = threading.Thread(target=lambda: seen.append(ex.get_run(run_id, wait=True).status))
        waiting.start()
        ex.cancel_run(run_id)
        waiting.join(60)
    assert seen == [ExecutionStatus.CANCELLED]


@pytest.mark.usefixtures("place")
async def test_a_notebook_has_a_running_loop(server: str) -> None:
    """Plain calls work there, beside those that are awaited."""
    with blocking(StepflowClient(server)) as ex:
        assert greet(ex, "plain") == "Hello plain"
        async with StepflowClient(server) as client:
            assert (await client.run("workflow.yaml", {"name": "awaited"})).output == "Hello awaited"
        assert asyncio.get_running_loop().is_running()
        assert greet(ex, "again") == "Hello again"
