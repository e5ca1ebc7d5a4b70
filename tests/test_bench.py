"""The benchmarks: what a report holds, how it is judged, and the command. Everything tiny; no duration is asserted."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent


class Benchmarks:
    """The modules of the benchmarks by name."""

    def __getattr__(self, name: str) -> Any:
        return importlib.import_module(f"benchmarks.{name}")


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Benchmarks:
    """The benchmarks, which are no installed package."""
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    return Benchmarks()


def command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command as one does from the root."""
    line = [sys.executable, "scripts/bench", *map(str, arguments)]
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)


def report_of(bench: Benchmarks, **ratios: float) -> Any:
    """A report in which workloads have these ratios."""
    workloads = {each.id: each for each in bench.workloads.all_workloads()}
    samples = {
        (name, "stepflow"): [bench.sampling.Sample(ratio * workloads[name].per, 1.0)] * 4
        for name, ratio in ratios.items()
    }
    return bench.report.report_of("quick", workloads.values(), samples, {})


def tiny(bench: Benchmarks) -> list[Any]:
    """Every kind of program, as small as it can be, with the name of the workload that it stands for."""
    w = bench.workloads
    return [
        *((f"chain/{kind}/10", w.Chain(2, kind)) for kind in w.KINDS),
        ("chain/inline/10/file", w.Chain(2, "inline", source="file")), ("fan-out/async/100", w.FanOut(2, "async")),
        ("map/1000", w.Map(2)), ("batch/5000x3", w.Batch(3, 2)), ("memory/feed", w.Feed(3)),
        ("concurrent/async/10", w.Concurrent(2, 2, "async")), ("memory/finished", w.Finished(2)),
        ("load/1000", w.Load(3)),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["stepflow", "by hand"])
async def test_programs_do_their_work(bench: Benchmarks, tmp_path: Path, name: str) -> None:
    """Each engine does every work that it says it does, again and again, with the right result."""
    engine = bench.engines.engine(name)
    does = [work for id, work in tiny(bench) if bench.engines.does(engine, id)]
    assert len(does) == {"stepflow": 11, "by hand": 7}[name]
    for work in does:
        async with engine.program(work, tmp_path) as once:
            await once()
            await once()


@pytest.mark.parametrize(("measure", "count"), [("time", 3), ("kept", 1), ("peak", 1)])
async def test_samples_of_every_measure(bench: Benchmarks, measure: str, count: int) -> None:
    """Time, kept memory and peak memory of a program are measured, time beside its yardstick."""
    workload = bench.workloads.Workload("x", "x", bench.workloads.Chain(2, "inline"), "ms", measure)
    sampling = bench.sampling.Sampling(rounds=1, samples=3, seconds=0.0, runs=5)
    samples = await bench.worker.measure(bench.worker.Job("stepflow", workload, sampling))
    assert len(samples) == count
    assert all(each.value > 0 for each in samples)
    assert all((each.yardstick is not None) == (measure == "time") for each in samples)


def test_names_of_workloads_are_unique(bench: Benchmarks) -> None:
    """No two workloads share a name."""
    names = [each.id for each in bench.workloads.all_workloads()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("pattern", "count"),
    [("chain/async/10", 1), ("chain/async/10*", 4), ("async/10", 9), ("chain/*/10", 3), ("[", 0), ("import", 3)],
)
def test_patterns(bench: Benchmarks, pattern: str, count: int) -> None:
    """A pattern with wildcards stands for a whole name, any other for a part of one."""
    assert len(bench.workloads.select(bench.workloads.all_workloads(), [pattern])) == count


def test_targets_are_of_workloads(bench: Benchmarks) -> None:
    """Every target names workloads that there are."""
    names = {each.id for each in bench.workloads.all_workloads()}
    assert {each.workload for each in bench.targets.TARGETS} <= names
    assert {name for each in bench.targets.GROWTH_TARGETS for name in each.workloads} <= names


def test_spread_of_samples(bench: Benchmarks) -> None:
    """Samples are told by their median, quartiles and ends; a single one is all of them."""
    found = bench.report.spread([5.0, 1.0, 4.0, 2.0, 3.0])
    assert (found.median, found.low, found.high, found.min, found.max, found.samples) == (3.0, 2.0, 4.0, 1.0, 5.0, 5)
    only = bench.report.spread([7.0])
    assert (only.median, only.low, only.high, only.samples) == (7.0, 7.0, 7.0, 1)


