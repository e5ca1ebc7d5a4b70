"""Which positions of a value a schema marks as secret.

A schema is read as an automaton: a place is the set of schemas that say something about one position, and knows the
places of its members and elements. All branches of `anyOf`, `oneOf` and `if` count, whichever of them a value
matches, so that a mark never depends on the value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .schema_bundle import MARK
from .schema_patterns import Matcher
from .schema_references import BrokenReference, Located, References
from .schema_tree import IN_PLACE, subschemas

MOST_PLACES = 2_000
"""How many places are kept once they are known."""

_IN_PLACE = IN_PLACE - {"not"}
_EVERY_ELEMENT = ("contains", "unevaluatedItems")


class _Node:
    """A schema: those for the same position, and those for what is below it."""

    __slots__ = ("elements", "in_place", "live", "members", "others", "patterns", "prefix", "rest", "secret")

    def __init__(self) -> None:
        self.secret = False
        self.live = False
        self.in_place: list[_Node] = []
        self.members: dict[str, _Node] = {}
        self.patterns: list[tuple[str, _Node]] = []
        self.others: list[_Node] = []
        self.prefix: list[_Node] = []
        self.rest: list[_Node] = []
        self.elements: list[_Node] = []

    def below(self) -> Iterator[_Node]:
        """All nodes that this one leads to."""
        yield from (*self.in_place, *self.members.values(), *self.others, *self.prefix, *self.rest, *self.elements)
        yield from (node for _, node in self.patterns)


class Place:
    """One position of a value: whether it is secret, and what is below it. `None` stands for nothing secret below."""

    __slots__ = ("_automaton", "_nodes", "secret")

    def __init__(self, automaton: Marks, nodes: frozenset[_Node]) -> None:
        self._automaton = automaton
        self._nodes = nodes
        self.secret = any(node.secret for node in nodes)

    def member(self, name: str) -> Place | None:
        """The place of the member of that name."""
        return self._automaton.place(node for each in self._nodes for node in self._named(each, name))

    def element(self, index: int) -> Place | None:
        """The place of the element at that index."""
        return self._automaton.place(node for each in self._nodes for node in self._at(each, index))

    def step(self, part: str | int) -> Place | None:
        """The place of a member or an element."""
        return self.member(part) if isinstance(part, str) else self.element(part)

    def below(self, path: Iterable[str | int]) -> Place | None:
        """The place at a path from here; the first secret one on the way, where there is one."""
        place: Place | None = self
        for part in path:
            if place is None or place.secret:
                return place
            place = place.step(part)
        return place

    def _named(self, node: _Node, name: str) -> Iterator[_Node]:
        matching = [each for pattern, each in node.patterns if self._automaton.matches(pattern, name)]
        if name in node.members:
            yield node.members[name]
        elif not matching:
            yield from node.others
        yield from matching

    @staticmethod
    def _at(node: _Node, index: int) -> Iterator[_Node]:
        yield from node.elements
        if index < len(node.prefix):
            yield node.prefix[index]
        else:
            yield from node.rest


class Marks:
    """The marks of the schema `start`; `root` is the place of the whole value, `None` where nothing is secret."""

    def __init__(self, start: Located, references: References, matches: Matcher) -> None:
        self.matches = matches
        self._references = references
        self._nodes: dict[Any, _Node] = {}
        self._places: dict[frozenset[_Node], Place] = {}
        first = self._build(start)
        _find_live(self._nodes.values())
        self.root = self.place([first])

    def place(self, nodes: Iterable[_Node]) -> Place | None:
        """The place about which these schemas say something."""
        closure = _closure(nodes)
        if not closure:
            return None
        found = self._places.get(closure)
        if found is None:
            if len(self._places) >= MOST_PLACES:
                self._places.clear()
            found = self._places[closure] = Place(self, closure)
        return found

    def _build(self, start: Located) -> _Node:
        pending = [start]
        first = self._node(start, [])
        while pending:
            located = pending.pop()
            if isinstance(located.schema, dict):
                self._connect(self._nodes[located.identity], located, pending)
        return first

    def _node(self, located: Located, pending: list[Located]) -> _Node:
        node = self._nodes.get(located.identity)
        if node is None:
            node = self._nodes[located.identity] = _Node()
            pending.append(located)
        return node

    def _connect(self, node: _Node, located: Located, pending: list[Located]) -> None:
        node.secret = located.schema.get(MARK, False) not in (False, None)
        node.in_place = [self._node(each, pending) for each in self._referred(located)]
        for location, schema in subschemas(located.schema):
            target = self._node(self._references.enter(schema, located.resource), pending)
            _attach(node, target, str(location[0]), location[-1])

    def _referred(self, located: Located) -> Iterator[Located]:
        """What the references of a schema lead to; broken ones, with which nothing is validated, to nothing."""
        for keyword in ("$ref", "$dynamicRef"):
            reference = located.schema.get(keyword)
            if isinstance(reference, str):
                try:
                    yield self._references.resolve(reference, located.resource)
                except BrokenReference:
                    continue
                if keyword == "$dynamicRef":
                    yield from self._references.same_anchors(reference)


def _attach(node: _Node, target: _Node, keyword: str, key: str | int) -> None:
    if keyword in _IN_PLACE or keyword == "contentSchema":
        node.in_place.append(target)
    elif keyword == "properties":
        node.members[str(key)] = target
    elif keyword == "patternProperties":
        node.patterns.append((str(key), target))
    elif keyword in ("additionalProperties", "unevaluatedProperties"):
        node.others.append(target)
    elif keyword == "prefixItems":
        node.prefix.append(target)
    elif keyword == "items":
        node.rest.append(target)
    elif keyword in _EVERY_ELEMENT:
        node.elements.append(target)


def _find_live(nodes: Iterable[_Node]) -> None:
    """Note which nodes lead to a secret one."""
    above: dict[_Node, list[_Node]] = {}
    pending = []
    for node in nodes:
        for target in node.below():
            above.setdefault(target, []).append(node)
        if node.secret:
            pending.append(node)
    while pending:
        node = pending.pop()
        if not node.live:
            node.live = True
            pending.extend(above.get(node, ()))


def _closure(nodes: Iterable[_Node]) -> frozenset[_Node]:
    """The nodes and all for the same position, without those below which nothing is secret."""
    found: set[_Node] = set()
    pending = [node for node in nodes if node.live]
    while pending:
        node = pending.pop()
        if node not in found:
            found.add(node)
            pending.extend(each for each in node.in_place if each.live)
    return frozenset(found)
