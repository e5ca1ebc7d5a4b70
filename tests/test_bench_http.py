"""The benchmarks of the server: short forms that need neither other servers nor wrk. No duration is asserted."""

from __future__ import annotations

import asyncio
import importlib
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent

Answer = Callable[[bytes], Awaitable[bytes]]


class Benchmarks:
    """The modules of the benchmarks of servers by name."""

    def __getattr__(self, name: str) -> Any:
        return importlib.import_module(f"benchmarks.served.{name}")


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Benchmarks:
    """The benchmarks, which are no installed package."""
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    return Benchmarks()


def command(*arguments: str | Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the command as one does from the root."""
    line = [sys.executable, "scripts/bench", "http", *map(str, arguments)]
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False, env=environ or None)


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[int]:
    """A server whose answers are made up; the port."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                _, found, rest = head.lower().partition(b"content-length: ")
                await reader.readexactly(int(rest.split()[0]) if found else 0)
                writer.write(await answer(head))
                if b"connection: close" in head.lower():
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


def http(body: bytes, status: str = "200 OK") -> bytes:
    """A whole answer."""
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status.encode(), len(body), body)


def report_of(bench: Benchmarks, figures: dict[tuple[str, str], float], notes: tuple[str, ...] = ()) -> Any:
    """A report with one sample for each workload and server."""
    sample = importlib.import_module("benchmarks.sampling").Sample
    samples = {key: [sample(value, 1e-6)] for key, value in figures.items()}
    workloads = bench.workloads.all_workloads()
    return bench.reporting.report_of("quick", workloads, samples, {"wrk": "4"}, list(notes))


def test_own_server_goes_through_every_workload(bench: Benchmarks, tmp_path: Path) -> None:
    """Our server is started, does all that is asked of it, in the smallest measure, and every row has a figure."""
    w = bench.workloads
    workloads = [*(each for each in w.all_workloads() if not each.heavy), *w._history(20)]
    sampling = bench.sampling.Sampling(rounds=1, starts=1, seconds=0.1, calls=5, deliveries=2_000, goes=1)
    plan = bench.measuring.Plan("quick", workloads, sampling, bench.load.Sockets(), False, tmp_path)
    report = bench.measuring.measure(plan, lambda line: None)
    assert [row.workload for row in report.rows] == [each.id for each in workloads]
    assert all(row.figure.median > 0 for row in report.rows if row.unit != "MiB")
    assert report.notes == []
    assert set(report.machine.libraries) >= {"python", "aiohttp"}
    table = bench.tables.table(report, workloads)
    assert "≥ 4,000 runs/s" in table
    assert "targets met: " in table


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (http(b'{"result": 8}'), '{"result": 8}'),
        (http(b'{"result": 7}', "503 Service Unavailable"), "503 Service Unavailable"),
    ],
)
async def test_load_counts_what_is_wrong(bench: Benchmarks, answer: bytes, said: str) -> None:
    """An answer with another result, or of another status than 200, counts as failed and is told."""

    async def reply(head: bytes) -> bytes:
        return answer

    exchange = bench.servers.Exchange("/run", "{}", '"result": 7')
    async with serving(reply) as port:
        load = await asyncio.to_thread(bench.socket_load.load, f"http://127.0.0.1:{port}", exchange, 2, 0.01)
    assert load.wrong == load.requests > 0
    assert said in load.said


async def test_load_that_went_wrong_is_a_failure(bench: Benchmarks) -> None:
    """Load with any wrong answer gives no figure but an error that tells how many there were and the first."""

    async def reply(head: bytes) -> bytes:
        return http(b"no", "404 Not Found")

    exchange = bench.servers.Exchange("/run", "{}", "yes")
    problem = importlib.import_module("benchmarks.processes").ProcessError
    async with serving(reply) as port:
        arguments = bench.load.Sockets(), f"http://127.0.0.1:{port}", exchange, 1, 0.01
        with pytest.raises(problem, match=r"answers were wrong, the first: HTTP/1.1 404"):
            await asyncio.to_thread(bench.load.loaded, *arguments)


async def test_load_takes_answers_apart_that_come_in_parts(bench: Benchmarks) -> None:
    """Answers are counted by their length, whole ones once each."""

    async def reply(head: bytes) -> bytes:
        return http(b"yes " * 50_000)

    exchange = bench.servers.Exchange("/run", "{}", "yes")
    async with serving(reply) as port:
        load = await asyncio.to_thread(bench.socket_load.load, f"http://127.0.0.1:{port}", exchange, 2, 0.01)
    assert (load.wrong, load.requests > 0, load.median > 0) == (0, True, True)


