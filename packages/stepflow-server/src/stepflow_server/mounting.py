"""The API as an application of aiohttp: to be served by itself or mounted into a larger one."""

from __future__ import annotations

from aiohttp import web
from stepflow_core import StepflowExecutor

from .aiohttp_request import AiohttpRequest, respond
from .api import Api
from .settings import Settings

_TAIL = "/{tail}"


def create_app(executor: StepflowExecutor, settings: Settings | None = None) -> web.Application:
    """An application that serves an executor, which stays the caller's to close.

        app.add_subapp("/flows/", create_app(executor))

    serves the API at `/flows/api/v1` and its description at `/flows/docs`. Of the settings those of the
    second group count. Its streams end when the application shuts down.
    """
    chosen = settings or Settings()
    api = Api(executor, chosen)

    async def handle(request: web.Request) -> web.StreamResponse:
        ours = AiohttpRequest(request, chosen, request.rel_url.raw_path_qs)
        ours.mount = _mount(request)
        ours.path = ours.path.removeprefix(ours.mount)
        return await respond(request, await api.handle(ours), chosen)

    async def end(_: web.Application) -> None:
        api.drain()

    app = web.Application(client_max_size=chosen.max_body)
    app.router.add_route("*", "/{tail:.*}", handle)
    app.on_shutdown.append(end)
    return app


def _mount(request: web.Request) -> str:
    """The path under which the application was mounted: what its one resource has got before its own path."""
    resource = request.match_info.route.resource
    return "" if resource is None else resource.canonical.removesuffix(_TAIL)
