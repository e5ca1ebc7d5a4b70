"""What goes wrong while flows run: a clear, located error for the step, and nothing else is harmed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any, NoReturn

import pytest
from stepflow_core import FlowError, FlowResult
from stepflow_runtime import ComponentError, StepContext, StepflowRuntime

PATIENCE = 30.0
"""Seconds after which a test gives up; no test takes that long unless it fails."""

ECHO = {"name": "echo", "description": "Gives its input back.", "output": {"$input": "$"}}


def step(id: str, component: str, input: Any = None, **more: Any) -> dict[str, Any]:
    return {"id": id, "component": component, "input": {} if input is None else input, **more}


def flow(*steps: dict[str, Any], output: Any = None, **more: Any) -> dict[str, Any]:
    named = {"name": "test", "description": "a test", "steps": list(steps)}
    return {**named, "output": output if output is not None else {"$step": steps[-1]["id"]}, **more}


def register(runtime: StepflowRuntime, kind: str, work: Callable[[], Any]) -> None:
    """A component `/work` of some kind."""
    if kind == "async":

        async def asynchronous() -> Any:
            return work()

        runtime.component("/work")(asynchronous)
        return

    def plain() -> Any:
        return work()

    runtime.component("/work", inline=kind == "inline")(plain)


async def error_of(runtime: StepflowRuntime, asked: dict[str, Any], input: Any = None) -> FlowError:
    result = await runtime.run(asked, input)
    assert result.error is not None, result
    return result.error


async def still_works(runtime: StepflowRuntime) -> None:
    """The engine goes on as if nothing had been."""
    asked = flow(step("n", "/noop", {"$input": "$"}))
    batch = await runtime.run_batch(asked, [1, 2])
    assert [each.output for each in batch.results] == [1, 2]


WORK = flow(step("a", "/work"))
kinds = pytest.mark.parametrize("kind", ["async", "plain", "inline"])


# ---- components that raise


class Odd(BaseException):
    """Not an `Exception`."""


class Mute(Exception):
    """Its text cannot be had."""

    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__


class Unreadable(ComponentError):
    """Its members cannot be read."""

    @property
    def message(self) -> NoReturn:
        raise RuntimeError("no message")

    @message.setter
    def message(self, value: str) -> None:
        pass


EXCEPTIONS: dict[str, tuple[BaseException, str, str]] = {
    "an exception": (ValueError("no such thing"), "no such thing", "ValueError"),
    "one without a text": (ValueError(), "ValueError", "ValueError"),
    "a missing key": (KeyError("k"), "KeyError: 'k'", "KeyError"),
    "an exit": (SystemExit(3), "SystemExit: 3", "SystemExit"),
    "an odd one": (Odd("odd"), "Odd: odd", "Odd"),
    "the end of a generator": (GeneratorExit(), "GeneratorExit", "GeneratorExit"),
    "the end of an iteration": (StopIteration(5), "5", "StopIteration"),
    "one whose text fails": (Mute(), "Mute", "Mute"),
    "a group": (ExceptionGroup("two", [ValueError("x"), KeyError("y")]), "two (2 sub-exceptions): x", "ExceptionGroup"),
    "half a pair": (ValueError("a\ud800b"), "a\\ud800b", "ValueError"),
    "a recursion error": (RecursionError("too deep"), "too deep", "RecursionError"),
    "a memory error": (MemoryError(), "MemoryError", "MemoryError"),
}  # fmt: skip


@kinds
@pytest.mark.parametrize(("exception", "message", "name"), EXCEPTIONS.values(), ids=EXCEPTIONS)
async def test_whatever_a_component_raises_fails_its_step(
    runtime: StepflowRuntime, kind: str, exception: BaseException, message: str, name: str
) -> None:
    """With code 500, the cause in words, and its type."""
    if isinstance(exception, StopIteration) and kind == "async":
        message, name = "coroutine raised StopIteration", "RuntimeError"

    def work() -> NoReturn:
        raise exception

    register(runtime, kind, work)
    error = await error_of(runtime, WORK)
    assert error.message.startswith(message)
    assert (error.code, error.data) == (500, {"kind": "exception", "component": "/work", "type": name})
    await still_works(runtime)


async def test_an_interrupt_in_a_thread_fails_its_step(runtime: StepflowRuntime) -> None:
    """It was not the user's."""

    def work() -> NoReturn:
        raise KeyboardInterrupt

    register(runtime, "plain", work)
    error = await error_of(runtime, WORK)
    assert (error.code, error.data["type"]) == (500, "KeyboardInterrupt")
    await still_works(runtime)


