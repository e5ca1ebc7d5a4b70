"""Results that are remembered."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from ..canonical import own
from ..errors import InvalidInputError, StepflowError
from ..results import FlowResult, Success
from ._delegating import ExecutorWrapper
from ._requests import is_name, run_request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..executor import Durability, FlowSource, Overrides, StepflowExecutor


class CachingExecutor(ExecutorWrapper):
    """Remembers the successful results of `run`, by the content of flow, input, overrides and variables.

    For flows whose result depends on nothing else, and whose effects need not happen again: a result that is
    remembered makes no run, so there is none with the tags that were given. Of the `max_entries` results the
    one that was not asked for longest gives way to a new one. Failures, batches, submitted runs, and flows
    that are given by a stored name, which may come to stand for another flow, always run.

    Raises `InvalidInputError` where there is no room for a single result.
    """

    def __init__(self, inner: StepflowExecutor, *, max_entries: int = 1024) -> None:
        if max_entries < 1:
            raise InvalidInputError(f"max_entries is an integer of at least 1, not {max_entries!r:.40}")
        super().__init__(inner)
        self._max_entries = max_entries
        self._results: OrderedDict[str, FlowResult] = OrderedDict()

    def clear(self) -> None:
        """Forget all results."""
        self._results.clear()

    async def run(
        self,
        flow: FlowSource,
        input: Any = None,
        overrides: Overrides | None = None,
        *,
        variables: Mapping[str, Any] | None = None,
        tags: Mapping[str, str] | None = None,
        durability: Durability | None = None,
        timeout: float | None = None,
    ) -> FlowResult:
        """The remembered result, or that of a run."""
        key = _key(flow, input, overrides, variables)
        known = self._results.get(key)
        if known is not None:
            self._results.move_to_end(key)
            return _copy(known)
        result = await self.inner.run(
            flow, input, overrides, variables=variables, tags=tags, durability=durability, timeout=timeout
        )
        if key and result.is_success:
            self._remember(key, result)
        return result

    def _remember(self, key: str, result: FlowResult) -> None:
        self._results[key] = _copy(result)
        self._results.move_to_end(key)
        if len(self._results) > self._max_entries:
            self._results.popitem(last=False)

    async def delete_flow(self, flow_id: str) -> None:
        """Forget a stored flow, and all results: one of them may be that of a run by this id."""
        await self.inner.delete_flow(flow_id)
        self.clear()

    async def close(self) -> None:
        """Forget all results and close the inner executor."""
        self.clear()
        await self.inner.close()


def _key(flow: FlowSource, input: Any, overrides: Overrides | None, variables: Mapping[str, Any] | None) -> str:
    """The key of a request; empty where there is none, and for what the inner executor will refuse."""
    if is_name(flow):
        return ""
    try:
        return run_request(flow, input, overrides, variables).key
    except StepflowError:
        return ""


def _copy(result: FlowResult) -> FlowResult:
    """A result whose output is its holder's own."""
    return Success(own(result.output))