def test_figures_are_per_step_and_ratios_to_the_yardstick(bench: Benchmarks) -> None:
    """A figure is that of one step in its unit, a ratio that of one step to the yardstick beside it."""
    workload = bench.workloads.select(bench.workloads.all_workloads(), ["chain/inline/100"])[0]
    row = bench.report.row_of(workload, "stepflow", [bench.sampling.Sample(0.002, 1e-6)])
    assert (row.figure.median, row.ratio.median, row.unit) == (20.0, 20.0, "µs/step")


def test_growth_is_the_worst_of_all_sizes(bench: Benchmarks) -> None:
    """The growth of the cost of a step is that of the worst size, judged only where all sizes were measured."""
    sizes = {
        "chain/inline/10": 100.0,
        "chain/inline/100": 120.0,
        "chain/inline/1000": 150.0,
        "chain/inline/10000": 140.0,
    }
    growth = bench.targets.verdicts(report_of(bench, **sizes))[len(bench.targets.TARGETS)]
    assert (growth.value, growth.met) == (1.5, False)
    del sizes["chain/inline/10000"]
    growth = bench.targets.verdicts(report_of(bench, **sizes))[len(bench.targets.TARGETS)]
    assert (growth.value, growth.met) == (None, None)


def test_regressions_are_beyond_the_allowed_factor(bench: Benchmarks) -> None:
    """A steady workload whose ratio is over 1.5 times the earlier one is a regression; others are not looked at."""
    before = {"chain/inline/10": 10.0, "chain/inline/100": 10.0, "chain/plain/10": 10.0, "load/1000": 10.0}
    now = {"chain/inline/10": 15.1, "chain/inline/100": 14.9, "chain/plain/10": 99.0, "map/1000": 1.0}
    earlier, report = report_of(bench, **before), report_of(bench, **now)
    steady = [each.id for each in bench.workloads.all_workloads() if each.steady]
    names = bench.comparing.comparable(report, earlier, steady)
    assert names == ["chain/inline/10", "chain/inline/100"]
    found = bench.comparing.regressions(report, earlier, names)
    assert [str(each) for each in found] == ["chain/inline/10: ratio 15.1, was 10: 1.51 times (allowed: 1.5)"]


def test_another_try_counts_where_it_is_better(bench: Benchmarks) -> None:
    """Of two tries the better row stays, each for itself; what was not tried again stays as it is."""
    first = report_of(bench, **{"chain/inline/10": 9.0, "chain/inline/100": 4.0, "load/1000": 3.0})
    second = report_of(bench, **{"chain/inline/10": 5.0, "chain/inline/100": 6.0})
    best = bench.comparing.better_of(first, second)
    assert [row.ratio.median for row in best.rows] == [5.0, 4.0, 3.0]


def test_noise_tells_of_the_machine(bench: Benchmarks) -> None:
    """The yardsticks say how far they lie apart and how long the process waited for a processor."""
    steady = bench.calibration.Calibration(1e-7, 1e-7)
    slow = bench.calibration.Calibration(3e-7, 1e-7)
    noise = bench.report.noise_of([bench.sampling.Sample(1.0, 1e-7, (steady, slow))])
    assert (noise.calibration.min, noise.calibration.max, noise.waiting) == (0.1, 0.3, 0.5)
    assert bench.report.noise_of([bench.sampling.Sample(1.0)]) is None


def test_command_measures_and_writes(tmp_path: Path) -> None:
    """The command prints a table, tells how far it is on the standard error, and writes report and page."""
    done = command("--quick", "--only", "chain/inline/1", "--only", "start/version",
                   "--json", tmp_path / "r.json", "--markdown", tmp_path / "r.md")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "≤ 60 µs/step" in done.stdout
    assert "round 1 of 2: 1 of " in done.stderr
    report = json.loads((tmp_path / "r.json").read_text("utf-8"))
    assert {(row["workload"], row["engine"]) for row in report["rows"]} >= {
        ("chain/inline/1", "stepflow"), ("chain/inline/1", "by hand"), ("start/version", "stepflow"),
    }  # fmt: skip
    assert (tmp_path / "r.md").read_text("utf-8").startswith("# Benchmarks\n")


def test_command_compares(bench: Benchmarks, tmp_path: Path) -> None:
    """Beyond 1.5 times a committed ratio the command fails and names the workload with both ratios."""
    files = {"before": tmp_path / "before.json", "now": tmp_path / "now.json"}
    bench.report.write(report_of(bench, **{"load/1000": 2.0}), files["before"])
    bench.report.write(report_of(bench, **{"load/1000": 4.0}), files["now"])
    done = command("--report", files["now"], "--compare", files["before"])
    assert done.returncode == 1
    assert "regression: load/1000: ratio 4, was 2: 2.00 times (allowed: 1.5)" in done.stderr
    assert command("--report", files["before"], "--compare", files["now"]).returncode == 0


