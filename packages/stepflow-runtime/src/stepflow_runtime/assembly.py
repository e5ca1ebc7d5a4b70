"""What a runtime is put together from: config, components, flows and blobs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from stepflow_core import Diagnostic, FlowLoadError, InvalidInputError

from .blobs import Blobs
from .component_model import Plugin
from .components import Components
from .config import Config, PluginConfig, default_config, load_config
from .flows import Flows
from .history import DEFAULT_KEPT
from .registry import Registry
from .routing import Router


class Assembly:
    """The parts of one runtime.

    `keep` is how many ended runs are remembered, `diagnostics` are the warnings about the config.

    Raises `FlowLoadError` for a config that cannot be used, `InvalidInputError` for an unknown store.
    """

    def __init__(self, config: str | Path | Mapping[str, Any] | Config | None, store: str) -> None:
        self.keep = _kept(store)
        self.config = load_config(config)
        self.registry = Registry()
        self.blobs = Blobs()
        from .builtins import Builtins

        self._builtins = Builtins(self.config.working_directory)
        plugins = self._plugins()
        self.diagnostics = [*self.config.diagnostics, *_located(_warnings(plugins), self.config.file)]
        router = Router(self.config.routes)
        has_routes = self.config.routes != default_config().routes
        self.components = Components(self.registry, router, plugins, self._builtins, has_routes=has_routes)
        self.flows = Flows(self.components, self.blobs)

    def _plugins(self) -> dict[str, Plugin]:
        """The plugins of the config. Raises `FlowLoadError` with the faults of all of them, located in its file."""
        plugins, faults = {}, []
        for name, each in self.config.plugins.items():
            try:
                plugins[name] = self._plugin(name, each)
            except FlowLoadError as error:
                faults += error.diagnostics
        if faults:
            raise FlowLoadError(diagnostics=_located(faults, self.config.file))
        return plugins

    def _plugin(self, name: str, config: PluginConfig) -> Plugin:
        location = ("plugins", name)
        if config.type == "mock":
            from .mock import Mock

            return Mock.from_config(config.options, location)
        if config.type == "python":
            from .python_plugin import PythonPlugin

            return PythonPlugin.from_config(config.options, self.config.directory, location, self._locate)
        return self._builtins

    def _locate(self, fault: Diagnostic) -> Diagnostic:
        return _located([fault], self.config.file)[0]

    def components_changed(self) -> None:
        """Have plans look their components up anew."""
        self.flows.forget_plans()

    async def close(self) -> None:
        """Let go of what components hold open."""
        await self._builtins.aclose()


def _warnings(plugins: Mapping[str, Plugin]) -> list[Diagnostic]:
    return [warning for plugin in plugins.values() for warning in getattr(plugin, "warnings", ())]


def _located(faults: list[Diagnostic], file: Path | None) -> list[Diagnostic]:
    if file is None or not faults:
        return faults
    from stepflow_core.documents import read_file

    document = read_file(file)
    return [document.locate(each) for each in faults]


def _kept(store: str) -> int:
    """How many ended runs `memory:?keep=N` remembers."""
    url = urlsplit(store) if isinstance(store, str) else None
    if url is None or url.scheme != "memory" or url.netloc or url.path:
        raise InvalidInputError(f"the store {store!r:.200} is not known: this version has `memory:` (`memory:?keep=N`)")
    options = parse_qs(url.query, keep_blank_values=True, strict_parsing=bool(url.query))
    unknown = sorted(set(options) - {"keep"})
    if unknown:
        raise InvalidInputError(f"the store `memory:` has no option {unknown[0]!r:.80}; it has `keep`")
    text = options.get("keep", [str(DEFAULT_KEPT)])[-1]
    if not text.isdecimal() or len(text) > 9:
        raise InvalidInputError(f"`keep` is how many ended runs are remembered, not {text!r:.80}")
    return int(text)
