"""Reading a config: every key known, every value of its type, every name declared."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stepflow_core import FlowLoadError

from .config import Config, PluginConfig, default_plugins, default_routes
from .environment import expand
from .findings import Findings
from .language.catalogue import Code
from .language.problems import Location
from .language.suggestions import nearest
from .language.wording import listed, named, quoted
from .route_reader import RouteReader
from .routing import Route

KEYS = ("plugins", "routes", "workingDirectory")
PLUGIN_TYPES = ("builtin", "mock", "python")


class ConfigReader:
    """Reads one config and notes what is wrong with it.

    `directory` is where its paths start; `environ` is what its variables are looked up in.
    """

    def __init__(self, findings: Findings, directory: Path, environ: Mapping[str, str]) -> None:
        self._findings = findings
        self._directory = directory
        self._environ = environ

    def read(self, data: Any, file: Path | None) -> Config:
        """The config; of use only where nothing fatal was noted."""
        members = self._members(expand({} if data is None else data, self._environ, self._findings.refuse))
        plugins = self._plugins(members.get("plugins"))
        routes = self._routes(members.get("routes"), plugins)
        self._warn_of_unused(plugins, routes)
        text = members.get("workingDirectory")
        return Config(
            plugins=plugins,
            routes=routes,
            directory=self._directory,
            working_directory=self._working_directory(text),
            working_directory_explicit=text is not None,
            file=file,
            diagnostics=self._findings.diagnostics,
        )

    def _members(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self._findings.refuse(f"a config is a mapping, not {named(data)}", ())
            return {}
        self._findings.refuse_unknown(data, KEYS, ())
        return data

    # ---- plugins

    def _plugins(self, entries: Any) -> dict[str, PluginConfig]:
        if entries is None:
            return default_plugins()
        if not isinstance(entries, dict):
            self._refuse_type("plugins", entries, "plugins: {builtin: {type: builtin}}", ("plugins",))
            return {}
        if not entries:
            self._findings.warn(Code.NO_PLUGINS, "there are no plugins, so no component can be used", ("plugins",))
        return {name: self._plugin(name, entry) for name, entry in entries.items()}

    def _plugin(self, name: str, entry: Any) -> PluginConfig:
        location = ("plugins", name)
        if not name.strip():
            self._findings.refuse("the name of a plugin is blank", location)
        if not isinstance(entry, dict):
            self._refuse_type(f"the plugin {quoted(name)}", entry, "{type: builtin}", location)
            return PluginConfig("builtin")
        kind = entry.get("type")
        options = {key: value for key, value in entry.items() if key != "type"}
        if kind == "builtin":
            self._findings.refuse_unknown(options, ("type",), location)
        elif kind in PLUGIN_TYPES:
            self._check_options(kind, options, location)
        else:
            self._refuse_plugin_type(kind, location)
        return PluginConfig(kind if isinstance(kind, str) else "", options)

    def _check_options(self, kind: str, options: dict[str, Any], location: Location) -> None:
        """Have the plugin look at its options, so that all that is wrong is told together."""
        try:
            if kind == "mock":
                from .mock_config import read_mock

                self._findings.include(read_mock(options, location)[1].diagnostics)
            else:
                from .python_plugin import PythonPlugin

                PythonPlugin.from_config(options, self._directory, location)
        except FlowLoadError as error:
            self._findings.include(error.diagnostics)

    def _refuse_plugin_type(self, kind: Any, location: Location) -> None:
        if kind is None:
            self._findings.refuse("`type` is missing", location, f"write {listed(PLUGIN_TYPES)}")
            return
        near = nearest(kind, PLUGIN_TYPES) if isinstance(kind, str) else None
        hint = f"did you mean `{near}`?" if near else f"this version has {listed(PLUGIN_TYPES, 'and')}"
        self._findings.refuse(f"{named(kind)} is no type of plugin", (*location, "type"), hint)

    # ---- routes

    def _routes(self, entries: Any, plugins: dict[str, PluginConfig]) -> tuple[Route, ...]:
        if entries is None:
            return self._routes_to_builtin(plugins)
        if not isinstance(entries, dict):
            self._refuse_type("routes", entries, 'routes: {"/{*component}": [{plugin: builtin}]}', ("routes",))
            return ()
        if not entries:
            self._findings.warn(Code.NO_ROUTES, "there are no routes, so no component can be used", ("routes",))
        return RouteReader(self._findings, plugins).read(entries)

    def _routes_to_builtin(self, plugins: dict[str, PluginConfig]) -> tuple[Route, ...]:
        for name, plugin in plugins.items():
            if plugin.type == "builtin":
                return default_routes(name)
        if plugins:
            self._findings.warn(Code.NO_ROUTES, "there are no routes, so no component can be used", ())
        return ()

    def _warn_of_unused(self, plugins: dict[str, PluginConfig], routes: tuple[Route, ...]) -> None:
        used = {rule.plugin for route in routes for rule in route.rules}
        for name in plugins:
            if name not in used and routes and not self._findings.fatal:
                text = f"no route leads to the plugin {quoted(name)}"
                self._findings.warn(Code.UNUSED_PLUGIN, text, ("plugins", name))

    # ---- the working directory

    def _working_directory(self, text: Any) -> Path:
        location = ("workingDirectory",)
        if text is None:
            return self._directory
        if not isinstance(text, str) or not text.strip() or "\0" in text:
            self._refuse_type("workingDirectory", text, "the path of a folder", location)
            return self._directory
        directory = self._directory / text
        if not directory.is_dir():
            self._findings.refuse(f"there is no folder {directory}", location)
        return directory

    def _refuse_type(self, what: str, value: Any, example: str, location: Location) -> None:
        self._findings.refuse(f"{what} cannot be {named(value)}", location, f"write {example}")
