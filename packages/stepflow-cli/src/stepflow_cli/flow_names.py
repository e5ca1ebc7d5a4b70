"""Finding stored flows by what people call them."""

from __future__ import annotations

import re

from stepflow_core import FlowSummary, NotFoundError, StepflowExecutor

from .exits import UsageError

FLOW_ID = re.compile(r"[0-9a-f]{64}")
_ID_PART = re.compile(r"[0-9a-f]{12,63}")
"""The beginning of an id, as listings show it."""


async def flow_id_of(executor: StepflowExecutor, text: str) -> str:
    """The id of a stored flow: the text where it is one, else that of the name or `name@version`.

    A name alone is its latest version, as for a run. Raises `NotFoundError`.
    """
    return text if FLOW_ID.fullmatch(text) else (await named(executor, text))[-1].flow_id


async def single_flow_id_of(executor: StepflowExecutor, text: str) -> str:
    """The same where nothing may be guessed: raises `UsageError` for a name that has several versions."""
    if FLOW_ID.fullmatch(text):
        return text
    found = await named(executor, text)
    if len(found) > 1:
        versions = ", ".join(f"{each.name}@{each.version}" if each.version else each.flow_id for each in found)
        raise UsageError(f"the flow {text!r} has {len(found)} versions: say which, {versions}")
    return found[0].flow_id


async def named(executor: StepflowExecutor, text: str) -> list[FlowSummary]:
    """The versions of a flow, the latest last; the one whose id begins so, as listings show it.

    Raises `NotFoundError` where there is none of that name.
    """
    name, _, version = text.partition("@")
    flows = await executor.list_flows()
    begins = [each for each in flows if each.flow_id.startswith(text)] if _ID_PART.fullmatch(text) else []
    if len({each.flow_id for each in begins}) == 1:
        return begins[:1]
    versions = [each for each in flows if each.name == name]
    found = [each for each in versions if version in {"", each.version}]
    if found:
        return found
    if versions:
        known = ", ".join(each.version for each in versions if each.version) or "none"
        raise NotFoundError(f"the flow {name!r} has no version {version!r}; versions stored: {known}")
    raise NotFoundError(f"no flow is stored under the name {name!r}{_meant(name, flows)}")


def _meant(name: str, flows: list[FlowSummary]) -> str:
    from stepflow_runtime.language.suggestions import nearest

    near = nearest(name, sorted({each.name for each in flows if each.name}))
    return f"; did you mean {near!r}?" if near else " (`stepflow flows list` shows what there is)"
