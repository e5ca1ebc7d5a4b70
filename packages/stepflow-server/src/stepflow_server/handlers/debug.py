"""Operations on runs that move step by step.

A client that goes away gives up waiting for a step, not the step; what it asked for after that does not begin.
"""

from __future__ import annotations

from .. import wire
from ..operations import Call, Reply
from ..requests import DebugEvalRequest, DebugQueueRequest
from ..waiting import LONGEST_WAIT, while_connected


async def debug_queue(call: Call[None, DebugQueueRequest]) -> Reply:
    """Add steps, with all that they need, to those that the run is to run.

    At first these are the steps that its output needs.
    """
    return Reply(await call.executor.debug_queue(call.run_id, call.body.step_ids))


async def debug_queued(call: Call[None, None]) -> Reply:
    """List the steps that the run is to run, in the order of the flow."""
    return Reply(await call.executor.debug_queued(call.run_id))


async def debug_next(call: Call[None, None]) -> Reply:
    """Run the first step that is ready; the answer comes when it has ended."""
    return Reply(await while_connected(call.request, LONGEST_WAIT, call.executor.debug_next(call.run_id)))


async def debug_run_queue(call: Call[None, None]) -> Reply:
    """Run steps one after the other; the answer comes when none is ready."""
    return Reply(await while_connected(call.request, LONGEST_WAIT, call.executor.debug_run_queue(call.run_id)))


async def debug_eval(call: Call[None, DebugEvalRequest]) -> Reply:
    """Get the result of a step, which runs first if it has not (with all that it needs), or of an expression.

    An expression sees the run as it is; one that reaches a step without a result is refused.
    """
    body = call.body
    work = call.executor.debug_eval(call.run_id, step_id=body.step_id, expression=body.expression)
    return Reply(wire.DebugEvalResponse(result=await while_connected(call.request, LONGEST_WAIT, work)))


async def debug_show(call: Call[None, None]) -> Reply:
    """Get a step as it stands: its input once that can be evaluated, its result once it has ended.

    Secrets in the input are redacted.
    """
    return Reply(await call.executor.debug_show(call.run_id, call.step_id))


async def debug_continue(call: Call[None, None]) -> Reply:
    """End debug mode; the run goes on by itself."""
    return Reply(wire.run_summary(await call.executor.debug_continue(call.run_id)))