def plan_of(bench: Benchmarks) -> Any:
    """How our server's events are read."""

    def post(path: str, body: Any) -> dict[str, str]:
        return {"flowId": "f"}

    return bench.servers.server("stepflow").streams(post, 5)


def stream(numbers: range) -> bytes:
    """Events with these numbers as a stream in one chunk."""
    events = b"".join(b"id: %d\nevent: x\ndata: {}\n\n" % each for each in numbers)
    chunk = b"%x\r\n%s\r\n0\r\n\r\n" % (len(events), events)
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk


def events_of(total: int, lost: int) -> Answer:
    """A server with a run of many events that loses some of those that come after a cut."""

    async def answer(head: bytes) -> bytes:
        if head.startswith(b"POST"):
            return http(b'{"runId": "r", "status": "completed"}')
        _, again, last = head.partition(b"Last-Event-ID: ")
        return stream(range(int(last.split()[0]) + 1 + lost if again else 0, total))

    return answer


@pytest.mark.parametrize(("lost", "wrong"), [(0, None), (2, "2 events are missing")])
async def test_readers_notice_gaps(bench: Benchmarks, lost: int, wrong: str | None) -> None:
    """Readers that are cut off go on from their last event; what is missing then is noticed."""
    async with serving(events_of(2_000, lost)) as port:
        job = bench.readers.Job(port, plan_of(bench), readers=5, live=True, cut_within=20_000)
        outcome = await asyncio.to_thread(bench.readers.read, job)
    assert outcome.deliveries == 5 * 2_000
    assert (outcome.wrong is None) == (wrong is None)
    assert wrong is None or outcome.wrong.startswith(wrong)


async def test_readers_notice_that_they_were_not_cut(bench: Benchmarks) -> None:
    """A stream that ends before the cut would say nothing about cuts."""
    async with serving(events_of(10, 0)) as port:
        job = bench.readers.Job(port, plan_of(bench), readers=1, live=False, cut_within=1_000)
        outcome = await asyncio.to_thread(bench.readers.read, job)
    assert outcome.wrong == "a reader had everything before it was cut off"


def test_received_events(bench: Benchmarks) -> None:
    """Whole events are counted, those cut in the middle are not; answers that are refusals are told."""
    received = bench.streams.Received(r"^id: (\d+)$")
    received.add(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"8\r\nid: 1\n\ni\r\n" + b"8\r\nd: 2\n\nid\r\n"
    )
    received.close()
    assert (received.numbers, received.last, received.problem) == ([1, 2], 2, None)
    received.add(b"HTTP/1.1 404 Not Found\r\n\r\nnone")
    received.close()
    assert "404 Not Found" in received.problem


@pytest.mark.parametrize(
    ("numbers", "difference"),
    [
        ([0, 1, 2], None),
        ([0, 2], "1 events are missing, the first is 1"),
        ([0, 1, 1, 2], "event 1 came again, or too late"),
        ([0, 1, 2, 3], "events came that are not there"),
    ],
)
def test_differences(bench: Benchmarks, numbers: list[int], difference: str | None) -> None:
    """Events that are missing, doubled or made up are told apart."""
    assert bench.streams.first_difference(numbers, [0, 1, 2]) == difference


def test_rates_and_costs(bench: Benchmarks) -> None:
    """A rate is shown, and has to be large; its ratio is that of the cost, and has to be small like any other."""
    report = report_of(bench, {("run/64", "stepflow"): 0.0002, ("run/1", "stepflow"): 0.002})
    rate, cost = report.row("run/64"), report.row("run/1")
    assert (rate.figure.median, round(rate.ratio.median)) == (5_000, 200)
    assert (cost.figure.median, round(cost.ratio.median)) == (2, 2_000)
    workloads = {each.id: each for each in bench.workloads.all_workloads()}
    met = [bench.reporting.is_met(workloads[each], report.row(each)) for each in ("run/64", "run/1", "run/16")]
    assert met == [True, False, None]


