"""What the references inside the schemas of a flow lead to. Nothing is ever fetched: there is only the document.

`#/schemas/…` leads from the root of the flow, in the wrapped and in the flat spelling; any other `#…` leads from
the schema that it stands in: the nearest one with an `$id`, else the member of `schemas` itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urljoin

from msgspec import Struct

from .problems import Location
from .schema_tree import is_schema, subschemas
from .wording import quoted

FLAT_MEMBERS = ("input", "output", "variables")
_FLAT = {name: ("properties", name) for name in FLAT_MEMBERS} | {
    "defs": ("$defs",),
    "steps": ("properties", "steps", "properties"),
}


class BrokenReference(Exception):
    """A reference leads nowhere, or outside the document; the message says which."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        self.message = message
        self.hint = hint
        super().__init__(message)


class Resource(Struct, frozen=True, eq=False):
    """A schema that pointers start from; `uri` is its `$id`, empty without one."""

    root: Any
    uri: str = ""


class Located(Struct, frozen=True):
    """A schema and the resource that it belongs to."""

    schema: Any
    resource: Resource

    @property
    def identity(self) -> tuple[int, int] | bool:
        """What is the same for the same schema, as long as the document lives."""
        return self.schema if isinstance(self.schema, bool) else (id(self.schema), id(self.resource.root))


class References:
    """The references of one document (the wrapped `schemas`), or of a schema that stands alone."""

    def __init__(self, document: dict[str, Any], *alone: Any) -> None:
        self._document = document
        self._roots = {id(root): Resource(root, _id_of(root)) for root in (*members(document), *alone)}
        self._entered: dict[tuple[int, str], Resource] = {}
        self._resources: dict[str, Resource] | None = None
        self._anchors: dict[str, list[Located]] = {}

    def start(self, schema: Any) -> Located:
        """A schema to begin with: a member of the document or one that stands alone."""
        return Located(schema, self._roots.get(id(schema)) or Resource(schema, _id_of(schema)))

    def below(self, located: Located) -> Iterator[tuple[Location, Located]]:
        """The schemas that stand in a schema, with their places in it."""
        if isinstance(located.schema, dict):
            for location, schema in subschemas(located.schema):
                yield location, self.enter(schema, located.resource)

    def enter(self, schema: Any, resource: Resource) -> Located:
        """A schema that stands somewhere in a resource, which an `$id` makes a resource of its own."""
        identifier = schema.get("$id") if isinstance(schema, dict) else None
        if not isinstance(identifier, str) or schema is resource.root or identifier.startswith("#"):
            return Located(schema, resource)
        key = (id(schema), resource.uri)
        if key not in self._entered:
            self._entered[key] = Resource(schema, _join(resource.uri, identifier).partition("#")[0])
        return Located(schema, self._entered[key])

    def resolve(self, reference: str, resource: Resource) -> Located:
        """The schema that a reference in a resource leads to. Raises `BrokenReference`."""
        uri, _, fragment = reference.partition("#")
        fragment = unquote(fragment)
        if not uri and (fragment == "/schemas" or fragment.startswith("/schemas/")) and self._document:
            return self._in_document(reference, fragment)
        home = self._resource(uri, reference, resource) if uri else resource
        if not fragment:
            return Located(home.root, home)
        if not fragment.startswith("/"):
            return self._anchor(reference, fragment, home)
        return self._follow(reference, pointer_tokens(fragment), home.root, home)

    def same_anchors(self, reference: str) -> list[Located]:
        """All schemas that the dynamic reference `#name` may lead to: those with that `$dynamicAnchor`."""
        self._index()
        name = unquote(reference.partition("#")[2])
        return [each for each in self._anchors.get(name, ()) if each.schema.get("$dynamicAnchor") == name]

    def _in_document(self, reference: str, fragment: str) -> Located:
        tokens = pointer_tokens(fragment)[1:]
        resource = Resource(self._document)
        if tokens and tokens[0] in _FLAT and tokens[0] not in self._document:
            tokens = [*_FLAT[tokens[0]], *tokens[1:]]
        return self._follow(reference, tokens, self._document, resource)

    def _follow(self, reference: str, tokens: list[str], value: Any, resource: Resource) -> Located:
        for token in tokens:
            value = _step(value, token)
            if value is _NOTHING:
                raise BrokenReference(f"the reference {quoted(reference)} leads nowhere", self._hint(tokens))
            resource = self._roots.get(id(value)) or self.enter(value, resource).resource
        if not is_schema(value):
            raise BrokenReference(f"what the reference {quoted(reference)} leads to is not a schema")
        return Located(value, resource)

    def _hint(self, tokens: list[str]) -> str | None:
        definitions = self._document.get("$defs")
        if isinstance(definitions, dict) and len(tokens) > 1 and tokens[1] in definitions:
            return f'write "#/schemas/$defs/{tokens[1]}"'
        return None

    def _resource(self, uri: str, reference: str, resource: Resource) -> Resource:
        found = self._index().get(_join(resource.uri, uri))
        if found is None:
            raise BrokenReference(
                f"the reference {quoted(reference)} leads outside the document; it is refused and never fetched",
                'write the schema under `$defs` and "#/schemas/$defs/<name>" here',
            )
        return found

    def _anchor(self, reference: str, name: str, home: Resource) -> Located:
        self._index()
        found = self._anchors.get(name, [])
        near = [each for each in found if each.resource.root is home.root]
        if not found:
            raise BrokenReference(f"no schema has the anchor that the reference {quoted(reference)} names")
        return (near or found)[0]

    def _index(self) -> dict[str, Resource]:
        """The resources by their URI; notes the anchors too."""
        if self._resources is None:
            self._resources = {}
            seen: set[Any] = set()
            pending = [Located(root.root, root) for root in self._roots.values()]
            while pending:
                located = pending.pop()
                if isinstance(located.schema, dict) and located.identity not in seen:
                    seen.add(located.identity)
                    self._note(located, self._resources)
                    pending.extend(each for _, each in self.below(located))
        return self._resources

    def _note(self, located: Located, resources: dict[str, Resource]) -> None:
        if located.schema is located.resource.root and located.resource.uri:
            resources.setdefault(located.resource.uri, located.resource)
        for keyword in ("$anchor", "$dynamicAnchor"):
            name = located.schema.get(keyword)
            if isinstance(name, str):
                self._anchors.setdefault(name, []).append(located)


