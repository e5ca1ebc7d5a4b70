"""The components that are always there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..component_model import Component
from .blobs import GET_BLOB, PUT_BLOB
from .engine import engine_components
from .files import FileLoader, load_file
from .messages import CREATE_MESSAGES
from .openai import ChatClient
from .openai_request import openai_component
from .simple import NOOP

if TYPE_CHECKING:
    import httpx

__all__ = ["Builtins"]


class Builtins:
    """The plugin of type `builtin`.

    Files are read below `working_directory`, where there is one. `environment` is where `OPENAI_API_KEY` is
    looked up, by default the process's. `transport` replaces the connections to chat models. Ended by `aclose`.
    """

    def __init__(
        self,
        working_directory: Path | None,
        *,
        environment: Mapping[str, str] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._chat = ChatClient(os.environ if environment is None else environment, transport=transport)
        loader = FileLoader(working_directory)
        own = [NOOP, CREATE_MESSAGES, PUT_BLOB, GET_BLOB, load_file(loader), openai_component(self._chat.complete)]
        self._components = {each.path: each for each in [*engine_components(), *own]}

    def find(self, path: str) -> Component | None:
        """The component at `path`, such as `/eval`, if there is one."""
        return self._components.get(path)

    def components(self) -> list[Component]:
        """All of them."""
        return list(self._components.values())

    async def aclose(self) -> None:
        """Close the connections to chat models."""
        await self._chat.close()
