"""The kit is whole, light, and strict enough to notice what executors get wrong."""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import AsyncIterator, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from stepflow_core import (
    BatchResult,
    CreateRunResponse,
    FlowResult,
    FlowSource,
    NotFoundError,
    RunDetails,
    RunEvent,
    RunSummary,
    StepflowError,
    StepflowExecutor,
    StepRun,
    StoreFlowResponse,
)
from stepflow_core.testing import ExecutorKit
from stepflow_core.testing import executor_kit as kit
from stepflow_core.wrappers import ExecutorWrapper

from .makers import kit_runtime

PARTS = [part for part in ExecutorKit.__mro__ if part.__module__.startswith(kit.__name__)]
TESTS = {name: test for name, test in inspect.getmembers(ExecutorKit) if name.startswith("test_")}


# ---- whole


def test_no_test_hides_another() -> None:
    """Every test of every part is a test of the kit."""
    names = [name for part in PARTS for name in vars(part) if name.startswith("test_")]
    assert sorted(names) == sorted(TESTS)
    modules = {each.stem for each in Path(kit.__path__[0]).glob("_*.py")}
    assert all(part.__module__.rpartition(".")[2] in {*modules, "executor_kit"} for part in PARTS)


def test_every_member_of_the_protocol_is_used() -> None:
    """The kit asks for all that an executor promises."""
    source = "".join(inspect.getsource(test) for test in TESTS.values())
    members = {name for name in vars(StepflowExecutor) if not name.startswith("_")}
    assert {name for name in members if f"executor.{name}" not in source} == set()


def test_every_test_says_what_it_proves() -> None:
    """In a sentence."""
    assert [name for name, test in TESTS.items() if not (test.__doc__ or "").strip().endswith(".")] == []


# ---- light


@pytest.mark.parametrize("module", ["stepflow_core.testing", "stepflow_core.testing.components"])
def test_the_components_need_no_pytest(module: str) -> None:
    """A server that offers them loads neither pytest nor the kit."""
    code = f"import {module}, sys; print([name for name in ('_pytest', '{kit.__name__}') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_core_loads_neither_the_kit_nor_wrappers() -> None:
    """They are loaded when they are imported."""
    code = "import sys, stepflow_core; print([name for name in sys.modules if 'testing' in name or 'wrappers' in name])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_other_names_are_not_there() -> None:
    """What the package does not have is an ordinary attribute error."""
    import stepflow_core.testing

    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        stepflow_core.testing.nothing  # noqa: B018


# ---- as others use it


OF_A_USER = """
import pytest
from stepflow_core import FlowResult
from stepflow_core.testing import ExecutorKit
from stepflow_core.wrappers import ExecutorWrapper
from stepflow_runtime import StepflowRuntime

class Wrong(ExecutorWrapper):
    async def run(self, *args, **options):
        return FlowResult.success("wrong")

class TestMine(ExecutorKit):
    @pytest.fixture
    def unopened(self):
        return Wrong(StepflowRuntime())

class TestNothing(ExecutorKit):
    pass
"""


