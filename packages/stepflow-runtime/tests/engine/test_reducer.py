"""The reducer alone: ticks in, commands and entries out, nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from stepflow_core import ExecutionStatus, FlowResult
from stepflow_runtime.engine import commands, ticks
from stepflow_runtime.engine.states import BLOCKED, CANCELLED, COMPLETED, FAILED, RUNNING, SKIPPED, UNNEEDED


def step(id: str, input: Any = None, component: str = "/work", **more: Any) -> dict[str, Any]:
    return {"id": id, "component": component, "input": input, **more}


def ref(id: str, path: str | None = None) -> dict[str, Any]:
    return {"$step": id} if path is None else {"$step": id, "path": path}


CHAIN = {"steps": [step("a", {"$input": "$"}), step("b", ref("a"))], "output": ref("b")}


def test_a_step_without_needs_starts_at_once_with_its_input(bench: Any) -> None:
    """The first step of a chain is to be started; the second is blocked by it."""
    made = bench(CHAIN, {"x": 1})
    [command] = made.starts()
    assert (command.frame.info.address(command.step), command.input, command.attempt) == ("a", {"x": 1}, 1)
    assert made.frame().status[1] == BLOCKED


def test_a_result_starts_what_waited_for_it(bench: Any) -> None:
    """The output of one step is the input of the next."""
    made = bench(CHAIN)
    made.succeed("a", [1, 2])
    [command] = made.starts()
    assert command.input == [1, 2]


def test_the_last_result_ends_item_and_run(bench: Any) -> None:
    """When the output is decided and nothing is open, item and run end and the driver is told."""
    made = bench(CHAIN)
    made.succeed("a", 1)
    found = made.succeed("b", 2)
    assert made.result() == FlowResult.success(2)
    assert made.root.status is ExecutionStatus.COMPLETED
    assert [type(each) for each in found] == [commands.ItemEnded, commands.RunEnded]


def test_the_journal_has_one_entry_per_event_in_order(bench: Any) -> None:
    """What happened, in the order in which it did."""
    made = bench(CHAIN)
    made.succeed("a", 1)
    made.succeed("b", 2)
    assert made.events() == [
        ("run_created", None),
        ("steps_needed", None),
        ("step_ready", "a"),
        ("step_started", "a"),
        ("step_completed", "a"),
        ("step_ready", "b"),
        ("step_started", "b"),
        ("step_completed", "b"),
        ("item_completed", None),
        ("run_completed", None),
    ]


def test_the_same_ticks_give_the_same_entries(bench: Any) -> None:
    """The reducer is deterministic, jitter of retries included."""
    flow = {"steps": [step("a", retry={"on": ["any"]})], "output": ref("a")}
    shown = []
    for _ in range(2):
        made = bench(flow)
        made.fail("a")
        made.fire("retry")
        made.succeed("a", 1)
        shown.append((made.events(), made.timers()))
    assert shown[0] == shown[1]


def test_a_branch_not_chosen_is_never_needed(bench: Any) -> None:
    """A condition makes only its own branch needed, once it is known."""
    flow = {
        "steps": [step("c"), step("yes"), step("no")],
        "output": {"$if": ref("c"), "then": ref("yes"), "else": ref("no")},
    }
    made = bench(flow)
    assert made.to_start() == ["c"]
    made.succeed("c", True)
    assert made.to_start() == ["yes"]
    assert made.frame().status[2] == UNNEEDED


def test_a_strict_part_asks_for_all_its_steps_at_once(bench: Any) -> None:
    """Both branches that an array needs late are found in one evaluation."""
    late = {"$if": ref("c"), "then": [ref("a"), ref("b")], "else": None}
    flow = {"steps": [step("c"), step("a"), step("b")], "output": late}
    made = bench(flow)
    made.succeed("c", 1)
    assert made.to_start() == ["a", "b"]
    assert made.events()[5] == ("steps_needed", None)


def test_what_a_late_step_needs_is_needed_with_it(bench: Any) -> None:
    """The needs of a step that is discovered late run before it."""
    flow = {
        "steps": [step("c"), step("base"), step("deep", ref("base"))],
        "output": {"$coalesce": [ref("c"), ref("deep")]},
    }
    made = bench(flow)
    made.succeed("c", None)
    assert made.to_start() == ["base"]
    made.succeed("base", 7)
    assert made.starts()[0].input == 7


def test_a_failure_is_inherited_unchanged(bench: Any) -> None:
    """A dependent of a failed step fails with the very same error and is not started."""
    made = bench(CHAIN)
    made.fail("a", 42, "stuck", {"scale": 3})
    result = made.result()
    assert result == FlowResult.failed(42, "stuck", {"scale": 3})
    assert made.to_start() == []


def test_independent_steps_go_on_after_a_failure(bench: Any) -> None:
    """The item ends only when every needed step has ended."""
    flow = {"steps": [step("bad"), step("good", mustExecute=True)], "output": ref("bad")}
    made = bench(flow)
    made.fail("bad")
    assert made.result() is None
    made.succeed("good", 1)
    assert made.result().is_failed


def test_a_long_chain_of_failures_needs_no_deep_recursion(bench: Any) -> None:
    """Ten thousand steps inherit one failure within one tick."""
    steps = [step("s0")] + [step(f"s{index}", ref(f"s{index - 1}")) for index in range(1, 10_000)]
    made = bench({"steps": steps, "output": ref("s9999")})
    made.fail("s0", 3, "first")
    assert made.result() == FlowResult.failed(3, "first")


def test_when_is_decided_before_the_input_is_needed(bench: Any) -> None:
    """A step whose `when` is false is skipped and what its input names does not run."""
    flow = {
        "steps": [step("c"), step("costly"), step("a", ref("costly"), when=ref("c"))],
        "output": ref("a"),
    }
    made = bench(flow)
    assert made.to_start() == ["c"]
    made.succeed("c", False)
    assert made.result() == FlowResult.skipped("step 'a' was skipped")
    assert made.to_start() == []


def test_after_waits_whatever_comes_of_it(bench: Any) -> None:
    """A step waits for those of `after`, and a failure there does not matter to it."""
    flow = {"steps": [step("first"), step("a", 1, after=["first"])], "output": ref("a")}
    made = bench(flow)
    assert made.to_start() == ["first"]
    made.fail("first")
    assert made.to_start() == ["a"]


@pytest.mark.parametrize(
    ("retry", "code", "kind", "again"),
    [
        (None, 500, "exception", False),
        (None, 503, "transport", True),
        ({"maxRetries": 0}, 503, "transport", False),
        ({"on": ["any"]}, 500, "exception", True),
        ({"on": [500]}, 500, "exception", True),
        ({"on": [7]}, 500, "exception", False),
        ({"on": ["timeout"]}, 408, "timeout", True),
        ({"on": ["any"]}, 500, "invalid_input", False),
        ({"on": ["any"]}, 500, "not_json", False),
        ({"on": ["any"]}, 404, "not_found", False),
        ({"on": ["any"]}, 500, "invalid_flow", False),
    ],
)
def test_which_failures_are_tried_again(bench: Any, retry: Any, code: int, kind: str, again: bool) -> None:
    """Transport failures by default, others as `on` says, some never."""
    more = {} if retry is None else {"retry": retry}
    made = bench({"steps": [step("a", **more)], "output": ref("a")})
    made.fail("a", code, "broken", {"kind": kind})
    assert [purpose for purpose, _ in made.timers()] == (["retry"] if again else [])
    assert (made.result() is None) is again


def test_attempts_end_with_the_last_error(bench: Any) -> None:
    """After `maxRetries` further attempts the step fails with the last error."""
    made = bench({"steps": [step("a", retry={"maxRetries": 2, "on": ["any"]})], "output": ref("a")})
    for number in range(2):
        made.fail("a", 500, f"attempt {number + 1}")
        made.fire("retry")
    made.fail("a", 500, "attempt 3")
    assert made.result() == FlowResult.failed(500, "attempt 3")


@pytest.mark.parametrize(
    ("backoff", "delays"),
    [
        ({"type": "constant", "initial": 2, "jitter": 0}, [2, 2, 2]),
        ({"type": "exponential", "initial": 1, "factor": 3, "max": 5, "jitter": 0}, [1, 3, 5]),
        ({"type": "fibonacci", "initial": 0.5, "max": 100, "jitter": 0}, [0.5, 0.5, 1.0]),
    ],
)
def test_the_delays_between_attempts(bench: Any, backoff: Any, delays: list[float]) -> None:
    """Constant, exponential up to the maximum, or by Fibonacci's numbers."""
    made = bench({"steps": [step("a", retry={"maxRetries": 3, "on": ["any"], "backoff": backoff})], "output": ref("a")})
    seen = []
    for _ in delays:
        made.fail("a")
        seen.append(made.timers()[-1][1])
        made.fire("retry")
    assert seen == delays


