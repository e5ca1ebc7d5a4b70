"""A report as people read it: a table for the terminal, a page of Markdown for the documentation."""

from __future__ import annotations

from .engines import MODULES, OWN, PEERS
from .peers import notes, paragraph, times
from .report import Noise, Report, Row, Spread
from .targets import Verdict, verdicts

NONE = "-"

HEAD = """\
# Benchmarks

What the engine costs, measured by `scripts/bench` and written by it from
[the committed report](../benchmarks/report.json); do not edit.
"""

METHOD = """\
## How it is measured

| command | what it does |
|---|---|
| `hatch run bench:run` | measures everything, peers too, and prints the table |
| `hatch run bench:run --no-peers` | ours and by hand alone; nothing is installed |
| `hatch run bench:run --cache DIR` | with the environments of the peers kept in a folder of your choice |
| `hatch run bench:run --quick` | without peers and without the largest workloads, within a minute |
| `hatch run bench:run --only 'chain/*'` | some workloads (`--list` shows their names) |
| `hatch run bench:compare` | quick, and fails where a ratio is more than 1.5 times that of the committed report |
| `hatch run bench:save` | measures everything and writes the committed report and this page |

- Every workload goes the way that every program goes: `submit` by the id of a stored flow (or by file, where the row
  says so) and `get_result`; `submit_batch` and `get_batch`. Events and journal are on, and **each run has a reader**
  that takes its `events()` to the end: the time is that until the result is there *and* every event is delivered.
- Each workload is measured in several rounds, each in a new process, by turns with all others. A process warms up, then
  takes its samples, each of at least {seconds} of repeats and after a collection of garbage. The collector stays on.
- The table shows the median of all samples and, in brackets, the quartiles. A step adds 1 to a number.
- *By hand* are the same functions called on a bare asyncio loop: awaited one after the other, gathered, or sent to a
  thread.
- The peers do the same work in the same run, by turns with ours. Each is installed from its package into an environment
  of its own and measured in processes of its own, in two of the rounds; every result is checked. Behind a figure stands
  **how many times ours it is**, each by its own yardstick: above 1 ours is ahead.
- Peers are given the way that is quickest for them, and nothing that they do not need for the result: **nobody reads
  their events, and they keep no checkpoints** unless remembered runs are what is measured. All state is in memory.
  `langgraph` is called by `invoke` for inline steps (`batch` for many items), else by `ainvoke`, and maps by `Send`; a
  run of `burr` is an application on a graph that is made beforehand; steps of `llama-index-workflows` hand on typed
  events, and those side by side are collected.
- `stepflow-orchestrator` is its server: its runs are submitted and waited for by HTTP on kept connections, of which 64
  are used at the same time, and its own component hands on the number instead of adding 1. It does so on other cores
  than the one that asks, if there are any.
- *Ratio* is how many times its yardstick a figure is. The yardstick is taken right before and after each sample: for
  programs a round of a fixed workload in plain Python, for imports `import msgspec`, for processes `python -c pass`.
  Times depend on the machine and on what else it does, ratios much less: so reports are compared by ratios.
- Imports and commands are new processes on a warm disk cache; an import is timed inside of its process, without the
  start of Python.
- Memory is counted by tracemalloc: what stays allocated for each of many runs that are remembered after they have
  ended, and the peak while a batch is fed by a generator and its results are collected.
- The targets are for a quiet machine of two cores. Growth is judged by ratios.
"""


def table(report: Report) -> str:
    """The report for the terminal."""
    lines = aligned([_heads(report), *_rows(report, titles=False)])
    told = "\n".join([*notes(report), *filter(None, [paragraph(report)])])
    parts = ["\n".join(lines), told, _verdict_lines(report), machine_line(report), noise_line(report.noise)]
    return "\n\n".join(part for part in parts if part)


