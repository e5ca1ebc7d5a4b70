"""`stepflow submit`: running a flow on a server."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Stepflow = Callable[..., tuple[int, str, str]]
Write = Callable[[str, str | bytes], Path]
FLOW = "name: echo\ndescription: Gives what it gets\noutput: {$input: x}\n"
SLOW = """\
name: slow
description: Sleeps for an hour
steps: [{id: nap, component: /builtin/sleep, input: {duration_ms: 3600000}}]
output: {$step: nap}
"""


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Write) -> None:
    monkeypatch.chdir(tmp_path)
    write("echo.yaml", FLOW)
    write("slow.yaml", SLOW)


def test_runs_a_flow(stepflow: Stepflow, runtime: None) -> None:
    """The result is written as by `stepflow run`, and what happens is said on stderr."""
    code, out, err = stepflow("submit", "echo.yaml", "--input-json", '{"x": 1.0}')
    assert (code, out) == (0, '{"outcome":"success","result":1.0}\n')
    assert err.startswith("run_created ")
    assert err.endswith("run_completed completed\n")


def test_a_failed_flow(stepflow: Stepflow, runtime: None) -> None:
    """A flow that fails is 1."""
    code, out, _ = stepflow("submit", "echo.yaml", "--input-json", "{}", "-q")
    assert code == 1
    assert json.loads(out)["error"]["message"] == "Input path $.x not found"


def test_a_batch(stepflow: Stepflow, runtime: None, write: Write) -> None:
    """A batch has a line of result for each line of input."""
    write("in.jsonl", '{"x": 1}\n{}\n')
    code, out, err = stepflow("submit", "echo.yaml", "--inputs", "in.jsonl", "--max-concurrency", "1")
    assert code == 1
    assert [json.loads(line)["outcome"] for line in out.splitlines()] == ["success", "failed"]
    assert "2 items: 1 completed, 1 failed" in err


def test_invalid_flows_are_drawn(stepflow: Stepflow, runtime: None, write: Write) -> None:
    """A flow that the server refuses is shown with its faults."""
    write("bad.yaml", "name: a\noutput: {$step: b}\n")
    code, out, err = stepflow("submit", "bad.yaml")
    assert (code, out) == (2, "")
    assert "bad.yaml:2:17: fatal 3003" in err


def test_leaves_the_run_to_itself(stepflow: Stepflow, runtime: None, write: Write) -> None:
    """With `--no-wait` the id of the run is all that is written, for programs as JSON, into a file if one is named."""
    code, out, err = stepflow("submit", "echo.yaml", "--no-wait")
    assert (code, len(out), err) == (0, 37, "")
    _, out, _ = stepflow("submit", "echo.yaml", "--no-wait", "--json")
    assert list(json.loads(out)) == ["runId"]
    write("in.jsonl", "1\n2\n")
    _, out, _ = stepflow("submit", "echo.yaml", "--inputs", "in.jsonl", "--no-wait", "--output", "id.txt")
    assert out == ""
    assert len(Path("id.txt").read_text()) == 37


def test_options_reach_a_server(stepflow: Stepflow, served: str, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Input, variables of all kinds, overrides and tags take part in a run on a server."""
    monkeypatch.setenv("STEPFLOW_VAR_A", "env")
    write(
        "all.yaml",
        "name: all\ndescription: All\n"
        "schemas: {variables: {type: object, properties: {a: {}, b: {}}}}\n"
        "steps: [{id: s, component: /builtin/noop, input: 1}]\n"
        "output: [{$variable: a}, {$variable: b}, {$step: s}, {$input: $}]\n",
    )
    code, out, _ = stepflow(
        "submit", "all.yaml", "-q", "--input-yaml", "x", "--env-variables", "--variables-json", '{"b": 2.0}',
        "--overrides-json", '{"s": {"value": {"input": 3}}}', "--tag", "test=options",
    )  # fmt: skip
    assert (code, out) == (0, '{"outcome":"success","result":["env",2.0,3,"x"]}\n')
    assert len(stepflow("runs", "list", "--tag", "test=options")[1].splitlines()) == 1


def test_a_batch_on_a_server(stepflow: Stepflow, served: str, write: Write) -> None:
    """Results come in the order of the inputs, numbers as they were."""
    write("in.jsonl", "".join(f'{{"x": {number}.0}}\n' for number in range(300)))
    code, out, _ = stepflow("submit", "echo.yaml", "--inputs", "in.jsonl", "-q")
    assert code == 0
    assert out == "".join(f'{{"outcome":"success","result":{number}.0}}\n' for number in range(300))


def test_a_run_that_takes_too_long(stepflow: Stepflow, served: str) -> None:
    """After `--timeout` the run is cancelled on the server; the exit code is 3."""
    code, out, err = stepflow("submit", "slow.yaml", "--timeout", "50ms", "--json")
    assert code == 3
    assert json.loads(out)["error"]["code"] == 499
    assert [json.loads(line) for line in err.splitlines()]


def test_an_unknown_name(stepflow: Stepflow, served: str) -> None:
    """A name that is not stored is told; a file of that name is suggested."""
    Path("only_here.yaml").write_text(FLOW)
    code, _, err = stepflow("submit", "only_here")
    assert code == 2
    assert "did you mean the file only_here.yaml?" in err


def test_ctrl_c_cancels_the_run(stepflow: Stepflow, served: str) -> None:
    """Interrupted, the command cancels the run on the server; the exit code is 130."""
    command = [sys.executable, "-m", "stepflow_cli", "submit", "slow.yaml", "--tag", "test=interrupt"]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ) as process:
        assert process.stderr is not None
        while b"step_started" not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert json.loads(out)["error"]["code"] == 499
    assert stepflow("runs", "list", "--tag", "test=interrupt")[1].split("\t")[2] == "cancelled"


def test_ctrl_c_before_the_server_has_answered() -> None:
    """A server that does not answer does not keep the command from ending; what may go on there is told."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"http://127.0.0.1:{mute.getsockname()[1]}"
        command = [sys.executable, "-m", "stepflow_cli", "submit", "slow.yaml", "--url", url]
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ) as process:
            connection, _ = mute.accept()
            with connection:
                process.send_signal(signal.SIGINT)
                out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (130, b"")
    assert b"if it has started the run, that goes on" in err
