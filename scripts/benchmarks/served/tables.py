"""A report on servers as people read it: a table for the terminal, a page of Markdown for the documentation."""

from __future__ import annotations

from collections.abc import Sequence

from ..report import Report, Row
from ..tables import NONE, aligned, figure, machine_line, markdown, noise_line, number
from .reporting import advantage, is_met
from .servers import MODULES, OWN, server
from .workloads import RATES, History, Workload

HEAD = """\
# Benchmarks of the server

What serving costs, measured by `scripts/bench http` and written by it from
[the committed report](../benchmarks/http.json); do not edit. What the engine itself costs stands in
[Benchmarks](benchmarks.md).
"""

METHOD = """\
## How it is measured

| command | what it does |
|---|---|
| `hatch run bench:http` | measures our server and the others, and prints the table |
| `hatch run bench:http --quick` | the same with fewer samples, without the long history |
| `hatch run bench:http --no-peers --load python` | our server alone, without `wrk` |
| `hatch run bench:http --compare benchmarks/http.json` | fails where a ratio is over 1.5 times that of the report |

- The server, its load and whoever reads its events share the same two cores; each is a process of its own. All
  servers are measured in the same run, by turns: every round starts each of them anew.
- The work is the same: ten steps one after the other that each hand on the number they are given; submitted and waited
  for by one request on a connection that is kept. `stepflow-orchestrator` is given the same flow, with its own
  component that does nothing; for `llama-agents-server` it is a workflow of ten steps of typed events.
- All of them keep what they know in memory. Ours writes its log of requests as always, the others write none.
- Load is made by `wrk` with one thread. Every answer is checked: one of another status than 200, or without the right
  result, makes the whole row fail.
- Events are those of a run of many items of one step (for `llama-agents-server` of one step that writes as many); the
  readers are plain sockets in one process. A row fails unless every reader has got every event once and in order, those
  too whose connection was cut somewhere in the stream and that went on from the last event they had.
- The table shows the median of all samples and, in brackets, the quartiles; behind the figures of the others stands how
  many times better ours is. *Ratio* is how many times its yardstick the cost is (a run, a delivery, a start): a round
  of a fixed workload in plain Python right before and after. Reports are compared by ratios.
- The targets are for a quiet machine of two cores.
"""


def table(report: Report, workloads: Sequence[Workload]) -> str:
    """The report for the terminal."""
    lines = aligned([_heads(report), *_rows(report, workloads, titles=False)])
    met = [found for each in workloads if (found := is_met(each, report.row(each.id))) is not None]
    parts = [
        "\n".join(lines),
        "\n".join([*_notes(report), f"targets met: {sum(met)} of {len(met)} measured"]),
        machine_line(report),
        noise_line(report.noise),
    ]
    return "\n\n".join(part for part in parts if part)


def page(report: Report, workloads: Sequence[Workload]) -> str:
    """The report as a page of the documentation."""
    parts = [
        HEAD,
        f"{machine_line(report)}\n\n{noise_line(report.noise)}\n",
        "\n".join(markdown(_heads(report), _rows(report, workloads, titles=True))) + "\n",
        "\n".join(f"- {each}." for each in _notes(report)) + "\n",
        METHOD,
    ]
    return "\n".join(part for part in parts if part.strip())


def _others(report: Report) -> list[str]:
    return [name for name in MODULES if name != OWN and any(row.engine == name for row in report.rows)]


def _heads(report: Report) -> list[str]:
    return ["workload", "unit", OWN, "ratio", "target", *_others(report)]


def _rows(report: Report, workloads: Sequence[Workload], *, titles: bool) -> list[list[str]]:
    """A line for each workload that the report has of our server."""
    return [
        [
            f"{row.title} (`{row.workload}`)" if titles else row.workload, row.unit, figure(row.figure),
            f"{row.ratio.median:,.3g}" if row.ratio_to else NONE, _target(workload, row),
            *(_other(workload, row, report.row(row.workload, name)) for name in _others(report)),
        ]
        for workload in workloads
        if (row := report.row(workload.id))
    ]  # fmt: skip


def _target(workload: Workload, row: Row) -> str:
    met = is_met(workload, row)
    if met is None:
        return ""
    sign = "≥" if workload.unit in RATES else "≤"
    return f"{sign} {workload.target:,g} {workload.unit}: {'met' if met else 'missed'}"


def _other(workload: Workload, own: Row, row: Row | None) -> str:
    """The figure of another server; what a history adds is compared with its own beginning, not with ours."""
    if row is None:
        return NONE
    times = None if isinstance(workload.work, History) else advantage(own, row)
    return figure(row.figure) if times is None else f"{figure(row.figure)}, {number(times)} times"


def _notes(report: Report) -> list[str]:
    """What the others cannot do, and what went wrong with them."""
    unable = [f"{name}: {what}: {why}" for name in _others(report) for what, why in server(name).cannot.items()]
    return [*unable, *report.notes]
