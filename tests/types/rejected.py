"""The public API used wrongly: a type checker must object to each line marked with an error code."""

from __future__ import annotations

from stepflow_core import ExecutionStatus, FlowError, FlowResult, StepflowExecutor
from stepflow_runtime import StepflowRuntime


async def flows(runtime: StepflowRuntime) -> None:
    await runtime.run(42)  # E: arg-type
    await runtime.run(None)  # E: arg-type
    await runtime.run(["workflow.yaml"])  # E: arg-type
    await runtime.run()  # E: call-arg
    await runtime.store_flow("workflow.yaml", "a name")  # E: call-arg
    await runtime.store_flow("workflow.yaml", named="a name")  # E: arg-type


async def waiting(runtime: StepflowRuntime) -> None:
    runtime.run("workflow.yaml")  # E: unused-coroutine
    runtime.run("workflow.yaml").output  # E: attr-defined
    for event in runtime.events("run"):  # E: attr-defined
        print(event)
    async with runtime.run("workflow.yaml"):  # E: attr-defined
        pass


async def arguments(runtime: StepflowRuntime) -> None:
    await runtime.run("workflow.yaml", durability="always")  # E: arg-type
    await runtime.run("workflow.yaml", timeout="soon")  # E: arg-type
    await runtime.run("workflow.yaml", tags={"team": 1})  # E: dict-item
    await runtime.run("workflow.yaml", variables=["a"])  # E: arg-type
    await runtime.run("workflow.yaml", max_concurrency=2)  # E: call-arg
    await runtime.run("workflow.yaml", 1, {}, {"k": "v"})  # E: call-arg
    await runtime.get_result(7)  # E: arg-type
    await runtime.list_runs(10)  # E: arg-type, call-arg


async def batches(runtime: StepflowRuntime) -> None:
    await runtime.run_batch("workflow.yaml", 3)  # E: arg-type
    await runtime.run_batch("workflow.yaml", [1], on_item=len)  # E: arg-type
    await runtime.run_batch("workflow.yaml", [1], max_concurrency="2")  # E: arg-type
    await runtime.run_batch("workflow.yaml", [1], timeout=3)  # E: call-arg


async def debugging(executor: StepflowExecutor) -> None:
    await executor.debug_queue("run", 5)  # E: arg-type
    await executor.debug_eval("run", "a")  # E: call-arg
    await executor.debug_eval("run", step_id=5)  # E: arg-type
    await executor.debug_show("run")  # E: call-arg
    (await executor.debug_next("run")).result.output  # E: union-attr
    executor.debug_continue("run")  # E: unused-coroutine


async def results(executor: StepflowExecutor) -> None:
    result = await executor.run("workflow.yaml")
    print(result.error.text)  # E: union-attr
    print(result.value)  # E: attr-defined
    result.output = 1  # E: misc
    FlowResult.failed("500", "broken")  # E: arg-type
    FlowResult.failed(500)  # E: call-arg
    FlowError(500)  # E: call-arg
    print(ExecutionStatus.DONE)  # E: attr-defined


def runtimes() -> None:
    StepflowRuntime(store=1)  # E: arg-type
    StepflowRuntime(url="http://localhost")  # E: call-arg
    StepflowRuntime.start(3)  # E: arg-type


def components(runtime: StepflowRuntime) -> None:
    runtime.component(1)  # E: call-overload
    runtime.component("/a", path="/b")  # E: call-overload
    runtime.component("/a", description=3)  # E: call-overload


def blocking_code(runtime: StepflowRuntime) -> None:
    with runtime as executor:
        executor.run(42)  # E: arg-type
        executor.run_everything()  # E: attr-defined


class Partial:
    async def run(self, flow: str) -> FlowResult:
        return FlowResult.success(flow)


def use(executor: StepflowExecutor) -> None:
    print(executor.url)


use(Partial())  # E: arg-type
