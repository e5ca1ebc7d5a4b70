"""A shop's web application in aiohttp that runs flows itself and mounts the Stepflow API under /flows."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web
from stepflow_core import InvalidInputError
from stepflow_runtime import StepflowRuntime
from stepflow_server import create_app

QUOTE = Path(__file__).parent / "quote.yaml"
PRICES = {"pear": 0.5, "melon": 3.0}
RUNTIME = web.AppKey("RUNTIME", StepflowRuntime)


def shop() -> web.Application:
    """The application: `/quote` is the shop's own, what is below `/flows` is Stepflow's."""
    app = web.Application()
    app[RUNTIME] = runtime = StepflowRuntime()

    @runtime.component("/shop/price", description="What one piece costs")
    def price(item: str) -> float:
        return PRICES[item]

    app.router.add_get("/quote", quote)
    app.add_subapp("/flows/", create_app(runtime))
    app.cleanup_ctx.append(running)
    return app


async def running(app: web.Application) -> AsyncIterator[None]:
    """Store the shop's flow at the start, close the engine at the end."""
    await app[RUNTIME].store_flow(QUOTE)
    yield
    await app[RUNTIME].close()


async def quote(request: web.Request) -> web.Response:
    """Price `?item=…&amount=…` with the flow that clients of the API can run too."""
    amount = request.query.get("amount", "1")
    order = {"item": request.query.get("item"), "amount": int(amount) if amount.isdecimal() else amount}
    try:
        result = await request.app[RUNTIME].run("quote", order, tags={"from": "web"})
    except InvalidInputError as error:
        return web.json_response({"error": error.message}, status=400)
    if result.error is not None:
        return web.json_response({"error": result.error.message}, status=502)
    return web.json_response(result.output)


if __name__ == "__main__":
    web.run_app(shop(), host="127.0.0.1", port=int(os.environ.get("PORT", "8080")))
