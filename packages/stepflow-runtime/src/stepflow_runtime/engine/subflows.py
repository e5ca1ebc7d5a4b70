"""The components that the engine itself is: `eval`, `map`, `iterate`, `call`, `switch`, `loop`, `sleep`.

Each is a table row: how its input is checked, where its flow comes from, how it begins once the flow is
there, and what the end of its sub-run or frame means for the step. What was decided from the step's input
is evaluated again where it is needed later, so that nothing has to be remembered beside the journal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec import Struct
from stepflow_core import ExecutionStatus, FlowError, FlowResult, InvalidInputError

from ..wire import to_wire
from . import attempts, inner_frames, rounds, steps
from .cancelling import cancel_children, cancel_run
from .commands import ResolveFlow, StartTimer
from .engine_inputs import FOUND, BadInput, check_object, count, kind_of, member, required
from .entries import RunInfo, SubRunCreated
from .frame import Frame
from .ids import derived_run_id
from .plan import Plan
from .run_state import RunState
from .states import COMPLETED, FAILED

if TYPE_CHECKING:
    from .run_state import Tree
    from .ticks import SubRunRequested

MAX_DEPTH = 64
"""How deeply flows may be nested in each other while they run."""

FAIL_FAST_MAP = "map, fail"
LONGEST_SLEEP_MS = 10 * 366 * 86_400_000

Check: TypeAlias = "Callable[[Any], object]"
Begin: TypeAlias = "Callable[[Tree, Frame, int, Plan, Any], None]"


class Kind(Struct, frozen=True):
    """A component that runs flows: `check` its input, find the flow by `source`, then `begin`.

    `refusal` is the code with which it fails on an input that it cannot use.
    """

    check: Check
    source: Callable[[Frame, int, Any], Any]
    begin: Begin
    refusal: int = 500


@cache
def _kind_named(name: str) -> Kind:
    # By a function: the modules that these are in know each other, and may not be there yet when this one is read.
    kinds = {
        "eval": Kind(_check_eval, _flow_of("flow_id", "flow"), _begin_eval),
        "map": Kind(_check_map, _flow_of("workflow"), _begin_map),
        "iterate": Kind(rounds.check_iterate, _flow_of("flow"), rounds.begin_iterate),
        "call": Kind(inner_frames.check_call, inner_frames.chosen_flow, inner_frames.begin_chosen, 400),
        "switch": Kind(inner_frames.check_switch, inner_frames.chosen_flow, inner_frames.begin_chosen, 400),
        "loop": Kind(rounds.check_loop, inner_frames.chosen_flow, rounds.begin_loop, 400),
    }
    return kinds[name]


def start(tree: Tree, frame: Frame, step: int, name: str, input: Any) -> None:
    """Begin the work of an engine component."""
    if name == "sleep":
        _sleep(tree, frame, step, input)
        return
    kind = _kind_named(name)
    try:
        kind.check(input)
        source = kind.source(frame, step, input)
        if frame.info.depth >= MAX_DEPTH:
            raise BadInput(f"sub-flows are nested more than {MAX_DEPTH} levels deep")
    except BadInput as problem:
        _refuse(tree, frame, step, problem, kind.refusal)
        return
    if isinstance(source, Plan):
        kind.begin(tree, frame, step, source, input)
    else:
        tree.commands.append(ResolveFlow(frame, step, frame.attempt(step), source))


def flow_resolved(tree: Tree, frame: Frame, step: int, plan: Plan | None, error: FlowError | None) -> None:
    """The flow that a step asked for is there, or could not be had."""
    input = frame.plan.steps[step].evaluate(frame)
    if plan is None:
        error = error or FlowError(500, "the flow could not be had")
        attempts.fail_attempt(tree, frame, step, tree.hide_in(of_component(frame, step, error)))
    else:
        component = frame.plan.steps[step].component(input)
        assert component is not None, "it has begun"
        _kind_named(component.name).begin(tree, frame, step, plan, input)


def of_component(frame: Frame, step: int, error: FlowError) -> FlowError:
    """An error whose data names the component of the step."""
    component = frame.plan.steps[step].component_path
    return FlowError(error.code, error.message, {"kind": "exception", **(error.data or {}), "component": component})


def _refuse(tree: Tree, frame: Frame, step: int, problem: BadInput, code: int = 500) -> None:
    path = frame.plan.steps[step].component_path
    data = {"kind": "invalid_input", "component": path, "pointer": problem.pointer}
    attempts.fail_attempt(tree, frame, step, FlowError(code, problem.text(tree.hide), data))


# ---- inputs


def _flow_of(*names: str) -> Callable[[Frame, int, Any], Any]:
    """Where the flow stands: compiled at load, or in the input as a document, an id or a name."""

    def source(frame: Frame, step: int, input: Any) -> Any:
        compiled = frame.plan.steps[step].flows
        for name in names:
            if name in compiled:
                return compiled[name]
        value = member(input, *names)
        if not isinstance(value, str | dict):
            raise BadInput(f"{names[0]!r} has to be a flow or the id of one, it is {kind_of(value)}", f"/{names[0]}")
        return value

    return source


# ---- sub-runs


class SubRun(Struct, frozen=True, kw_only=True):
    """What distinguishes one sub-run of a step from another."""

    kind: str
    inputs: list[Any]
    address: str
    prefix: str
    indexed: bool = False
    limit: int | None = None


def step_address(frame: Frame, step: int) -> str:
    """The address of the current attempt of a step: `#n` follows from the second on."""
    attempt = frame.attempt(step)
    return frame.info.address(step) + (f"#{attempt}" if attempt > 1 else "")


def open_sub_run(tree: Tree, frame: Frame, step: int, plan: Plan, wanted: SubRun) -> None:
    """Start a sub-run for a step; a flow that refuses its variables fails the step."""
    try:
        open_run(tree, frame, step, plan, wanted, {})
    except InvalidInputError as problem:
        attempts.fail_attempt(tree, frame, step, refused(tree, problem))


def refused(tree: Tree, problem: InvalidInputError) -> FlowError:
    """What a step fails with whose flow refuses its variables."""
    return tree.hide_in(FlowError(400, problem.message, problem.details))


def open_run(tree: Tree, frame: Frame, step: int, plan: Plan, wanted: SubRun, variables: Mapping[str, Any]) -> RunState:
    """Start a sub-run of a step; its id is made from the parent's, so that replay finds the same one.

    Raises `InvalidInputError` where the flow refuses its variables.
    """
    parent = frame.run.info
    info = RunInfo(
        derived_run_id(parent.id, frame.info.root_item, wanted.address), plan, parent.root_id, parent.id,
        wanted.address, frame.info.root_item, parent.depth + 1,
    )  # fmt: skip
    resolved = plan.contract.variables(variables, frame.info.variables)
    tree.keep_secret(plan.contract.variable_secrets(resolved))
    run = RunState(
        info, resolved, inputs=wanted.inputs, limit=wanted.limit, parent=frame, parent_step=step,
        kind=wanted.kind, prefix=wanted.prefix, indexed=wanted.indexed, created_at=tree.now,
    )  # fmt: skip
    tree.runs[info.id] = run
    tree.entries.append(SubRunCreated(tree.now, info, len(wanted.inputs)))
    frame.adopt(step, run)
    tree.fills.append(run)
    return run


def run_ended(tree: Tree, run: RunState) -> None:
    """A sub-run came to its end by itself; its step goes on."""
    frame, step = run.parent, run.parent_step
    if frame is None:
        return
    match run.kind:
        case "eval":
            _eval_ended(tree, frame, step, run)
        case "map" | "map, fail":
            _map_ended(tree, frame, step, run)
        case "iterate":
            rounds.iteration_ended(tree, frame, step, run)


def run_cancelled(tree: Tree, run: RunState, reason: str | None) -> None:
    """A sub-run was cancelled by request; its step fails, which no default covers."""
    frame, step = run.parent, run.parent_step
    if frame is not None and run.kind and frame.status[step] < COMPLETED:
        error = FlowError(499, reason or "the sub-run was cancelled", {"kind": "cancelled"})
        frame.drop_rounds(step)
        steps.finish(tree, frame, step, FAILED, error)


def _check_eval(input: Any) -> None:
    check_object(input)
    required(input, "input")


def _begin_eval(tree: Tree, frame: Frame, step: int, plan: Plan, input: Any) -> None:
    address = step_address(frame, step)
    wanted = SubRun(kind="eval", inputs=[input["input"]], address=address, prefix=f"{address}/")
    open_sub_run(tree, frame, step, plan, wanted)


def _eval_ended(tree: Tree, frame: Frame, step: int, run: RunState) -> None:
    value = {"result": to_wire(result_of(run, 0)), "run_id": run.info.id}
    attempts.succeed(tree, frame, step, value)


def result_of(run: RunState, item: int) -> FlowResult:
    """The result of an item of a run that has ended."""
    result = run.results[item]
    assert result is not None, "a run that has ended has all its results"
    return result


def _check_map(input: Any) -> None:
    check_object(input)
    value = required(input, "items")
    if not isinstance(value, list):
        raise BadInput(f"'items' has to be an array, it is {kind_of(value)}", "/items")
    count(input, "max_concurrency", 1, 1)
    if input.get("on_item_error") not in (None, "collect", "fail"):
        raise BadInput("'on_item_error' has to be 'collect' or 'fail'", "/on_item_error")


def _begin_map(tree: Tree, frame: Frame, step: int, plan: Plan, input: Any) -> None:
    address = step_address(frame, step)
    kind = FAIL_FAST_MAP if input.get("on_item_error") == "fail" else "map"
    wanted = SubRun(
        kind=kind, inputs=input["items"], address=address, prefix=address, indexed=True,
        limit=input.get("max_concurrency"),
    )  # fmt: skip
    open_sub_run(tree, frame, step, plan, wanted)


def _map_ended(tree: Tree, frame: Frame, step: int, run: RunState) -> None:
    counts = run.counts
    value = {
        "results": [to_wire(result_of(run, item)) for item in range(run.begun)],
        "successful": counts["completed"],
        "failed": counts["failed"] + counts["cancelled"],
        "skipped": counts["skipped"],
    }
    attempts.succeed(tree, frame, step, value)


def item_failed(tree: Tree, run: RunState, result: FlowResult) -> None:
    """An item of a map that collects no failures failed: the others are not wanted any more."""
    cancel_run(tree, run, "another item of the map failed", ExecutionStatus.FAILED)
    if run.parent is not None and result.error is not None:
        attempts.fail_attempt(tree, run.parent, run.parent_step, result.error)


# ---- time


def _sleep(tree: Tree, frame: Frame, step: int, input: Any) -> None:
    try:
        check_object(input)
        delay = required(input, "duration_ms")
        if isinstance(delay, bool) or not isinstance(delay, int | float) or not 0 <= delay <= LONGEST_SLEEP_MS:
            text = f"'duration_ms' has to be a number from 0 to {LONGEST_SLEEP_MS}, it is {FOUND}"
            raise BadInput(text, "/duration_ms", delay)
    except BadInput as problem:
        _refuse(tree, frame, step, problem)
        return
    tree.commands.append(StartTimer(frame, step, frame.attempt(step), "sleep", delay / 1000))


def woke_up(tree: Tree, frame: Frame, step: int) -> None:
    """The time of a `sleep` is over."""
    input = frame.plan.steps[step].evaluate(frame)
    kept = {name: input[name] for name in ("duration_ms", "passthrough") if name in input}
    attempts.succeed(tree, frame, step, kept)


# ---- runs that components ask for


def open_requested(tree: Tree, tick: SubRunRequested) -> None:
    """A component wants a flow run on an input."""
    frame, step = tick.frame, tick.step
    address = f"{step_address(frame, step)}[{tick.number}]"
    wanted = SubRun(kind="", inputs=[tick.input], address=address, prefix=f"{address}/")
    if frame.info.depth >= MAX_DEPTH:
        tick.answer(FlowError(400, f"sub-flows are nested more than {MAX_DEPTH} levels deep"))
        return
    try:
        tick.answer(open_run(tree, frame, step, tick.plan, wanted, tick.variables))
    except InvalidInputError as problem:
        tick.answer(refused(tree, problem))


def drop_children(tree: Tree, frame: Frame, step: int) -> None:
    """A component that has ended leaves no run behind that it asked for."""
    if frame.children:
        cancel_children(tree, frame, step, "the step that asked for it has ended")
