"""Which component a path leads to: what the program registered, then the routes, then installed packages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from stepflow_core import ComponentInfo, FlowLoadError

from .component_model import Component, Plugin
from .engine.plan import Plan
from .language.suggestions import nearest
from .language.wording import quoted

if TYPE_CHECKING:
    from .language.model import FlowModel
    from .registry import Registry
    from .routing import Router


class Components:
    """Finds components for plans (see `engine.plan.Resolver`) and lists them."""

    def __init__(
        self,
        registry: Registry,
        router: Router,
        plugins: dict[str, Plugin],
        builtin: Plugin,
        *,
        has_routes: bool = True,
    ) -> None:
        self.registry = registry
        self._router = router
        self._plugins = plugins
        self._builtin = builtin
        self._has_routes = has_routes

    def resolve(self, path: str, input: Any) -> Component | None:
        """The component that a step with this path and input calls, if there is one."""
        found = self.registry.registered(path)
        if found is not None:
            return found
        for candidate in self._router.candidates(path):
            if candidate.accepts(input):
                found = self._plugins[candidate.plugin].find(candidate.path)
                if found is not None:
                    return found
        return self.registry.find(path)

    def fixed(self, path: str) -> bool:
        """Whether the input has no say in where the path leads."""
        if self.registry.registered(path) is not None:
            return True
        return not any(candidate.conditions for candidate in self._router.candidates(path))

    def compile(self, model: FlowModel) -> Plan:
        """The plan of a flow."""
        return Plan(model, self)

    def builtin_of(self, path: str) -> str | None:
        """The name of the builtin to which a path leads, whatever the input."""
        if self.registry.registered(path) is not None:
            return None
        for candidate in self._router.candidates(path):
            if self._plugins[candidate.plugin] is self._builtin:
                found = self._builtin.find(candidate.path)
                if found is not None:
                    return found.name
        return None

    def is_routable(self, path: str) -> bool:
        """Whether a component is found at the path, for some input at least."""
        return any(True for _ in self._found(path)) or self.registry.find(path) is not None

    def route_hint(self, path: str) -> str:
        """What helps where no component is found at a path: one whose path is like it, or what was tried."""
        near = nearest(path, self._listed_paths())
        if near is not None:
            return f"did you mean {quoted(near)}?"
        if not self._has_routes:
            return "no config has routes, so only builtin components and those of the program are known"
        return self._router.explain(path)

    def _listed_paths(self) -> list[str]:
        try:
            return [each.path for each in self.list()]
        except FlowLoadError:  # of a module that cannot be imported, which its own steps tell
            return []

    def _found(self, path: str) -> Iterator[Component]:
        registered = self.registry.registered(path)
        if registered is not None:
            yield registered
        for candidate in self._router.candidates(path):
            found = self._plugins[candidate.plugin].find(candidate.path)
            if found is not None:
                yield found

    def list(self) -> list[ComponentInfo]:
        """All components under the paths by which flows name them, by path."""
        infos = {each.path: _info(each, each.path) for each in self.registry.components()}
        for name, plugin in self._plugins.items():
            for component in plugin.components():
                path = self._router.public_path(name, component.path)
                if path is not None:
                    infos.setdefault(path, _info(component, path))
        return [infos[path] for path in sorted(infos)]


def _info(component: Component, path: str) -> ComponentInfo:
    return ComponentInfo(
        path=path,
        description=component.description,
        input_schema=component.input_schema,
        output_schema=component.output_schema,
    )
