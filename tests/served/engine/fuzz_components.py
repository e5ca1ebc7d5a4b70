"""Components that end in every way, or never."""

from __future__ import annotations

import asyncio
from typing import Any

from stepflow_runtime import StepContext, component


@component("/same")
async def same(value: Any = None) -> Any:
    """Give back what was given."""
    return value


@component("/tell")
async def tell(ctx: StepContext, chunks: int = 3) -> int:
    """Emit some output before the result."""
    for number in range(chunks):
        ctx.emit({"number": number})
    return chunks


@component("/fail")
async def fail() -> None:
    """Fail."""
    raise ValueError("it fails, as it was told to")


@component("/never")
async def never() -> None:
    """Go on until cancelled."""
    await asyncio.Event().wait()
