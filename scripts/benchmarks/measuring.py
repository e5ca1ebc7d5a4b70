"""Measuring workloads by turns: every round goes through all of them, so that no one has the quiet moments alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .engines import MODULES
from .processes import samples_of
from .report import Report, report_of
from .sampling import Sample, Sampling
from .workloads import Workload

Tell = Callable[[str], None]
"""Shows a line about how far the measuring has come."""


def measure(mode: str, workloads: Sequence[Workload], sampling: Sampling, tell: Tell) -> Report:
    """Measure all workloads with all engines. Raises `ProcessError`."""
    samples: dict[tuple[str, str], list[Sample]] = {}
    for turn in range(sampling.rounds):
        for place, workload in enumerate(workloads, 1):
            if turn and workload.measure in {"kept", "peak"}:
                continue  # allocations are the same each time
            tell(f"round {turn + 1} of {sampling.rounds}: {place} of {len(workloads)}: {workload.id}")
            for name in MODULES:
                taken = samples_of(name, workload, sampling)
                if taken is not None:
                    samples.setdefault((workload.id, name), []).extend(taken)
    return report_of(mode, workloads, samples)