def test_command_refuses(tmp_path: Path) -> None:
    """Wrong use ends with 2 and says why, before anything is measured."""
    (tmp_path / "no.json").write_text("[]", "utf-8")
    (tmp_path / "old.json").write_text('{"format": 0}', "utf-8")
    wrong: list[tuple[list[str | Path], str]] = [
        (["--only", "nothing"], "no workload is named 'nothing'"),
        (["--compare", tmp_path / "missing.json"], "missing.json: No such file or directory"),
        (["--compare", tmp_path / "no.json"], "no.json is not a report"),
        (["--compare", tmp_path / "old.json"], "old.json is not a report"),
        (["--json", tmp_path / "none" / "r.json"], "there is no directory"),
    ]
    for arguments, said in wrong:
        done = command("--quick", *arguments)
        assert (done.returncode, said in done.stderr, "Traceback" in done.stderr) == (2, True, False), done.stderr


def test_reasons_are_of_workloads(bench: Benchmarks) -> None:
    """What an engine cannot do are workloads that there are, and whatever else there is it has a program for."""
    workloads = bench.workloads.all_workloads()
    for name in bench.engines.MODULES:
        engine = bench.engines.engine(name)
        assert all(any(each.id.startswith(prefix) for each in workloads) for prefix in engine.cannot)
        if name in bench.engines.PEERS:
            rest = [each for each in workloads if bench.engines.does(engine, each.id)]
            programs = getattr(engine, "programs", None) or importlib.import_module(type(engine).__module__)._PROGRAMS
            assert all(type(each.work) in programs or engine.statement(each.work) for each in rest), name


class Other:
    """An engine that stands for that of others: it is installed already, and is as quick as no engine can be."""

    requirements = ("msgspec",)
    libraries = ("msgspec",)
    cannot: Mapping[str, str] = {"chain/plain": "it has no threads", "start": "it is only made up"}


