"""Digest the log files of a folder, several at a time: `python run.py [folder]`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from digest import COMPONENTS
from stepflow_core import BatchResult, FlowResult, ItemResult, StepflowError
from stepflow_runtime import StepflowRuntime

HERE = Path(__file__).parent


def main(arguments: Sequence[str] | None = None) -> int:
    """Digest the files and write the report; 0, or 1 where a file could not be read."""
    options = _options(arguments)
    files = sorted(each for each in options.folder.glob("*") if each.is_file())
    if not files:
        print(f"there are no files in {options.folder}", file=sys.stderr)
        return 1
    try:
        batch = asyncio.run(digest(files, options.at_a_time, options.top))
        text = report(files, batch)
        options.report.write_text(text, encoding="utf-8")
    except (StepflowError, OSError) as error:
        print(f"there is no digest: {error}", file=sys.stderr)
        return 1
    print(f"\n{text}\nReport: {options.report.resolve()}")
    return 1 if batch.run.items.failed else 0


async def digest(files: Sequence[Path], at_a_time: int, top: int) -> BatchResult:
    """Run the flow once per file, at most `at_a_time` at once, and show each as it ends."""
    done: list[int] = []

    def show(item: ItemResult) -> None:
        done.append(item.index)
        print(f"[{len(done)}/{len(files)}] {files[item.index].name}: {outcome(item.result)}")

    async with StepflowRuntime() as runtime:
        for function in COMPONENTS:
            runtime.component(f"/logs/{function.__name__}")(function)
        return await runtime.run_batch(
            str(HERE / "flow.yaml"),
            ({"path": str(file)} for file in files),
            max_concurrency=at_a_time,
            on_item=show,
            variables={"top": top},
        )


def outcome(result: FlowResult | None) -> str:
    """One item in a few words."""
    if result is None:
        return "not ended"
    if result.error is not None:
        return f"failed: {result.error.message}"
    if result.is_skipped:
        return "skipped, it is no log of a known format"
    return f"{result.output['entries']} entries, {result.output['errors']} errors"


def report(files: Sequence[Path], batch: BatchResult) -> str:
    """The digests one below the other, the noisiest log first, then what has none."""
    found = sorted((each.output for each in batch.results if each.is_success), key=lambda each: -each["errors"])
    others = [
        f"{file.name}: {outcome(each)}" for file, each in zip(files, batch.results, strict=True) if not each.is_success
    ]
    total = sum(each["errors"] for each in found)
    head = f"Digest of {len(files)} files: {total} errors in {sum(each['entries'] for each in found)} entries"
    return "\n\n".join([head, *(each["text"] for each in found), *(["\n".join(others)] if others else [])]) + "\n"


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Digest the log files of a folder.")
    parser.add_argument("folder", nargs="?", type=Path, default=HERE / "logs", help="where the log files are")
    parser.add_argument("--report", type=Path, default=Path("log-digest.txt"), help="where the report is written")
    parser.add_argument("--at-a-time", type=int, default=3, help="how many files are read at the same time")
    parser.add_argument("--top", type=int, default=3, help="how many different errors of a file are shown")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