def test_jitter_stays_within_its_share(bench: Any) -> None:
    """A jitter of 0.5 spreads a delay of 10 seconds over 5 to 15."""
    backoff = {"type": "constant", "initial": 10, "jitter": 0.5, "max": 10}
    made = bench(
        {"steps": [step("a", retry={"maxRetries": 50, "on": ["any"], "backoff": backoff})], "output": ref("a")}
    )
    seen = []
    for _ in range(50):
        made.fail("a")
        seen.append(made.timers()[-1][1])
        made.fire("retry")
    assert all(5 <= each <= 15 for each in seen)
    assert len(set(seen)) > 40


def test_a_late_result_of_an_earlier_attempt_is_dropped(bench: Any) -> None:
    """What an attempt gives after its time-out changes nothing."""
    made = bench({"steps": [step("a", timeout=5, retry={"on": ["timeout"]})], "output": ref("a")})
    command = made.begin("a")
    made.fire("timeout")
    made.tick(ticks.StepSucceeded(command.frame, command.step, 1, "late"))
    assert made.result() is None
    made.fire("retry")
    made.succeed("a", "in time")
    assert made.result() == FlowResult.success("in time")


def test_a_time_out_stops_the_component(bench: Any) -> None:
    """The driver is told to let go of it, and the step fails with 408."""
    made = bench({"steps": [step("a", timeout="1s")], "output": ref("a")})
    made.begin("a")
    assert made.timers() == [("timeout", 1.0)]
    found = made.fire("timeout")
    assert any(isinstance(each, commands.StopStep) for each in found)
    assert made.result().error.code == 408


