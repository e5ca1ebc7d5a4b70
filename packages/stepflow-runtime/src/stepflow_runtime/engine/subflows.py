"""The components that the engine itself is: `eval`, `map`, `iterate`, `call`, `switch`, `sleep`.

Each is a table row: how its input is checked, where its flow comes from, how it begins once the flow is
there, and what the end of its sub-run or frame means for the step. What was decided from the step's input
is evaluated again where it is needed later, so that nothing has to be remembered beside the journal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec import Struct, json
from stepflow_core import ExecutionStatus, Failed, FlowError, FlowResult, InvalidInputError, Skipped

from ..language.addresses import escape
from ..wire import to_wire
from . import attempts, steps
from .cancelling import cancel_children, cancel_run
from .commands import ResolveFlow, StartTimer
from .entries import FrameInfo, RunInfo, SubRunCreated
from .frame import Frame
from .ids import derived_run_id
from .plan import Chosen, Plan
from .run_state import RunState
from .states import COMPLETED, FAILED, SKIPPED

if TYPE_CHECKING:
    from .run_state import Tree
    from .ticks import SubRunRequested

MAX_DEPTH = 64
"""How deeply flows may be nested in each other while they run."""

FAIL_FAST_MAP = "map, fail"
DEFAULT_ITERATIONS = 1000
LONGEST_SLEEP_MS = 10 * 366 * 86_400_000

FOUND = "\0"
LONGEST_SHOWN = 80
"""How much of a value that does not fit is shown."""


class BadInput(Exception):
    """The step's input is not what the component takes: `message` about the member at `pointer`.

    In the message `FOUND` stands for the value that is there.
    """

    def __init__(self, message: str, pointer: str = "", found: Any = None) -> None:
        self.message = message
        self.pointer = pointer
        self._found = found

    def text(self, hide: Callable[[str], str]) -> str:
        """The message. Secrets are hidden before the value is cut, so that no part of one is left."""
        return hide(self.message).replace(FOUND, hide(_shown(self._found))[:LONGEST_SHOWN], 1)


def _shown(value: Any) -> str:
    if isinstance(value, dict | list):
        return _kind(value)
    return repr(value) if isinstance(value, str) else json.encode(value).decode()


Check: TypeAlias = "Callable[[Any], object]"
Begin: TypeAlias = "Callable[[Tree, Frame, int, Plan, Any], None]"


class Kind(Struct, frozen=True):
    """A component that runs flows: `check` its input, find the flow by `source`, then `begin`."""

    check: Check
    source: Callable[[Frame, int, Any], Any]
    begin: Begin


def start(tree: Tree, frame: Frame, step: int, name: str, input: Any) -> None:
    """Begin the work of an engine component."""
    if name == "sleep":
        _sleep(tree, frame, step, input)
        return
    kind = KINDS[name]
    try:
        kind.check(input)
        source = kind.source(frame, step, input)
    except BadInput as problem:
        _refuse(tree, frame, step, problem)
        return
    if frame.info.depth >= MAX_DEPTH:
        _refuse(tree, frame, step, BadInput(f"sub-flows are nested more than {MAX_DEPTH} levels deep"))
    elif isinstance(source, Plan):
        kind.begin(tree, frame, step, source, input)
    else:
        tree.commands.append(ResolveFlow(frame, step, frame.attempt(step), source))


def flow_resolved(tree: Tree, frame: Frame, step: int, plan: Plan | None, error: FlowError | None) -> None:
    """The flow that a step asked for is there, or could not be had."""
    input = frame.plan.steps[step].evaluate(frame)
    if plan is None:
        error = error or FlowError(500, "the flow could not be had")
        attempts.fail_attempt(tree, frame, step, tree.hide_in(_of_component(frame, step, error)))
    else:
        component = frame.plan.steps[step].component(input)
        KINDS[component.name if component else ""].begin(tree, frame, step, plan, input)


def _of_component(frame: Frame, step: int, error: FlowError) -> FlowError:
    """An error whose data names the component of the step."""
    component = frame.plan.steps[step].component_path
    return FlowError(error.code, error.message, {"kind": "exception", **(error.data or {}), "component": component})


def _refuse(tree: Tree, frame: Frame, step: int, problem: BadInput) -> None:
    control = frame.plan.steps[step].control is not None
    path = frame.plan.steps[step].component_path
    data = {"kind": "invalid_input", "component": path, "pointer": problem.pointer}
    attempts.fail_attempt(tree, frame, step, FlowError(400 if control else 500, problem.text(tree.hide), data))


# ---- inputs


def _member(input: Any, *names: str) -> Any:
    """The first of these members that is there and not null."""
    if not isinstance(input, dict):
        raise BadInput(f"the input has to be an object with {' or '.join(map(repr, names))}, it is {_kind(input)}")
    for name in names:
        if input.get(name) is not None:
            return input[name]
    raise BadInput(f"{' or '.join(map(repr, names))} is required", f"/{names[0]}")


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "an array", str: "text", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")


def _required(input: dict[str, Any], name: str) -> Any:
    """A member that has to be there; null is a value."""
    if name not in input:
        raise BadInput(f"{name!r} is required", f"/{name}")
    return input[name]


def _count(input: Any, name: str, default: int, least: int) -> int:
    value = input.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise BadInput(f"{name!r} has to be an integer of at least {least}, it is {FOUND}", f"/{name}", value)
    return value


def _flow_of(*names: str) -> Callable[[Frame, int, Any], Any]:
    """Where the flow stands: compiled at load, or in the input as a document, an id or a name."""

    def source(frame: Frame, step: int, input: Any) -> Any:
        compiled = frame.plan.steps[step].flows
        for name in names:
            if name in compiled:
                return compiled[name]
        value = _member(input, *names)
        if not isinstance(value, str | dict):
            raise BadInput(f"{names[0]!r} has to be a flow or the id of one, it is {_kind(value)}", f"/{names[0]}")
        return value

    return source


def _check_object(input: Any) -> None:
    if not isinstance(input, dict):
        raise BadInput(f"the input has to be an object, it is {_kind(input)}")


# ---- sub-runs


class SubRun(Struct, frozen=True, kw_only=True):
    """What distinguishes one sub-run of a step from another."""

    kind: str
    inputs: list[Any]
    address: str
    prefix: str
    indexed: bool = False
    limit: int | None = None
    loop: tuple[int, int] = (0, 0)


def step_address(frame: Frame, step: int) -> str:
    """The address of the current attempt of a step: `#n` follows from the second on."""
    attempt = frame.attempt(step)
    return frame.info.address(step) + (f"#{attempt}" if attempt > 1 else "")


def _open(tree: Tree, frame: Frame, step: int, plan: Plan, wanted: SubRun) -> None:
    try:
        open_run(tree, frame, step, plan, wanted, {})
    except InvalidInputError as problem:
        attempts.fail_attempt(tree, frame, step, _refused(tree, problem))


def _refused(tree: Tree, problem: InvalidInputError) -> FlowError:
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
        kind=wanted.kind, prefix=wanted.prefix, indexed=wanted.indexed, loop=wanted.loop, created_at=tree.now,
    )  # fmt: skip
    tree.runs[info.id] = run
    tree.entries.append(SubRunCreated(tree.now, info, len(wanted.inputs)))
    frame.adopt(step, run)
    tree.fills.append(run)
    return run


def run_ended(tree: Tree, run: RunState) -> None:
    """A sub-run came to its end by itself; its step goes on."""
    frame, step = run.parent, run.parent_step
    ended = _ENDED.get(run.kind)
    if frame is not None and ended is not None:
        ended(tree, frame, step, run)


def run_cancelled(tree: Tree, run: RunState, reason: str | None) -> None:
    """A sub-run was cancelled by request; its step fails, which no default covers."""
    frame, step = run.parent, run.parent_step
    if frame is not None and run.kind in _ENDED and frame.status[step] < COMPLETED:
        error = FlowError(499, reason or "the sub-run was cancelled", {"kind": "cancelled"})
        steps.finish(tree, frame, step, FAILED, error)


def _check_eval(input: Any) -> None:
    _check_object(input)
    _required(input, "input")


def _begin_eval(tree: Tree, frame: Frame, step: int, plan: Plan, input: Any) -> None:
    address = step_address(frame, step)
    wanted = SubRun(kind="eval", inputs=[input["input"]], address=address, prefix=f"{address}/")
    _open(tree, frame, step, plan, wanted)


def _eval_ended(tree: Tree, frame: Frame, step: int, run: RunState) -> None:
    value = {"result": to_wire(_result(run, 0)), "run_id": run.info.id}
    attempts.succeed(tree, frame, step, value)


def _result(run: RunState, item: int) -> FlowResult:
    result = run.results[item]
    assert result is not None, "a run that has ended has all its results"
    return result


def _check_map(input: Any) -> None:
    _check_object(input)
    value = _required(input, "items")
    if not isinstance(value, list):
        raise BadInput(f"'items' has to be an array, it is {_kind(value)}", "/items")
    _count(input, "max_concurrency", 1, 1)
    if input.get("on_item_error") not in (None, "collect", "fail"):
        raise BadInput("'on_item_error' has to be 'collect' or 'fail'", "/on_item_error")


def _begin_map(tree: Tree, frame: Frame, step: int, plan: Plan, input: Any) -> None:
    address = step_address(frame, step)
    kind = FAIL_FAST_MAP if input.get("on_item_error") == "fail" else "map"
    wanted = SubRun(
        kind=kind, inputs=input["items"], address=address, prefix=address, indexed=True,
        limit=input.get("max_concurrency"),
    )  # fmt: skip
    _open(tree, frame, step, plan, wanted)


def _map_ended(tree: Tree, frame: Frame, step: int, run: RunState) -> None:
    counts = run.counts
    value = {
        "results": [to_wire(_result(run, item)) for item in range(run.begun)],
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


def _check_iterate(input: Any) -> None:
    _check_object(input)
    _required(input, "initial_input")
    _count(input, "max_iterations", DEFAULT_ITERATIONS, 0)


def _begin_iterate(tree: Tree, frame: Frame, step: int, plan: Plan, input: Any) -> None:
    most = _count(input, "max_iterations", DEFAULT_ITERATIONS, 0)
    if most:
        _open_round(tree, frame, step, plan, input["initial_input"], (0, most))
    else:
        attempts.succeed(tree, frame, step, {"result": input["initial_input"], "iterations": 0, "terminated": True})


def _open_round(tree: Tree, frame: Frame, step: int, plan: Plan, input: Any, loop: tuple[int, int]) -> None:
    address = f"{step_address(frame, step)}[{loop[0]}]"
    if frame.children:
        frame.children.pop(step, None)
    wanted = SubRun(kind="iterate", inputs=[input], address=address, prefix=f"{address}/", loop=loop)
    _open(tree, frame, step, plan, wanted)


def _round_ended(tree: Tree, frame: Frame, step: int, run: RunState) -> None:
    result, done, most = _result(run, 0), run.loop[0] + 1, run.loop[1]
    output = result.output
    if result.error is not None:
        attempts.fail_attempt(tree, frame, step, result.error)
    elif not isinstance(output, dict) or not ("result" in output or "next" in output):
        message = "Workflow result must contain either 'result' or 'next' field"
        error = FlowError(400, message, {"kind": "invalid_output", "iteration": done - 1})
        attempts.fail_attempt(tree, frame, step, _of_component(frame, step, error))
    elif "result" in output:
        attempts.succeed(tree, frame, step, {"result": output["result"], "iterations": done, "terminated": False})
    elif done >= most:
        attempts.succeed(tree, frame, step, {"result": output["next"], "iterations": done, "terminated": True})
    else:
        _open_round(tree, frame, step, run.info.plan, output["next"], (done, most))


_ENDED: dict[str, Callable[[Tree, Frame, int, RunState], None]] = {
    "eval": _eval_ended,
    "map": _map_ended,
    FAIL_FAST_MAP: _map_ended,
    "iterate": _round_ended,
}


# ---- frames of the same run


def _chosen_flow(frame: Frame, step: int, chosen: Any) -> Any:
    flow = chosen.flow
    return flow.plan if flow.plan is not None else flow.reference


def _check_chosen(chosen: Any) -> None:
    if not isinstance(chosen, Chosen) or chosen.flow is None:
        cases = ", ".join(map(repr, getattr(chosen, "cases", ()))) or "none"
        value = getattr(chosen, "input", chosen)
        raise BadInput(f"no case matches {FOUND} and there is no default; the cases are {cases}", "/on", value)


def _begin_frame(tree: Tree, frame: Frame, step: int, plan: Plan, chosen: Any) -> None:
    contract = plan.contract
    tree.keep_secret(contract.input_secrets(chosen.input))
    error = contract.input_error(chosen.input)
    if error is not None:
        attempts.fail_attempt(tree, frame, step, tree.hide_in(error))
        return
    try:
        variables = contract.variables({}, frame.info.variables)
    except InvalidInputError as problem:
        attempts.fail_attempt(tree, frame, step, _refused(tree, problem))
        return
    tree.keep_secret(contract.variable_secrets(variables))
    case = "" if chosen.case is None else f"[{escape(chosen.case)}]"
    outer = frame.info
    info = FrameInfo(
        outer.run, plan, outer.item, outer.root_item, f"{step_address(frame, step)}{case}/", chosen.input, variables,
        outer.depth + 1,
    )  # fmt: skip
    child = Frame(info, frame.run, frame, step)
    frame.adopt(step, child)
    steps.start_frame(tree, child)


def frame_ended(tree: Tree, frame: Frame, step: int, result: FlowResult) -> None:
    """The flow of a `call` or `switch` has its result."""
    match result:
        case Failed(error=error):
            attempts.fail_attempt(tree, frame, step, error)
        case Skipped():
            reason = result.skipped_reason or "its flow was skipped"
            steps.finish(tree, frame, step, SKIPPED, reason)
        case _:
            chosen: Chosen = frame.plan.steps[step].evaluate(frame)
            value = result.output if chosen.case is None else {"case": chosen.case, "output": result.output}
            attempts.succeed(tree, frame, step, value)


# ---- time


def _sleep(tree: Tree, frame: Frame, step: int, input: Any) -> None:
    try:
        _check_object(input)
        delay = _required(input, "duration_ms")
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
        tick.answer(_refused(tree, problem))


def drop_children(tree: Tree, frame: Frame, step: int) -> None:
    """A component that has ended leaves no run behind that it asked for."""
    if frame.children:
        cancel_children(tree, frame, step, "the step that asked for it has ended")


KINDS: dict[str, Kind] = {
    "eval": Kind(_check_eval, _flow_of("flow_id", "flow"), _begin_eval),
    "map": Kind(_check_map, _flow_of("workflow"), _begin_map),
    "iterate": Kind(_check_iterate, _flow_of("flow"), _begin_iterate),
    "call": Kind(_check_chosen, _chosen_flow, _begin_frame),
    "switch": Kind(_check_chosen, _chosen_flow, _begin_frame),
}
