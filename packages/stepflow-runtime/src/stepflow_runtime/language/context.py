"""What the reading of one flow knows of the world around it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .model import FlowModel
from .problems import Location, Problems


class Context:
    """The surroundings of one flow while it is read.

    `builtin_of` gives the name of the builtin that a component path leads to; `is_routable` says whether it leads
    anywhere (`None`: that is not checked), and `route_hint` what to do where it does not. `variables` are the names
    declared by the flow and those around it, `None` where no flow declares any.
    """

    __slots__ = ("_parse_flow", "builtin_of", "is_inner", "is_routable", "problems", "route_hint", "variables")

    def __init__(
        self,
        problems: Problems,
        builtin_of: Callable[[str], str | None],
        is_routable: Callable[[str], bool] | None,
        parse_flow: Callable[[Any, Location, Context], FlowModel | None],
        variables: frozenset[str] | None = None,
        *,
        is_inner: bool = False,
        route_hint: Callable[[str], str | None] = lambda path: None,
    ) -> None:
        self.problems = problems
        self.builtin_of = builtin_of
        self.is_routable = is_routable
        self.variables = variables
        self.is_inner = is_inner
        self.route_hint = route_hint
        self._parse_flow = parse_flow

    def declaring(self, names: frozenset[str] | None) -> Context:
        """The same with the variables that the flow itself declares, if it has a schema for them."""
        if names is None:
            return self
        return self._copy(self.problems, names | (self.variables or frozenset()), is_inner=self.is_inner)

    def parse_inner(self, document: Any, location: Location) -> FlowModel | None:
        """Read a flow that runs inside this one, with this one's variables; `None` where it cannot be used."""
        return self._parse_flow(document, location, self._copy(self.problems.inside(), self.variables, is_inner=True))

    def check_stored(self, document: Any, location: Location) -> None:
        """Read a flow that is data here, which will start from variables that are not known."""
        self._parse_flow(document, location, self._copy(self.problems.inside(), None, is_inner=True))

    def _copy(self, problems: Problems, variables: frozenset[str] | None, *, is_inner: bool) -> Context:
        return Context(
            problems,
            self.builtin_of,
            self.is_routable,
            self._parse_flow,
            variables,
            is_inner=is_inner,
            route_hint=self.route_hint,
        )
