"""Stepflow over HTTP: any executor behind a documented API, on its own or mounted into an application."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from stepflow_core import __version__

if TYPE_CHECKING:
    from .asgi import AsgiApp
    from .mounting import create_app
    from .serving import serve
    from .settings import Settings

__all__ = ["AsgiApp", "Settings", "__version__", "create_app", "serve"]

# Loaded when first named: aiohttp takes a quarter of a second, and who mounts an ASGI app needs none of it.
_HOMES = {"AsgiApp": ".asgi", "Settings": ".settings", "create_app": ".mounting", "serve": ".serving"}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(home, __name__), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
