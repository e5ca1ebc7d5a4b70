"""The components that installed packages offer through the entry point group `stepflow.components`.

An entry point names, in this order of recognition:

1. a `Component`, which keeps its path;
2. a module, whose functions marked with `@component` are taken;
3. a function marked with `@component`, once per mark;
4. a callable whose only parameter is named `registry` or annotated `Registry`: it is called with an empty
   registry, and what it registers there is taken;
5. any other function, which becomes the component at `/` and the entry point's name.

A lookup of `/text/count` first loads the entry point named `text/count`, if there is one, and only then all the
others. One that cannot be loaded disturbs no other.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from threading import RLock
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct
from stepflow_core import StepflowError

from .component_model import Component
from .functions import adapt, marks_of
from .importing import explain, failure, marked_components

if TYPE_CHECKING:
    from .registry import Registry

GROUP = "stepflow.components"
SLOW = 5.0
"""From how many seconds on the loading of an entry point is reported as slow."""


class EntryPoint(Protocol):
    """What is used of `importlib.metadata.EntryPoint`."""

    @property
    def name(self) -> str:
        """The name that the package gave it."""
        ...

    @property
    def value(self) -> str:
        """What it refers to: `module:attribute`."""
        ...

    def load(self) -> Any:
        """Import it."""
        ...


class Problem(Struct, frozen=True):
    """An entry point that was of no or limited use: its name, what it refers to, and why."""

    name: str
    value: str
    text: str

    def __str__(self) -> str:
        return f"entry point {self.name!r} ({self.value}) of {GROUP}: {self.text}"


def installed() -> Iterable[EntryPoint]:
    """The entry points of the group in the packages that are installed."""
    from importlib.metadata import entry_points

    return entry_points(group=GROUP)


class EntryPoints:
    """Entry points, each loaded once, when it is needed. `clock` gives seconds."""

    def __init__(
        self, source: Callable[[], Iterable[EntryPoint]] = installed, *, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._source = source
        self._clock = clock
        self._pending: dict[str, list[EntryPoint]] | None = None
        self._components: dict[str, Component] = {}
        self._failed: dict[str, Problem] = {}
        self._problems: list[Problem] = []
        self._lock = RLock()

    @property
    def problems(self) -> list[Problem]:
        """What went wrong so far."""
        return list(self._problems)

    def find(self, path: str) -> Component | None:
        """The component that an entry point offers at `path`.

        Raises `FlowLoadError` where the entry point of that name could not be loaded.
        """
        with self._lock:
            if path not in self._components:
                self._load_named(path)
            if path not in self._components:
                self.load()
            if path not in self._components and path in self._failed:
                raise failure([str(self._failed[path])])
            return self._components.get(path)

    def components(self) -> list[Component]:
        """All that the entry points offer."""
        self.load()
        return list(self._components.values())

    def load(self) -> None:
        """Load those that have not been loaded."""
        with self._lock:
            for path in list(self._waiting()):
                self._load_named(path)

    def _waiting(self) -> dict[str, list[EntryPoint]]:
        """The entry points that are not loaded, by the path that their name stands for."""
        if self._pending is None:
            self._pending = {}
            for each in sorted(self._source(), key=lambda each: (each.name, each.value)):
                self._pending.setdefault(_path(each), []).append(each)
        return self._pending

    def _load_named(self, path: str) -> None:
        for each in self._waiting().pop(path, ()):
            started = self._clock()
            self._load(each)
            taken = self._clock() - started
            if taken >= SLOW:
                self._report(each, f"loading it took {taken:.1f} seconds")

    def _load(self, point: EntryPoint) -> None:
        try:
            offered = _offered(point)
        except StepflowError as error:
            self._failed[_path(point)] = self._report(point, error.message)
        except (Exception, SystemExit) as error:
            self._failed[_path(point)] = self._report(point, explain(error))
        else:
            for each in offered:
                self._offer(point, each)

    def _offer(self, point: EntryPoint, component: Component) -> None:
        if component.path in self._components:
            self._report(point, f"the path {component.path} is taken by another entry point")
        else:
            self._components[component.path] = component

    def _report(self, point: EntryPoint, text: str) -> Problem:
        import logging

        problem = Problem(point.name, point.value, text)
        self._problems.append(problem)
        logging.getLogger("stepflow.components").warning("%s", problem)
        return problem


def _path(point: EntryPoint) -> str:
    return "/" + point.name.strip("/")


def _offered(point: EntryPoint) -> list[Component]:
    target = point.load()
    if isinstance(target, Component):
        return [target]
    if isinstance(target, ModuleType):
        return marked_components(target)
    if marks_of(target):
        return [adapt(target, path=m.path, description=m.description, inline=m.inline) for m in marks_of(target)]
    if _takes_registry(target):
        return _registered_by(target)
    return [adapt(target, path=_path(point))]


def _takes_registry(target: Any) -> bool:
    import inspect

    try:
        parameters = list(inspect.signature(target).parameters.values())
    except (TypeError, ValueError):
        return False
    if len(parameters) != 1:
        return False
    annotation = parameters[0].annotation
    name = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    return parameters[0].name == "registry" or name.rpartition(".")[2] == "Registry"


def _registered_by(register: Callable[[Registry], object]) -> list[Component]:
    from .registry import Registry

    registry = Registry(entry_points=False)
    register(registry)
    return registry.components()
