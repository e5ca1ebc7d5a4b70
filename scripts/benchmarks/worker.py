"""A process that measures one program: `python -m benchmarks.worker JOB`, where JOB and the answer are JSON."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

import msgspec
from msgspec import Struct

from .engines import engine
from .sampling import METERS, Sample, Sampling
from .workloads import Program, Workload


class Job(Struct, frozen=True):
    """What to measure, of which engine, how thoroughly."""

    engine: str
    workload: Workload
    sampling: Sampling


async def measure(job: Job) -> list[Sample]:
    """The samples of a workload that is done inside one process."""
    with tempfile.TemporaryDirectory() as folder:
        work = program_of(job.workload)
        async with engine(job.engine).program(work, Path(folder)) as once:
            return await METERS[job.workload.measure](once, job.sampling)


def program_of(workload: Workload) -> Program:
    """The work, which has to be one for the inside of a process."""
    work = workload.work
    assert isinstance(work, Program), work
    return work


def main(text: str) -> None:
    """Print the samples of the job."""
    job = msgspec.json.decode(text, type=Job)
    samples = asyncio.run(measure(job))
    sys.stdout.write(msgspec.json.encode(samples).decode())


if __name__ == "__main__":
    main(sys.argv[1])
