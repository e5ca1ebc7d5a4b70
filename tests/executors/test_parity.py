"""An engine in process and one on a server are told apart by nothing: odd calls have the same answers."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
import pytest
import pytest_asyncio
from stepflow_client import StepflowClient
from stepflow_core import Diagnostic, FlowLoadError, StepflowError
from stepflow_server import Settings
from stepflow_server.http_server import HttpServer

from .makers import kit_runtime
from .parity_calls import CALLS, NO_RUN, Call, World, made

pytestmark = pytest.mark.asyncio(loop_scope="module")

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[78][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")


class Worlds(NamedTuple):
    """The same things in process and on a server."""

    embedded: World
    served: World


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def worlds() -> AsyncIterator[Worlds]:
    """Two engines of their own, one of them behind HTTP."""
    async with kit_runtime() as embedded, kit_runtime() as behind:
        server = HttpServer(behind, Settings(port=0))
        async with StepflowClient(await server.start()) as client:
            both = Worlds(await made(embedded), await made(client))
            yield both
            for world in both:
                await world.executor.cancel_run(world.waiting)
        await server.close()


async def answer(call: Call, world: World) -> Any:
    """What a call comes to, in a form that can be compared: a result, or the error that it raises."""
    try:
        return "result", plain(await call(world))
    except FlowLoadError as error:
        return type(error).__name__, error.status_code, plain(error.diagnostics)
    except StepflowError as error:
        return type(error).__name__, error.status_code, error.code, plain(error.message)
    except (ZeroDivisionError, KeyError) as error:  # the caller's own
        return type(error).__name__


def plain(value: Any) -> Any:
    """A value without what differs from run to run: ids, times, durations."""
    if isinstance(value, Diagnostic):
        return value.code, value.kind, value.level, value.pointer
    if isinstance(value, msgspec.Struct):
        members = {name: plain(getattr(value, name)) for name in value.__struct_fields__ if name != "duration_ms"}
        return type(value).__name__, members
    if isinstance(value, dict):
        return {plain(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, str):
        return ID.sub(lambda match: match[0] if match[0] == NO_RUN else "an id", value)
    return "a time" if isinstance(value, datetime) else (type(value).__name__, value)


@pytest.mark.parametrize("calls", CALLS.values(), ids=CALLS)
async def test_odd_calls_have_the_same_answers(worlds: Worlds, calls: dict[str, Call]) -> None:
    """The same results, and errors of the same types, status, codes and words."""
    served = {name: await answer(call, worlds.served) for name, call in calls.items()}
    embedded = {name: await answer(call, worlds.embedded) for name, call in calls.items()}
    assert served == embedded