@pytest.fixture
def taken(bench: Benchmarks, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Nothing is installed and no process started: all peers are made up, `burr` fails, `langgraph` cannot be had."""
    asked: list[tuple[str, str]] = []
    own = bench.engines.engine

    def python_of(folder: Path, requirements: tuple[str, ...]) -> str:
        if folder.name == "langgraph":
            raise bench.processes.ProcessError("`uv pip` ended with 1:\nno network")
        assert bool(requirements) == (folder.name in bench.engines.PEERS)
        return sys.executable

    def samples_of(name: str, python: str, workload: Any, sampling: Any) -> Any:
        asked.append((workload.id, name))
        if name == "burr":
            raise bench.processes.ProcessError("it ended with 1:\nTraceback\nValueError: the result is 3")
        if not bench.engines.does(bench.measuring.engine(name), workload.id):
            return None
        return [bench.sampling.Sample(0.001 if name == "stepflow-orchestrator" else 0.002, 1e-6)]

    made_up = {name: Other() for name in bench.engines.PEERS}
    for module in (bench.measuring, bench.peers):
        monkeypatch.setattr(module, "engine", lambda name: made_up.get(name) or own(name))
    monkeypatch.setattr(bench.measuring, "python_of", python_of)
    monkeypatch.setattr(bench.measuring, "samples_of", samples_of)
    return asked


def measured(bench: Benchmarks, cache: Path | None, *patterns: str) -> Any:
    """The report of some workloads, in three rounds."""
    workloads = bench.workloads.select(bench.workloads.all_workloads(), list(patterns))
    sampling = bench.sampling.Sampling(rounds=3, samples=1, seconds=0.0, runs=5)
    return bench.measuring.measure(bench.measuring.Plan("full", workloads, sampling, cache), lambda line: None)


def test_peers_are_measured_beside_ours(bench: Benchmarks, taken: list[tuple[str, str]], tmp_path: Path) -> None:
    """Peers have rows and versions beside ours, from fewer rounds; one that fails or cannot be had leaves a note."""
    report = measured(bench, tmp_path, "chain/inline/1", "chain/plain/1")
    rows = {(row.workload, row.engine): row.figure.samples for row in report.rows}
    assert rows["chain/inline/1", "stepflow"] == 3
    assert rows["chain/inline/1", "stepflow-orchestrator"] == 2
    assert ("chain/plain/1", "stepflow-orchestrator") not in rows
    assert not {name for _, name in rows} & {"burr", "langgraph"}
    assert "msgspec" in report.machine.libraries
    assert report.notes == [
        "langgraph: install: `uv pip` ended with 1: no network",
        "burr: chain/inline/1: it ended with 1: ValueError: the result is 3",
        "burr: chain/plain/1: it ended with 1: ValueError: the result is 3",
    ]
    assert taken.count(("chain/inline/1", "burr")) == 1


def test_without_a_cache_there_are_no_peers(bench: Benchmarks, taken: list[tuple[str, str]]) -> None:
    """Without a place for their environments no peer is measured or installed."""
    report = measured(bench, None, "chain/inline/1")
    assert {row.engine for row in report.rows} == {name for _, name in taken} == {"stepflow", "by hand"}
    assert (bench.peers.paragraph(report), bench.peers.notes(report)) == ("", [])
    assert "## Beside its peers\n\nNo peer was measured in this run.\n" in bench.tables.page(report)


def test_ours_has_to_do_everything(bench: Benchmarks) -> None:
    """What goes wrong with ours is no note but the end of measuring."""
    problem = bench.processes.ProcessError
    with pytest.raises(problem, match="stepflow: chain: no"):
        bench.measuring._pass_over("stepflow", "chain", problem("no"), bench.measuring.Measured(), print)


@pytest.mark.usefixtures("taken")
def test_page_says_where_a_peer_is_ahead(bench: Benchmarks, tmp_path: Path) -> None:
    """The page has how many times ours the figure of a peer is, where it is less, and what peers cannot do."""
    page = bench.tables.page(measured(bench, tmp_path, "chain/inline/1", "chain/plain/1"))
    row = next(line for line in page.splitlines() if "`chain/inline/1`" in line)
    assert "| 1,000 (1,000 to 1,000), 0.50 times |" in row
    assert "| 2,000 (2,000 to 2,000), 1.00 times |" in row
    ahead = "stepflow-orchestrator at `chain/inline/1` (0.50 times ours)"
    assert f"Peers have 2 figures, of 1 workload. A peer is ahead, and only there: {ahead}.\n" in page
    assert "- stepflow-orchestrator is not in `chain/plain`: it has no threads.\n" in page
    assert "- langgraph: install: `uv pip` ended with 1: no network.\n" in page


def test_page_says_that_no_peer_is_ahead(bench: Benchmarks) -> None:
    """Where ours is ahead everywhere, the page says so with the number of workloads."""
    workloads = bench.workloads.select(bench.workloads.all_workloads(), ["load/1000"])
    samples = {("load/1000", name): [bench.sampling.Sample(x, 1.0)] for name, x in (("stepflow", 1.0), ("burr", 2.0))}
    report = bench.report.report_of("full", workloads, samples, {"burr": "0.42"})
    assert bench.peers.paragraph(report).startswith("No peer is ahead at any of the 1 workload that")


def test_environments_are_made_once(bench: Benchmarks, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment is made where there is none or other things are required; ours is used where nothing is."""
    made: list[tuple[str, ...]] = []

    def make(folder: Path, python: Path, requirements: tuple[str, ...]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        made.append(requirements)

    monkeypatch.setattr(bench.environments, "_make", make)
    for required in ((), ("a",), ("a",), ("a", "b")):
        python = bench.environments.python_of(tmp_path / "x", required)
        assert python == (str(tmp_path / "x" / "bin" / "python") if required else sys.executable)
    assert made == [("a",), ("a", "b")]


def test_environments_that_cannot_be_made(bench: Benchmarks, tmp_path: Path) -> None:
    """Where a folder cannot be made, as a file is in its way, the error names it."""
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(bench.processes.ProcessError, match=r"file/x cannot be made: "):
        bench.environments.python_of(tmp_path / "file" / "x", ("a",))


def test_versions_are_those_of_the_environment(bench: Benchmarks) -> None:
    """Versions are told of what an environment has; what it has not is left out."""
    found = bench.environments.versions_of(sys.executable, ["msgspec", "jsonschema-rs", "no-such-distribution"])
    assert set(found) == {"msgspec", "jsonschema-rs"}


@pytest.mark.parametrize("found", [3, None, [1]])
def test_wrong_results_of_peers_are_refused(bench: Benchmarks, found: object) -> None:
    """A peer whose result is not the right one has no figure: it fails."""
    check = importlib.import_module("benchmarks.engines.peer").check
    check(2, 2)
    with pytest.raises(ValueError, match="expected 2"):
        check(found, 2)


def test_page_is_current(bench: Benchmarks) -> None:
    """The page in the documentation is that of the committed report, which has every workload."""
    report = bench.report.read(ROOT / "benchmarks" / "report.json")
    assert (ROOT / "docs" / "benchmarks.md").read_text("utf-8") == bench.tables.page(report)
    assert [row.workload for row in report.rows if row.engine == "stepflow"] == [
        each.id for each in bench.workloads.all_workloads()
    ]