def test_use_default_replaces_the_own_failure_only(bench: Any) -> None:
    """A default covers the step's own failure, not one that it inherits."""
    default = {"onError": {"action": "useDefault", "defaultValue": "d"}}
    flow = {
        "steps": [step("a"), step("b", ref("a"), **default), step("c", 1, **default)],
        "output": [ref("c"), ref("b")],
    }
    made = bench(flow)
    made.fail("c")
    made.fail("a", 9, "first")
    assert made.result() == FlowResult.failed(9, "first")


def test_an_unknown_component_fails_its_step_with_404(bench: Any) -> None:
    """Nothing is started where no component is found."""
    made = bench({"steps": [step("a", component="/none/such")], "output": ref("a")})
    assert made.result().error.code == 404
    assert made.result().error.kind == "not_found"


def test_cancelling_ends_everything_at_once(bench: Any) -> None:
    """Running, blocked and pending things are cancelled; ended items keep their results."""
    made = bench(CHAIN, inputs=[1, 2, 3], limit=2)
    made.succeed("a", 1)
    made.succeed("b", "done")
    made.begin("a")
    made.tick(ticks.CancelRequested(made.root, "enough"))
    assert made.root.status is ExecutionStatus.CANCELLED
    assert made.root.statuses == ["completed", "cancelled", "cancelled"]
    assert made.result(1) == FlowResult.failed(499, "enough", {"kind": "cancelled"})
    assert made.events()[-1] == ("run_completed", None)


def test_nothing_happens_after_a_run_was_cancelled(bench: Any) -> None:
    """Late results, timers and a second cancellation change nothing."""
    made = bench({"steps": [step("a", timeout=5)], "output": ref("a")})
    command = made.begin("a")
    frame = made.frame()
    made.tick(ticks.CancelRequested(made.root, None))
    before = len(made.tree.entries)
    made.tick(ticks.StepSucceeded(command.frame, command.step, 1, "late"))
    made.fire("timeout")
    made.tick(ticks.CancelRequested(made.root, None))
    assert len(made.tree.entries) == before
    assert frame.status[0] == CANCELLED


def test_items_in_flight_are_limited(bench: Any) -> None:
    """A further item begins when one has ended."""
    flow = {"steps": [step("a", {"$input": "$"})], "output": ref("a")}
    made = bench(flow, inputs=[0, 1, 2, 3], limit=2)
    assert [each.input for each in made.starts()] == [0, 1]
    made.succeed("a", "x")
    assert [each.input for each in made.starts()] == [1, 2]


