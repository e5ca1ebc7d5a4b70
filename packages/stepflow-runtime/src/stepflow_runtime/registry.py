"""The components that a program offers: by decorator, and by the entry points of installed packages."""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock
from typing import Any, TypeVar, overload

from stepflow_core import ConflictError

from .component_model import Component
from .entry_points import EntryPoints, Problem
from .functions import adapt
from .functions.paths import check_path
from .functions.signature import title_of

F = TypeVar("F", bound=Callable[..., Any])


class Registry:
    """Components by path. What the program registers itself wins over what entry points offer.

    Entry points of the group `stepflow.components` are loaded when a path is asked for that is not
    registered, at first the one named like the path. `entry_points=False` leaves them out.
    """

    def __init__(self, *, entry_points: bool | EntryPoints = True) -> None:
        self._components: dict[str, Component] = {}
        self._owners: dict[str, str] = {}
        self._entry_points = EntryPoints() if entry_points is True else entry_points or None
        self._lock = RLock()

    @overload
    def component(self, function: F, /) -> F: ...

    @overload
    def component(
        self, path: str | None = None, *, description: str | None = None, inline: bool = False
    ) -> Callable[[F], F]: ...

    def component(self, path: Any = None, *, description: str | None = None, inline: bool = False) -> Any:
        """Register a function: `@registry.component` or `@registry.component("/path", description="…")`.

        The function stays what it is; see `adapt` for how it is called. Raises `ConflictError` where the
        path is taken, `InvalidInputError` for a function or path that will not do.
        """
        if callable(path):
            self.add(adapt(path), owner=title_of(path))
            return path

        def decorate(function: F) -> F:
            self.add(adapt(function, path=path, description=description, inline=inline), owner=title_of(function))
            return function

        return decorate

    def add(self, component: Component, *, owner: str | None = None) -> None:
        """Register a component that is ready; `owner` names it in messages.

        Raises `ConflictError` where the path is taken, `InvalidInputError` for a path that is none.
        """
        name = owner or title_of(component.call)
        path = check_path(component.path, name)
        with self._lock:
            if path in self._components:
                taken = self._owners[path]
                raise ConflictError(f"the path {path} is taken by {taken}: {name} cannot be registered there too")
            self._components[path] = component
            self._owners[path] = name

    def registered(self, path: str) -> Component | None:
        """The component that the program itself registered at `path`; entry points are not asked."""
        return self._components.get(path)

    def find(self, path: str) -> Component | None:
        """The component at `path`, if there is one.

        Raises `FlowLoadError` where an entry point of that name cannot be loaded.
        """
        found = self._components.get(path)
        if found is not None or self._entry_points is None:
            return found
        return self._entry_points.find(path)

    def components(self) -> list[Component]:
        """All of them by path, those of the entry points too."""
        offered = {each.path: each for each in self._entry_points.components()} if self._entry_points else {}
        return [each for _, each in sorted({**offered, **self._components}.items())]

    def load_entry_points(self) -> None:
        """Load what installed packages offer, if that has not been done; see `problems` for what went wrong."""
        if self._entry_points is not None:
            self._entry_points.load()

    @property
    def problems(self) -> list[Problem]:
        """What went wrong with the entry points loaded so far; each was logged as a warning too."""
        return self._entry_points.problems if self._entry_points else []

    def owner(self, path: str) -> str | None:
        """Who registered `path`, by name."""
        return self._owners.get(path)