def members(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The schemas that a wrapped `schemas` section is made of, those that are objects."""
    for _, schema in located_members(document):
        if isinstance(schema, dict):
            yield schema


def located_members(document: dict[str, Any]) -> Iterator[tuple[Location, Any]]:
    """The schemas that a wrapped `schemas` section is made of, with their places in it."""
    properties = _mapping(document.get("properties"))
    for name in FLAT_MEMBERS:
        if name in properties:
            yield ("properties", name), properties[name]
    for step, schema in _mapping(_mapping(properties.get("steps")).get("properties")).items():
        yield ("properties", "steps", "properties", step), schema
    for name, schema in _mapping(document.get("$defs")).items():
        yield ("$defs", name), schema


def pointer_tokens(pointer: str) -> list[str]:
    """The keys and indexes of a JSON pointer (RFC 6901), as text."""
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


class _Nothing:
    pass


_NOTHING = _Nothing()


def _step(value: Any, token: str) -> Any:
    if isinstance(value, dict):
        return value.get(token, _NOTHING)
    if isinstance(value, list) and token.isascii() and token.isdigit() and len(token) < 10:
        return value[int(token)] if int(token) < len(value) else _NOTHING
    return _NOTHING


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _id_of(schema: Any) -> str:
    identifier = schema.get("$id") if isinstance(schema, dict) else None
    return identifier.partition("#")[0] if isinstance(identifier, str) else ""


def _join(base: str, uri: str) -> str:
    try:
        return urljoin(base, uri)
    except ValueError:  # brackets in the wrong place, and the like
        return uri
