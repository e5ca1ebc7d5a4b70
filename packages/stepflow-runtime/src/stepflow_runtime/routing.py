"""Where component paths lead: routes, the most specific first, each with rules that are tried in order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fnmatch import translate
from typing import Any

from msgspec import Struct

from .language.expressions import Path
from .language.patches import json_equal
from .language.paths import NOT_FOUND, resolve
from .language.wording import quoted
from .route_patterns import Capture, Pattern

REMEMBERED = 4096
"""For how many paths the candidates are kept."""

MOST_SHOWN = 12
"""How many routes an explanation lists."""

_COMPONENT = "component"


class Condition(Struct, frozen=True):
    """What a component's input must be like: something at `path` that is one of `values`.

    Without `values` it asks only whether something is there, or with `exists` false that nothing is.
    """

    path: Path
    values: tuple[Any, ...] | None = None
    exists: bool = True

    def holds(self, input: Any) -> bool:
        """Whether an input is like that."""
        found = resolve(input, self.path)
        if self.values is None:
            return (found is not NOT_FOUND) is self.exists
        return found is not NOT_FOUND and any(json_equal(found, each) for each in self.values)


class Rule(Struct, frozen=True):
    """One way that a route can lead: to the plugin `plugin`, under the path `component`.

    `allow` and `deny` are glob patterns of that path (`*` any text, `?` any character, `[ab]` one of these);
    without `allow` all are allowed, and `deny` has the last word.
    """

    plugin: str
    component: Pattern
    conditions: tuple[Condition, ...] = ()
    allow: tuple[str, ...] | None = None
    deny: tuple[str, ...] = ()


class Route(Struct, frozen=True):
    """A pattern of component paths and where those that match lead."""

    pattern: Pattern
    rules: tuple[Rule, ...]


class Candidate(Struct, frozen=True):
    """A plugin to which a path leads, with the path there, for inputs that meet the conditions."""

    plugin: str
    path: str
    conditions: tuple[Condition, ...] = ()

    def accepts(self, input: Any) -> bool:
        """Whether an input meets the conditions."""
        return all(each.holds(input) for each in self.conditions)


class Router:
    """Finds where component paths lead."""

    def __init__(self, routes: Iterable[Route]) -> None:
        ordered = sorted(routes, key=lambda route: route.pattern.rank)
        self._routes = [(route, [_Filter(rule) for rule in route.rules]) for route in ordered]
        self._candidates: dict[str, tuple[Candidate, ...]] = {}

    def candidates(self, path: str) -> tuple[Candidate, ...]:
        """Where a path leads, whatever the input: the first whose conditions hold is meant."""
        found = self._candidates.get(path)
        if found is None:
            if len(self._candidates) >= REMEMBERED:
                self._candidates.clear()
            found = self._candidates[path] = tuple(self._find(path))
        return found

    def route(self, path: str, input: Any) -> Candidate | None:
        """Where a path leads for an input; `None` where no rule fits."""
        for candidate in self.candidates(path):
            if not candidate.conditions or candidate.accepts(input):
                return candidate
        return None

    def public_path(self, plugin: str, path: str) -> str | None:
        """The path by which flows name what a plugin has at `path`, if routes lead there at all."""
        for route, filters in self._routes:
            for filter in filters:
                public = _inverted(route.pattern, filter.rule, path) if filter.rule.plugin == plugin else None
                if public is not None and self._leads(public, plugin, path):
                    return public
        return None

    def explain(self, path: str) -> str:
        """What was tried for a path, in words, for errors."""
        tried = [line for route, filters in self._routes for line in _tried(path, route, filters)]
        if tried:
            return f"for {quoted(path)} these routes were tried: {'; '.join(tried[:MOST_SHOWN])}"
        patterns = [str(route.pattern) for route, _ in self._routes]
        more = ", …" if len(patterns) > MOST_SHOWN else ""
        return f"no route matches {quoted(path)}; there are {', '.join(patterns[:MOST_SHOWN]) or 'none'}{more}"

    def _find(self, path: str) -> Iterator[Candidate]:
        for route, filters in self._routes:
            captured = route.pattern.match(path)
            for filter in filters if captured is not None else ():
                target = filter.rule.component.render(captured or {})
                if filter.refusal(target) is None:
                    yield Candidate(filter.rule.plugin, target, filter.rule.conditions)

    def _leads(self, public: str, plugin: str, path: str) -> bool:
        return any(each.plugin == plugin and each.path == path for each in self.candidates(public))


class _Filter:
    """The allowed and denied paths of a rule, compiled."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._allow = None if rule.allow is None else _globs(rule.allow)
        self._deny = _globs(rule.deny)

    def refusal(self, path: str) -> str | None:
        """Why a path may not be used, if so."""
        if self._allow is not None and not any(each.match(path) for each in self._allow):
            return f"componentAllow has no pattern for {quoted(path)}"
        denied = next((text for text, glob in zip(self.rule.deny, self._deny, strict=True) if glob.match(path)), None)
        return None if denied is None else f"componentDeny has {quoted(denied)}"


def default_component(pattern: Pattern) -> Pattern:
    """What a rule hands on without `component`: what `{*component}` stands for, else the whole path."""
    for segment in pattern.segments:
        if isinstance(segment, Capture) and segment.name == _COMPONENT:
            return Pattern((segment,))
    return pattern


def _globs(texts: tuple[str, ...]) -> list[re.Pattern[str]]:
    return [re.compile(translate(text if text.startswith("/") else f"/{text}")) for text in texts]


def _inverted(pattern: Pattern, rule: Rule, path: str) -> str | None:
    """The path that a rule turns into `path`; `None` where there is none, or more than one."""
    captured = rule.component.match(path)
    if captured is None or not set(pattern.names) <= captured.keys():
        return None
    return pattern.render(captured)


def _tried(path: str, route: Route, filters: list[_Filter]) -> Iterator[str]:
    captured = route.pattern.match(path)
    if captured is None:
        return
    for filter in filters:
        target = filter.rule.component.render(captured)
        reason = filter.refusal(target) or ("where its conditions hold" if filter.rule.conditions else "")
        yield f"{route.pattern} → plugin {quoted(filter.rule.plugin)} at {target}" + (f" ({reason})" if reason else "")