def test_inputs_are_asked_for_as_there_is_room(bench: Any) -> None:
    """A run whose inputs come from outside asks for more, and ends when they are exhausted."""
    flow = {"steps": [step("a", {"$input": "$"})], "output": ref("a")}
    made = bench(flow, inputs=[], limit=2)
    made = type(made)(flow, [], 2)
    made.root.exhausted = False
    [command] = made.start()
    assert isinstance(command, commands.FeedItems)
    assert command.count == 2
    made.tick(ticks.ItemsArrived(made.root, [10], True))
    made.succeed("a", 1)
    assert made.root.status is ExecutionStatus.COMPLETED


SUB = {"steps": [step("x", {"$input": "$"})], "output": ref("x")}


def test_call_runs_a_flow_in_a_frame_of_the_same_run(bench: Any) -> None:
    """Its steps have addresses below the calling step's."""
    made = bench({"steps": [step("a", {"flow": SUB, "input": 5}, "/call")], "output": ref("a")})
    assert made.to_start() == ["a/x"]
    made.succeed("a/x", "inner")
    assert made.result() == FlowResult.success("inner")
    assert list(made.tree.runs) == [made.root.info.id]


def test_switch_needs_only_the_chosen_input(bench: Any) -> None:
    """The inputs of other cases are not evaluated."""
    cases = {"1": {"flow": SUB, "input": ref("one")}, "2": {"flow": SUB, "input": ref("two")}}
    flow = {
        "steps": [step("one"), step("two"), step("s", {"on": {"$input": "k"}, "cases": cases}, "/switch")],
        "output": ref("s"),
    }
    made = bench(flow, {"k": 2})
    assert made.to_start() == ["two"]
    made.succeed("two", "t")
    assert made.to_start() == ["s[2]/x"]
    made.succeed("s[2]/x", "out")
    assert made.result() == FlowResult.success({"case": "2", "output": "out"})


def test_map_is_a_sub_run_of_n_items(bench: Any) -> None:
    """Results keep the order of the items, whatever order they end in."""
    literal = {"$literal": SUB}
    made = bench({"steps": [step("m", {"items": [1, 2], "workflow": literal}, "/map")], "output": ref("m")})
    assert made.to_start() == ["m[0]/x", "m[1]/x"]
    made.succeed("m[1]/x", "second")
    made.fail("m[0]/x", 3, "first")
    output = made.result().output
    assert [each["outcome"] for each in output["results"]] == ["failed", "success"]
    assert (output["successful"], output["failed"], output["skipped"]) == (1, 1, 0)


def test_a_map_that_fails_with_its_items_cancels_the_others(bench: Any) -> None:
    """`on_item_error: fail` ends the map with the first failure."""
    input = {"items": [1, 2, 3], "workflow": {"$literal": SUB}, "on_item_error": "fail"}
    made = bench({"steps": [step("m", input, "/map")], "output": ref("m")})
    for address in ("m[0]/x", "m[1]/x"):
        made.begin(address)
    running = [each for each in made.tree.runs.values() if each is not made.root]
    frame = running[0].frames[1]
    error = FlowResult.failed(3, "no").error
    made.tick(ticks.StepFailed(frame, 0, 1, error))
    assert made.result() == FlowResult.failed(3, "no")
    assert running[0].status is ExecutionStatus.FAILED


def test_ids_of_sub_runs_come_from_parent_and_address(bench: Any) -> None:
    """The same step starts a sub-run with the same id whenever it is replayed, another step another."""
    literal = {"$literal": SUB}
    steps = [step(name, {"flow": literal, "input": 1}, "/eval") for name in ("a", "b")]
    flow = {"steps": steps, "output": [ref("a"), ref("b")]}
    first, second = bench(flow), bench(flow)
    assert list(first.tree.runs) == list(second.tree.runs)
    assert len(set(first.tree.runs)) == 3


def test_iterate_goes_round_until_a_result(bench: Any) -> None:
    """Each round is a sub-run whose input is what the round before gave as `next`."""
    made = bench(
        {"steps": [step("i", {"flow": {"$literal": SUB}, "initial_input": 0}, "/iterate")], "output": ref("i")}
    )
    made.succeed("i[0]/x", {"next": 1})
    assert made.starts()[0].input == 1
    made.succeed("i[1]/x", {"result": "top"})
    assert made.result() == FlowResult.success({"result": "top", "iterations": 2, "terminated": False})


