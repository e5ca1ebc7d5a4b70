"""Runs that are recorded in a file and replayed from it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from stepflow_core import (
    BatchResult,
    ConflictError,
    FlowLoadError,
    FlowResult,
    InvalidInputError,
    ItemResult,
    NotFoundError,
    RunTimeoutError,
    StepflowError,
    StepflowExecutor,
    blocking,
)
from stepflow_core.wrappers import CassetteExecutor, CassetteMode, MissingRecordingError
from stepflow_runtime import StepflowRuntime

DRAW: dict[str, Any] = {
    "name": "draw",
    "steps": [{"id": "a", "component": "/draw", "input": {"n": {"$input": "$"}}}],
    "output": {"$step": "a"},
}
"""Comes out differently each time."""

ECHO: dict[str, Any] = {"name": "echo", "output": {"$input": "$"}}
FAILING: dict[str, Any] = {"name": "failing", "output": {"$input": "missing"}}
SKIPPED: dict[str, Any] = {
    "name": "skipped",
    "steps": [{"id": "a", "component": "/builtin/noop", "when": False}],
    "output": {"$step": "a"},
}


class Drawing(StepflowRuntime):
    """A runtime with a component that never gives the same twice."""

    def __init__(self) -> None:
        super().__init__()
        self.drawn = 0
        self.component("/draw")(self.draw)

    def draw(self, n: Any) -> list[Any]:
        self.drawn += 1
        return [n, self.drawn]


@pytest.fixture
async def runtime() -> AsyncIterator[Drawing]:
    made = Drawing()
    async with made:
        yield made


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cassette.json"


def saved(runtime: StepflowExecutor, path: Path, mode: CassetteMode = "record") -> CassetteExecutor:
    """A cassette around a runtime that stays open."""
    return CassetteExecutor(runtime, path, mode)


def written(path: Path) -> str:
    return path.read_text("utf-8")


def replaying(path: Path) -> CassetteExecutor:
    return CassetteExecutor(None, path, mode="replay")


# ---- replaying what was recorded


async def test_a_run_is_replayed_without_its_executor(runtime: Drawing, path: Path) -> None:
    """Successes, failures and skips, each as it was."""
    cassette = saved(runtime, path)
    recorded = [await cassette.run(each, {"n": 1}) for each in (DRAW, FAILING, SKIPPED, ECHO)]
    cassette.save()
    async with replaying(path) as replay:
        assert [await replay.run(each, {"n": 1}) for each in (DRAW, FAILING, SKIPPED, ECHO)] == recorded
    assert [str(each.status) for each in recorded] == ["success", "failed", "skipped", "success"]


async def test_values_are_replayed_as_they_were(runtime: Drawing, path: Path) -> None:
    """To the digit: large integers, floats without a fraction, text of any kind, deep values."""
    deep: Any = "core"
    for _ in range(127):
        deep = [deep]
    values = [2**70, -(10**500), 1.0, 1e300, 5e-324, -0.0, "\x00🥖\u2028", {"b": 1, "a": {"": None}}, deep]
    cassette = saved(runtime, path)
    for value in values:
        await cassette.run(ECHO, value)
    cassette.save()
    replay = replaying(path)
    for value in values:
        output = (await replay.run(ECHO, value)).output
        assert json.dumps(output) == json.dumps(value)


async def test_a_submitted_run_is_replayed(runtime: Drawing, path: Path) -> None:
    """With the id that it had, as often as it is asked for."""
    cassette = saved(runtime, path)
    run_id = await cassette.submit(DRAW, 1)
    recorded = await cassette.get_result(run_id)
    cassette.save()
    replay = replaying(path)
    assert await replay.submit(DRAW, 1) == run_id
    assert [await replay.get_result(run_id) for _ in range(2)] == [recorded] * 2
    assert await replay.run(DRAW, 1) == recorded


async def test_a_run_can_be_replayed_as_a_submitted_one(runtime: Drawing, path: Path) -> None:
    """It is given an id then."""
    cassette = saved(runtime, path)
    recorded = await cassette.run(DRAW, 1)
    cassette.save()
    replay = replaying(path)
    assert await replay.get_result(await replay.submit(DRAW, 1)) == recorded
    with pytest.raises(MissingRecordingError, match="without its details"):
        await replay.get_batch(await replay.submit(DRAW, 1))


async def test_a_batch_is_replayed(runtime: Drawing, path: Path) -> None:
    """With its details, whether it was waited for or submitted, and `on_item` is told of every item."""
    cassette = saved(runtime, path)
    at_once = await cassette.run_batch(DRAW, (each for each in range(3)), max_concurrency=1)
    run_id = await cassette.submit_batch(DRAW, [5, 6])
    later = await cassette.get_batch(run_id)
    cassette.save()
    replay = replaying(path)
    told: list[ItemResult] = []
    assert await replay.run_batch(DRAW, range(3), on_item=told.append) == at_once
    assert [(each.index, each.status.value, each.result) for each in told] == [
        (index, "completed", result) for index, result in enumerate(at_once.results)
    ]
    assert await replay.submit_batch(DRAW, iter([5, 6])) == run_id
    assert await replay.get_batch(run_id) == later
    with pytest.raises(ConflictError, match="use get_batch"):
        await replay.get_result(run_id)


async def test_items_are_told_with_their_status(runtime: Drawing, path: Path) -> None:
    """Completed, failed and skipped."""
    uneven = {
        "steps": [{"id": "a", "component": "/builtin/noop", "when": {"$input": "run"}, "input": {"$input": "n"}}],
        "output": {"$step": "a"},
    }
    inputs = [{"n": 1, "run": True}, {"run": True}, {"run": False}]
    cassette = saved(runtime, path)
    await cassette.run_batch(uneven, inputs)
    cassette.save()
    told: list[str] = []
    await replaying(path).run_batch(uneven, inputs, on_item=lambda item: told.append(item.status.value))
    assert told == ["completed", "failed", "skipped"]


async def test_a_single_run_can_be_replayed_with_its_details(runtime: Drawing, path: Path) -> None:
    """Where it was read as a batch when it was recorded, in whatever order."""
    cassette = saved(runtime, path)
    run_id = await cassette.submit(DRAW, 1)
    recorded: BatchResult = await cassette.get_batch(run_id)
    await cassette.get_result(run_id)
    cassette.save()
    replay = replaying(path)
    assert await replay.get_batch(await replay.submit(DRAW, 1)) == recorded


async def test_what_is_replayed_belongs_to_its_caller(runtime: Drawing, path: Path) -> None:
    """What is done to one answer does not show in the next."""
    cassette = saved(runtime, path, "auto")
    for _ in range(3):
        output = (await cassette.run(ECHO, {"n": [1]})).output
        assert output == {"n": [1]}
        output["n"].append(2)


# ---- which recording


async def test_what_was_not_recorded_is_an_error(runtime: Drawing, path: Path) -> None:
    """It names the cassette and the flow, what may be the matter, and what there is."""
    cassette = saved(runtime, path)
    await cassette.run(DRAW, 1)
    cassette.save()
    replay = replaying(path)
    others: list[dict[str, Any]] = [
        {"input": 2}, {"input": 1.0}, {"flow": ECHO}, {"variables": {"v": 1}}, {"overrides": {"a": {"value": {}}}},
    ]  # fmt: skip
    for other in others:
        with pytest.raises(MissingRecordingError, match=r"has no recording of this run of the flow .*runs of 'draw'"):
            await replay.run(**{"flow": DRAW, "input": 1, **other})
    for member in (replay.run_batch, replay.submit_batch):
        with pytest.raises(NotFoundError, match=str(path)):
            await member(DRAW, [1])
    with pytest.raises(MissingRecordingError):
        await replay.submit(DRAW, 2)


async def test_auto_runs_what_is_not_recorded(runtime: Drawing, path: Path) -> None:
    """And replays it from then on, in this cassette and in later ones."""
    first = saved(runtime, path, "auto")
    outputs = [(await first.run(DRAW, 1)).output for _ in range(2)]
    first.save()
    later = saved(runtime, path, "auto")
    outputs += [(await later.run(DRAW, 1)).output, (await later.run(DRAW, 2)).output]
    batches = [await later.run_batch(DRAW, [1]) for _ in range(2)]
    submitted = [await later.get_result(await later.submit(DRAW, 2)) for _ in range(2)]
    assert outputs == [[1, 1], [1, 1], [1, 1], [2, 2]]
    assert batches[0] == batches[1]
    assert [each.output for each in submitted] == [[2, 2]] * 2
    assert runtime.drawn == 3


async def test_record_runs_everything_anew(runtime: Drawing, path: Path) -> None:
    """The last result is the one that is replayed; what is not run again stays."""
    for _ in range(2):
        cassette = saved(runtime, path)
        await cassette.run(DRAW, 1)
        await cassette.run(DRAW, 1)
        cassette.save()
    other = saved(runtime, path)
    await other.run(ECHO, 1)
    other.save()
    replay = replaying(path)
    assert (await replay.run(DRAW, 1)).output == [1, 4]
    assert (await replay.run(ECHO, 1)).output == 1


async def test_replay_runs_nothing_although_it_could(runtime: Drawing, path: Path) -> None:
    """The executor inside serves for all else."""
    cassette = saved(runtime, path)
    await cassette.run(DRAW, 1)
    cassette.save()
    replay = saved(runtime, path, "replay")
    assert (await replay.run(DRAW, 1)).output == [1, 1]
    with pytest.raises(MissingRecordingError):
        await replay.run(DRAW, 2)
    assert runtime.drawn == 1
    assert (await replay.health_check()).status == "healthy"


async def test_a_file_counts_with_its_content(runtime: Drawing, path: Path, tmp_path: Path) -> None:
    """Wherever it lies; it has to be there when it is replayed."""
    (tmp_path / "a.yaml").write_text("name: from a file\noutput: {$input: $}\n")
    cassette = saved(runtime, path)
    await cassette.run(tmp_path / "a.yaml", 1)
    cassette.save()
    (tmp_path / "a.yaml").rename(tmp_path / "b.yaml")
    replay = replaying(path)
    assert (await replay.run(tmp_path / "b.yaml", 1)).output == 1
    assert (await replay.run({"name": "from a file", "output": {"$input": "$"}}, 1)).output == 1
    with pytest.raises(FlowLoadError, match=r"a\.yaml"):
        await replay.run(tmp_path / "a.yaml", 1)


async def test_a_stored_flow_counts_with_its_name(runtime: Drawing, path: Path) -> None:
    """Or with its id, as it was asked for."""
    cassette = saved(runtime, path)
    flow_id = (await cassette.store_flow(ECHO)).flow_id
    assert flow_id is not None
    for source in ("echo", flow_id):
        await cassette.run(source, 1)
    cassette.save()
    replay = replaying(path)
    assert [(await replay.run(source, 1)).output for source in ("echo", flow_id)] == [1, 1]
    with pytest.raises(MissingRecordingError, match="'echo@2'"):
        await replay.run("echo@2", 1)


async def test_a_run_that_was_given_up_is_recorded_later(runtime: Drawing, path: Path) -> None:
    """A timeout is not recorded; the result is, once it was waited for."""
    slow: dict[str, Any] = {
        "name": "slow",
        "steps": [{"id": "a", "component": "/builtin/sleep", "input": {"duration_ms": 1}}],
        "output": {"$if": {"$step": "a"}, "then": "done"},
    }
    cassette = saved(runtime, path)
    with pytest.raises(RunTimeoutError) as caught:
        await cassette.run(slow, timeout=0)
    await cassette.get_result(caught.value.run_id)
    cassette.save()
    assert (await replaying(path).run(slow)).output == "done"


async def test_what_is_refused_is_not_recorded(runtime: Drawing, path: Path) -> None:
    """While recording the executor inside refuses it; alone the cassette does, where it can tell."""
    cassette = saved(runtime, path, "auto")
    with pytest.raises(FlowLoadError):
        await cassette.run({"steps": [{}]})
    with pytest.raises(InvalidInputError, match="the input is not JSON"):
        await cassette.run(ECHO, {1})
    with pytest.raises(InvalidInputError, match="the inputs of a batch are a list"):
        await cassette.run_batch(ECHO, "abc")
    await cassette.run(ECHO, 1)
    cassette.save()
    replay = replaying(path)
    with pytest.raises(InvalidInputError, match="not JSON") as caught:
        await replay.run(ECHO, {"a/b": {1}})
    assert [each["pointer"] for each in caught.value.details["errors"]] == ["/a~1b"]
    with pytest.raises(InvalidInputError, match="a flow is a mapping"):
        await replay.run(5)  # type: ignore[arg-type]  # a mistake that has to be told
    with pytest.raises(MissingRecordingError):
        await replay.run({"steps": [{}]})


# ---- the file


async def test_the_file_is_written_at_the_end(runtime: Drawing, tmp_path: Path) -> None:
    """Its folder is made; a cassette that recorded nothing writes nothing."""
    path = tmp_path / "deep" / "down" / "cassette.json"
    async with CassetteExecutor(Drawing(), path):
        pass
    assert not path.parent.exists()
    async with CassetteExecutor(Drawing(), path) as cassette:
        await cassette.run(DRAW, 1)
        assert not path.exists()
    assert list(path.parent.iterdir()) == [path]
    assert (await replaying(path).run(DRAW, 1)).output == [1, 1]


async def test_cassettes_can_share_a_file(runtime: Drawing, path: Path) -> None:
    """What one has written the others leave there."""
    cassettes = [saved(runtime, path) for _ in range(3)]
    for number, cassette in enumerate(cassettes):
        await cassette.run(ECHO, number)
    for cassette in cassettes:
        cassette.save()
    replay = replaying(path)
    assert [(await replay.run(ECHO, number)).output for number in range(3)] == [0, 1, 2]


async def test_the_file_is_for_people_too(runtime: Drawing, path: Path) -> None:
    """It is JSON of several lines that names the flows, and holds no inputs."""
    cassette = saved(runtime, path)
    await cassette.run({**ECHO, "output": 1}, {"password": "hunter2"}, variables={"key": "hunter3"})
    cassette.save()
    text = written(path)
    document = json.loads(text)
    assert document["version"] == 1
    [recording] = document["recordings"].values()
    assert recording == {"flow": "echo", "results": [{"outcome": "success", "result": 1}]}
    assert text.count("\n") > 5
    assert "hunter" not in text


async def test_secrets_of_a_batch_are_not_written(runtime: Drawing, path: Path) -> None:
    """What the flow declares to be secret is redacted in the details."""
    schema = {"type": "object", "properties": {"key": {"type": "string", "is_secret": True}}}
    cassette = saved(runtime, path)
    await cassette.run_batch({**ECHO, "schemas": {"input": schema}, "output": 1}, [{"key": "hunter2"}])
    cassette.save()
    assert "[REDACTED]" in written(path)
    assert "hunter2" not in written(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not a cassette"),
        (b"{", "is not a cassette"),
        (b"\xff\xfe", "is not a cassette"),
        (b"[" * 100_000, "is not a cassette"),
        (b"[]", "is not a cassette: Expected `object`"),
        (b"{}", "is not a cassette: Object missing required field `version`"),
        (b'{"version": 2, "recordings": {}}', "is of version 2; known is version 1"),
        (b'{"version": 1, "recordings": {"k": {"flow": "a", "results": [{"outcome": "odd"}]}}}', "Invalid value 'odd'"),
        (b'{"version": 1, "recordings": {"k": {"flow": "a", "results": []}}}', "the recording k has no results"),
    ],
)
def test_another_file_is_refused(path: Path, content: bytes, message: str) -> None:
    """In every mode, before anything runs; it says what is wrong with it, and it is left alone."""
    path.write_bytes(content)
    modes: list[CassetteMode] = ["auto", "record", "replay"]
    for mode in modes:
        with pytest.raises(InvalidInputError, match=message):
            CassetteExecutor(StepflowRuntime(), path, mode)
    assert path.read_bytes() == content


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """A folder is not a cassette."""
    with pytest.raises(StepflowError, match="cannot be read"):
        CassetteExecutor(StepflowRuntime(), tmp_path)


async def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """The executor inside is closed nevertheless."""
    (tmp_path / "file").write_text("")
    inner = Drawing()
    cassette = CassetteExecutor(inner, tmp_path / "folder" / "cassette.json")
    await cassette.run(ECHO, 1)
    (tmp_path / "folder").write_text("in the way")
    with pytest.raises(StepflowError, match="cannot be written"):
        await cassette.close()
    with pytest.raises(ConflictError):
        await inner.run(ECHO, 1)


@pytest.mark.parametrize("content", [None, b'{"version": 1, "recordings": {}}'], ids=["no file", "empty file"])
def test_there_is_something_to_replay(path: Path, content: bytes | None) -> None:
    """A cassette without recordings is told of at once."""
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(MissingRecordingError, match="nothing to replay"):
        replaying(path)


# ---- the executor


@pytest.mark.parametrize("mode", ["auto", "record", "once"])
def test_without_an_executor_a_cassette_can_only_replay(path: Path, mode: Any) -> None:
    """Other modes are refused."""
    with pytest.raises(InvalidInputError, match="can only replay"):
        CassetteExecutor(None, path, mode)


def test_an_unknown_mode_is_refused(path: Path) -> None:
    """The error names those that there are."""
    mode: Any = "rewind"
    with pytest.raises(InvalidInputError, match="auto, record, replay, not 'rewind'"):
        CassetteExecutor(StepflowRuntime(), path, mode)


async def test_a_cassette_alone_does_nothing_else(runtime: Drawing, path: Path) -> None:
    """It is an executor, has an address, and says what it cannot do."""
    cassette = saved(runtime, path)
    await cassette.run(ECHO, 1)
    cassette.save()
    async with replaying(path) as replay:
        assert isinstance(replay, StepflowExecutor)
        assert replay.url.startswith("stepflow+cassette://")
        assert repr(replay) == "CassetteExecutor(None)"
        for call in (replay.list_runs(), replay.get_result("unknown"), replay.health_check()):
            with pytest.raises(StepflowError, match="can do nothing else"):
                await call
    with pytest.raises(ConflictError, match="was closed"):
        await replay.run(ECHO, 1)


async def test_a_cassette_works_without_await(runtime: Drawing, path: Path) -> None:
    """In tests that are not async."""
    cassette = saved(runtime, path)
    await cassette.run(ECHO, 1)
    cassette.save()
    with blocking(replaying(path)) as replay:
        assert replay.run(ECHO, 1) == FlowResult.success(1)


async def test_times_are_replayed_in_utc(runtime: Drawing, path: Path) -> None:
    """Those of the recorded run."""
    cassette = saved(runtime, path)
    recorded = await cassette.run_batch(ECHO, [1])
    cassette.save()
    replayed = await replaying(path).run_batch(ECHO, [1])
    assert replayed.run.created_at == recorded.run.created_at <= datetime.now(UTC)
    assert replayed.run.created_at.tzinfo is not None