def test_others_stand_beside_ours(bench: Benchmarks) -> None:
    """The table has a column for each server, how many times better ours is, and what they could not do."""
    figures = {
        ("run/64", "stepflow"): 0.0002, ("run/64", "llama-agents-server"): 0.01,
        ("start/memory", "stepflow"): 40 * 2**20, ("start/memory", "llama-agents-server"): 20 * 2**20,
        ("client/run", "stepflow"): 0.001,
        ("history/time/100000", "stepflow"): 1.0, ("history/time/100000", "llama-agents-server"): 2.0,
    }  # fmt: skip
    report = report_of(bench, figures, notes=("llama-agents-server: client/run: it broke",))
    page = bench.tables.page(report, bench.workloads.all_workloads())
    rows = {line.split("`")[1]: line for line in page.splitlines() if line.startswith("| ") and line.count("`") == 2}
    assert rows["run/64"].endswith("| 5,000 | 200 | ≥ 4,000 runs/s: met | 100, 50.0 times |")
    assert rows["start/memory"].endswith("| ≤ 80 MiB: met | 20.0, 0.50 times |")
    assert rows["client/run"].endswith("| ≤ 2 ms: met | - |")
    assert rows["history/time/100000"].endswith("| ≤ 1.15 times: met | 2.00 |")
    assert "- llama-agents-server: client/run: it broke.\n" in page
    assert "- llama-agents-server: history: so many runs would take it too long.\n" in page


async def test_peers_that_fail_are_passed_over(bench: Benchmarks) -> None:
    """What another server cannot do is noted once; where ours fails, measuring ends."""
    problem = importlib.import_module("benchmarks.processes").ProcessError
    measured = bench.measuring.Measured()
    told: list[str] = []
    for _ in range(2):
        bench.measuring._pass_over("stepflow-orchestrator", "run/1", problem("no\nmore"), measured, told.append)
    assert measured.notes == ["stepflow-orchestrator: run/1: no"]
    assert told == ["stepflow-orchestrator: run/1: no\nmore"] * 2
    with pytest.raises(problem, match="stepflow: run/1: no"):
        bench.measuring._pass_over("stepflow", "run/1", problem("no"), measured, told.append)


def test_command_lists() -> None:
    """The names of the workloads are shown, without the long ones for quick runs."""
    assert "history/time/100000" in command("--list").stdout
    quick = command("--list", "--quick").stdout
    assert "run/64" in quick
    assert "history" not in quick


def test_command_says_how_to_get_wrk(tmp_path: Path) -> None:
    """Without wrk the command ends with 2 and says where it comes from and how to do without."""
    for arguments in (["--no-peers"], ["--no-peers", "--wrk", sys.executable]):
        done = command(*arguments, PATH=str(tmp_path))
        assert done.returncode == 2, done.stderr
        assert "wrk" in done.stderr
    done = command("--no-peers", PATH=str(tmp_path))
    assert "apt-get install wrk" in done.stderr
    assert "--load python" in done.stderr


def test_command_compares(bench: Benchmarks, tmp_path: Path) -> None:
    """Reports are compared by what runs and deliveries cost, if their load was made by the same program."""
    reports = importlib.import_module("benchmarks.report")
    files = {name: tmp_path / f"{name}.json" for name in ("before", "now", "other")}
    reports.write(report_of(bench, {("run/64", "stepflow"): 0.0002}), files["before"])
    reports.write(report_of(bench, {("run/64", "stepflow"): 0.0004}), files["now"])
    done = command("--report", files["now"], "--compare", files["before"])
    assert done.returncode == 1
    assert "regression: run/64: ratio 400, was 200: 2.00 times (allowed: 1.5)" in done.stderr
    assert command("--report", files["before"], "--compare", files["now"]).returncode == 0
    other = json.loads(files["before"].read_text("utf-8"))
    other["machine"]["libraries"] = {"python": "3.11"}
    files["other"].write_text(json.dumps(other), "utf-8")
    done = command("--report", files["other"], "--compare", files["before"])
    assert (done.returncode, "load made by" in done.stderr) == (2, True)


def test_page_is_current(bench: Benchmarks) -> None:
    """The page in the documentation is that of the committed report, which has every workload."""
    report = importlib.import_module("benchmarks.report").read(ROOT / "benchmarks" / "http.json")
    workloads = bench.workloads.all_workloads()
    assert (ROOT / "docs" / "http-benchmarks.md").read_text("utf-8") == bench.tables.page(report, workloads)
    assert {row.workload for row in report.rows if row.engine == "stepflow"} == {each.id for each in workloads}
