"""What a report tells of the peers: how much better ours is, where they are ahead, what they cannot do."""

from __future__ import annotations

from .engines import OWN, PEERS, engine
from .report import Report, Row


def measured_peers(report: Report) -> list[str]:
    """The peers that have a row in the report."""
    found = {row.engine for row in report.rows}
    return [name for name in PEERS if name in found]


def times(own: Row, other: Row | None) -> float | None:
    """How many times ours another's is, by ratios to the yardstick: above 1 ours is ahead."""
    if other is None or not own.ratio.median:
        return None
    return other.ratio.median / own.ratio.median


def paragraph(report: Report) -> str:
    """Where a peer is ahead; nothing where no peer was measured."""
    peers = measured_peers(report)
    if not peers:
        return ""
    pairs = [(row, name, found) for row in _own(report) for name in peers if (found := _of(report, row, name))]
    ahead = [f"{name} at `{row.workload}` ({found:.2f} times ours)" for row, name, found in pairs if found < 1]
    count = len({row.workload for row, _, _ in pairs})
    rows = "1 workload" if count == 1 else f"{count} workloads"
    if not ahead:
        return f"No peer is ahead at any of the {rows} that at least one of them can do."
    return f"Peers have {len(pairs)} figures, of {rows}. A peer is ahead, and only there: {', '.join(ahead)}."


def notes(report: Report) -> list[str]:
    """What the peers of the report cannot do, with the reason, and what went wrong with any."""
    return [*(line for name in measured_peers(report) for line in _unable(name)), *report.notes]


def _unable(name: str) -> list[str]:
    """A line for each reason."""
    reasons: dict[str, list[str]] = {}
    for workload, why in engine(name).cannot.items():
        reasons.setdefault(why, []).append(f"`{workload}`")
    return [f"{name} is not in {', '.join(workloads)}: {why}" for why, workloads in reasons.items()]


def _own(report: Report) -> list[Row]:
    return [row for row in report.rows if row.engine == OWN]


def _of(report: Report, row: Row, name: str) -> float | None:
    return times(row, report.row(row.workload, name))
