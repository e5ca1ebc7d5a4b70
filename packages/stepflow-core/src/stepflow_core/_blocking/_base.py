"""What makes an executor usable without `await`, whichever members it has."""

from __future__ import annotations

import functools
import inspect
import threading
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import StepflowError
from ._loop import BlockingIterator, LoopThread

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType
    from typing import Self

    from ..executor import StepflowExecutor

T = TypeVar("T")


class BlockingBase:
    """Enters and leaves an executor on a loop of its own, and calls its members there."""

    def __init__(self, executor: StepflowExecutor) -> None:
        self._given = executor
        self._executor = executor
        self._lock = threading.RLock()
        self._loop: LoopThread | None = None
        self._abandoned = False

    def __repr__(self) -> str:
        return f"blocking({self._given!r})"

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, exception: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._leave(kind, exception, traceback)

    def start(self) -> Self:
        """Enter the executor; of one that is started already, nothing. Raises `StepflowError` once closed."""
        with self._lock:
            if self._is_closed:
                raise StepflowError("the executor has been closed")
            if self._loop is None:
                loop = LoopThread()
                try:
                    self._executor = loop.call(lambda: _enter(self._given))
                except BaseException:
                    loop.close(_nothing)
                    raise
                self._loop = loop
        return self

    def close(self) -> None:
        """Leave the executor and end its loop; further calls raise `StepflowError`."""
        self._leave(None, None, None)

    if not TYPE_CHECKING:
        # Hidden from type checkers, so that they tell of members that no executor is sure to have.
        def __getattr__(self, name: str) -> Any:
            if name.startswith("_"):
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            member = getattr(self._executor, name)
            if not callable(member) or isinstance(member, type):
                return member
            return self._adapted(member)

    def _adapted(self, member: Callable[..., Any]) -> Callable[..., Any]:
        """A member that the protocol does not have, for callers that do not await."""

        @functools.wraps(member)
        def adapted(*args: Any, **kwargs: Any) -> Any:
            if inspect.iscoroutinefunction(member):
                return self._call(lambda _: member(*args, **kwargs))
            result = member(*args, **kwargs)
            if hasattr(result, "__anext__"):
                return BlockingIterator(self._opened(), result)
            return self._call(lambda _: result) if inspect.isawaitable(result) else result

        return adapted

    def _call(self, make: Callable[[StepflowExecutor], Awaitable[T]]) -> T:
        return self._opened().call(lambda: make(self._executor))

    def _opened(self) -> LoopThread:
        if self._loop is not None:
            return self._loop
        if self._is_closed:
            raise StepflowError("the executor has been closed")
        raise StepflowError("the executor is not open: write `with blocking(executor) as ex:`, or call `.start()`")

    @property
    def _is_closed(self) -> bool:
        return self._abandoned if self._loop is None else not self._loop.is_open

    def _leave(
        self, kind: type[BaseException] | None, exception: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._lock:
            self._abandoned = True
            loop = self._loop
        if loop is not None:
            loop.close(lambda: _exit(self._given, kind, exception, traceback))


async def _enter(executor: Any) -> Any:
    """What `async with executor as entered` gives; an executor that cannot be entered is itself."""
    enter = getattr(type(executor), "__aenter__", None)
    return executor if enter is None else await enter(executor)


async def _exit(
    executor: Any,
    kind: type[BaseException] | None,
    exception: BaseException | None,
    traceback: TracebackType | None,
) -> None:
    leave = getattr(type(executor), "__aexit__", None)
    if leave is None:
        await executor.close()
    else:
        await leave(executor, kind, exception, traceback)


async def _nothing() -> None:
    """Nothing is to be done."""
