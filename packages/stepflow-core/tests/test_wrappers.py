"""A wrapper hands on everything, and is entered and left with what it wraps."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from stepflow_core import FlowResult, NotFoundError, StepflowExecutor
from stepflow_core.wrappers import CachingExecutor, CassetteExecutor, ExecutorWrapper

MEMBERS = {
    name: member
    for name, member in inspect.getmembers_static(StepflowExecutor)
    if not name.startswith("_") and name != "url"
}


class Inner:
    """Answers every member with its name and what it was called with."""

    url = "test://inner"
    extra = "only here"

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.entered = 0
        self.closed = 0

    async def __aenter__(self) -> Inner:
        self.entered += 1
        return self

    async def close(self) -> None:
        self.closed += 1

    def __getattr__(self, name: str) -> Any:
        if name not in MEMBERS:
            raise AttributeError(name)

        async def call(*given: Any, **named: Any) -> Any:
            arguments = inspect.signature(MEMBERS[name]).bind(None, *given, **named).arguments
            self.calls.append((name, {key: value for key, value in arguments.items() if key != "self"}))
            return name

        async def stream(*given: Any, **named: Any) -> AsyncIterator[Any]:
            yield await call(*given, **named)

        return stream if name == "events" else call


def wrapped(inner: Any) -> ExecutorWrapper:
    return ExecutorWrapper(cast("StepflowExecutor", inner))


@pytest.mark.parametrize("name", sorted(MEMBERS.keys() - {"close"}))
async def test_every_member_is_handed_on(name: str) -> None:
    """With all its arguments, and its answer comes back."""
    inner = Inner()
    given = {each: f"<{each}>" for each in inspect.signature(MEMBERS[name]).parameters if each != "self"}
    answer = getattr(wrapped(inner), name)(**given)
    came = await (anext(answer) if name == "events" else answer)
    assert inner.calls == [(name, given)]
    assert came == (None if name.startswith("delete") else name)


@pytest.mark.parametrize("name", sorted(MEMBERS))
@pytest.mark.parametrize(
    "wrapper", [ExecutorWrapper, CachingExecutor, CassetteExecutor], ids=lambda each: each.__name__
)
def test_members_are_those_of_the_protocol(wrapper: type[ExecutorWrapper], name: str) -> None:
    """With the same arguments, defaults and types."""
    ours, theirs = (inspect.signature(getattr(each, name)) for each in (wrapper, StepflowExecutor))
    assert ours == theirs


def test_a_wrapper_is_an_executor() -> None:
    """It has the address of the one inside, and shows it."""
    inner = Inner()
    wrapper = wrapped(inner)
    assert isinstance(wrapper, StepflowExecutor)
    assert wrapper.url == "test://inner"
    assert wrapper.inner is inner
    assert repr(wrapper) == f"ExecutorWrapper({inner!r})"


async def test_the_inner_executor_is_entered_and_closed_with_it() -> None:
    """Once each."""
    inner = Inner()
    async with wrapped(inner) as wrapper:
        assert isinstance(wrapper, ExecutorWrapper)
        assert (inner.entered, inner.closed) == (1, 0)
    assert (inner.entered, inner.closed) == (1, 1)


async def test_what_the_inner_executor_enters_as_is_used() -> None:
    """As with `async with … as`."""
    inner = Inner()

    class Door:
        async def __aenter__(self) -> Inner:
            return inner

    async with wrapped(Door()) as wrapper:
        assert wrapper.url == "test://inner"
    assert inner.closed == 1


async def test_an_executor_that_cannot_be_entered_is_used_as_it_is() -> None:
    """It is ended by `close`."""

    class Plain:
        closed = False

        async def close(self) -> None:
            self.closed = True

    plain = Plain()
    async with wrapped(plain):
        assert not plain.closed
    assert plain.closed


def test_members_that_only_the_inner_executor_has_are_there() -> None:
    """Others are not, nor what is private."""
    wrapper: Any = wrapped(Inner())
    assert wrapper.extra == "only here"
    for name in ("nothing", "_hidden"):
        with pytest.raises(AttributeError, match=name):
            getattr(wrapper, name)


async def test_a_subclass_does_some_of_it_otherwise() -> None:
    """The rest stays as it is."""

    class Stubborn(ExecutorWrapper):
        async def run(self, *arguments: Any, **options: Any) -> FlowResult:
            return FlowResult.skipped("no")

        async def get_run(self, run_id: str, **options: Any) -> Any:
            raise NotFoundError(f"not {run_id}")

    executor = Stubborn(cast("StepflowExecutor", Inner()))
    assert (await executor.run({})).is_skipped
    with pytest.raises(NotFoundError, match="not 7"):
        await executor.get_run("7")
    assert await executor.get_blob("b") == "get_blob"