def test_a_thousand_rounds_without_steps_need_no_deep_recursion(bench: Any) -> None:
    """One that only computes ends at its limit, and gives the others their turn before each round."""
    endless = {"$literal": {"output": {"next": {"$input": "$"}}}}
    made = bench({"steps": [step("i", {"flow": endless, "initial_input": 0}, "/iterate")], "output": ref("i")})
    assert made.result().output["iterations"] == 1000
    assert made.rounds == 999


def test_the_time_out_of_an_engine_step_ends_all_below_it(bench: Any) -> None:
    """A map that times out leaves no item behind."""
    input = {"items": [1, 2], "workflow": {"$literal": SUB}}
    made = bench({"steps": [step("m", input, "/map", timeout=3)], "output": ref("m")})
    sub = next(each for each in made.tree.runs.values() if each is not made.root)
    frame = sub.frames[0]
    made.fire("timeout")
    assert made.result().error.code == 408
    assert sub.status is ExecutionStatus.CANCELLED
    assert frame.status[0] == CANCELLED


def test_sleep_is_a_timer(bench: Any) -> None:
    """It gives its input back when the time is over."""
    made = bench({"steps": [step("z", {"duration_ms": 1500, "passthrough": 1}, "/sleep")], "output": ref("z")})
    assert made.timers() == [("sleep", 1.5)]
    made.fire("sleep")
    assert made.result() == FlowResult.success({"duration_ms": 1500, "passthrough": 1})


@pytest.mark.parametrize("duration", [-1, "1", None, True, 10**15])
def test_sleep_refuses_what_is_no_duration(bench: Any, duration: Any) -> None:
    """The step fails with what it may be and where it stands."""
    made = bench({"steps": [step("z", {"duration_ms": duration}, "/sleep")], "output": ref("z")})
    assert made.result().error.data["pointer"] == "/duration_ms"


def test_a_flow_that_is_looked_up_is_asked_for(bench: Any) -> None:
    """A flow given by id is resolved by the driver, then run."""
    made = bench({"steps": [step("e", {"flow_id": "0" * 64, "input": 3}, "/eval")], "output": ref("e")})
    [command] = [each for each in made.waiting if isinstance(each, commands.ResolveFlow)]
    assert command.source == "0" * 64
    inner = type(made)(SUB, [None]).plan
    made.tick(ticks.FlowResolved(command.frame, command.step, command.attempt, inner, None))
    made.succeed("e/x", 4)
    assert made.result().output["result"] == {"outcome": "success", "result": 4}


def test_a_flow_that_cannot_be_had_fails_the_step(bench: Any) -> None:
    """With the error that the driver brings."""
    made = bench({"steps": [step("e", {"flow_id": "0" * 64, "input": 3}, "/eval")], "output": ref("e")})
    [command] = [each for each in made.waiting if isinstance(each, commands.ResolveFlow)]
    error = FlowResult.failed(500, "not there", {"kind": "not_found"}).error
    made.tick(ticks.FlowResolved(command.frame, command.step, command.attempt, None, error))
    assert made.result() == FlowResult.failed(500, "not there", {"kind": "not_found", "component": "/eval"})


def test_flows_nest_only_so_deep(bench: Any) -> None:
    """Beyond the limit the step fails instead of going on for ever."""
    flow: dict[str, Any] = {"output": 1}
    for _ in range(30):
        flow = {"steps": [step("c", {"flow": flow, "input": None}, "/call")], "output": ref("c")}
    assert bench(flow).result() == FlowResult.success(1)


def test_states_of_steps_follow_what_happens(bench: Any) -> None:
    """Needed, running, completed, failed and skipped, as the ticks say."""
    flow = {
        "steps": [step("a"), step("b", when=False), step("c"), step("d")],
        "output": {"$coalesce": [ref("b"), [ref("a"), ref("c")]]},
    }
    made = bench(flow)
    frame = made.frame()
    assert frame.status[1] == SKIPPED
    made.begin("a")
    assert frame.status[0] == RUNNING
    made.tick(ticks.StepSucceeded(frame, 0, 1, 1))
    made.fail("c")
    assert [frame.status[0], frame.status[2], frame.status[3]] == [COMPLETED, FAILED, UNNEEDED]
