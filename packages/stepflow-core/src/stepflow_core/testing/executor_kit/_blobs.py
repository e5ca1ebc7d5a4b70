"""Values and bytes that are kept by their content."""

from __future__ import annotations

from typing import Any

import pytest

from ...canonical import encode
from ...errors import InvalidInputError, NotFoundError
from ...executor import StepflowExecutor
from ._base import KitPart
from ._documents import NO_ID, echo, flow, step
from ._values import NOT_JSON, VALUES

KNOWN: dict[str, Any] = {
    "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862": {"a": 1},
    "868591347a854ba1d0f4875b2dd44e1e8335052af03725a9819f89e0142318b0": {
        "message": "Hello, blobs!",
        "number": 42,
        "nested": {"array": [1, 2, 3], "boolean": True},
    },
}
"""The examples of the flow language."""


class Blobs(KitPart):
    """A blob's id is the hash of what it holds, and it is kept as it is."""

    @pytest.mark.parametrize(("blob_id", "value"), KNOWN.items(), ids=["small", "nested"])
    async def test_the_id_of_a_blob_is_its_hash(self, executor: StepflowExecutor, blob_id: str, value: Any) -> None:
        """The same content has the same id everywhere, however often it is stored."""
        assert [await executor.put_blob(value) for _ in range(2)] == [blob_id] * 2

    @pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
    async def test_a_value_is_kept_as_it_is(self, executor: StepflowExecutor, value: Any) -> None:
        """Whatever it is."""
        assert encode(await executor.get_blob(await executor.put_blob(value))) == encode(value)

    @pytest.mark.parametrize("content", [b"", b"\x00\xff\xfe", bytes(range(256)) * 4096, b'{"a": 1}'], ids=len)
    async def test_bytes_are_kept_as_they_are(self, executor: StepflowExecutor, content: bytes) -> None:
        """As bytes, whatever they look like."""
        blob_id = await executor.put_blob(content, "binary")
        assert await executor.get_blob(blob_id) == content

    async def test_a_flow_is_run_from_a_blob(self, executor: StepflowExecutor, unique: str) -> None:
        """A flow that was put as a blob is found by the blob's id."""
        blob_id = await executor.put_blob(echo(unique), "flow")
        assert await executor.get_blob(blob_id) == echo(unique)
        assert (await executor.run(blob_id, 1)).output == 1

    async def test_steps_and_callers_share_blobs(self, executor: StepflowExecutor, unique: str) -> None:
        """What one has stored the other can read."""
        asked = flow(step("put", "/builtin/put_blob", {"data": {"$input": "$"}, "blob_type": "data"}))
        blob_id = (await executor.run(asked, {"from": unique})).output["blob_id"]
        assert await executor.get_blob(blob_id) == {"from": unique}
        read = flow(step("get", "/builtin/get_blob", {"blob_id": {"$input": "$"}}))
        other = await executor.put_blob({"to": unique})
        assert (await executor.run(read, other)).output == {"data": {"to": unique}}

    async def test_a_value_belongs_to_its_caller(self, executor: StepflowExecutor, unique: str) -> None:
        """What is done to a value that was put or got does not change the blob."""
        value = {"n": [unique]}
        blob_id = await executor.put_blob(value)
        value["n"].append("after")
        (await executor.get_blob(blob_id))["n"].append("got")
        assert await executor.get_blob(blob_id) == {"n": [unique]}

    @pytest.mark.parametrize("blob_id", [NO_ID, "no id"], ids=repr)
    async def test_a_blob_that_is_not_there_is_not_found(self, executor: StepflowExecutor, blob_id: str) -> None:
        """Also where the id cannot be one."""
        with pytest.raises(NotFoundError):
            await executor.get_blob(blob_id)

    @pytest.mark.parametrize("value", [each for each, _ in NOT_JSON.values()], ids=NOT_JSON)
    async def test_a_value_that_is_not_json_is_refused(self, executor: StepflowExecutor, value: Any) -> None:
        """It is not stored as something else."""
        with pytest.raises(InvalidInputError):
            await executor.put_blob(value)

    async def test_a_blob_of_an_unknown_type_is_refused(self, executor: StepflowExecutor) -> None:
        """So is text where bytes are to be."""
        for data, blob_type in (({"a": 1}, "unknown"), ("text", "binary")):
            with pytest.raises(InvalidInputError):
                await executor.put_blob(data, blob_type)
