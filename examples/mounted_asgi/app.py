"""A shop's web application in FastAPI that runs flows itself and mounts the Stepflow API under /flows."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, HTTPException
from stepflow_core import InvalidInputError
from stepflow_runtime import StepflowRuntime
from stepflow_server import AsgiApp

QUOTE = Path(__file__).parent / "quote.yaml"
PRICES = {"pear": 0.5, "melon": 3.0}


def shop() -> FastAPI:
    """The application: `/quote` is the shop's own, what is below `/flows` is Stepflow's."""
    runtime = StepflowRuntime()
    stepflow = AsgiApp(runtime)

    @runtime.component("/shop/price", description="What one piece costs")
    def price(item: str) -> float:
        return PRICES[item]

    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        """Store the shop's flow at the start; end streams and close the engine at the end."""
        await runtime.store_flow(QUOTE)
        yield
        await stepflow.close()
        await runtime.close()

    app = FastAPI(title="Shop", lifespan=running)
    app.mount("/flows", stepflow)

    @app.get("/quote")
    async def quote(item: str, amount: int = 1) -> Any:
        """Price an order with the flow that clients of the API can run too."""
        try:
            result = await runtime.run("quote", {"item": item, "amount": amount}, tags={"from": "web"})
        except InvalidInputError as error:
            raise HTTPException(400, error.message) from None
        if result.error is not None:
            raise HTTPException(502, result.error.message)
        return result.output

    return app


if __name__ == "__main__":
    uvicorn.run(shop(), host="127.0.0.1", port=int(os.environ.get("PORT", "8000")))
