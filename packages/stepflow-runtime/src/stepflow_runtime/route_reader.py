"""Reading the routes of a config."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .findings import Findings
from .language.paths import PathError, parse_path
from .language.problems import Location
from .language.suggestions import nearest
from .language.wording import listed, named, quoted
from .route_patterns import Pattern, PatternError, parse_pattern
from .routing import Condition, Route, Rule, default_component

RULE_KEYS = ("plugin", "conditions", "componentAllow", "componentDeny", "component")
CONDITION_KEYS = ("path", "value", "in", "exists")
_TESTS = ("value", "in", "exists")


class RouteReader:
    """Reads routes to plugins with known names, and notes what is wrong."""

    def __init__(self, findings: Findings, plugins: Iterable[str]) -> None:
        self._findings = findings
        self._plugins = tuple(plugins)

    def read(self, entries: Mapping[str, Any]) -> tuple[Route, ...]:
        """The routes that can be used, in document order."""
        routes: list[Route] = []
        for text, rules in entries.items():
            location = ("routes", text)
            pattern = self._pattern(text, location)
            found = self._rules(rules, pattern, location)
            if pattern is not None:
                self._refuse_ambiguous(pattern, routes, location)
                routes.append(Route(pattern, found))
        return tuple(routes)

    def _pattern(self, text: str, location: Location) -> Pattern | None:
        try:
            return parse_pattern(text)
        except PatternError as error:
            self._findings.refuse(
                error.message, location, "write /text, /{name} for one segment, /{*name} for the rest"
            )
            return None

    def _refuse_ambiguous(self, pattern: Pattern, routes: list[Route], location: Location) -> None:
        for other in routes:
            if pattern.rank == other.pattern.rank and pattern.overlaps(other.pattern):
                text = f"the route matches paths that the route {quoted(str(other.pattern))} matches as exactly"
                self._findings.refuse(text, location, "make one of them more specific, or put their rules together")
                return

    # ---- rules

    def _rules(self, entries: Any, pattern: Pattern | None, location: Location) -> tuple[Rule, ...]:
        if not isinstance(entries, list) or not entries:
            what = "an empty list" if entries == [] else named(entries)
            self._findings.refuse(f"a route is a list of rules, not {what}", location, "write [{plugin: <name>}]")
            return ()
        rules = (self._rule(entry, pattern, (*location, index)) for index, entry in enumerate(entries))
        return tuple(rule for rule in rules if rule is not None)

    def _rule(self, entry: Any, pattern: Pattern | None, location: Location) -> Rule | None:
        if not isinstance(entry, dict):
            self._findings.refuse(f"a rule is a mapping, not {named(entry)}", location, "write {plugin: <name>}")
            return None
        self._findings.refuse_unknown(entry, RULE_KEYS, location)
        plugin = self._plugin(entry.get("plugin"), location)
        component = self._component(entry.get("component"), pattern, (*location, "component"))
        conditions = self._conditions(entry.get("conditions"), (*location, "conditions"))
        allow = self._globs(entry.get("componentAllow"), (*location, "componentAllow"))
        deny = self._globs(entry.get("componentDeny"), (*location, "componentDeny"))
        if plugin is None or component is None:
            return None
        return Rule(plugin, component, conditions, allow, deny or ())

    def _plugin(self, name: Any, location: Location) -> str | None:
        if name is None:
            self._findings.refuse("`plugin` is missing", location, "write plugin: <name>")
        elif not isinstance(name, str):
            self._findings.refuse(f"`plugin` is the name of a plugin, not {named(name)}", (*location, "plugin"))
        elif name not in self._plugins:
            near = nearest(name, self._plugins)
            known = f"there are {listed(self._plugins, 'and')}" if self._plugins else "there are none"
            hint = f"did you mean `{near}`?" if near else known
            self._findings.refuse(f"there is no plugin {quoted(name)}", (*location, "plugin"), hint)
        else:
            return name
        return None

    def _component(self, text: Any, pattern: Pattern | None, location: Location) -> Pattern | None:
        if text is None:
            return None if pattern is None else default_component(pattern)
        if not isinstance(text, str):
            self._findings.refuse(f"`component` is a path, not {named(text)}", location, "write /v2/{*component}")
            return None
        component = self._pattern(text, location)
        if component is None or pattern is None:
            return None
        unknown = [name for name in component.names if name not in pattern.names]
        for name in unknown:
            self._findings.refuse(f"the route captures nothing named {quoted(name)}", location)
        return None if unknown else component

    # ---- what a rule demands

    def _globs(self, texts: Any, location: Location) -> tuple[str, ...] | None:
        if texts is None:
            return None
        if isinstance(texts, list) and texts and all(isinstance(each, str) and each.strip() for each in texts):
            return tuple(texts)
        what = "an empty list" if texts == [] else named(texts) if not isinstance(texts, list) else "this list"
        self._findings.refuse(f"{location[-1]} is a list of patterns of paths, not {what}", location, "write [/name*]")
        return None

    def _conditions(self, entries: Any, location: Location) -> tuple[Condition, ...]:
        if entries is None:
            return ()
        if not isinstance(entries, list):
            self._findings.refuse(
                f"conditions are a list, not {named(entries)}", location, "write [{path: $.x, value: 1}]"
            )
            return ()
        found = (self._condition(entry, (*location, index)) for index, entry in enumerate(entries))
        return tuple(condition for condition in found if condition is not None)

    def _condition(self, entry: Any, location: Location) -> Condition | None:
        if not isinstance(entry, dict):
            hint = "write {path: $.x, value: 1}"
            self._findings.refuse(f"a condition is a mapping, not {named(entry)}", location, hint)
            return None
        self._findings.refuse_unknown(entry, CONDITION_KEYS, location)
        tests = [key for key in _TESTS if key in entry]
        if len(tests) != 1:
            said = f"{listed(tuple(tests), 'and')} exclude each other" if tests else "it asks for nothing"
            self._findings.refuse(f"{said}: write one of {listed(_TESTS)}", location)
            return None
        return self._test(entry, tests[0], location)

    def _test(self, entry: dict[str, Any], test: str, location: Location) -> Condition | None:
        wanted = entry[test]
        if test == "in" and not isinstance(wanted, list):
            self._findings.refuse(f"`in` is a list of values, not {named(wanted)}", (*location, "in"))
        if test == "exists" and not isinstance(wanted, bool):
            self._findings.refuse(f"`exists` is true or false, not {named(wanted)}", (*location, "exists"))
        text = entry.get("path")
        if not isinstance(text, str):
            said = "`path` is missing" if text is None else f"`path` is text, not {named(text)}"
            self._findings.refuse(said, location, "write path: $.x")
            return None
        try:
            path = parse_path(text)
        except PathError as error:
            self._findings.refuse(f"{quoted(text)} is not a path: {error.message}", (*location, "path"))
            return None
        if test == "exists":
            return Condition(path, exists=wanted is True)
        return Condition(path, (wanted,) if test == "value" else tuple(wanted if isinstance(wanted, list) else ()))
