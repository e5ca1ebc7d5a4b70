"""The command as a process: streams, exit codes, signals, a terminal."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest

COMMAND = [sys.executable, "-m", "stepflow_cli"]
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
SLOW = """\
name: slow
description: Sleeps for an hour
steps: [{id: nap, component: /builtin/sleep, input: {duration_ms: 3600000}}]
output: {$step: nap}
"""
QUICK = """\
name: quick
description: Has steps, a map and a flow inside
steps:
  - {id: first, component: /builtin/noop, input: {$input: x}}
  - id: fan
    component: /builtin/map
    input:
      items: [1, 2, 3]
      workflow: {$literal: {steps: [{id: each, component: /builtin/noop}], output: {$step: each}}}
  - id: sub
    component: /builtin/eval
    input:
      input: null
      flow: {$literal: {steps: [{id: inner, component: /builtin/noop, input: 1}], output: {$step: inner}}}
output: [{$step: first}, {$step: fan, path: successful}, {$step: sub, path: result.result}]
"""


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    monkeypatch.setenv("TERM", "xterm")
    (tmp_path / "slow.yaml").write_text(SLOW)
    (tmp_path / "quick.yaml").write_text(QUICK)


def stepflow(*arguments: str, stdin: bytes = b"") -> tuple[int, str, str]:
    """The exit code of the command and what it wrote to stdout and stderr."""
    done = subprocess.run([*COMMAND, *arguments], input=stdin, capture_output=True, check=False, timeout=60)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_results_and_talk_are_apart() -> None:
    """The result alone is on stdout, compact; what happens is on stderr."""
    code, out, err = stepflow("run", "quick.yaml", "--stdin-format", "yaml", stdin=b"x: 1.0\n")
    assert (code, out) == (0, '{"outcome":"success","result":[1.0,3,1]}\n')
    lines = err.splitlines()
    assert lines[0].startswith("run_created ")
    assert "sub_run_created fan 3 items" in lines
    assert any(line.startswith("step_completed sub/inner completed") for line in lines)
    assert lines[-1] == "run_completed completed"


def test_events_for_programs() -> None:
    """With `--json` every line on stderr is an event."""
    _, _, err = stepflow("run", "quick.yaml", "--json", "--input-json", '{"x": 1}')
    events = [json.loads(line) for line in err.splitlines()]
    assert [each["sequenceNumber"] for each in events] == list(range(len(events)))
    assert (events[0]["event"], events[-1]["event"]) == ("run_created", "run_completed")


def test_a_reader_that_goes_away() -> None:
    """`| head -1` ends quietly."""
    inputs = b"1\n" * 20_000
    shell = f"{' '.join(COMMAND)} run quick.yaml -q --inputs - | head -1"
    (Path.cwd() / "quick.yaml").write_text("output: {$input: $}\n")
    done = subprocess.run(["/bin/sh", "-c", shell], input=inputs, capture_output=True, check=False, timeout=60)
    assert done.stdout == b'{"outcome":"success","result":1}\n'
    assert done.stderr == b""


def test_streams_that_are_closed() -> None:
    """A process without stdout and stderr still ends with its code."""
    done = subprocess.run(
        ["/bin/sh", "-c", f"exec {' '.join(COMMAND)} run quick.yaml >&- 2>&-"], check=False, timeout=60
    )
    assert done.returncode == 1


FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="there is no device that is always full")
@pytest.mark.parametrize(
    "arguments",
    ["run quick.yaml -q", "run quick.yaml -q --json", "validate quick.yaml", "list-components", "--help"],
)
def test_a_full_disk_is_told(arguments: str) -> None:
    """Results that cannot be written are told as that, and are no success."""
    done = subprocess.run(
        ["/bin/sh", "-c", f"{' '.join(COMMAND)} {arguments} >{FULL}"], capture_output=True, check=False, timeout=60
    )
    assert done.returncode == 2
    assert b"standard output cannot be written: No space left on device" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(not FULL.exists(), reason="there is no device that is always full")
def test_a_full_disk_of_the_talk_does_not_matter() -> None:
    """What is said on the side may be lost; the result and the exit code stay."""
    (Path.cwd() / "quick.yaml").write_text("output: 1\n")
    done = subprocess.run(
        ["/bin/sh", "-c", f"{' '.join(COMMAND)} run quick.yaml 2>{FULL}"], capture_output=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout) == (0, b'{"outcome":"success","result":1}\n')


@contextmanager
def running(flow: str, until: bytes) -> Iterator[subprocess.Popen[bytes]]:
    """A run of a flow, once it has said something on stderr."""
    process = subprocess.Popen([*COMMAND, "run", flow], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert process.stderr is not None
        read_until(process.stderr, until)
        yield process
    finally:
        process.kill()
        process.communicate()


def read_until(stream: IO[bytes], text: bytes) -> None:
    """Read lines up to one that holds the text."""
    for line in stream:
        if text in line:
            return
    pytest.fail(f"the stream ended without {text!r}")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_cancels_the_run(number: signal.Signals, code: int) -> None:
    """Ctrl-C and SIGTERM cancel the run, whose result is still written."""
    with running("slow.yaml", b"step_started nap") as process:
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert process.returncode == code
    assert json.loads(out)["error"]["code"] == 499
    assert b"cancelling the run; once more ends at once" in err
    assert err.splitlines()[-1] == b"run_completed cancelled"


BUSY = """\
import sys, time
from stepflow_runtime.functions.marks import component