@pytest.mark.parametrize("kind", ["async", "inline"])
def test_an_interrupt_on_the_loop_goes_through(kind: str) -> None:
    """The user's Ctrl-C ends the program; the step has failed, and the runtime is not harmed."""

    def work() -> NoReturn:
        raise KeyboardInterrupt

    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda *_: None)
    runtime = StepflowRuntime()
    register(runtime, kind, work)
    with pytest.raises(KeyboardInterrupt):
        loop.run_until_complete(runtime.run(WORK))
    [run] = loop.run_until_complete(runtime.list_runs()).runs
    result = loop.run_until_complete(runtime.get_result(run.run_id))
    assert result.error is not None
    assert result.error.data["type"] == "KeyboardInterrupt"
    assert loop.run_until_complete(runtime.run(ECHO, 1)).output == 1
    loop.run_until_complete(runtime.close())
    loop.close()


@kinds
async def test_a_cancellation_from_inside_is_a_failure(runtime: StepflowRuntime, kind: str) -> None:
    """The run was not cancelled by anybody."""

    def work() -> NoReturn:
        raise asyncio.CancelledError

    register(runtime, kind, work)
    error = await error_of(runtime, WORK)
    assert (error.code, error.kind) == (500, "exception")
    await still_works(runtime)


async def test_a_component_that_cancels_its_own_task_has_failed(runtime: StepflowRuntime) -> None:
    """It says so."""

    @runtime.component
    async def work() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(0)

    error = await error_of(runtime, WORK)
    assert (error.code, error.message) == (500, "/work was cancelled from inside")


@kinds
async def test_an_error_that_cannot_be_read_is_an_error_all_the_same(runtime: StepflowRuntime, kind: str) -> None:
    """The step fails."""

    def work() -> NoReturn:
        raise Unreadable("x")

    register(runtime, kind, work)
    assert (await error_of(runtime, WORK)).code == 500
    await still_works(runtime)


ERRORS: dict[str, tuple[ComponentError, tuple[Any, ...]]] = {
    "with all": (ComponentError("tea", 418, {"pot": [1]}), (418, "tea", {"pot": [1]})),
    "by itself": (ComponentError("tea"), (500, "tea", None)),
    "with a code that is none": (ComponentError("tea", "418"), (500, "tea", None)),
}


@kinds
@pytest.mark.parametrize(("raised", "expected"), ERRORS.values(), ids=ERRORS)
async def test_a_component_may_say_how_it_failed(
    runtime: StepflowRuntime, kind: str, raised: ComponentError, expected: tuple[Any, ...]
) -> None:
    """Its code, message and data become the error's."""

    def work() -> NoReturn:
        raise raised

    register(runtime, kind, work)
    error = await error_of(runtime, WORK)
    assert (error.code, error.message, error.data) == expected


async def test_data_of_an_error_that_is_not_json_is_left_out(runtime: StepflowRuntime) -> None:
    """The rest is kept."""

    def work() -> NoReturn:
        raise ComponentError("tea", 418, {"pot": {1}})

    register(runtime, "async", work)
    error = await error_of(runtime, WORK)
    assert (error.code, error.message, error.kind) == (418, "tea", "exception")


async def test_a_long_message_is_cut(runtime: StepflowRuntime) -> None:
    """Errors stay small."""

    def work() -> NoReturn:
        raise ValueError("x" * 1_000_000)

    register(runtime, "plain", work)
    assert len((await error_of(runtime, WORK)).message) <= 2000


async def test_a_failure_leaves_its_neighbours_alone(runtime: StepflowRuntime) -> None:
    """Independent steps go on; those that depend on it fail with the same error."""
    ran: list[str] = []

    @runtime.component
    async def note(name: str) -> str:
        ran.append(name)
        return name

    def work() -> NoReturn:
        raise ValueError("no")

    register(runtime, "async", work)
    asked = flow(
        step("a", "/work"), step("b", "/note", {"name": "b"}), step("c", "/note", {"name": {"$step": "a"}}),
        output=[{"$step": "b"}, {"$step": "c"}],
    )  # fmt: skip
    run_id = await runtime.submit(asked)
    error = (await runtime.get_result(run_id)).error
    assert ran == ["b"]
    results = {each.step_id: each.result for each in (await runtime.get_run_steps(run_id)).steps}
    assert results["a"] is not None
    assert results["c"] is not None
    assert results["a"].error == results["c"].error == error


