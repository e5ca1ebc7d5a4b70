"""What a request for a run may carry: tags, durability, an idempotency key."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ...errors import InvalidInputError
from ...executor import StepflowExecutor
from ._base import KitPart
from ._created_runs import stored
from ._documents import ECHO, echo, flow, step
from ._gates import Gate

OTHER_REQUESTS: dict[str, dict[str, Any]] = {
    "another input": {"input": 2},
    "an input of another kind": {"input": 1.0},
    "another flow": {"flow": flow(step("a", input=2))},
    "overrides": {"overrides": {"a": {"value": {"input": 2}}}},
    "variables": {"variables": {"v": 1}},
    "tags": {"tags": {"a": "b"}},
}

BAD_OPTIONS: dict[str, dict[str, Any]] = {
    "an unknown durability": {"durability": "sometimes"},
    "tags that are no mapping": {"tags": ["a"]},
    "a tag that is no text": {"tags": {"a": 1}},
    "a tag that is too long": {"tags": {"a": "x" * 257}},
    "variables that are no mapping": {"variables": [1]},
}


class Requests(KitPart):
    """Tags are kept, every durability holds, and a request with a key is made once."""

    async def test_tags_are_kept(self, executor: StepflowExecutor, unique: str) -> None:
        """As they were given, of single runs and batches; none where none were given."""
        tags = {"team": unique, "": "empty", "größe": 'L/XL, 50 %: "big"\n', "🏷️": ""}
        for run_id in (
            await executor.submit(ECHO, tags=tags),
            await executor.submit_batch(ECHO, [1, 2], tags=tags),
            (await executor.run_batch(ECHO, [1], tags=tags)).run.run_id,
        ):
            assert (await executor.get_run(run_id)).tags == tags
        assert (await executor.get_run(await executor.submit(ECHO))).tags == {}

    async def test_the_run_of_a_call_can_be_found_by_its_tags(self, executor: StepflowExecutor, unique: str) -> None:
        """`run` gives a result and leaves a run behind."""
        await executor.run(ECHO, unique, tags={"test": unique})
        [run] = (await executor.list_runs(tags={"test": unique})).runs
        assert (await executor.get_result(run.run_id)).output == unique

    async def test_every_durability_is_accepted(self, executor: StepflowExecutor) -> None:
        """It changes what a crash can lose, never the result."""
        assert (await executor.run(ECHO, 1, durability="step")).output == 1
        assert (await executor.run(ECHO, 2, durability="run")).output == 2
        assert (await executor.run(ECHO, 3, durability="none")).output == 3

    @pytest.mark.parametrize("options", BAD_OPTIONS.values(), ids=BAD_OPTIONS)
    async def test_an_option_that_means_nothing_is_refused(
        self, executor: StepflowExecutor, options: dict[str, Any]
    ) -> None:
        """Before anything runs."""
        with pytest.raises(InvalidInputError):
            await executor.run(ECHO, 1, **options)
        with pytest.raises(InvalidInputError):
            await executor.submit_batch(ECHO, [1], **options)

    async def test_the_same_request_with_a_key_is_one_run(self, executor: StepflowExecutor, unique: str) -> None:
        """While it goes on and when it has ended; other keys, or none, give other runs."""
        async with Gate(executor) as gate:
            asked = gate.flow()
            first = await executor.submit(asked, 1, idempotency_key=unique)
            assert await executor.submit(asked, 1, idempotency_key=unique) == first
        await executor.get_result(first)
        assert await executor.submit(asked, 1, idempotency_key=unique) == first
        others = [await executor.submit(asked, 1, idempotency_key=f"{unique}-2"), await executor.submit(asked, 1)]
        assert first not in others

    async def test_requests_at_the_same_time_are_one_run(self, executor: StepflowExecutor, unique: str) -> None:
        """Only one of them makes it."""
        requests = (executor.submit(ECHO, 1, idempotency_key=unique, tags={"test": unique}) for _ in range(10))
        run_ids = await asyncio.gather(*requests)
        assert len(set(run_ids)) == 1
        assert len((await executor.list_runs(tags={"test": unique})).runs) == 1

    @pytest.mark.parametrize("other", OTHER_REQUESTS.values(), ids=OTHER_REQUESTS)
    async def test_a_key_stands_for_one_request(
        self, executor: StepflowExecutor, unique: str, other: dict[str, Any]
    ) -> None:
        """Another request with it is refused with the status 422, and the first one stays."""
        asked = flow(step("a", input=1))
        first = await executor.submit(asked, 1, idempotency_key=unique)
        with pytest.raises(InvalidInputError) as caught:
            await executor.submit(**{"flow": asked, "input": 1, **other}, idempotency_key=unique)
        assert caught.value.status_code == 422
        assert await executor.submit(asked, 1, idempotency_key=unique) == first

    async def test_batches_and_created_runs_have_keys_too(self, executor: StepflowExecutor, unique: str) -> None:
        """The same request gives the same run."""
        batch = await executor.submit_batch(ECHO, [1, 2], idempotency_key=unique)
        assert await executor.submit_batch(ECHO, [1, 2], idempotency_key=unique) == batch
        flow_id = await stored(executor, echo(unique))
        key = f"{unique}-2"
        created = await executor.create_run(flow_id, {"n": 1}, idempotency_key=key)
        again = await executor.create_run(flow_id, {"n": 1}, idempotency_key=key)
        assert (again.run_id, again.result) == (created.run_id, created.result)
        with pytest.raises(InvalidInputError):
            await executor.create_run(flow_id, {"n": 2}, idempotency_key=key)