def test_a_failure_tells_the_values(tmp_path: Path) -> None:
    """In a suite elsewhere: what came and what was expected, and what a class lacks that makes no executor."""
    suite = tmp_path / "test_mine.py"
    suite.write_text(OF_A_USER, "utf-8")
    options = ["-q", "-p", "no:cacheprovider", "-o", "asyncio_mode=auto", "--rootdir", str(tmp_path)]
    command = [sys.executable, "-m", "pytest", *options, "-k", "success_has_the_output", str(suite)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "Success(output='wrong') == Success(output={'n': 1})" in done.stdout
    assert "TestNothing gives no fixture `unopened`" in done.stdout


# ---- strict


class Doubles(ExecutorWrapper):
    """Its numbers are floats."""

    async def run(self, flow: FlowSource, *arguments: Any, **options: Any) -> FlowResult:
        result = await self.inner.run(flow, *arguments, **options)
        output = result.output
        if isinstance(output, dict) and type(output.get("input")) is int:
            output = {key: float(value) for key, value in output.items()}
        return FlowResult.success(output) if result.is_success else result


class LosesAnEvent(ExecutorWrapper):
    """Its readers miss one event."""

    async def events(self, run_id: str, **options: Any) -> AsyncIterator[RunEvent]:
        async for event in self.inner.events(run_id, **options):
            if event.sequence_number != 2:
                yield event


class TellsTheEndTwice(ExecutorWrapper):
    """Its last event comes twice."""

    async def events(self, run_id: str, **options: Any) -> AsyncIterator[RunEvent]:
        async for event in self.inner.events(run_id, **options):
            yield event
            if event.event == "run_completed":
                yield event


class AlwaysFromTheBeginning(ExecutorWrapper):
    """It replays everything, whatever its readers have seen."""

    def events(self, run_id: str, *, since: int = -1, **options: Any) -> AsyncIterator[RunEvent]:
        return self.inner.events(run_id, **options)


class ShowsAllResults(ExecutorWrapper):
    """It cannot leave results out."""

    def events(self, run_id: str, *, include_results: bool = True, **options: Any) -> AsyncIterator[RunEvent]:
        return self.inner.events(run_id, **options)


class AsTheyEnd(ExecutorWrapper):
    """Its results are in some order."""

    async def get_batch(self, run_id: str, **options: Any) -> BatchResult:
        batch = await self.inner.get_batch(run_id, **options)
        return BatchResult(run=batch.run, results=batch.results[::-1])


class AllAtOnce(ExecutorWrapper):
    """It knows no limit."""

    async def submit_batch(self, *arguments: Any, max_concurrency: int | None = None, **options: Any) -> str:
        return await self.inner.submit_batch(*arguments, **options)


class Forgetful(ExecutorWrapper):
    """It gives a new run to every request."""

    async def submit(self, *arguments: Any, idempotency_key: str | None = None, **options: Any) -> str:
        return await self.inner.submit(*arguments, **options)


class NeverEnds(ExecutorWrapper):
    """It says that it has cancelled."""

    async def cancel_run(self, run_id: str, reason: str | None = None) -> RunSummary:
        return await self.inner.get_run(run_id)


class Shares(ExecutorWrapper):
    """All its callers get the same object."""

    def __init__(self, inner: StepflowExecutor) -> None:
        super().__init__(inner)
        self.results: dict[str, FlowResult] = {}

    async def get_result(self, run_id: str, **options: Any) -> FlowResult:
        if run_id not in self.results:
            self.results[run_id] = await self.inner.get_result(run_id, **options)
        return self.results[run_id]


class OneKindOfError(ExecutorWrapper):
    """All its errors are the same."""

    async def get_run(self, run_id: str, **options: Any) -> RunDetails:
        try:
            return await self.inner.get_run(run_id, **options)
        except NotFoundError as error:
            raise StepflowError(error.message) from None


class DropsTags(ExecutorWrapper):
    """It does not keep tags."""

    async def submit(self, *arguments: Any, tags: Mapping[str, str] | None = None, **options: Any) -> str:
        return await self.inner.submit(*arguments, **options)


class TellsNoReason(ExecutorWrapper):
    """Its steps do not say why they do not run."""

    async def get_step(self, run_id: str, address: str, **options: Any) -> StepRun:
        return replace(await self.inner.get_step(run_id, address, **options), reason=None)


class StoresAnything(ExecutorWrapper):
    """It keeps what was only to be checked."""

    async def store_flow(self, flow: FlowSource, *, dry_run: bool = False, **options: Any) -> StoreFlowResponse:
        answer = await self.inner.store_flow(flow, **options)
        return replace(answer, stored=answer.stored and not dry_run)


class OneItem(ExecutorWrapper):
    """It takes a list for one input."""

    async def create_run(self, flow_id: str | None = None, input: Any = None, **options: Any) -> CreateRunResponse:
        return await self.inner.create_run(flow_id, [input], **options)


class ReadsLists(ExecutorWrapper):
    """It takes no generators."""

    async def run_batch(self, flow: FlowSource, inputs: Iterable[Any], **options: Any) -> BatchResult:
        return await self.inner.run_batch(flow, inputs if isinstance(inputs, list) else [], **options)


NOTICED: dict[type[ExecutorWrapper], str] = {
    AllAtOnce: "test_no_more_items_are_in_flight_than_allowed",
    AlwaysFromTheBeginning: "test_events_can_be_read_from_any_place_on",
    AsTheyEnd: "test_results_are_in_input_order",
    DropsTags: "test_tags_are_kept",
    Forgetful: "test_requests_at_the_same_time_are_one_run",
    LosesAnEvent: "test_numbers_of_a_batch_are_dense",
    NeverEnds: "test_a_run_that_goes_on_is_cancelled_at_once",
    OneItem: "test_a_list_is_a_batch",
    OneKindOfError: "test_a_deleted_run_is_forgotten",
    Shares: "test_a_result_can_be_asked_for_again",
    ShowsAllResults: "test_results_can_be_left_out",
    StoresAnything: "test_a_dry_run_stores_nothing",
    TellsNoReason: "test_a_step_says_why_it_does_not_run",
    TellsTheEndTwice: "test_the_end_is_told_once",
}


async def passes(executor: StepflowExecutor, test: str, **arguments: Any) -> bool:
    """Whether a test of the kit passes with an executor."""
    wanted = {"unique": f"kit-{test}", **arguments}
    given = {name: wanted[name] for name in inspect.signature(TESTS[test]).parameters if name in wanted}
    try:
        await getattr(ExecutorKit(), test)(executor, **given)
    except (AssertionError, StepflowError, pytest.fail.Exception):
        return False
    return True


@pytest.mark.parametrize("wrong", NOTICED, ids=lambda wrong: wrong.__name__)
async def test_what_an_executor_gets_wrong_is_noticed(wrong: type[ExecutorWrapper]) -> None:
    """The test that is about it fails, and passes without the fault."""
    for wrapper, expected in ((wrong, False), (ExecutorWrapper, True)):
        async with wrapper(kit_runtime()) as executor:
            assert await passes(executor, NOTICED[wrong]) is expected


async def test_the_kind_of_a_number_is_noticed() -> None:
    """An integer that has become a float is not the value that went in."""
    async with Doubles(kit_runtime()) as executor:
        assert not await passes(executor, "test_a_value_goes_through_a_run_as_it_is", value=7)
        assert await passes(executor, "test_a_value_goes_through_a_run_as_it_is", value="7")


async def test_an_iterable_that_is_not_read_is_noticed() -> None:
    """Inputs need not be a list."""
    async with ReadsLists(kit_runtime()) as executor:
        assert not await passes(executor, "test_inputs_are_any_iterable", make=lambda: range(3))
        assert await passes(executor, "test_inputs_are_any_iterable", make=lambda: [0, 1, 2])