# ---- components that return what is not JSON


def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


def cyclic() -> Any:
    value: dict[str, Any] = {}
    value["again"] = value
    return value


class Opaque:
    """Nothing that JSON has."""


NOT_JSON: dict[str, tuple[Callable[[], Any], str, str]] = {
    "NaN": (lambda: {"x": [1, float("nan")]}, "/x/1", "nan is not a JSON number"),
    "an infinity": (lambda: [float("-inf")], "/0", "-inf is not a JSON number"),
    "an integer key": (lambda: {"x": {1: 2}}, "/x", "the key 1 of type int is not text"),
    "a key of None": (lambda: {None: 2}, "", "the key None of type NoneType is not text"),
    "a set": (lambda: {"x": {1, 2}}, "/x", "a value of type set is not JSON"),
    "bytes": (lambda: [b"x"], "/0", "a value of type bytes is not JSON"),
    "an object": (lambda: {"a/b": {"c~d": Opaque()}}, "/a~1b/c~0d", "a value of type Opaque is not JSON"),
    "an exception": (lambda: [ValueError("x")], "/0", "a value of type ValueError is not JSON"),
    "a function": (lambda: [deep], "/0", "a value of type function is not JSON"),
    "a cycle": (cyclic, "/again" * 128, "it is nested more than 128 levels deep or contains itself"),
    "what is too deep": (lambda: deep(129), "/0" * 128, "it is nested more than 128 levels deep or contains itself"),
    "what is far too deep": (lambda: deep(100_000), "/0" * 128, "it is nested more than 128 levels deep"),
    "half a surrogate pair": (lambda: ["\ud800"], "/0", "the text holds half a surrogate pair"),
    "half a pair in a key": (lambda: {"x": {"\udfff": 1}}, "/x", "the text holds half a surrogate pair"),
    "a huge integer": (lambda: {"n": 10**4300}, "/n", "an integer has more than 4,300 digits"),
    "a huge negative one": (lambda: [-(10**5000)], "/0", "an integer has more than 4,300 digits"),
    "an object by itself": (Opaque, "", "Opaque"),
}


@kinds
@pytest.mark.parametrize(("make", "pointer", "message"), NOT_JSON.values(), ids=NOT_JSON)
async def test_an_output_that_is_not_json_fails_its_step(
    runtime: StepflowRuntime, kind: str, make: Callable[[], Any], pointer: str, message: str
) -> None:
    """With code 500, kind `not_json`, and where in it."""
    register(runtime, kind, make)
    error = await error_of(runtime, WORK)
    assert (error.code, error.kind, error.data["component"]) == (500, "not_json", "/work")
    assert error.data["pointer"] == pointer
    assert message in error.message
    await still_works(runtime)


@kinds
@pytest.mark.parametrize(
    "value", [10**4299, -(2**80), deep(127), 1e308, -0.0, "\U0001f600", "\0", {"": {"": []}}, [True, None]], ids=repr
)
async def test_what_json_can_hold_goes_through(runtime: StepflowRuntime, kind: str, value: Any) -> None:
    """At the very bounds."""
    register(runtime, kind, lambda: value)
    result = await runtime.run(WORK)
    assert result == FlowResult.success(value)
    [item] = (await runtime.get_run_items((await runtime.list_runs()).runs[0].run_id)).items
    assert item.result == result


# ---- whose data it is


