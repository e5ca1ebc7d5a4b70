"""Components from a Python module: marks, scanning, and modules that cannot be imported."""

from __future__ import annotations

import itertools
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from stepflow_core import FlowLoadError, InvalidInputError
from stepflow_runtime.component_model import Kind
from stepflow_runtime.context import StepContext
from stepflow_runtime.functions import Mark, component, marks_of
from stepflow_runtime.python_plugin import PythonPlugin

NUMBERS = itertools.count()

Write = Callable[..., PythonPlugin]


@pytest.fixture
def write(tmp_path: Path) -> Iterator[Write]:
    """Writes a module and gives the plugin of it; what was imported is forgotten afterwards."""
    before, path = set(sys.modules), list(sys.path)

    def write(text: str, *, name: str | None = None, module: str | None = None) -> PythonPlugin:
        name = name or f"components_{next(NUMBERS)}"
        file = tmp_path / f"{name.replace('.', '/')}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text), encoding="utf-8")
        return PythonPlugin.from_config(
            {"type": "python", "module": module or name, "path": "."}, tmp_path, ("plugins", "p")
        )

    yield write
    sys.path[:] = path
    for name in set(sys.modules) - before:
        if name.startswith(("components_", "package_")):
            del sys.modules[name]


def failure(plugin: PythonPlugin) -> FlowLoadError:
    """The error of a plugin that cannot be used."""
    with pytest.raises(FlowLoadError) as caught:
        plugin.components()
    assert {each.pointer for each in caught.value.diagnostics} == {"/plugins/p"}
    assert "Traceback" not in caught.value.message
    return caught.value


class TestMarks:
    """`@component` says that a function is a component and leaves it as it is."""

    def test_forms(self) -> None:
        """It can stand bare, or with path, description and `inline`."""

        @component
        def bare() -> int:
            return 1

        @component("/a", description="A", inline=True)
        def full() -> int:
            return 2

        @component(path="/b")
        @component()
        def twice() -> int:
            return 3

        assert (bare(), full(), twice()) == (1, 2, 3)
        assert marks_of(bare) == (Mark(),)
        assert marks_of(full) == (Mark("/a", "A", True),)
        assert marks_of(twice) == (Mark(), Mark("/b"))
        assert marks_of(len) == ()

    def test_what_cannot_be_marked(self) -> None:
        """A path is text, and what cannot bear a mark is refused."""
        with pytest.raises(InvalidInputError, match="text"):
            component(7)
        with pytest.raises(InvalidInputError, match="cannot be marked"):
            component("/upper")("text".upper)


class TestFinding:
    """The marked functions of the module are its components."""

    def test_marked_functions(self, write: Write) -> None:
        """Marked functions are found at their paths, others are not."""
        plugin = write(
            """
            from stepflow_runtime import component

            @component
            def double(x: int) -> int:
                "Doubles."
                return 2 * x

            @component("/text/upper", inline=True)
            def upper(text: str) -> str:
                return text.upper()

            @component("/later")
            async def later() -> int:
                return 1

            def helper(x):
                return x
            """
        )
        assert {each.path: each.kind for each in plugin.components()} == {
            "/double": Kind.PLAIN, "/text/upper": Kind.INLINE, "/later": Kind.ASYNC,
        }  # fmt: skip
        found = plugin.find("/double")
        assert found is not None
        assert found.description == "Doubles."
        assert found.call({"x": 4}, StepContext(None, "run", "step", "step")) == 8
        assert plugin.find("/helper") is None

    def test_nothing_is_imported_before_it_is_needed(self, write: Write) -> None:
        """Making the plugin imports nothing; the module is imported once."""
        plugin = write("raise SystemExit")
        assert plugin.module not in sys.modules
        plugin = write(
            """
            from stepflow_runtime import component
            times = []

            @component
            def f():
                times.append(1)
            """
        )
        assert plugin.find("/f") is plugin.find("/f")

    def test_all_decides(self, write: Write) -> None:
        """Where the module has `__all__`, only what it names counts."""
        plugin = write(
            """
            from stepflow_runtime import component
            __all__ = ["shown", "CONSTANT"]
            CONSTANT = None

            @component
            def shown(): return 1

            @component
            def hidden(): return 2
            """
        )
        assert [each.path for each in plugin.components()] == ["/shown"]

    def test_imported_and_renamed(self, write: Write) -> None:
        """What a module imports from its parts is found in it, under two names once."""
        write(
            """
            from stepflow_runtime import component

            @component
            def part(): return 1
            """,
            name="package_a.part",
        )
        plugin = write(
            """
            from .part import part
            again = part
            """,
            name="package_a.__init__",
            module="package_a",
        )
        assert [each.path for each in plugin.components()] == ["/part"]

    def test_installed_modules(self) -> None:
        """Without `path` the module is one that can be imported anyway."""
        with pytest.raises(FlowLoadError, match=r"'stepflow_core\.results' has no function marked"):
            PythonPlugin("stepflow_core.results").components()


