"""Flows that go round: `loop` and `iterate` in the reducer alone."""

from __future__ import annotations

from typing import Any

import pytest
from stepflow_core import ExecutionStatus, FlowResult
from stepflow_core.canonical import MAX_NODES
from stepflow_runtime.engine import commands, rounds, ticks
from stepflow_runtime.engine.shown import shown_input
from stepflow_runtime.engine.sizes import TooLarge, size_of
from stepflow_runtime.engine.states import CANCELLED, RUNNING

from .test_reducer import SUB, ref, step

COUNTS = {"output": {"n": {"$expr": "input.n + 1"}}}
"""A flow that needs no component: it adds one."""


def loop(flow: Any = SUB, *, until: str = "out.done is defined", most: Any = 5, **more: Any) -> dict[str, Any]:
    """The input of a loop."""
    return {"flow": flow, "state": {"n": 0}, "until": until, "max_iterations": most, **more}


def looping(input: dict[str, Any], *before: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A flow whose output is that of the loop `l`."""
    return {"steps": [*before, step("l", input, "/loop", **more)], "output": ref("l")}


def outputs(result: FlowResult) -> list[Any]:
    """What the iterations gave, by the history."""
    return [each["output"] for each in result.output["history"]]


def test_an_iteration_runs_on_the_state_in_a_frame_of_the_run(bench: Any) -> None:
    """Its steps stand below the number of the iteration, and what it gives is the next state."""
    made = bench(looping(loop()))
    [command] = made.starts()
    assert (made.to_start(), command.input) == (["l[0]/x"], {"n": 0})
    made.succeed("l[0]/x", {"n": 7})
    [command] = made.starts()
    assert (made.to_start(), command.input) == (["l[1]/x"], {"n": 7})
    made.succeed("l[1]/x", {"n": 8, "done": True})
    assert made.result() == FlowResult.success({
        "output": {"n": 8, "done": True}, "state": {"n": 7}, "iterations": 2, "exhausted": False,
        "history": [{"iteration": 0, "output": {"n": 7}}, {"iteration": 1, "output": {"n": 8, "done": True}}],
    })  # fmt: skip
    assert list(made.tree.runs) == [made.root.info.id]


EVENTS = [
    ("step_started", "l"),
    ("steps_needed", "l[0]"),
    ("step_started", "l[0]/x"),
    ("step_completed", "l[0]/x"),
    ("steps_needed", "l[1]"),
    ("step_started", "l[1]/x"),
    ("step_completed", "l[1]/x"),
    ("step_completed", "l"),
]


def test_the_journal_tells_of_every_iteration(bench: Any) -> None:
    """In the order in which they came; a loop itself starts once."""
    made = bench(looping(loop()))
    made.succeed("l[0]/x", {"n": 7})
    made.succeed("l[1]/x", {"done": 1})
    told = [each for each in made.events() if each[1] and each[0] != "step_ready"]
    assert told == EVENTS


def test_each_further_iteration_begins_by_a_tick_of_its_own(bench: Any) -> None:
    """So that a flow that takes no time leaves others their turn."""
    made = bench(looping(loop(COUNTS, until="false", most=10_000, on_exhausted="last", history=False)))
    assert made.result().output["output"] == {"n": 10_000}
    assert made.rounds == 9_999


def test_only_the_iteration_at_work_is_kept(bench: Any) -> None:
    """Without history neither frames nor outputs of earlier ones."""
    made = bench(looping(loop(history=False)))
    frame = made.frame()
    for number in range(4):
        made.succeed(f"l[{number}]/x", {"n": number})
        [child] = frame.children[0]
        assert child.info.prefix == f"l[{number + 1}]/"
        assert (frame.rounds[0].history, frame.rounds[0].best) == ([], None)
    made.succeed("l[4]/x", {"done": True})
    assert frame.rounds == {}
    assert made.result().output.keys() == {"output", "state", "iterations", "exhausted"}


def test_next_makes_the_state_of_what_came_out(bench: Any) -> None:
    """It knows the state and the number too, and is not asked for where the loop ends."""
    made = bench(
        looping(loop(next="[out, state.n | default('-'), iteration, 1 / (2 - iteration)]", until="iteration == 2"))
    )
    for number, state in enumerate([{"n": 0}, ["a", 0, 0, 0.5], ["b", "-", 1, 1]]):
        [command] = made.starts()
        assert command.input == state
        made.succeed(f"l[{number}]/x", "abc"[number])
    assert made.result().output["state"] == ["b", "-", 1, 1]


@pytest.mark.parametrize(
    ("value", "stops"), [("none", False), ("false", False), ("0", True), ("''", True), ("[]", True)]
)
def test_until_is_true_as_conditions_are(bench: Any, value: str, stops: bool) -> None:
    """Only null and false go on."""
    made = bench(looping(loop(COUNTS, until=value, most=2, on_exhausted="last")))
    assert made.result().output["exhausted"] is not stops


@pytest.mark.parametrize(("most", "words"), [(1, "1 iteration"), (3, "3 iterations")])
def test_a_loop_that_never_ends_fails_at_its_limit(bench: Any, most: int, words: str) -> None:
    """With 400, saying where it stood."""
    made = bench(looping(loop(COUNTS, until="false", most=most)))
    assert made.result() == FlowResult.failed(
        400,
        f"`until` did not become true within {words}",
        {"kind": "invalid_output", "iteration": most - 1, "component": "/loop"},
    )


def test_until_is_asked_at_the_limit_too(bench: Any) -> None:
    """A loop that ends with its last iteration is not exhausted."""
    made = bench(looping(loop(COUNTS, until="out.n == 3", most=3)))
    assert (made.result().output["exhausted"], made.result().output["iterations"]) == (False, 3)


def test_the_last_iteration_can_be_the_result(bench: Any) -> None:
    """Its output with the state that it was given."""
    output = bench(looping(loop(COUNTS, until="false", most=3, on_exhausted="last"))).result().output
    assert (output["output"], output["state"], output["iterations"], output["exhausted"]) == (
        {"n": 3}, {"n": 2}, 3, True
    )  # fmt: skip


@pytest.mark.parametrize(
    ("scores", "best"),
    [([1, 3, 2], 1), ([3, 3, 3], 0), ([-2, -1.5, -1], 2), ([1, 1.0, True - 1], 0), ([10**30, 10**30 + 1, 1e29], 1)],
)
def test_the_best_iteration_can_be_the_result(bench: Any, scores: list[Any], best: int) -> None:
    """The highest score, the earliest of equals, with the state that led to it."""
    made = bench(looping(loop(until="false", most=3, on_exhausted="best", score="out.s")))
    for number, score in enumerate(scores):
        made.succeed(f"l[{number}]/x", {"s": score, "number": number})
    output = made.result().output
    assert (output["output"]["number"], output["iterations"], output["exhausted"]) == (best, 3, True)
    assert output["state"] == ({"s": scores[best - 1], "number": best - 1} if best else {"n": 0})
    assert [each["score"] for each in output["history"]] == scores


def test_a_score_has_no_say_where_until_ends_the_loop(bench: Any) -> None:
    """The iteration that ended it is the result; the history has the scores all the same."""
    made = bench(looping(loop(COUNTS, until="out.n == 2", on_exhausted="best", score="0 - out.n")))
    output = made.result().output
    assert (output["output"], [each["score"] for each in output["history"]]) == ({"n": 2}, [-1, -2])


def test_the_best_is_known_without_history(bench: Any) -> None:
    """It alone is kept."""
    flow = loop(COUNTS, until="false", most=4, on_exhausted="best", score="[1, 5, 2, 5][iteration]", history=False)
    output = bench(looping(flow)).result().output
    assert output == {"output": {"n": 2}, "state": {"n": 1}, "iterations": 4, "exhausted": True}


@pytest.mark.parametrize(
    ("score", "is_"),
    [("'7'", "text"), ("none", "null"), ("true", "a boolean"), ("[1]", "an array"), ("{}", "an object")],
)
def test_a_score_that_is_no_number_fails_the_step(bench: Any, score: str, is_: str) -> None:
    """With 400 and the iteration."""
    error = bench(looping(loop(COUNTS, score=f"{score} if iteration == 1 else 1", until="false"))).result().error
    assert (error.code, error.data["iteration"]) == (400, 1)
    assert error.message == f"`score` of iteration 1 has to be a number, it is {is_}"


@pytest.mark.parametrize("name", ["until", "next", "score"])
def test_a_text_that_fails_fails_the_step(bench: Any, name: str) -> None:
    """With the text, the iteration and the place in the text; a default of the step covers it."""
    texts = {"until": "false", name: "out.nowhere + 1"}
    made = bench(looping(loop(COUNTS, **texts)))
    error = made.result().error
    assert (error.code, error.data["iteration"], error.data["component"]) == (1, 0, "/loop")
    assert error.message.startswith(f"`{name}` of iteration 0: `out.nowhere` is undefined (line 1, column 1")
    covered = bench(looping(loop(COUNTS, **texts), onError={"action": "useDefault", "defaultValue": "d"}))
    assert covered.result() == FlowResult.success("d")


def test_the_flow_of_a_loop_fails_it_with_its_own_error(bench: Any) -> None:
    """Unchanged."""
    made = bench(looping(loop()))
    made.succeed("l[0]/x", {"n": 1})
    made.fail("l[1]/x", 42, "stuck", {"scale": 3})
    assert made.result() == FlowResult.failed(42, "stuck", {"scale": 3})


def test_a_skipped_flow_fails_the_loop(bench: Any) -> None:
    """With 400, the iteration and the reason."""
    skipped = {"steps": [step("x", when={"$expr": "input.n < 1"}), step("y", {"n": 1})], "output": {
        "$if": ref("x"), "then": ref("y"), "else": ref("x")}}  # fmt: skip
    made = bench(looping(loop(skipped)))
    made.succeed("l[0]/x", True)
    made.succeed("l[0]/y", {"n": 1})
    assert made.result() == FlowResult.failed(
        400,
        "the flow of iteration 1 was skipped: step 'x' was skipped",
        {"kind": "invalid_output", "iteration": 1, "component": "/loop"},
    )


def test_the_input_schema_of_the_flow_is_for_every_state(bench: Any) -> None:
    """A state that violates it fails the step."""
    flow = {**COUNTS, "schemas": {"input": {"properties": {"n": {"maximum": 2}}}}}
    error = bench(looping(loop(flow, until="false"))).result().error
    assert (error.code, error.kind) == (400, "invalid_input")
    assert error.data["errors"][0]["pointer"] == "/n"


def test_a_loop_that_is_tried_again_begins_anew(bench: Any) -> None:
    """Its second attempt shows in the addresses, and its history is its own."""
    made = bench(looping(loop(until="iteration == 1"), retry={"maxRetries": 1, "on": [7]}))
    made.succeed("l[0]/x", {"n": 1})
    made.fail("l[1]/x", 7)
    assert made.frame().rounds == {}
    made.fire("retry")
    assert made.to_start() == ["l#2[0]/x"]
    made.succeed("l#2[0]/x", {"n": 2})
    made.succeed("l#2[1]/x", {"n": 3})
    assert outputs(made.result()) == [{"n": 2}, {"n": 3}]


def test_a_transport_failure_inside_is_not_tried_again_outside(bench: Any) -> None:
    """Its budget was spent in the flow, step by step."""
    made = bench(looping(loop({"steps": [step("x", retry={"maxRetries": 0})], "output": ref("x")})))
    made.fail("l[0]/x", 503, "gone", {"kind": "transport"})
    assert made.result().error.code == 503


def test_a_default_takes_the_place_of_a_failed_loop(bench: Any) -> None:
    """Whatever it failed by."""
    covered = {"onError": {"action": "useDefault", "defaultValue": {"none": True}}}
    made = bench(looping(loop(), **covered))
    made.fail("l[0]/x", 9)
    assert made.result() == FlowResult.success({"none": True})
    assert bench(looping(loop(COUNTS, until="false"), **covered)).result() == FlowResult.success({"none": True})


def test_the_time_out_of_a_loop_is_that_of_the_whole(bench: Any) -> None:
    """One timer for all iterations; what runs is let go of, and no further iteration begins."""
    made = bench(looping(loop(), timeout=30))
    made.succeed("l[0]/x", {"n": 1})
    made.begin("l[1]/x")
    assert made.timers() == [("timeout", 30.0)]
    frame = made.frame()
    [child] = frame.children[0]
    made.fire("timeout")
    assert (made.result().error.code, child.status[0], frame.rounds) == (408, CANCELLED, {})
    made.tick(ticks.RoundDue(frame, 0, 1))
    assert made.to_start() == []


def test_a_cancelled_loop_begins_no_further_iteration(bench: Any) -> None:
    """Even where one was about to begin."""
    made = bench(looping(loop()))
    command, frame = made.begin("l[0]/x"), made.frame()
    made.tick(ticks.CancelRequested(made.root, "enough"))
    assert (frame.status[0], command.frame.status[0], frame.rounds) == (CANCELLED, CANCELLED, {})
    made.tick(ticks.StepSucceeded(command.frame, command.step, 1, {"n": 1}))
    made.tick(ticks.RoundDue(frame, 0, 1))
    assert made.to_start() == []
    assert made.root.status is ExecutionStatus.CANCELLED


def test_steps_that_the_texts_name_end_before_the_loop_begins(bench: Any) -> None:
    """Their outputs, the input and the variables of the flow around are known beside those of the loop."""
    input = loop(COUNTS, until="out.n >= steps.limit", next="{'n': out.n + input.more}", score="steps.weight * out.n")
    made = bench(looping(input, step("limit"), step("weight")), {"more": 10})
    assert made.to_start() == ["limit", "weight"]
    made.succeed("limit", 20)
    assert made.result() is None
    made.succeed("weight", 2)
    assert outputs(made.result()) == [{"n": 1}, {"n": 12}, {"n": 23}]
    assert [each["score"] for each in made.result().output["history"]] == [2, 24, 46]


def test_the_names_of_the_loop_hide_none_of_the_flow_around(bench: Any) -> None:
    """`state` in a text is that of the iteration, `input` that of the flow around."""
    made = bench(looping(loop(COUNTS, until="true", next="1", score="input.n * 100 + state.n * 10 + out.n")), {"n": 7})
    assert made.result().output["history"] == [{"iteration": 0, "output": {"n": 1}, "score": 701}]


def test_a_failed_step_that_a_text_names_fails_the_loop(bench: Any) -> None:
    """With its own error, which no default covers; a skipped one is undefined."""
    default = {"onError": {"action": "useDefault", "defaultValue": 1}}
    made = bench(looping(loop(COUNTS, until="steps.a"), step("a"), **default))
    made.fail("a", 5, "no")
    assert made.result() == FlowResult.failed(5, "no")
    skipped = bench(looping(loop(COUNTS, until="steps.a is undefined"), step("a", when=False)))
    assert skipped.result().output["iterations"] == 1


def test_a_skipped_state_skips_the_loop(bench: Any) -> None:
    """As any input does."""
    made = bench(looping({**loop(COUNTS), "state": ref("a")}, step("a", when=False)))
    assert made.result() == FlowResult.skipped("step 'l' was skipped")


@pytest.mark.parametrize(
    ("more", "pointer", "found"),
    [
        ({"max_iterations": 0}, "/max_iterations", "it is 0"),
        ({"max_iterations": 10_001}, "/max_iterations", "it is 10001"),
        ({"max_iterations": "3"}, "/max_iterations", "it is '3'"),
        ({"max_iterations": None}, "/max_iterations", "it is null"),
        ({"max_iterations": 2.5}, "/max_iterations", "it is 2.5"),
        ({"max_iterations": True}, "/max_iterations", "it is true"),
        ({"on_exhausted": "stop"}, "/on_exhausted", "it is 'stop'"),
        ({"on_exhausted": {"a": 1}}, "/on_exhausted", "it is an object"),
        ({"on_exhausted": "best"}, "/score", "'on_exhausted' is 'best'"),
        ({"history": "no"}, "/history", "it is 'no'"),
    ],
)
def test_what_the_members_of_a_loop_came_to_is_checked(bench: Any, more: Any, pointer: str, found: str) -> None:
    """Code 400 with the member and what stands there."""
    computed = {name: {"$input": name} for name in more}
    error = bench(looping({**loop(COUNTS), **computed}), more).result().error
    assert (error.code, error.kind, error.data["pointer"]) == (400, "invalid_input", pointer)
    assert error.message.endswith(found)


def test_members_of_a_loop_that_come_to_null_have_their_defaults(bench: Any) -> None:
    """As where they are absent."""
    computed = {name: {"$input": name} for name in ("on_exhausted", "history")}
    made = bench(looping(loop(COUNTS, until="out.n == 2", **computed)), {"on_exhausted": None, "history": None})
    assert len(made.result().output["history"]) == 2


@pytest.mark.parametrize(
    ("component", "input", "named"),
    [("/call", {"input": 1}, "'flow'"), ("/switch", {"on": 1}, "'cases'"), ("/loop", {"flow": COUNTS}, "'until'")],
)
@pytest.mark.parametrize("written", [True, False])
def test_a_control_that_could_not_be_read_fails_with_400(
    bench: Any, component: str, input: Any, named: str, written: bool
) -> None:
    """It says what the component takes; a default covers it."""
    bad = step("a", input if written else None, component)
    error = bench({"steps": [bad], "output": ref("a")}).result().error
    assert (error.code, error.kind, error.data["component"]) == (400, "invalid_input", component)
    assert error.message.startswith("the input could not be read when the flow was loaded")
    assert named in error.message
    covered = {**bad, "onError": {"action": "useDefault", "defaultValue": "d"}}
    assert bench({"steps": [covered], "output": ref("a")}).result() == FlowResult.success("d")


def test_a_stored_flow_is_looked_up_once_for_all_iterations(bench: Any) -> None:
    """And stays what it was when the loop began."""
    made = bench(looping(loop("by name")))
    [command] = [each for each in made.waiting if isinstance(each, commands.ResolveFlow)]
    assert command.source == "by name"
    inner = type(made)(SUB, [None]).plan
    made.tick(ticks.FlowResolved(command.frame, command.step, command.attempt, inner, None))
    made.succeed("l[0]/x", {"n": 1})
    made.succeed("l[1]/x", {"done": True})
    assert made.result().output["iterations"] == 2
    assert len([each for each in made.waiting if isinstance(each, commands.ResolveFlow)]) == 1


def test_a_loop_in_a_loop_counts_by_itself(bench: Any) -> None:
    """Its addresses are joined; the outer one goes on with what the inner one came to."""
    inner = looping({**loop(SUB, until="out.stop is defined", history=False), "state": {"$input": "$"}})
    outer = loop({**inner, "output": ref("l", "output")}, until="out.end is defined")
    made = bench(looping(outer))
    made.succeed("l[0]/l[0]/x", {"n": 1})
    made.succeed("l[0]/l[1]/x", {"stop": True})
    [command] = made.starts()
    assert (made.to_start(), command.input) == (["l[1]/l[0]/x"], {"stop": True})
    made.succeed("l[1]/l[0]/x", {"stop": True, "end": True})
    assert outputs(made.result()) == [{"stop": True}, {"stop": True, "end": True}]


def test_a_map_in_a_loop_runs_all_items_in_each_iteration(bench: Any) -> None:
    """Sub-runs with addresses of the iteration."""
    inner = {"steps": [step("m", {"items": [1, 2], "workflow": {"$literal": SUB}}, "/map")], "output": ref("m")}
    made = bench(looping(loop(inner, until="iteration == 1")))
    for number in range(2):
        assert made.to_start() == [f"l[{number}]/m[0]/x", f"l[{number}]/m[1]/x"]
        for item in range(2):
            made.succeed(f"l[{number}]/m[{item}]/x", number)
    assert made.result().output["output"]["successful"] == 2
    assert len(made.tree.runs) == 3


def test_a_loop_in_a_map_is_one_for_each_item(bench: Any) -> None:
    """They go on independently."""
    each = looping({**loop(until="out == 'stop'"), "state": {"$input": "$"}})
    made = bench({"steps": [step("m", {"items": [1, 2], "workflow": {"$literal": each}}, "/map")], "output": ref("m")})
    assert made.to_start() == ["m[0]/l[0]/x", "m[1]/l[0]/x"]
    made.succeed("m[1]/l[0]/x", "stop")
    made.succeed("m[0]/l[0]/x", "on")
    made.succeed("m[0]/l[1]/x", "stop")
    assert [each["result"]["iterations"] for each in made.result().output["results"]] == [2, 1]


@pytest.mark.parametrize("component", ["/call", "/switch"])
def test_control_components_work_in_a_loop(bench: Any, component: str) -> None:
    """Frames in frames."""
    control = {"flow": SUB} if component == "/call" else {"on": "k", "cases": {"k": {"flow": SUB}}}
    made = bench(looping(loop({"steps": [step("c", control, component)], "output": ref("c")}, until="iteration == 1")))
    case = "" if component == "/call" else "[k]"
    for number in range(2):
        made.succeed(f"l[{number}]/c{case}/x", "out")
    assert made.result().output["output"] == ("out" if component == "/call" else {"case": "k", "output": "out"})


@pytest.mark.parametrize(("levels", "code"), [(63, None), (64, 400)])
def test_loops_nest_only_so_deep(bench: Any, levels: int, code: int | None) -> None:
    """Beyond the limit the innermost fails; all above it fail with its error."""
    made = bench(looping(loop("again", until="true", history=False)))
    flow = made.plan
    for _ in range(levels):
        found = [each for each in made.waiting if isinstance(each, commands.ResolveFlow)]
        if not found:
            break
        made.waiting.remove(found[0])
        made.tick(ticks.FlowResolved(found[0].frame, found[0].step, 1, flow, None))
    if code is None:
        assert made.result() is None
    else:
        assert made.result().error.code == code
        assert made.result().error.message == "sub-flows are nested more than 64 levels deep"


def test_what_a_loop_begins_with_is_shown(bench: Any) -> None:
    """The state and the limits, defaults too."""
    made = bench(looping(loop(most={"$input": "most"})), {"most": 3})
    assert made.frame().status[0] == RUNNING
    assert shown_input(made.frame(), 0) == {
        "state": {"n": 0}, "max_iterations": 3, "on_exhausted": "fail", "history": True,
    }  # fmt: skip


# ---- how large what goes round may become


@pytest.mark.parametrize(
    ("body", "limit", "words"),
    [
        ({"a": {"$input": "$"}}, 127, "nested more than 128"),
        ([{"$input": "$"}] * 2, 22, f"more than {MAX_NODES} values"),
    ],
)
def test_a_state_that_grows_round_by_round_is_limited(bench: Any, body: Any, limit: int, words: str) -> None:
    """In depth, and in size: what stands in several places counts each time."""
    made = bench(looping(loop({"output": body}, until="false", most=200, history=False)))
    error = made.result().error
    assert (error.code, error.kind) == (400, "invalid_output")
    assert words in error.message
    assert error.data["iteration"] <= limit
    round = {"$literal": {"output": {"next": body}}}
    input = {"flow": round, "initial_input": 0, "max_iterations": 200}
    error = bench({"steps": [step("i", input, "/iterate")], "output": ref("i")}).result().error
    assert (error.code, error.kind) == (400, "invalid_output")
    assert error.message.startswith("`next` of iteration")
    assert words in error.message


@pytest.mark.parametrize("following", ["[state, state]", "[state]"])
def test_a_next_that_grows_is_limited_as_texts_are(bench: Any, following: str) -> None:
    """In size and in depth."""
    error = bench(looping(loop({"output": 1}, until="false", most=200, next=following))).result().error
    assert (error.code, error.data["component"]) == (1, "/loop")
    assert error.message.startswith("`next` of iteration")


def test_a_history_that_grows_too_large_ends_the_loop(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to do."""
    monkeypatch.setattr(rounds, "MAX_NODES", 10)
    error = bench(looping(loop({"output": [1, 2]}, until="false"))).result().error
    assert (error.code, error.kind, error.data["iteration"]) == (400, "invalid_output", 3)
    assert error.message == "the history has more than 10 values: write `history: false`"
    without = bench(looping(loop(COUNTS, until="false", most=100, on_exhausted="last", history=False)))
    assert without.result().output["iterations"] == 100


@pytest.mark.parametrize(
    ("value", "size"), [(None, 1), ("text", 1), ([], 1), ({}, 1), ([1, 2], 3), ({"a": [1, {}], "b": 2}, 5)]
)
def test_the_size_of_a_value_is_how_many_values_it_holds(value: Any, size: int) -> None:
    """Itself included."""
    assert size_of(value) == size


def test_what_stands_in_several_places_counts_each_time() -> None:
    """Without being looked at each time: this one would take for ever."""
    value: Any = 1
    for _ in range(20):
        value = [value, value]
    assert size_of(value) == 2**21 - 1
    for _ in range(80):
        value = [value, value]
    with pytest.raises(TooLarge, match="values"):
        size_of(value)


@pytest.mark.parametrize(("depth", "fits"), [(128, True), (129, False), (100_000, False)])
def test_a_value_is_nested_only_so_deep(depth: int, fits: bool) -> None:
    """As deep as any value may be."""
    value: Any = []
    for _ in range(depth - 1):
        value = [value]
    if fits:
        assert size_of(value) == depth
    else:
        with pytest.raises(TooLarge, match="nested more than 128 levels deep"):
            size_of(value)


def test_a_part_counts_as_deep_as_it_stands_deepest() -> None:
    """Also where it was met higher up before."""
    part: Any = []
    for _ in range(99):
        part = [part]
    deeper: Any = part
    for _ in range(30):
        deeper = [deeper]
    with pytest.raises(TooLarge, match="nested"):
        size_of([part, deeper])