@pytest.mark.parametrize("kind", ["async", "plain"])
async def test_what_a_component_does_to_its_input_changes_nothing_else(runtime: StepflowRuntime, kind: str) -> None:
    """Not the output it came from, the run's input, a literal, a variable, or another step's input."""

    def spoil(input: Any) -> Any:
        for each in input.values():
            each["list"].append("spoiled")
            each["more"] = True
        return "spoiled"

    if kind == "async":

        @runtime.component("/spoil")
        async def asynchronous(input: dict[str, Any]) -> Any:
            return spoil(input)
    else:
        runtime.component("/spoil")(spoil)

    sources = {
        "from_step": {"$step": "a"},
        "from_input": {"$input": "$"},
        "from_literal": {"$literal": {"list": [3]}},
        "from_variable": {"$variable": "v"},
    }
    asked = flow(
        step("a", "/noop", {"list": [1]}),
        step("first", "/spoil", sources),
        step("second", "/spoil", sources, after=["first"]),
        step("third", "/noop", sources, after=["second"]),
        output=[{"$step": "second"}, {"$step": "third"}],
    )
    given = {"list": [2]}
    variables = {"v": {"list": [4]}}
    for _ in range(2):
        run_id = await runtime.submit(asked, given, variables=variables)
        result = await runtime.get_result(run_id)
        expected = {"from_step": [1], "from_input": [2], "from_literal": [3], "from_variable": [4]}
        assert result.output == ["spoiled", {name: {"list": each} for name, each in expected.items()}]
        assert (await runtime.get_run(run_id)).inputs == [given] == [{"list": [2]}]
        assert (await runtime.get_step(run_id, "first")).input == result.output[1]
    assert variables == {"v": {"list": [4]}}


@kinds
async def test_what_a_component_does_later_to_what_it_returned_changes_nothing(
    runtime: StepflowRuntime, kind: str
) -> None:
    """The engine has its own."""
    kept: dict[str, Any] = {"n": [1]}
    register(runtime, kind, lambda: kept)
    runtime.component("/change", inline=True)(lambda: kept["n"].append(2))
    asked = flow(step("a", "/work"), step("c", "/change", {}, after=["a"]), output=[{"$step": "c"}, {"$step": "a"}])
    assert (await runtime.run(asked)).output == [None, {"n": [1]}]


# ---- components that hold on


async def test_a_component_that_never_returns_does_not_hold_up_the_others(runtime: StepflowRuntime) -> None:
    """With a timeout its step ends with code 408; without one it holds a thread, and no more."""
    release = threading.Event()

    @runtime.component
    def hangs() -> None:
        release.wait(PATIENCE)

    @runtime.component
    def quick() -> str:
        return "quick"

    hanging = await runtime.submit(flow(step("a", "/hangs")))
    error = await error_of(runtime, flow(step("a", "/hangs", timeout="20ms")))
    assert (error.code, error.kind, error.data["component"]) == (408, "timeout", "/hangs")
    assert (await runtime.run(flow(step("a", "/quick")))).output == "quick"
    release.set()
    assert (await runtime.get_result(hanging)).output is None


async def test_a_plain_function_that_returns_a_coroutine_is_told_how_to_be_written(runtime: StepflowRuntime) -> None:
    """And nothing is left un-awaited."""

    async def inner() -> int:
        return 1

    def outer() -> Any:
        return inner()

    runtime.component("/work")(outer)
    assert "write it as `async def`" in (await error_of(runtime, WORK)).message


async def test_an_input_that_does_not_fit_a_signature_names_every_problem(runtime: StepflowRuntime) -> None:
    """Each with its pointer; the component is not called."""

    @runtime.component
    async def typed(n: int, names: list[str], flag: bool = False) -> None:
        raise AssertionError("not to be called")

    error = await error_of(runtime, flow(step("a", "/typed", {"n": "1", "names": ["a", 2], "flg": True})))
    assert (error.code, error.kind, error.data["component"]) == (500, "invalid_input", "/typed")
    assert {each["pointer"] for each in error.data["errors"]} == {"/n", "/names/1", "/flg"}


# ---- texts


TEXTS: dict[str, tuple[dict[str, Any], str]] = {
    "an undefined value": ({"$template": "Hello\n  {{ input.name }}"}, "line 2"),
    "an undefined value of a computed one": ({"$expr": "input.a + input.b"}, "line 1"),
    "a wrong operation": ({"$expr": "1 + 'x'"}, "line 1"),
    "a division by zero": ({"$expr": "1 / 0"}, "line 1"),
    "endless loops": ({"$template": "{% for i in range(9999) %}{% for j in range(999) %}{% endfor %}{% endfor %}"}, ""),
    "a runaway text": ({"$template": "{% for i in range(9999) %}{{ 'x' * 100000 }}{% endfor %}"}, ""),
    "a runaway list": ({"$expr": "([0] * 100000000) | length"}, ""),
}  # fmt: skip


