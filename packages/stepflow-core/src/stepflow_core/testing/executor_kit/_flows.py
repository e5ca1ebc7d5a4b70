"""Storing flows, reading them again, and forgetting them."""

from __future__ import annotations

from typing import Any

import pytest

from ...errors import ConflictError, InvalidInputError, NotFoundError
from ...executor import StepflowExecutor
from ...flow import Flow, Step
from ._base import KitPart
from ._created_runs import stored
from ._documents import FAULTS, FAULTY, NO_ID, echo, flow, step, variables
from ._gates import Gate

KNOWN = {
    "name": "t",
    "steps": [{"id": "a", "component": "/mock/one_output", "input": {"input": {"$input": "$.m"}}}],
    "output": {"$step": "a", "path": "$.output"},
}
KNOWN_ID = "4d0ecc56eb58928674b3c8753e3face924ce837c0c21137575a98ab7f9b04105"
"""The id of `KNOWN`, which the flow language gives as an example."""


class Flows(KitPart):
    """A flow is stored under the hash of its content, and under a name with versions."""

    async def test_the_id_of_a_flow_is_that_of_its_content(self, executor: StepflowExecutor) -> None:
        """The same flow has the same id everywhere, however it is written."""
        otherwise = {**KNOWN, "output": {"path": "output", "$step": "a"}, "test": None, "metadata": {}}
        for each in (KNOWN, otherwise):
            assert (await executor.store_flow(each)).flow_id == KNOWN_ID

    async def test_a_stored_flow_can_be_read(self, executor: StepflowExecutor, unique: str) -> None:
        """As a typed document, whose storing gives the same id."""
        asked = flow(step("a", input={"$input": "x"}, metadata={"k": [1, 2.0]}), name=unique, version="1.0")
        flow_id = await stored(executor, asked)
        read = await executor.get_flow(flow_id)
        assert (read.name, read.version, read.output) == (unique, "1.0", {"$step": "a"})
        assert [(each.id, each.component, each.metadata) for each in read.steps] == [
            ("a", "/builtin/noop", {"k": [1, 2.0]})
        ]
        assert (await executor.store_flow(read)).flow_id == flow_id

    async def test_a_flow_built_in_python_is_stored(self, executor: StepflowExecutor, unique: str) -> None:
        """A `Flow` and the same as a mapping have the same id."""
        built = Flow(name=unique, steps=[Step(id="a", component="/builtin/noop", input=1)], output={"$step": "a"})
        flow_id = (await executor.store_flow(built)).flow_id
        document: dict[str, Any] = {"steps": [{"id": "a", "component": "/builtin/noop", "input": 1}]}
        assert flow_id == await stored(executor, {"name": unique, **document, "output": {"$step": "a"}})
        assert (await executor.run(built)).output == 1

    async def test_a_name_is_that_of_the_flow_or_another(self, executor: StepflowExecutor, unique: str) -> None:
        """A name that is given when storing stands for the flow in place of its own."""
        flow_id = (await executor.store_flow(echo("echo"), name=unique)).flow_id
        [named] = [each for each in await executor.list_flows() if each.name == unique]
        assert named.flow_id == flow_id
        assert (await executor.run(unique, 1)).output == 1

    async def test_a_name_has_versions(self, executor: StepflowExecutor, unique: str) -> None:
        """The newest is meant where no version is named."""
        for version in ("1", "2"):
            await stored(executor, echo(unique, version=version, output=version))
        outputs = [(await executor.run(each)).output for each in (unique, f"{unique}@1", f"{unique}@2")]
        assert outputs == ["2", "1", "2"]
        listed = [each for each in await executor.list_flows() if each.name == unique]
        assert sorted(each.version or "" for each in listed) == ["1", "2"]
        assert {each.description for each in listed} == {"Gives its input back."}
        with pytest.raises(NotFoundError, match="3"):
            await executor.run(f"{unique}@3")

    async def test_a_name_can_be_given_to_another_flow(self, executor: StepflowExecutor, unique: str) -> None:
        """What is stored under the same name and version takes its place; the older one keeps its id."""
        older = await stored(executor, echo(unique, output="older"))
        await stored(executor, echo(unique, output="newer"))
        assert [(await executor.run(each)).output for each in (unique, older)] == ["newer", "older"]

    async def test_the_named_flows_are_listed_up_to_a_limit(self, executor: StepflowExecutor, unique: str) -> None:
        """All of them without one."""
        for number in range(3):
            await stored(executor, echo(f"{unique}-{number}"))
        listed = [each.name or "" for each in await executor.list_flows() if (each.name or "").startswith(unique)]
        assert sorted(listed) == [f"{unique}-{number}" for number in range(3)]
        assert len(await executor.list_flows(limit=2)) == 2

    @pytest.mark.parametrize("name", ["", "a/b", "a.yaml", "a@1", NO_ID], ids=repr)
    async def test_a_name_that_could_not_be_used_is_refused(self, executor: StepflowExecutor, name: str) -> None:
        """A name that reads as a path, a version or an id would never be found again."""
        with pytest.raises(InvalidInputError):
            await executor.store_flow(echo("echo"), name=name)

    async def test_a_dry_run_stores_nothing(self, executor: StepflowExecutor, unique: str) -> None:
        """It tells the id and the diagnostics."""
        answer = await executor.store_flow(echo(unique), dry_run=True)
        assert (answer.stored, answer.diagnostics) == (False, [])
        assert answer.flow_id is not None
        for source in (answer.flow_id, unique):
            with pytest.raises(NotFoundError):
                await executor.run(source)

    async def test_a_flow_can_be_stored_without_its_name(self, executor: StepflowExecutor, unique: str) -> None:
        """Its id is all that it is found by; a name that it has already stays."""
        answer = await executor.store_flow(echo(unique), named=False)
        assert answer.flow_id is not None
        assert (await executor.run(answer.flow_id, 1)).output == 1
        with pytest.raises(NotFoundError):
            await executor.run(unique)
        assert await stored(executor, echo(unique)) == answer.flow_id
        await executor.store_flow(echo(unique), named=False)
        assert (await executor.run(unique, 2)).output == 2
        with pytest.raises(InvalidInputError):
            await executor.store_flow(echo(unique), name=unique, named=False)

    async def test_a_flow_that_is_only_run_is_not_named(self, executor: StepflowExecutor, unique: str) -> None:
        """However it is run: its name, if it stands for anything, stands for what was stored."""
        flow_id = await stored(executor, echo(unique, output="stored"))
        changed, other = echo(unique, output="changed"), echo(f"{unique}-other", output="changed")
        for each in (changed, other, Flow.from_dict(changed)):
            assert (await executor.run(each)).output == "changed"
            assert (await executor.get_result(await executor.submit(each))).output == "changed"
            assert [found.output for found in (await executor.run_batch(each, [1])).results] == ["changed"]
            await executor.get_batch(await executor.submit_batch(each, [1]))
        assert (await executor.run(unique)).output == "stored"
        assert [each.flow_id for each in await executor.list_flows() if (each.name or "").startswith(unique)] == [
            flow_id
        ]
        with pytest.raises(NotFoundError):
            await executor.run(f"{unique}-other")

    async def test_a_faulty_flow_is_answered_with_its_faults(self, executor: StepflowExecutor) -> None:
        """All of them, each with its place; nothing is stored and nothing is raised."""
        for dry_run in (False, True):
            answer = await executor.store_flow(FAULTY, dry_run=dry_run)
            assert (answer.stored, answer.flow_id) == (False, None)
            fatal = [each for each in answer.diagnostics if each.level == "fatal"]
            assert {(each.code, each.pointer) for each in fatal} == FAULTS

    async def test_a_flow_with_warnings_is_stored(self, executor: StepflowExecutor) -> None:
        """The answer has them."""
        answer = await executor.store_flow({"output": 1})
        assert answer.stored
        assert {each.code for each in answer.diagnostics} == {1001, 1002}
        assert {each.level.value for each in answer.diagnostics} == {"warning"}

    async def test_a_deleted_flow_is_forgotten(self, executor: StepflowExecutor, unique: str) -> None:
        """By its id and its name; a run of it that has ended stays."""
        flow_id = await stored(executor, echo(unique))
        run_id = await executor.submit(flow_id, 1)
        await executor.get_result(run_id)
        await executor.delete_flow(flow_id)
        with pytest.raises(NotFoundError):
            await executor.get_flow(flow_id)
        with pytest.raises(NotFoundError):
            await executor.run(unique)
        assert unique not in [each.name for each in await executor.list_flows()]
        assert (await executor.get_result(run_id)).output == 1
        assert (await executor.get_run_flow(run_id)).name == unique

    async def test_a_flow_in_use_is_not_deleted(self, executor: StepflowExecutor, unique: str) -> None:
        """While a run of it goes on."""
        async with Gate(executor) as gate:
            flow_id = await stored(executor, gate.flow(name=unique))
            run_id = await executor.submit(flow_id)
            with pytest.raises(ConflictError):
                await executor.delete_flow(flow_id)
        await executor.get_result(run_id)
        await executor.delete_flow(flow_id)

    @pytest.mark.parametrize("flow_id", [NO_ID, "no id"], ids=repr)
    async def test_a_flow_that_is_not_there_is_not_found(self, executor: StepflowExecutor, flow_id: str) -> None:
        """Whatever is asked of it, also where the id cannot be one."""
        members = (executor.get_flow, executor.delete_flow, executor.get_flow_variables, executor.get_flow_graph)
        for member in members:
            with pytest.raises(NotFoundError):
                await member(flow_id)

    async def test_the_declared_variables_can_be_read(self, executor: StepflowExecutor, unique: str) -> None:
        """Each with its schema, its default and whether it is a secret."""
        declared = {
            "city": {"type": "string", "default": "Bern"},
            "key": {"type": "string", "is_secret": True, "env_var": "KEY"},
        }
        flow_id = await stored(executor, echo(unique, schemas=variables(declared)))
        shown = await executor.get_flow_variables(flow_id)
        assert set(shown) == {"city", "key"}
        assert (shown["city"]["default"], shown["city"]["isSecret"]) == ("Bern", False)
        assert shown["city"]["schema"]["type"] == "string"
        assert (shown["key"]["envVar"], shown["key"]["isSecret"]) == ("KEY", True)

    async def test_the_graph_of_a_flow_can_be_read(self, executor: StepflowExecutor, unique: str) -> None:
        """Every step is a node, every dependency an edge."""
        asked = flow(step("a/b"), step("c", input={"$step": "a/b"}), name=unique)
        graph = await executor.get_flow_graph(await stored(executor, asked))
        nodes = {each.label: each for each in graph.nodes}
        assert (nodes["a/b"].component, nodes["c"].component) == ("/builtin/noop", "/builtin/noop")
        edges = {(each.source, each.target) for each in graph.edges}
        assert (nodes["a/b"].id, nodes["c"].id) in edges
