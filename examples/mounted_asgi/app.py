"""A web application in ASGI that runs flows itself and mounts the Stepflow API under /flows.

It is written without a framework, to show all that mounting takes; with FastAPI or Starlette it is one line,
`app.mount("/flows", stepflow)`.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from stepflow_core import InvalidInputError
from stepflow_runtime import StepflowRuntime
from stepflow_server import AsgiApp

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

QUOTE = Path(__file__).parent / "quote.yaml"
PRICES = {"pear": 0.5, "melon": 3.0}


class Shop:
    """The application: `/quote` is the shop's own, what is below `/flows` is Stepflow's."""

    def __init__(self) -> None:
        self.runtime = StepflowRuntime()
        self.runtime.component("/shop/price", description="What one piece costs")(price)
        self.stepflow = AsgiApp(self.runtime)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a request, or go along with the life of the server."""
        if scope["type"] == "lifespan":
            await self.live(receive, send)
        elif scope["path"].startswith("/flows/"):
            await self.stepflow({**scope, "root_path": scope.get("root_path", "") + "/flows"}, receive, send)
        elif scope["type"] == "http":
            status, answer = await self.quote(dict(parse_qsl(scope["query_string"].decode())))
            headers = [(b"content-type", b"application/json")]
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

    async def live(self, receive: Receive, send: Send) -> None:
        """Store the shop's flow at the start; end streams and close the engine at the end."""
        while True:
            kind = (await receive())["type"]
            if kind == "lifespan.startup":
                await self.runtime.store_flow(QUOTE)
            else:
                await self.stepflow.close()
                await self.runtime.close()
            await send({"type": f"{kind}.complete"})
            if kind == "lifespan.shutdown":
                return

    async def quote(self, query: dict[str, str]) -> tuple[int, Any]:
        """Price `?item=…&amount=…` with the flow that clients of the API can run too."""
        amount = query.get("amount", "1")
        order = {"item": query.get("item"), "amount": int(amount) if amount.isdecimal() else amount}
        try:
            result = await self.runtime.run("quote", order, tags={"from": "web"})
        except InvalidInputError as error:
            return 400, {"error": error.message}
        if result.error is not None:
            return 502, {"error": result.error.message}
        return 200, result.output


def price(item: str) -> float:
    """What one piece costs."""
    return PRICES[item]


app = Shop()