@pytest.mark.parametrize(("text", "place"), TEXTS.values(), ids=TEXTS)
async def test_a_text_that_fails_says_where(runtime: StepflowRuntime, text: dict[str, Any], place: str) -> None:
    """With code 1, line and column; however hard it tries."""
    for asked in ({**ECHO, "output": text}, flow(step("a", "/noop", text)), flow(step("a", "/noop", when=text))):
        error = await error_of(runtime, asked, {})
        assert error.code == 1
        assert place in error.message
        assert len(error.message) < 2100
    await still_works(runtime)


# ---- flows that run flows


SHORT = {"$literal": {**ECHO, "output": {"result": {"$input": "$"}}}}
MINE = {"flow": SHORT, "input": 1}
BAD_INPUTS: dict[str, tuple[str, Any, int, str, str]] = {
    "eval of no object": ("eval", 5, 500, "invalid_input", ""),
    "eval of null": ("eval", {"$literal": None}, 500, "invalid_input", ""),
    "eval without input": ("eval", {"flow": SHORT}, 500, "invalid_input", "/input"),
    "eval without flow": ("eval", {"input": 1}, 500, "invalid_input", "/flow_id"),
    "eval of a number": ("eval", {"flow_id": 5, "input": 1}, 500, "invalid_input", "/flow_id"),
    "eval of an unknown id": ("eval", {"flow_id": "0" * 64, "input": 1}, 500, "not_found", ""),
    "eval of an unknown name": ("eval", {"flow_id": "nobody", "input": 1}, 500, "not_found", ""),
    "eval of a path": ("eval", {"flow_id": "/etc/flow.yaml", "input": 1}, 500, "not_found", ""),
    "eval of a faulty flow": ("eval", {"flow": {"$input": "faulty"}, "input": 1}, 500, "invalid_flow", ""),
    "eval of what is no flow": ("eval", {"flow": {"$input": "steps"}, "input": 1}, 500, "invalid_flow", ""),
    "map of no object": ("map", [1], 500, "invalid_input", ""),
    "map without items": ("map", {"workflow": SHORT}, 500, "invalid_input", "/items"),
    "map of items that are none": ("map", {"workflow": SHORT, "items": "abc"}, 500, "invalid_input", "/items"),
    "map without flow": ("map", {"items": []}, 500, "invalid_input", "/workflow"),
    "map with no concurrency": (
        "map", {"workflow": SHORT, "items": [], "max_concurrency": 0}, 500, "invalid_input", "/max_concurrency"),
    "map with half a concurrency": (
        "map", {"workflow": SHORT, "items": [], "max_concurrency": 1.5}, 500, "invalid_input", "/max_concurrency"),
    "map with another policy": (
        "map", {"workflow": SHORT, "items": [], "on_item_error": "stop"}, 500, "invalid_input", "/on_item_error"),
    "iterate without initial input": ("iterate", {"flow": SHORT}, 500, "invalid_input", "/initial_input"),
    "iterate without flow": ("iterate", {"initial_input": 1}, 500, "invalid_input", "/flow"),
    "iterate with a limit that is none": (
        "iterate", {"flow": SHORT, "initial_input": 1, "max_iterations": "9"}, 500, "invalid_input", "/max_iterations"),
    "iterate with a negative limit": (
        "iterate", {"flow": SHORT, "initial_input": 1, "max_iterations": -1}, 500, "invalid_input", "/max_iterations"),
    "iterate with a true limit": (
        "iterate", {"flow": SHORT, "initial_input": 1, "max_iterations": True}, 500, "invalid_input",
        "/max_iterations"),
    "sleep of no object": ("sleep", "1s", 500, "invalid_input", ""),
    "sleep without duration": ("sleep", {}, 500, "invalid_input", "/duration_ms"),
    "sleep of null": ("sleep", {"duration_ms": {"$literal": None}}, 500, "invalid_input", "/duration_ms"),
    "sleep of a text": ("sleep", {"duration_ms": "10"}, 500, "invalid_input", "/duration_ms"),
    "sleep of true": ("sleep", {"duration_ms": True}, 500, "invalid_input", "/duration_ms"),
    "a negative sleep": ("sleep", {"duration_ms": -1}, 500, "invalid_input", "/duration_ms"),
    "an endless sleep": ("sleep", {"duration_ms": 1e300}, 500, "invalid_input", "/duration_ms"),
    "switch without a matching case": (
        "switch", {"on": "x", "cases": {"a": MINE, "b": MINE}}, 400, "invalid_input", "/on"),
    "switch on what no case can equal": ("switch", {"on": [1], "cases": {"a": MINE}}, 400, "invalid_input", "/on"),
    "call that is not written out": ("call", {"$input": "faulty"}, 400, "invalid_input", ""),
    "call without flow": ("call", {"input": 1}, 400, "invalid_input", ""),
    "switch without cases": ("switch", {"on": 1}, 400, "invalid_input", ""),
    "loop without until": ("loop", {"flow": {"output": 1}, "state": 1, "max_iterations": 1}, 400, "invalid_input", ""),
    "loop of null": ("loop", {"$literal": None}, 400, "invalid_input", ""),
    "loop of an unknown flow": (
        "loop", {"flow": "nobody", "state": 1, "until": "true", "max_iterations": 1}, 500, "not_found", ""),
    "call of an unknown flow": ("call", {"flow": "nobody"}, 500, "not_found", ""),
    "switch to an unknown flow": ("switch", {"on": "a", "cases": {"a": {"flow": "nobody"}}}, 500, "not_found", ""),
}  # fmt: skip


