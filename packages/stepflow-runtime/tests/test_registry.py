"""Registering components by decorator and finding those that installed packages offer."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

import pytest
from stepflow_core import ConflictError, FlowLoadError, InvalidInputError
from stepflow_runtime.component_model import Component, Kind
from stepflow_runtime.entry_points import SLOW, EntryPoint, EntryPoints
from stepflow_runtime.functions import adapt, component
from stepflow_runtime.registry import Registry


class Point:
    """An entry point: what loading it gives, or raises."""

    def __init__(self, name: str, target: Any, value: str = "package.module:thing") -> None:
        self.name = name
        self.value = value
        self.loads = 0
        self._target = target

    def load(self) -> Any:
        """Import it."""
        self.loads += 1
        if isinstance(self._target, BaseException):
            raise self._target
        return self._target


def count(text: str) -> int:
    """Counts."""
    return len(text)


def offering(*points: EntryPoint, clock: Callable[[], float] | None = None) -> Registry:
    """A registry that knows these entry points."""
    source = EntryPoints(lambda: points, clock=clock) if clock else EntryPoints(lambda: points)
    return Registry(entry_points=source)


@pytest.fixture
def registry() -> Registry:
    """A registry without entry points."""
    return Registry(entry_points=False)


class TestDecorator:
    """`@registry.component` in all its forms."""

    def test_bare(self, registry: Registry) -> None:
        """Without arguments the function is registered at its name, and stays what it is."""

        @registry.component
        def double(x: int) -> int:
            return 2 * x

        assert double(2) == 4
        assert registry.find("/double") is not None

    def test_with_path_and_description(self, registry: Registry) -> None:
        """Path, description and `inline` can be given."""

        @registry.component("/math/double", description="Doubles", inline=True)
        def double(x: int) -> int:
            return 2 * x

        found = registry.find("/math/double")
        assert found is not None
        assert (found.description, found.kind) == ("Doubles", Kind.INLINE)
        assert registry.find("/double") is None

    def test_with_options_only(self, registry: Registry) -> None:
        """Without a path the options hold for the path of the name; the path can be named too."""

        @registry.component(description="Doubles")
        async def double(x: int) -> int:
            return 2 * x

        registry.component(path="/other")(double)
        assert [each.path for each in registry.components()] == ["/double", "/other"]

    def test_methods(self, registry: Registry) -> None:
        """A bound method can be registered."""
        registry.component("/upper")("text".upper)
        assert registry.find("/upper") is not None

    def test_taken_path(self, registry: Registry) -> None:
        """A path is registered once; the error names both functions."""
        registry.component("/count")(count)

        def another(text: str) -> int:
            return 0

        with pytest.raises(ConflictError) as caught:
            registry.component("/count")(another)
        assert "test_registry.count" in caught.value.message
        assert "another" in caught.value.message
        assert registry.find("/count") is not None

    @pytest.mark.parametrize("path", ["", " ", "count", "/", 7])
    def test_path_that_will_not_do(self, registry: Registry, path: Any) -> None:
        """A path that cannot be a component's is refused where it is registered."""
        with pytest.raises(InvalidInputError, match="path"):
            registry.component(path)(count)
        assert registry.components() == []

    def test_function_that_will_not_do(self, registry: Registry) -> None:
        """A function that cannot be a component is refused where it is registered."""
        with pytest.raises(InvalidInputError, match="positional-only"):
            registry.component("/len")(len)

    def test_ready_components(self, registry: Registry) -> None:
        """A component that is ready can be added, under the same rules."""
        ready = adapt(count, path="/ready")
        registry.add(ready, owner="here")
        assert registry.registered("/ready") is ready
        assert registry.owner("/ready") == "here"
        with pytest.raises(ConflictError, match="taken by here"):
            registry.add(ready)
        with pytest.raises(InvalidInputError):
            registry.add(Component(path="bad", kind=Kind.PLAIN, call=count))

    def test_listing_is_sorted(self, registry: Registry) -> None:
        """Components are listed by path."""
        for path in ("/c", "/a", "/b"):
            registry.component(path)(count)
        assert [each.path for each in registry.components()] == ["/a", "/b", "/c"]


def marked_module() -> ModuleType:
    """A module with two components."""
    module = ModuleType("marked")
    vars(module)["one"] = component("/marked/one")(lambda: 1)
    vars(module)["two"] = component("/marked/two")(lambda: 2)
    return module


def register(registry: Registry) -> None:
    """Offers several components."""
    registry.component("/several/a")(count)
    registry.component("/several/b")(count)


def typed(target: Registry) -> None:
    """The same, known by its annotation."""
    register(target)


