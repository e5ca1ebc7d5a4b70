"""Components from a Python module: the plugin of type `python`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from threading import RLock
from typing import Any

from stepflow_core import Diagnostic, FlowLoadError

from .component_model import Component
from .importing import Location, failure, import_module, marked_components

Locate = Callable[[Diagnostic], Diagnostic]

_KEYS = ("type", "module", "path")


class PythonPlugin:
    """The functions of a module that are marked with `@component`, at their own paths.

    The module is imported when a component is first asked for. `path` is a directory in which it lies, for a
    module that is not installed; `location` is where the configuration has the plugin, and `locate` adds to a
    diagnostic where in a file that is.
    """

    def __init__(
        self, module: str, *, path: Path | None = None, location: Location = (), locate: Locate | None = None
    ) -> None:
        self.module = module
        self.path = path
        self._location = location
        self._locate = locate
        self._components: dict[str, Component] | None = None
        self._failure: FlowLoadError | None = None
        self._lock = RLock()

    @classmethod
    def from_config(
        cls, config: Mapping[str, Any], directory: Path, location: Location = (), locate: Locate | None = None
    ) -> PythonPlugin:
        """The plugin of `{type: python, module, path?}`; `path` is relative to `directory`.

        Raises `FlowLoadError` with everything that is wrong in the configuration.
        """
        problems = [*_module_problems(config.get("module")), *_path_problems(config.get("path"))]
        problems += [f"{key!r} is not known here; known are {', '.join(_KEYS)}" for key in config if key not in _KEYS]
        if problems:
            raise failure(problems, location)
        path = config.get("path")
        return cls(config["module"], path=None if path is None else directory / path, location=location, locate=locate)

    def find(self, path: str) -> Component | None:
        """The component at `path`, if there is one. Raises `FlowLoadError` where the module cannot be used."""
        return self._load().get(path)

    def components(self) -> list[Component]:
        """All of them. Raises `FlowLoadError` where the module cannot be used."""
        return list(self._load().values())

    def _load(self) -> dict[str, Component]:
        with self._lock:
            if self._components is None:
                self._components = self._import()
            return self._components

    def _import(self) -> dict[str, Component]:
        # A module that failed is not tried again: it may have taken long, and would fail again.
        if self._failure is not None:
            raise self._failure
        try:
            module = import_module(self.module, self.path, self._location)
            return {each.path: each for each in marked_components(module, self._location)}
        except FlowLoadError as error:
            self._failure = located = self._located(error)
            raise located from None

    def _located(self, error: FlowLoadError) -> FlowLoadError:
        if self._locate is None:
            return error
        return FlowLoadError(diagnostics=[self._locate(each) for each in error.diagnostics])


def _module_problems(module: Any) -> list[str]:
    if module is None:
        return ["`module` is missing: write the name of the module that holds the components"]
    if not isinstance(module, str):
        return [f"`module` is a text such as my_package.components, not {type(module).__name__}"]
    if not all(part.isidentifier() for part in module.split(".")):
        return [f"`module` is a name such as my_package.components, which {module!r} is not"]
    return []


def _path_problems(path: Any) -> list[str]:
    if path is None or (isinstance(path, str) and path.strip() and "\0" not in path):
        return []
    return [f"`path` is a directory, written as text; {path!r} is none"]