@pytest.mark.parametrize(("name", "input", "code", "kind", "pointer"), BAD_INPUTS.values(), ids=BAD_INPUTS)
async def test_bad_input_of_an_engine_component_is_located(
    runtime: StepflowRuntime, name: str, input: Any, code: int, kind: str, pointer: str
) -> None:
    """Code, kind and pointer; a default covers it, a retry does not."""
    given = {"faulty": {"output": {"$step": "nothing"}}, "steps": {"steps": 5}}
    bad = step("a", f"/{name}", input, retry={"on": ["any"]})
    error = await error_of(runtime, flow(bad), given)
    assert (error.code, error.kind) == (code, kind)
    assert error.data.get("pointer", "") == pointer
    assert error.message
    covered = {**bad, "onError": {"action": "useDefault", "defaultValue": "covered"}}
    assert (await runtime.run(flow(covered), given)).output == "covered"
    await still_works(runtime)


async def test_a_switch_without_a_matching_case_lists_those_that_there_are(runtime: StepflowRuntime) -> None:
    """And what it was looking for."""
    error = await error_of(runtime, flow(step("a", "/switch", {"on": "x", "cases": {"b": MINE, "c": MINE}})))
    assert error.message == "no case matches 'x' and there is no default; the cases are 'b', 'c'"


async def test_the_diagnostics_of_a_flow_that_arrived_as_data_are_in_the_error(runtime: StepflowRuntime) -> None:
    """All of the fatal ones, the first in the message."""
    faulty = {"steps": [step("a", "/noop"), step("a", "/noop")], "output": {"$step": "b"}}
    error = await error_of(runtime, flow(step("e", "/eval", {"flow": {"$input": "$"}, "input": 1})), faulty)
    assert [each["code"] for each in error.data["diagnostics"]] == [3000, 3003]
    assert error.message.startswith("the flow is invalid: $.steps[1]")
    assert error.message.endswith("(and 1 more)")


async def test_the_input_and_output_schemas_of_inner_flows_are_applied(runtime: StepflowRuntime) -> None:
    """An input that violates one fails with code 400, an output with code 500."""
    checked = {**ECHO, "schemas": {"input": {"type": "integer"}, "output": {"type": "integer", "maximum": 5}}}
    for given, code, kind in (("x", 400, "invalid_input"), (9, 500, "invalid_output")):
        called = await error_of(runtime, flow(step("c", "/call", {"flow": checked, "input": given})))
        assert (called.code, called.kind) == (code, kind)
        evaluated = await runtime.run(flow(step("e", "/eval", {"flow": {"$literal": checked}, "input": given})))
        assert evaluated.output["result"]["error"]["code"] == code


async def test_variables_that_an_inner_flow_refuses_fail_its_step(runtime: StepflowRuntime) -> None:
    """With code 400."""
    variables = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    checked = {**ECHO, "schemas": {"variables": variables}}
    literal = {"$literal": checked}
    for name, given in (
        ("call", {"flow": checked}),
        ("eval", {"flow": literal, "input": 1}),
        ("map", {"workflow": literal, "items": [1]}),
        ("iterate", {"flow": literal, "initial_input": 1}),
        ("loop", {"flow": checked, "state": 1, "until": "true", "max_iterations": 1}),
    ):
        error = await error_of(runtime, flow(step("a", f"/{name}", given)))
        assert error.code == 400, name


