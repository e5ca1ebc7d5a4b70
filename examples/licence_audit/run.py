"""Audit the licences of the installed Python distributions: `python run.py [report]`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from audit import COMPONENTS
from stepflow_core import StepflowError
from stepflow_runtime import StepflowRuntime

HERE = Path(__file__).parent


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the audit and show its summary; 0, or 1 where there is no report."""
    options = _options(arguments)
    variables = {"report": options.report, "paths": options.path, "at_a_time": options.at_a_time}
    try:
        result = asyncio.run(audit(variables))
    except StepflowError as error:
        print(f"the audit cannot be run: {error}", file=sys.stderr)
        return 1
    if result.error is not None:
        print(f"the audit failed: {result.error.message}", file=sys.stderr)
        return 1
    print("\n".join(summary(result.output)))
    return 0


async def audit(variables: dict[str, Any]) -> Any:
    """Run the flow in this process, with the components of the audit."""
    async with StepflowRuntime() as runtime:
        for function in COMPONENTS:
            runtime.component(f"/audit/{function.__name__}")(function)
        return await runtime.run(str(HERE / "flow.yaml"), None, variables=variables)


def summary(output: dict[str, Any]) -> list[str]:
    """What was found, as lines of plain text."""
    lines = [f"{output['total']} distributions:", ""]
    width = max((len(group["licence"]) for group in output["groups"]), default=0)
    lines += [
        f"{len(group['distributions']):5}  {group['licence']:{width}}  {group['category']}"
        for group in output["groups"]
    ]
    if output["unknown"]:
        lines.append(f"{len(output['unknown']):5}  {'unknown':{width}}  {', '.join(output['unknown'])}")
    lines += ["", f"{output['recognised']} of the licences were told by a text alone."]
    lines += [f"not read: {Path(each['location']).name}: {each['message']}" for each in output["problems"]]
    return [*lines, f"Report: {output['report']}"]


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Audit the licences of the installed Python distributions.")
    parser.add_argument("report", nargs="?", default="licence-audit.md", help="where the report is written")
    parser.add_argument("--path", action="append", default=[], help="a directory to look in instead of Python's own")
    parser.add_argument("--at-a-time", type=int, default=8, help="how many are judged at the same time")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
