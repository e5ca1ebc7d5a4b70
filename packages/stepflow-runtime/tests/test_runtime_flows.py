"""Flows and components of a runtime: naming, storing, validating, registering."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from stepflow_core import (
    ConflictError,
    Flow,
    FlowLoadError,
    InvalidInputError,
    NotFoundError,
    Step,
)
from stepflow_runtime import StepflowRuntime, flows

ECHO = {"name": "echo", "description": "Gives its input back.", "output": {"$input": "$"}}
FAULTY = {"name": "faulty", "description": "Refers to nothing.", "output": {"$step": "nothing"}}
YAML = "name: echo\ndescription: Gives its input back.\noutput: {$input: $}\n"


def step(id: str, component: str, input: Any = None, **more: Any) -> dict[str, Any]:
    return {"id": id, "component": component, "input": {} if input is None else input, **more}


def flow(*steps: dict[str, Any], output: Any = None, **more: Any) -> dict[str, Any]:
    named = {"name": "test", "description": "a test", "steps": list(steps)}
    return {**named, "output": output if output is not None else {"$step": steps[-1]["id"]}, **more}


def versioned(version: str | None, output: Any) -> dict[str, Any]:
    given = {} if version is None else {"version": version}
    return {**ECHO, **given, "output": output}


# ---- what names a flow


async def test_a_flow_is_a_mapping_a_struct_an_id_a_name_or_a_path(runtime: StepflowRuntime, tmp_path: Path) -> None:
    """All of them run the same."""
    path = tmp_path / "echo.yaml"
    path.write_text(YAML)
    stored = await runtime.store_flow(ECHO)
    assert stored.flow_id is not None
    typed = Flow(name="echo", description="Gives its input back.", output={"$input": "$"})
    for source in (ECHO, typed, stored.flow_id, "echo", path, str(path)):
        assert (await runtime.run(source, 5)).output == 5
        assert (await runtime.validate(source)).valid
    assert {each.flow_id for each in (await runtime.list_runs()).runs} == {stored.flow_id}


async def test_a_flow_can_be_built_of_structs(runtime: StepflowRuntime) -> None:
    """Steps too."""
    built = Flow(steps=[Step(id="a", component="/noop", input=[1])], output={"$step": "a"})
    assert (await runtime.run(built)).output == [1]


async def test_paths_are_read_where_the_program_runs(
    runtime: StepflowRuntime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name with a suffix of flow files is a path; JSON is read as JSON."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "echo.yml").write_text(YAML)
    (tmp_path / "echo.json").write_text('{"output": {"$input": "$"}}')
    for source in ("echo.yml", "./echo.yml", "echo.json"):
        assert (await runtime.run(source, 5)).output == 5


async def test_a_file_is_read_again_when_it_has_changed(runtime: StepflowRuntime, tmp_path: Path) -> None:
    """Not otherwise."""
    path = tmp_path / "flow.yaml"
    path.write_text("output: 1\n")
    assert (await runtime.run(path)).output == 1
    path.write_text("output: 200\n")
    assert (await runtime.run(path)).output == 200


async def test_a_faulty_file_is_told_with_line_and_column(runtime: StepflowRuntime, tmp_path: Path) -> None:
    """Both by `run` and `validate`."""
    path = tmp_path / "faulty.yaml"
    path.write_text("name: faulty\ndescription: x\noutput:\n  $step: nothing\n")
    with pytest.raises(FlowLoadError) as caught:
        await runtime.run(path)
    [diagnostic] = caught.value.diagnostics
    assert (diagnostic.code, diagnostic.file, diagnostic.line, diagnostic.column) == (3003, str(path), 4, 10)
    assert f"{path}:4:10: fatal 3003" in str(caught.value)
    assert (await runtime.validate(path)).diagnostics == [diagnostic]


@pytest.mark.parametrize("text", ["missing.yaml", "./missing", "a/b", "/nonexistent/x.json"])
async def test_a_file_that_is_not_there_is_told(runtime: StepflowRuntime, text: str) -> None:
    """As a flow that cannot be read."""
    with pytest.raises(FlowLoadError, match=r"missing|a/b|nonexistent"):
        await runtime.run(text)
    assert not (await runtime.validate(text)).valid


@pytest.mark.parametrize("text", ["unknown", "", "unknown@1", "e" * 64, "E" * 64])
async def test_a_name_that_is_not_stored_says_what_was_tried(runtime: StepflowRuntime, text: str) -> None:
    """An id has 64 lowercase hex digits; anything else without a separator is a name."""
    for member in (runtime.run, runtime.validate, runtime.store_flow):
        with pytest.raises(NotFoundError, match="no flow"):
            await member(text)


@pytest.mark.parametrize("source", [5, None, ["a"], b"x"], ids=repr)
async def test_what_is_no_flow_is_refused(runtime: StepflowRuntime, source: Any) -> None:
    """With its type."""
    for member in (runtime.run, runtime.validate, runtime.store_flow):
        with pytest.raises(InvalidInputError, match=f"not {type(source).__name__}"):
            await member(source)


async def test_a_document_of_odd_values_is_refused_as_a_flow(runtime: StepflowRuntime) -> None:
    """A mapping that is not JSON has diagnostics like any other."""
    cyclic: dict[str, Any] = {"name": "c"}
    cyclic["output"] = cyclic
    for document in (cyclic, {"output": {1: 2}}, {"output": float("nan")}, {"output": object()}, {5: 6}):
        with pytest.raises(FlowLoadError) as caught:
            await runtime.run(document)
        assert caught.value.diagnostics
        assert not (await runtime.validate(document)).valid


# ---- validate


async def test_validation_finds_everything_and_runs_nothing(runtime: StepflowRuntime) -> None:
    """Warnings count where it is strict."""
    sound, odd = {**ECHO}, {"output": 1}
    assert (await runtime.validate(sound)).diagnostics == []
    loose, strict = await runtime.validate(odd), await runtime.validate(odd, strict=True)
    assert (loose.valid, strict.valid) == (True, False)
    assert [each.code for each in loose.warnings] == [1001, 1002]
    assert loose.diagnostics == strict.diagnostics
    faulty = await runtime.validate(FAULTY)
    assert not faulty.valid
    assert [each.code for each in faulty.errors] == [3003]


async def test_validation_knows_the_components(runtime: StepflowRuntime) -> None:
    """A step that leads nowhere is an error until there is one."""
    asked = flow(step("a", "/mine"))
    assert [each.code for each in (await runtime.validate(asked)).errors] == [2200]
    runtime.component("/mine")(lambda: 1)
    assert (await runtime.validate(asked)).valid


# ---- store


async def test_a_stored_flow_is_found_by_id_and_name(runtime: StepflowRuntime) -> None:
    """Under its own name or the one it is given."""
    stored = await runtime.store_flow(ECHO)
    assert (stored.stored, stored.diagnostics) == (True, [])
    assert stored.flow_id is not None
    again = await runtime.store_flow(ECHO, name="again")
    assert again.flow_id == stored.flow_id
    assert (await runtime.get_flow(stored.flow_id)).to_dict() == ECHO
    for name in ("echo", "again", stored.flow_id):
        assert (await runtime.run(name, 1)).output == 1
    assert [each.name for each in await runtime.list_flows()] == ["again", "echo"]


async def test_a_faulty_flow_is_answered_and_not_stored(runtime: StepflowRuntime) -> None:
    """Its diagnostics say why."""
    answer = await runtime.store_flow(FAULTY)
    assert (answer.stored, answer.flow_id) == (False, None)
    assert [each.code for each in answer.diagnostics] == [3003]
    assert await runtime.list_flows() == []


async def test_a_flow_with_lesser_faults_is_stored_and_runs(runtime: StepflowRuntime) -> None:
    """They are shown."""
    answer = await runtime.store_flow(flow(step("a", "/nowhere")))
    assert answer.stored
    assert [each.code for each in answer.diagnostics] == [2200]
    assert (await runtime.run("test")).is_failed


async def test_a_flow_whose_schema_cannot_be_used_is_stored_and_does_not_run(runtime: StepflowRuntime) -> None:
    """What the schema demands could not be checked."""
    answer = await runtime.store_flow({**ECHO, "schemas": {"input": {"$ref": "https://example.org/s.json"}}})
    assert (answer.stored, [each.code for each in answer.diagnostics]) == (True, [2002])
    with pytest.raises(FlowLoadError):
        await runtime.run("echo", 1)
    with pytest.raises(FlowLoadError):
        await runtime.create_run(answer.flow_id, 1)


async def test_a_dry_run_stores_nothing(runtime: StepflowRuntime) -> None:
    """But tells the id and the diagnostics."""
    dry = await runtime.store_flow({"output": 1}, dry_run=True)
    assert (dry.stored, [each.code for each in dry.diagnostics]) == (False, [1001, 1002])
    assert dry.flow_id is not None
    with pytest.raises(NotFoundError):
        await runtime.get_flow(dry.flow_id)


async def test_the_newest_version_is_meant_where_none_is_named(runtime: StepflowRuntime) -> None:
    """`name@version` names an older one."""
    for version, output in (("1", "first"), ("2", "second"), (None, "without")):
        await runtime.store_flow(versioned(version, output))
    assert (await runtime.run("echo")).output == "without"
    assert (await runtime.run("echo@1")).output == "first"
    assert (await runtime.create_run(flow_name="echo@2")).result.output == "second"
    await runtime.store_flow(versioned("1", "first, mended"))
    assert (await runtime.run("echo@1")).output == "first, mended"
    assert (await runtime.run("echo")).output == "first, mended"
    with pytest.raises(NotFoundError, match="no version '3'; versions stored: 2, 1"):
        await runtime.run("echo@3")


@pytest.mark.parametrize("name", ["", "  ", "a@b", "a/b", "a.yaml", "f" * 64, 5], ids=repr)
async def test_a_name_that_could_not_be_found_again_is_refused(runtime: StepflowRuntime, name: Any) -> None:
    """It would read as something else."""
    with pytest.raises(InvalidInputError):
        await runtime.store_flow(ECHO, name=name)


async def test_a_stored_flow_does_not_change_with_its_document(runtime: StepflowRuntime) -> None:
    """Not even when it is compiled anew."""
    document = flow(step("a", "/noop", 1))
    stored = await runtime.store_flow(document)
    document["steps"][0]["input"] = 2
    runtime.component("/other")(lambda: 1)
    assert stored.flow_id is not None
    assert (await runtime.run(stored.flow_id)).output == 1
    assert (await runtime.get_flow(stored.flow_id)).steps[0].input == 1


async def test_the_flows_are_listed_with_their_versions(runtime: StepflowRuntime) -> None:
    """By name, in pages where asked."""
    await runtime.store_flow(versioned("1", 1))
    await runtime.store_flow(versioned("2", 2))
    await runtime.store_flow({**ECHO, "name": "a"})
    listed = await runtime.list_flows()
    assert [(each.name, each.version) for each in listed] == [("a", None), ("echo", "1"), ("echo", "2")]
    assert listed[0].description == "Gives its input back."
    assert await runtime.list_flows(limit=1) == listed[:1]
    assert await runtime.list_flows(limit=2, cursor="1") == listed[1:]


async def test_a_deleted_flow_is_forgotten(runtime: StepflowRuntime) -> None:
    """With its names."""
    stored = await runtime.store_flow(ECHO)
    await runtime.store_flow(ECHO, name="again")
    assert stored.flow_id is not None
    await runtime.delete_flow(stored.flow_id)
    for forgotten in (runtime.get_flow(stored.flow_id), runtime.run("echo"), runtime.delete_flow(stored.flow_id)):
        with pytest.raises(NotFoundError):
            await forgotten
    assert await runtime.list_flows() == []


async def test_a_flow_that_runs_is_not_deleted(runtime: StepflowRuntime) -> None:
    """Its run has to end first."""
    entered, release = asyncio.Event(), asyncio.Event()

    @runtime.component
    async def wait() -> None:
        entered.set()
        await release.wait()

    stored = await runtime.store_flow(flow(step("a", "/wait")))
    assert stored.flow_id is not None
    run_id = await runtime.submit(stored.flow_id)
    await entered.wait()
    with pytest.raises(ConflictError, match="use the flow"):
        await runtime.delete_flow(stored.flow_id)
    release.set()
    await runtime.get_result(run_id)
    await runtime.delete_flow(stored.flow_id)


async def test_what_is_stored_as_a_blob_can_be_run_by_its_id(runtime: StepflowRuntime) -> None:
    """An id names a flow or any blob whose content is one."""
    flow_id = await runtime.put_blob(ECHO, "flow")
    assert (await runtime.run(flow_id, 5)).output == 5
    assert (await runtime.create_run(flow_id, 5)).result.output == 5
    assert (await runtime.get_flow(flow_id)).name == "echo"
    other = await runtime.put_blob([1, 2])
    with pytest.raises(FlowLoadError):
        await runtime.run(other)
    with pytest.raises(FlowLoadError, match="is not a flow"):
        await runtime.get_flow(other)


async def test_the_variables_of_a_flow_are_described(runtime: StepflowRuntime) -> None:
    """Schema, default, environment variable, whether secret."""
    variables = {
        "type": "object",
        "properties": {
            "city": {"type": "string", "default": "Bern", "env_var": "CITY"},
            "key": {"type": "string", "is_secret": True},
        },
    }
    stored = await runtime.store_flow({**ECHO, "schemas": {"variables": variables}})
    assert stored.flow_id is not None
    shown = await runtime.get_flow_variables(stored.flow_id)
    assert list(shown) == ["city", "key"]
    assert (shown["city"]["default"], shown["city"]["envVar"], shown["city"]["isSecret"]) == ("Bern", "CITY", False)
    assert (shown["key"]["isSecret"], "default" in shown["key"]) == (True, False)
    assert shown["city"]["schema"]["type"] == "string"
    plain = await runtime.store_flow(ECHO)
    assert plain.flow_id is not None
    assert await runtime.get_flow_variables(plain.flow_id) == {}


async def test_what_is_not_stored_is_not_found(runtime: StepflowRuntime) -> None:
    """Whatever is asked of it."""
    for member in (runtime.get_flow, runtime.delete_flow, runtime.get_flow_variables, runtime.get_flow_graph):
        for flow_id in ("0" * 64, "echo", ""):
            with pytest.raises(NotFoundError):
                await member(flow_id)


# ---- components


async def test_components_are_registered_in_every_spelling(runtime: StepflowRuntime) -> None:
    """With a path or by name, async, plain or inline; the function stays what it is."""

    @runtime.component
    async def first(n: int) -> int:
        return n + 1

    @runtime.component("/math/second", description="Doubles.")
    def second(n: int) -> int:
        return n * 2

    @runtime.component(inline=True)
    def third(n: int) -> int:
        return n - 1

    assert (await first(1), second(2), third(3)) == (2, 4, 2)
    asked = flow(
        step("a", "/first", {"n": {"$input": "$"}}),
        step("b", "/math/second", {"n": {"$step": "a"}}),
        step("c", "/third", {"n": {"$step": "b"}}),
    )
    assert (await runtime.run(asked, 5)).output == 11
    listed = {each.path: each for each in await runtime.list_components()}
    assert listed["/math/second"].description == "Doubles."
    schema = listed["/first"].input_schema
    assert schema is not None
    assert schema["properties"] == {"n": {"type": "integer"}}
    assert {"/builtin/eval", "/builtin/map", "/builtin/openai"} <= set(listed)
    assert sorted(listed) == list(listed)


async def test_a_component_can_be_registered_after_runs(runtime: StepflowRuntime, tmp_path: Path) -> None:
    """Flows that led nowhere find it, whichever way they are named."""
    asked = flow(step("a", "/late"))
    path = tmp_path / "flow.json"
    path.write_text('{"name": "f", "steps": [{"id": "a", "component": "/late"}], "output": {"$step": "a"}}')
    await runtime.store_flow(asked)
    for source in (asked, "test", path):
        error = (await runtime.run(source)).error
        assert error is not None
        assert (error.code, error.kind) == (404, "not_found")
    runtime.component("/late")(lambda: "here")
    for source in (asked, "test", path):
        assert (await runtime.run(source)).output == "here"


async def test_a_registered_path_wins_over_routes(runtime: StepflowRuntime) -> None:
    """Over those to builtins too."""
    assert (await runtime.run(flow(step("a", "/noop", 1)))).output == 1
    runtime.component("/noop")(lambda input: ["mine", input])
    assert (await runtime.run(flow(step("a", "/noop", 1)))).output == ["mine", 1]
    assert (await runtime.run(flow(step("a", "/builtin/noop", 1)))).output == 1


async def test_a_path_is_registered_once(runtime: StepflowRuntime) -> None:
    """Both functions are named."""

    @runtime.component("/mine")
    def one() -> int:
        return 1

    with pytest.raises(ConflictError, match=r"/mine is taken by .*one.*two cannot"):

        @runtime.component("/mine")
        def two() -> int:
            return 2

    assert (await runtime.run(flow(step("a", "/mine")))).output == 1


@pytest.mark.parametrize("path", ["mine", "", "/", 5], ids=repr)
async def test_a_path_that_is_none_is_refused(runtime: StepflowRuntime, path: Any) -> None:
    """Where it is registered."""
    with pytest.raises(InvalidInputError):
        runtime.component(path)(lambda: 1)


async def test_components_come_from_a_config(tmp_path: Path) -> None:
    """A file or its content, by the constructor or `start`."""
    content = {
        "plugins": {"own": {"type": "mock", "components": {"/tea": {"behaviors": [{"input": 1, "result": {
            "outcome": "success", "result": "green"}}]}}}},
        "routes": {"/drinks/{*component}": [{"plugin": "own"}]},
    }  # fmt: skip
    path = tmp_path / "stepflow-config.yml"
    path.write_text(str(content))
    for made in (StepflowRuntime(content), StepflowRuntime.start(content), StepflowRuntime.start(path)):
        async with made as runtime:
            assert (await runtime.run(flow(step("a", "/drinks/tea", 1)))).output == "green"
            assert [each.path for each in await runtime.list_components()] == ["/drinks/tea"]


@pytest.mark.parametrize("config", ["nowhere.yml", {"plugins": {"a": {"type": "sorcery"}}}, {"plugins": 5}], ids=repr)
def test_a_config_that_cannot_be_used_is_refused(config: Any) -> None:
    """With diagnostics."""
    with pytest.raises(FlowLoadError):
        StepflowRuntime(config)


@pytest.mark.parametrize("store", ["sqlite:///x.db", "memory:?keep=x", "memory:?keep=-1", "memory:?kept=1", "", 5])
def test_a_store_that_there_is_not_is_refused(store: Any) -> None:
    """Or an option of it."""
    with pytest.raises(InvalidInputError):
        StepflowRuntime(store=store)


async def test_a_module_that_fails_to_load_fails_its_step_alone() -> None:
    """A flow that arrives as data may name a component of a module that cannot be imported."""
    config = {
        "plugins": {"bad": {"type": "python", "module": "no_such_module_here"}, "builtin": {"type": "builtin"}},
        "routes": {"/bad/{*component}": [{"plugin": "bad"}], "/{*component}": [{"plugin": "builtin"}]},
    }
    inner = flow(step("x", "/bad/thing"))
    asked = flow(step("e", "/eval", {"flow": {"$input": "$"}, "input": 1}), step("n", "/noop", {"$step": "e"}))
    async with StepflowRuntime(config) as runtime:
        result = await runtime.run(asked, inner)
        assert result.error is not None
        assert result.error.kind == "invalid_flow"
        assert "no_such_module_here" in result.error.message


async def test_of_the_flows_that_are_only_run_the_newest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that were stored to stay do; what is stored again is new again."""
    monkeypatch.setattr(flows, "MOST_PASSING", 2)
    async with StepflowRuntime() as runtime:

        async def store(output: Any, named: bool = False) -> str:
            return str((await runtime.store_flow({"output": output}, named=named)).flow_id)

        kept = await store("kept", named=True)
        await store("kept")
        ids = [await store(each) for each in (1, 2, 1, 3)]
        with pytest.raises(NotFoundError):
            await runtime.get_flow(ids[1])
        for each in (kept, ids[0], ids[3]):
            assert (await runtime.get_flow(each)).output is not None
        await store(1, named=True)
        last = [await store(each) for each in (4, 5)]
        assert (await runtime.get_flow(ids[0])).output == 1
        await runtime.delete_flow(last[0])
        await store(6)
        assert (await runtime.get_flow(last[1])).output == 5
