"""Running what could be loaded: under virtual time, with the mock components, for a limited time."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import msgspec
from stepflow_core import ConflictError, FlowResult, RunTimeoutError, StepflowError, StepflowExecutor

from .corpus import Corpus
from .places import demand
from .scalars import a_scalar

LONGEST: Final = 2.0
"""How many seconds of the processor a run may take before it is cancelled."""

VIRTUAL: Final = 7200.0
"""How many seconds of virtual time a run may take."""

SUITABLE: Final = {
    "n": 3,
    "text": "aBc é",
    "list": [3, 1, 2],
    "map": {"a": 1, "b": None},
    "a": [{"a": 1}],
    "loaf": "rye",
}
"""An input that has what the made paths and texts ask for."""


def an_input(document: Any, corpus: Corpus, chance: random.Random) -> tuple[Any, dict[str, Any]]:
    """An input and variables for a flow: those of one of its cases, suitable ones, or odd ones."""
    cases = _cases(document)
    if cases and chance.random() < 0.7:
        case = chance.choice(cases)
        variables = case.get("variables")
        return case.get("input"), variables if isinstance(variables, dict) else {}
    odd = corpus.part(chance) if chance.random() < 0.5 else a_scalar(chance)
    return (SUITABLE, {"v": [1]}) if chance.random() < 0.7 else (odd, {"v": odd})


def _cases(document: Any) -> list[dict[str, Any]]:
    section = document.get("test") if isinstance(document, Mapping) else None
    cases = section.get("cases") if isinstance(section, Mapping) else None
    return [each for each in cases if isinstance(each, dict)] if isinstance(cases, list) else []


async def check_run(
    executor: StepflowExecutor, flow: Any, input: Any, variables: dict[str, Any], overrides: Any = None
) -> str:
    """Run it: a result that is sound, or a StepflowError that says something; which of them."""
    try:
        run_id = await executor.submit(flow, input, overrides, variables=variables)
    except StepflowError as refusal:
        demand(refusal.message and "Traceback" not in refusal.message, f"the refusal says nothing: {refusal!r}")
        return "refused"
    with limited() as beyond:
        result = await _result(executor, run_id, beyond)
    if result is None:
        return await _cancelled(executor, run_id)
    check_result(result)
    await _check_listings(executor, run_id)
    return result.status.value


async def _cancelled(executor: StepflowExecutor, run_id: str) -> str:
    try:
        await executor.cancel_run(run_id)
    except ConflictError:
        return "ended late"
    return "cancelled"


async def _result(executor: StepflowExecutor, run_id: str, beyond: asyncio.Event) -> FlowResult | None:
    waiting = asyncio.ensure_future(executor.get_result(run_id, timeout=VIRTUAL))
    stopping = asyncio.ensure_future(beyond.wait())
    await asyncio.wait({waiting, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not waiting.done():
        waiting.cancel()
        return None
    try:
        return waiting.result()
    except RunTimeoutError:
        return None


@contextmanager
def limited() -> Iterator[asyncio.Event]:
    """An event that is set when the processor was used for too long, by a loop that still takes its turns."""
    beyond, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGVTALRM, beyond.set)
    signal.setitimer(signal.ITIMER_VIRTUAL, LONGEST)
    try:
        yield beyond
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        loop.remove_signal_handler(signal.SIGVTALRM)


def check_result(result: FlowResult) -> None:
    """It can be written as JSON, and a failure says what failed, which is no fault of the engine."""
    written = msgspec.json.encode(result)
    error = result.error
    if error is None:
        return
    demand(isinstance(error.code, int) and error.message, f"the failure says nothing: {written!r:.500}")
    # All components are the engine's own, which no input may have raise anything.
    raised = error.kind == "exception" and "type" in error.data
    demand(not raised and error.kind != "not_json", f"a component of the engine raised: {written!r:.2000}")
    demand("Traceback" not in error.message, f"there is a traceback in {written!r:.2000}")


async def _check_listings(executor: StepflowExecutor, run_id: str) -> None:
    details, steps = await executor.get_run(run_id), await executor.get_run_steps(run_id)
    msgspec.json.encode([details, steps])
    for each in steps.steps:
        if each.result is not None:
            check_result(each.result)