class TestEntryPoints:
    """Components of installed packages, loaded when they are needed."""

    @pytest.mark.parametrize(
        ("target", "paths"),
        [
            (count, ["/text/count"]),
            (adapt(count, path="/ready"), ["/ready"]),
            (component("/m")(component("/n")(lambda: 1)), ["/m", "/n"]),
            (marked_module(), ["/marked/one", "/marked/two"]),
            (register, ["/several/a", "/several/b"]),
            (typed, ["/several/a", "/several/b"]),
        ],
    )
    def test_what_an_entry_point_can_be(self, target: Any, paths: list[str]) -> None:
        """A function, a component, a marked function, a module or one that registers."""
        registry = offering(Point("text/count", target))
        assert [each.path for each in registry.components()] == paths
        assert all(registry.find(path) for path in paths)
        assert registry.problems == []

    def test_nothing_is_loaded_before_it_is_needed(self) -> None:
        """What the program registered itself is found without looking at entry points."""
        point = Point("other", count)
        registry = offering(point)
        registry.component("/count")(count)
        assert registry.find("/count") is not None
        assert registry.registered("/other") is None
        assert point.loads == 0

    def test_the_named_one_first(self) -> None:
        """A lookup loads the entry point of that name and no other; each is loaded once."""
        wanted, other = Point("text/count", count), Point("text/other", count)
        registry = offering(wanted, other)
        assert registry.find("/text/count") is registry.find("/text/count")
        assert (wanted.loads, other.loads) == (1, 0)

    def test_unknown_paths_load_all_of_them_once(self) -> None:
        """A path that no entry point is named like may be registered by any; they are loaded once."""
        point = Point("several", register)
        registry = offering(point)
        assert registry.find("/several/b") is not None
        assert registry.find("/several/c") is None
        registry.load_entry_points()
        assert point.loads == 1

    def test_own_components_win(self) -> None:
        """What the program registers, before or after, hides what a package offers at the same path."""
        registry = offering(Point("count", lambda: 1))
        assert registry.find("/count") is not None

        registry.component("/count")(count)
        found = registry.find("/count")
        assert found is not None
        assert found.description == "Counts."
        assert [each.description for each in registry.components()] == ["Counts."]

    def test_a_failing_one_disturbs_no_other(self, caplog: pytest.LogCaptureFixture) -> None:
        """An entry point that cannot be imported is reported for its path; others work."""
        bad = Point("bad", ImportError("no module named abacus"), "abacus.flow:count")
        registry = offering(bad, Point("several", register))
        with caplog.at_level(logging.WARNING):
            assert registry.find("/several/a") is not None
        for _ in range(2):
            with pytest.raises(FlowLoadError, match=r"'bad' \(abacus.flow:count\).*no module named abacus"):
                registry.find("/bad")
        assert [each.name for each in registry.problems] == ["bad"]
        assert "abacus" in caplog.text
        assert bad.loads == 1

    @pytest.mark.parametrize(
        ("target", "reason"),
        [
            (7, "cannot be called"),
            (len, "positional-only"),
            (SystemExit(2), "SystemExit"),
            (ModuleType("empty"), "no function marked"),
            (lambda registry: 1 / 0, "ZeroDivisionError"),
            (lambda registry: [registry.component("/x")(count) for _ in "ab"], "taken"),
        ],
    )
    def test_useless_ones(self, target: Any, reason: str) -> None:
        """What cannot be used is reported with the reason, and offers nothing."""
        registry = offering(Point("bad", target))
        assert registry.components() == []
        assert reason in registry.problems[0].text

    def test_same_path_twice(self) -> None:
        """Of two entry points with one path the first by name is taken, the other reported."""
        registry = offering(Point("b", adapt(lambda: 1, path="/x")), Point("a", adapt(count, path="/x")))
        found = registry.find("/x")
        assert found is not None
        assert found.description == "Counts."
        assert [each.name for each in registry.problems] == ["b"]

    def test_same_name_twice(self) -> None:
        """Two packages may use one name: both are loaded."""
        registry = offering(Point("x", component("/one")(lambda: 1)), Point("x", component("/two")(lambda: 2)))
        assert [each.path for each in registry.components()] == ["/one", "/two"]

    def test_slow_ones_are_reported(self, caplog: pytest.LogCaptureFixture) -> None:
        """An entry point that takes long to load is reported, and works."""
        times = iter([0.0, SLOW])
        registry = offering(Point("slow", count), clock=lambda: next(times))
        with caplog.at_level(logging.WARNING):
            assert registry.find("/slow") is not None
        assert "5.0 seconds" in registry.problems[0].text
        assert "slow" in caplog.text

    def test_of_installed_packages(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Entry points are those of the group `stepflow.components`."""
        asked: list[str] = []

        def entry_points(*, group: str) -> Iterable[EntryPoint]:
            asked.append(group)
            return [Point("count", count)]

        monkeypatch.setattr("importlib.metadata.entry_points", entry_points)
        assert Registry().find("/count") is not None
        assert asked == ["stepflow.components"]

    def test_threads_load_once(self) -> None:
        """Threads that look something up at the same time load each entry point once."""
        point = Point("count", count)
        registry = offering(point)
        together = threading.Barrier(4)

        def look() -> None:
            together.wait(30)
            registry.find("/count")

        threads = [threading.Thread(target=look) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert point.loads == 1