@component(path="/busy", inline=True)
def busy() -> None:
    print("busy", file=sys.stderr, flush=True)
    time.sleep(60)
"""


def test_a_second_signal_ends_at_once() -> None:
    """Where the first is not heeded, since a component holds everything up, the second ends the process."""
    (Path.cwd() / "busy.py").write_text(BUSY)
    config = "plugins: {busy: {type: python, module: busy}}\nroutes: {'/{*component}': [{plugin: busy}]}\n"
    (Path.cwd() / "stepflow-config.yml").write_text(config)
    (Path.cwd() / "busy.yaml").write_text("steps: [{id: a, component: /busy, input: {}}]\noutput: {$step: a}\n")
    with running("busy.yaml", b"busy\n") as process:
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)  # another one, since two equal ones may count as one
        process.communicate(timeout=30)
    assert process.returncode in {130, 143}


def test_a_timeout_cancels_the_run() -> None:
    """A run that does not end in time is cancelled; the exit code is 3."""
    code, out, _ = stepflow("run", "slow.yaml", "--timeout", "10ms", "-q")
    assert code == 3
    assert json.loads(out)["error"]["code"] == 499


def on_terminal(*arguments: str) -> tuple[int, str]:
    """The exit code of the command on a terminal, and all that it wrote there."""
    pid, descriptor = pty.fork()
    if pid == 0:
        os.execv(COMMAND[0], [*COMMAND, *arguments])
    written = b""
    while chunk := _read(descriptor):
        written += chunk
    os.close(descriptor)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), written.decode()


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # Linux says so when the other end is closed
        return b""


def shown(written: str) -> list[str]:
    """The lines of the last drawing and what came after it."""
    return [line.rstrip() for line in _CONTROL.sub("", written.rpartition("\x1b[1A")[2]).splitlines()]


def test_a_terminal_shows_a_tree() -> None:
    """On a terminal the steps are a tree with sub-flows and maps, and the result is laid out."""
    code, written = on_terminal("run", "quick.yaml", "--input-json", '{"x": 1.0}')
    lines = shown(written)
    assert code == 0
    assert [re.sub(r" +\d+ ms$", "", line) for line in lines[:6]] == [
        "✓ quick",
        "  ✓ first",
        "  ✓ fan  ━━━━━━━━━━━━━━━━━━━━ 3/3",
        "  ✓ sub",
        "    ✓ inner",
        "{",
    ]
    assert "\x1b[32m✓" in written
    assert written.count("\x1b[?25l") == written.count("\x1b[?25h") == 1
    assert json.loads("".join(lines[5:])) == {"outcome": "success", "result": [1.0, 3, 1]}


def test_a_terminal_shows_the_bar_of_a_batch() -> None:
    """On a terminal a batch shows how many items have ended."""
    (Path.cwd() / "in.jsonl").write_text('{"x": 1}\n{}\n')
    code, written = on_terminal("run", "quick.yaml", "--inputs", "in.jsonl", "--output", "out.jsonl")
    assert code == 1
    assert "2/2, 1 failed" in _CONTROL.sub("", written)
    assert "2 items: 1 completed, 1 failed" in written
    assert len((Path.cwd() / "out.jsonl").read_text().splitlines()) == 2


def test_a_terminal_shows_colours_and_a_table() -> None:
    """Diagnostics have colours and components a table on a terminal."""
    (Path.cwd() / "bad.yaml").write_text("output: {$step: x}\n")
    code, written = on_terminal("validate", "bad.yaml")
    assert code == 2
    assert "\x1b[1;31mfatal\x1b[0m 3003" in written
    code, written = on_terminal("list-components")
    assert code == 0
    assert re.search(r"Component +.*Description", _CONTROL.sub("", written))


def test_python_m_starts_light() -> None:
    """Nothing that draws, reads YAML or runs flows is imported to say the version."""
    code = "import sys; from stepflow_cli.app import main; main(['--version']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    loaded: set[Any] = {name.partition(".")[0] for name in done.stdout.split()}
    assert not loaded & {"asyncio", "cyclopts", "msgspec", "rich", "stepflow_core", "stepflow_runtime", "yaml"}


def test_running_imports_no_drawing() -> None:
    """A run that nobody looks at does without the library that draws."""
    code = "import sys; from stepflow_cli.app import main; main(['run', 'quick.yaml']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert not {"rich", "stepflow_cli.live"} & set(done.stdout.split())