class TestFaults:
    """A module that cannot be used is told in one line, with its name, the file and the line."""

    def test_missing_module(self, write: Write) -> None:
        """A module that does not exist is named, with where it was looked for."""
        message = failure(write("", name="components_there", module="components_nowhere")).message
        assert "there is no module 'components_nowhere' in " in message
        message = failure(PythonPlugin("components_nowhere.deep", location=("plugins", "p"))).message
        assert message == "there is no module 'components_nowhere.deep' (is `path` to be set?)"

    def test_module_in_no_package(self, write: Write) -> None:
        """A module inside something that is no package is missing, too."""
        message = failure(write("", name="components_flat", module="components_flat.inner")).message
        assert "'components_flat' is not a package" in message

    @pytest.mark.parametrize(
        ("text", "line", "reason"),
        [
            ("x = 1\ndef f(:\n", 2, "SyntaxError: invalid syntax"),
            ("x = 1\n\n1 / 0\n", 3, "ZeroDivisionError: division by zero"),
            ("import abacus_nowhere\n", 1, "ModuleNotFoundError: No module named 'abacus_nowhere'"),
            ("from stepflow_runtime import nothing\n", 1, "ImportError: cannot import name 'nothing'"),
            ("def f():\n    raise ValueError\nf()\n", 2, "ValueError"),
            ("raise SystemExit(3)\n", 1, "SystemExit: 3"),
            ("{}['key']\n", 1, "KeyError: 'key'"),
            ("import json\njson.loads('[')\n", 2, "JSONDecodeError"),
            ("from stepflow_runtime import component\ncomponent(7)\n", 2, "InvalidInputError: a component's path"),
            ("x = '\0'\n", 1, "source code"),
        ],
    )
    def test_module_that_fails(self, write: Write, text: str, line: int, reason: str) -> None:
        """Whatever is wrong in the module, the message names the line of it and the cause."""
        plugin = write(text)
        message = failure(plugin).message
        assert message.startswith(f"the module {plugin.module!r} cannot be imported: ")
        assert reason in message
        if "\0" not in text:
            assert f"{plugin.module}.py:{line}: " in message

    def test_cause_in_another_module(self, write: Write) -> None:
        """Where another module of the package is at fault, the line is that of the other."""
        write("\n\nraise ValueError('deep')\n", name="package_b.deep")
        plugin = write("from . import deep\n", name="package_b.__init__", module="package_b")
        assert "deep.py:3: ValueError: deep" in failure(plugin).message

    def test_failure_is_kept(self, write: Write) -> None:
        """A module that failed is not imported again."""
        plugin = write("raise ValueError")
        assert failure(plugin) is failure(plugin)
        with pytest.raises(FlowLoadError):
            plugin.find("/f")

    def test_faulty_components(self, write: Write) -> None:
        """Everything that is wrong with the components is told together."""
        plugin = write(
            """
            from stepflow_runtime import component
            __all__ = ["one", "two", "three", "four", "gone"]

            @component("/same")
            def one(): return 1

            @component("/same")
            def two(): return 2

            @component
            def three(a, /): return 3

            @component("four")
            def four(): return 4
            """
        )
        texts = [each.text for each in failure(plugin).diagnostics]
        assert len(texts) == 4
        assert "one and" in texts[0]
        assert "positional-only" in texts[1]
        assert "does not begin with '/'" in texts[2]
        assert "has no 'gone'" in texts[3]

    def test_no_component(self, write: Write) -> None:
        """A module without a marked function is a mistake."""
        assert "no function marked with @component" in failure(write("def f(): return 1")).message

    def test_namesake(self, write: Write, tmp_path: Path) -> None:
        """A module of that name that was imported from elsewhere is not taken for it."""
        plugin = write("", name="components_inner.json", module="json")
        assert "is that of" in failure(plugin).message

    def test_missing_directory(self, tmp_path: Path) -> None:
        """A directory that does not exist is named."""
        plugin = PythonPlugin("m", path=tmp_path / "gone", location=("plugins", "p"))
        assert "gone does not exist" in failure(plugin).message


class TestConfig:
    """The configuration of the plugin is checked before anything is imported."""

    @pytest.mark.parametrize(
        ("config", "reasons"),
        [
            ({}, ["`module` is missing"]),
            ({"module": None}, ["`module` is missing"]),
            ({"module": 7}, ["not int"]),
            ({"module": "a b"}, ["'a b' is not"]),
            ({"module": ".relative"}, ["is not"]),
            ({"module": "a", "path": 7}, ["`path`"]),
            ({"module": "a", "path": " "}, ["`path`"]),
            ({"module": "", "path": "\0", "modul": 1}, ["`module`", "`path`", "'modul' is not known"]),
        ],
    )
    def test_faults(self, config: dict[str, Any], reasons: list[str], tmp_path: Path) -> None:
        """Everything that is wrong is told together, at the plugin's place."""
        with pytest.raises(FlowLoadError) as caught:
            PythonPlugin.from_config({"type": "python", **config}, tmp_path, ("plugins", "p"))
        texts = [each.text for each in caught.value.diagnostics]
        assert len(texts) == len(reasons)
        assert all(reason in text for reason, text in zip(reasons, texts, strict=True))

    def test_directory_is_relative_to_the_config(self, tmp_path: Path) -> None:
        """`path` is relative to the directory of the configuration."""
        plugin = PythonPlugin.from_config({"module": "a", "path": "lib"}, tmp_path)
        assert (plugin.module, plugin.path) == ("a", tmp_path / "lib")