def page(report: Report, seconds: str = "50 ms") -> str:
    """The report as a page of the documentation."""
    growth = [each for each in verdicts(report) if each.workload is None]
    parts = [
        HEAD,
        f"{machine_line(report)}\n\n{noise_line(report.noise)}\n",
        "\n".join(markdown(_heads(report), _rows(report, titles=True))) + "\n",
        "\n".join(markdown(["target", "limit", "found"], [_verdict_cells(each) for each in growth])) + "\n",
        _of_peers(report),
        METHOD.format(seconds=seconds),
    ]
    return "\n".join(part for part in parts if part)


def _of_peers(report: Report) -> str:
    """What the page says of peers beyond their figures."""
    ahead = paragraph(report) or "No peer was measured in this run."
    told = [ahead, "\n".join(f"- {each}." for each in notes(report))]
    return "\n".join(["## Beside its peers\n", *(f"{each}\n" for each in told if each)])


def _engines(report: Report) -> list[str]:
    """The engines that the report has, ours first."""
    return [name for name in MODULES if any(row.engine == name for row in report.rows)]


def _heads(report: Report) -> list[str]:
    others = [name for name in _engines(report) if name != OWN]
    return ["workload", "unit", OWN, "ratio", *others, "target"]


def _rows(report: Report, *, titles: bool) -> list[list[str]]:
    targets = {each.workload: each for each in verdicts(report)}
    others = [name for name in _engines(report) if name != OWN]
    return [
        [
            f"{row.title} (`{row.workload}`)" if titles else row.workload, row.unit, figure(row.figure),
            number(row.ratio.median) if row.ratio_to else NONE,
            *(_other(row, name, report.row(row.workload, name)) for name in others),
            _target(targets.get(row.workload)),
        ]
        for row in report.rows
        if row.engine == OWN
    ]  # fmt: skip


def _other(own: Row, name: str, row: Row | None) -> str:
    """The figure of another engine; with how many times ours it is, if it is a peer's."""
    if row is None:
        return NONE
    found = times(own, row) if name in PEERS else None
    return figure(row.figure) if found is None else f"{figure(row.figure)}, {number(found)} times"


def figure(found: Spread) -> str:
    """The median and, in brackets, the quartiles."""
    if found.samples == 1:
        return number(found.median)
    return f"{number(found.median)} ({number(found.low)} to {number(found.high)})"


def number(value: float) -> str:
    """Three digits that matter."""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{digits}f}"


def _target(verdict: Verdict | None) -> str:
    return "" if verdict is None else f"{verdict.limit}: {_met(verdict)}"


def _met(verdict: Verdict) -> str:
    return {True: "met", False: "missed", None: "not measured"}[verdict.met]


def _verdict_cells(verdict: Verdict) -> list[str]:
    value = "" if verdict.value is None else f"{verdict.value:.2f} times, "
    return [verdict.title, verdict.limit, f"{value}{_met(verdict)}"]


def _verdict_lines(report: Report) -> str:
    """The targets that no row of the table shows, and how many of all are met."""
    judged = [each for each in verdicts(report) if each.met is not None]
    lines = [" ".join(_verdict_cells(each)) for each in judged if each.workload is None]
    met = sum(each.met is True for each in judged)
    return "\n".join([*lines, f"targets met: {met} of {len(judged)} measured"])


def machine_line(report: Report) -> str:
    """Where it was measured, and what."""
    found = report.machine
    libraries = ", ".join(f"{name} {version}" for name, version in found.libraries.items())
    cores = "1 core" if found.cores == 1 else f"{found.cores} cores"
    return f"{found.python} on {found.platform}, {cores}; {libraries or 'no library'}; {report.mode} run."


def noise_line(noise: Noise | None) -> str:
    """How quiet the machine was."""
    if noise is None:
        return ""
    took = noise.calibration
    return (
        f"Noise: a round of the fixed workload took {number(took.median)} µs "
        f"({number(took.low)} to {number(took.high)}, at most {number(took.max)}): the quartiles are "
        f"{noise.spread:.0%} apart, and {noise.waiting:.0%} of the time went by waiting for a processor."
    )


def markdown(heads: list[str], rows: list[list[str]]) -> list[str]:
    """A table of Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return [f"| {' | '.join(line)} |" for line in lines]


def aligned(lines: list[list[str]]) -> list[str]:
    """Columns padded to the same width."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
