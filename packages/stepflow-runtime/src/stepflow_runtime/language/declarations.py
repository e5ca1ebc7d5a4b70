"""What a variables schema declares: names, defaults, types, environment variables, secrets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final

from msgspec import UNSET, Struct, UnsetType

from .schema_bundle import rewrite
from .schema_marks import Marks
from .schema_patterns import pattern_matcher
from .schema_references import BrokenReference, Located, References
from .schema_tree import IN_PLACE
from .secret_places import redact_all
from .secrets import Redactor

MOST_LAYERS = 1_000
"""How many schemas are looked through for what one schema says."""

_IMPLIED: Final = MappingProxyType({"string": "", "number": 0, "integer": 0, "boolean": False})
_KINDS: Final = MappingProxyType(
    {
        str: ("string",),
        bool: ("boolean",),
        int: ("integer", "number"),
        float: ("number",),
        type(None): ("null",),
        dict: ("object",),
        list: ("array",),
    }
)


class Declared(Struct, frozen=True):
    """A variable as a flow declares it; `default` is unset where there is none.

    `shown_schema` and `shown_default` are without the values of secrets.
    """

    name: str
    schema: Any
    default: Any | UnsetType = UNSET
    required: bool = False
    is_secret: bool = False
    env_var: str | None = None
    shown_schema: Any = None
    shown_default: Any | UnsetType = UNSET

    def shown(self) -> dict[str, Any]:
        """As it is told to users: `{schema, default?, envVar?, isSecret}`, the values of secrets redacted."""
        shown: dict[str, Any] = {"schema": self.shown_schema, "isSecret": self.is_secret}
        if self.shown_default is not UNSET:
            shown["default"] = self.shown_default
        if self.env_var is not None:
            shown["envVar"] = self.env_var
        return shown


class Declarations:
    """The declarations of one variables schema, `$ref` and `allOf` followed."""

    def __init__(self, schema: Any, document: dict[str, Any]) -> None:
        self._schema = schema
        self._references = References(document, schema)

    @cached_property
    def by_name(self) -> dict[str, Declared]:
        """The declared variables, in document order."""
        required = {name for each in self._top for name in _texts(each.schema.get("required"))}
        return {name: self._declared(name, schema, name in required) for name, schema in self._properties.items()}

    @cached_property
    def implied(self) -> dict[str, Any]:
        """The values of variables that nobody gave one, by their type: those without a default and not required."""
        values = {
            name: _implied(self._layers(self._properties[name]))
            for name, each in self.by_name.items()
            if each.default is UNSET and not each.required
        }
        return {name: value for name, value in values.items() if value is not UNSET}

    def types_of(self, name: str) -> frozenset[str]:
        """The types that a declared variable may have; empty where its schema does not say."""
        return _types(self._layers(self._properties[name]))

    def secret_among(self, names: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
        """Those of the names whose variables are secret as a whole, and those of which a part is."""
        root = self._marks.root
        if root is None:
            return frozenset(), frozenset()
        places = {name: root.below((name,)) for name in names}
        wholly = frozenset(name for name, place in places.items() if place is not None and place.secret)
        return wholly, frozenset(name for name, place in places.items() if place is not None) - wholly

    def _declared(self, name: str, located: Located, required: bool) -> Declared:
        layers = self._layers(located)
        place = None if self._marks.root is None else self._marks.root.below((name,))
        redact = Redactor(place)
        default = _first(layers, "default")
        env_var = _first(layers, "env_var")
        return Declared(
            name=name,
            schema=located.schema,
            default=default,
            required=required,
            is_secret=place is not None and place.secret,
            env_var=env_var if isinstance(env_var, str) else None,
            shown_schema=located.schema if place is None else _shown_schema(located.schema, redact),
            shown_default=UNSET if default is UNSET else redact(default),
        )

    @cached_property
    def _marks(self) -> Marks:
        return Marks(self._references.start(self._schema), self._references, pattern_matcher())

    @cached_property
    def _top(self) -> list[Located]:
        return self._layers(self._references.start(self._schema))

    @cached_property
    def _properties(self) -> dict[str, Located]:
        found: dict[str, Located] = {}
        for layer in self._top:
            properties = layer.schema.get("properties")
            if isinstance(properties, dict):
                for name, schema in properties.items():
                    found.setdefault(name, self._references.enter(schema, layer.resource))
        return found

    def _layers(self, start: Located) -> list[Located]:
        """A schema and those that hold as well: what it refers to, and the members of `allOf`."""
        found: dict[Any, Located] = {}
        pending = [start]
        while pending and len(found) < MOST_LAYERS:
            located = pending.pop(0)
            if isinstance(located.schema, dict) and located.identity not in found:
                found[located.identity] = located
                pending.extend(self._beside(located))
        return list(found.values())

    def _beside(self, located: Located) -> Iterator[Located]:
        reference = located.schema.get("$ref")
        if isinstance(reference, str):
            try:
                yield self._references.resolve(reference, located.resource)
            except BrokenReference:
                pass  # told of when the flow was read; values are refused
        for schema in _list(located.schema.get("allOf")):
            yield self._references.enter(schema, located.resource)


def accepts_kind(types: frozenset[str], value: Any) -> bool:
    """Whether a JSON value is of one of the types; without types every value is."""
    if not types or any(kind in types for kind in _KINDS[type(value)]):
        return True
    return type(value) is float and value.is_integer() and "integer" in types


def _shown_schema(schema: Any, redact: Redactor | None) -> Any:
    """A schema of values that a redactor is for, without the secret values that it holds itself.

    Without a redactor all values are secret.
    """
    if not isinstance(schema, dict) or (redact is not None and not redact.marks_any):
        return schema
    hide = redact_all if redact is None else redact
    shown = {key: _shown_below(key, value, redact) for key, value in schema.items()}
    shown |= {key: hide(shown[key]) for key in ("const", "default") if key in shown}
    return shown | {key: [hide(each) for each in _list(shown[key])] for key in ("enum", "examples") if key in shown}


def _shown_below(keyword: str, value: Any, redact: Redactor | None) -> Any:
    """The value of a keyword, with the schemas in it changed; which elements are secret is not looked into."""
    if keyword == "properties" and isinstance(value, dict):
        return {name: _shown_schema(each, redact and redact.at((name,))) for name, each in value.items()}
    inner = redact if keyword in IN_PLACE else None
    return rewrite(keyword, value, lambda each: _shown_schema(each, inner))


def _implied(layers: list[Located]) -> Any | UnsetType:
    """What a variable of such a schema is when nobody said: null where it may be, else by the one type that it has."""
    types = _types(layers)
    if "null" in types or any(_allows_null(each.schema) for each in layers):
        return None
    return _IMPLIED.get(next(iter(types)), UNSET) if len(types) == 1 else UNSET


def _types(layers: list[Located]) -> frozenset[str]:
    named = _first(layers, "type")
    return frozenset([named] if isinstance(named, str) else _texts(named))


def _allows_null(schema: dict[str, Any]) -> bool:
    branches = (*_list(schema.get("anyOf")), *_list(schema.get("oneOf")))
    return any(isinstance(each, dict) and each.get("type") == "null" for each in branches)


def _first(layers: list[Located], keyword: str) -> Any | UnsetType:
    return next((each.schema[keyword] for each in layers if keyword in each.schema), UNSET)


def _texts(value: Any) -> list[str]:
    return [each for each in _list(value) if isinstance(each, str)]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