async def test_an_iteration_that_never_ends_is_ended(runtime: StepflowRuntime) -> None:
    """At its limit, which is 1000 where nothing is said."""
    counting = {"$literal": {**ECHO, "output": {"next": {"n": {"$expr": "input.n + 1"}}}}}
    for limit, rounds in (({}, 1000), ({"max_iterations": 7}, 7), ({"max_iterations": 0}, 0)):
        result = await runtime.run(flow(step("i", "/iterate", {"flow": counting, "initial_input": {"n": 0}, **limit})))
        assert result.output == {"result": {"n": rounds}, "iterations": rounds, "terminated": True}


async def test_a_round_without_result_or_next_fails_the_step(runtime: StepflowRuntime) -> None:
    """With the round that it was."""
    error = await error_of(
        runtime, flow(step("i", "/iterate", {"flow": {"$literal": ECHO}, "initial_input": {"n": 0}}))
    )
    assert (error.code, error.data) == (400, {"kind": "invalid_output", "iteration": 0, "component": "/iterate"})
    assert error.message == "Workflow result must contain either 'result' or 'next' field"


async def test_a_flow_that_evaluates_itself_for_ever_ends(runtime: StepflowRuntime) -> None:
    """At the depth to which flows may be nested; the error says so."""
    again = {"flow_id": {"$input": "id"}, "input": {"$input": "$"}}
    asked = flow(step("again", "/eval", again), output={"$step": "again", "path": "run_id"}, name="again")
    stored = await runtime.store_flow(asked)
    assert stored.flow_id is not None
    for name in (stored.flow_id, "again"):
        run_id = await runtime.submit(stored.flow_id, {"id": name})
        await runtime.get_result(run_id)
        runs = (await runtime.list_runs(root_run_id=run_id, limit=1000)).runs
        assert len(runs) == 65
        failed = [each for each in runs if str(each.status) == "failed"]
        assert len(failed) == 1
        error = (await runtime.get_result(failed[0].run_id)).error
        assert error is not None
        assert error.message == "sub-flows are nested more than 64 levels deep"


@pytest.mark.parametrize("name", ["call", "map", "iterate", "loop", "a component"])
async def test_a_flow_that_runs_itself_for_ever_ends(runtime: StepflowRuntime, name: str) -> None:
    """Whichever way it does so."""

    @runtime.component
    async def runs(ctx: StepContext) -> Any:
        result = await ctx.run_flow("again")
        if result.error is not None:
            raise ComponentError(result.error.message)
        return result.output

    ways = {
        "call": step("a", "/call", {"flow": "again", "input": {"$input": "$"}}),
        "map": step("a", "/map", {"workflow": "again", "items": [1], "on_item_error": "fail"}),
        "iterate": step("a", "/iterate", {"flow": "again", "initial_input": 1}),
        "loop": step("a", "/loop", {"flow": "again", "state": 1, "until": "true", "max_iterations": 1}),
        "a component": step("a", "/runs"),
    }
    await runtime.store_flow(flow(ways[name], name="again"))
    error = await error_of(runtime, {**flow(ways[name])})
    assert error.message == "sub-flows are nested more than 64 levels deep"
    await still_works(runtime)


async def test_wide_and_long_flows_run(runtime: StepflowRuntime) -> None:
    """Neither a long chain nor a wide fan-in is a chain of calls."""
    chain = [step("s0", "/noop", 0)]
    chain += [step(f"s{n}", "/noop", {"$step": f"s{n - 1}"}) for n in range(1, 3000)]
    assert (await runtime.run(flow(*chain))).output == 0
    failing = [step("s0", "/nowhere"), *chain[1:]]
    assert (await error_of(runtime, flow(*failing))).code == 404
    skipping = [step("s0", "/noop", when=False), *chain[1:]]
    assert (await runtime.run(flow(*skipping))).is_skipped
    wide = [step(f"w{n}", "/noop", n) for n in range(2000)]
    fan_in = step("all", "/noop", [{"$step": f"w{n}"} for n in range(2000)])
    assert (await runtime.run(flow(*wide, fan_in))).output == list(range(2000))
