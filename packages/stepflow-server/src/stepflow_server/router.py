"""Which operation a request is for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Generic, TypeVar
from urllib.parse import unquote

from .operations import PATH_PARAMETERS
from .problems import ProblemError

T = TypeVar("T")

LONGEST_PATH = 2048

_BROKEN = re.compile(r"%(?![0-9A-Fa-f]{2})")
_PATTERNS = {name: re.compile(each.pattern) for name, each in PATH_PARAMETERS.items() if each.pattern}


class _Node(Generic[T]):
    """One place in the tree of paths."""

    __slots__ = ("by_method", "fixed", "name", "parameter")

    def __init__(self) -> None:
        self.fixed: dict[str, _Node[T]] = {}
        self.name: str | None = None
        self.parameter: _Node[T] | None = None
        self.by_method: dict[str, T] = {}


class Router(Generic[T]):
    """A tree of paths, a level for each segment, with what is to be done for each method."""

    def __init__(self) -> None:
        self._root: _Node[T] = _Node()
        self._plain: dict[str, _Node[T]] = {}

    def add(self, method: str, path: str, target: T) -> None:
        """Add a path whose parameters stand in braces."""
        node = self._root
        for segment in path.split("/")[1:]:
            if segment.startswith("{"):
                node.name = segment[1:-1]
                node.parameter = node = node.parameter or _Node()
            else:
                node = node.fixed.setdefault(segment, _Node())
        node.by_method[method] = target
        if "{" not in path:
            self._plain[path] = node

    def find(self, method: str, path: str) -> tuple[T, dict[str, str]]:
        """What a request is for, and the parameters in its path. Raises `ProblemError` (404, 405)."""
        node = self._plain.get(path)
        values: dict[str, str] = {}
        if node is None:
            node = self._walk(path, values)
        target = node.by_method.get(method)
        if target is None and method == "HEAD":
            target = node.by_method.get("GET")
        if target is None:
            allowed = allow(node.by_method)
            text = f"{method:.20} is not possible here; {allowed} are"
            raise ProblemError(405, text, headers={"Allow": allowed})
        return target, values

    def allowed(self, path: str) -> str:
        """The methods that a path has, for `Allow`. Raises `ProblemError` (404)."""
        node = self._plain.get(path) or self._walk(path, {})
        return allow(node.by_method)

    def _walk(self, path: str, values: dict[str, str]) -> _Node[T]:
        if len(path) > LONGEST_PATH or _BROKEN.search(path):
            raise _not_found(path)
        node = self._root
        for segment in path.split("/")[1:]:
            following = node.fixed.get(segment)
            if following is None and node.parameter is not None and node.name is not None:
                values[node.name] = _value(node.name, segment, path)
                following = node.parameter
            if following is None:
                raise _not_found(path)
            node = following
        if not node.by_method:
            raise _not_found(path)
        return node


def allow(methods: Iterable[str]) -> str:
    """Methods as the header `Allow` lists them, with those that come by themselves."""
    found = {*methods, "OPTIONS"}
    if "GET" in found:
        found.add("HEAD")
    return ", ".join(sorted(found))


def _value(name: str, segment: str, path: str) -> str:
    pattern = _PATTERNS.get(name)
    if pattern is not None:
        if not pattern.fullmatch(segment):
            raise ProblemError(404, f"{_shown(segment)} is not the id of anything: {name} matches {pattern.pattern}")
        return segment
    try:
        text = unquote(segment, errors="strict")
    except UnicodeDecodeError:
        raise _not_found(path) from None
    if not text or "\x00" in text:
        raise _not_found(path)
    return text


def _not_found(path: str) -> ProblemError:
    return ProblemError(404, f"there is nothing at {_shown(path)}; the API is at /api/v1, its description at /docs")


def _shown(text: str) -> str:
    return repr(text if len(text) <= 100 else text[:99] + "…")
