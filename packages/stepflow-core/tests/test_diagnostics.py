"""Diagnostics say what is wrong, where, and how to mend it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stepflow_core import Diagnostic, DiagnosticLevel, ValidationResult
from stepflow_core.diagnostics import to_path, to_pointer

LOCATIONS = st.lists(st.text() | st.integers(0, 10**6), max_size=5).map(tuple)


def diagnostic(level: DiagnosticLevel, **more: Any) -> Diagnostic:
    return Diagnostic(code=1, kind="test", level=level, text="it is wrong", **more)


@pytest.mark.parametrize(
    ("location", "pointer", "path"),
    [
        ((), "", "$"),
        (("steps", 0, "input"), "/steps/0/input", "$.steps[0].input"),
        (("a/b", "c~d", "~1"), "/a~1b/c~0d/~01", '$["a/b"]["c~d"]["~1"]'),
        (("a b", 'c"d', "e\\f"), '/a b/c"d/e\\f', '$["a b"]["c\\"d"]["e\\\\f"]'),
        (("", "0", 0), "//0/0", '$[""]["0"][0]'),
        (("$step", "on-error", "é"), "/$step/on-error/é", "$.$step.on-error.é"),
    ],
)
def test_places(location: tuple[str | int, ...], pointer: str, path: str) -> None:
    """A place is a JSON pointer for programs and a path for people."""
    assert (to_pointer(location), to_path(location)) == (pointer, path)


@given(LOCATIONS)
def test_pointers_can_be_read_back(location: tuple[str | int, ...]) -> None:
    """A pointer leads to its place again, and different places have different pointers."""
    pointer = to_pointer(location)
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    assert parts == [str(part) for part in location]


@given(LOCATIONS, LOCATIONS)
def test_paths_tell_places_apart(one: tuple[str | int, ...], other: tuple[str | int, ...]) -> None:
    """Equal paths mean equal places."""
    assert (to_path(one) == to_path(other)) == (one == other)


def test_a_diagnostic_is_written_without_what_it_lacks() -> None:
    """Members that are not there are left out; the level is its text."""
    assert msgspec.to_builtins(diagnostic(DiagnosticLevel.ERROR)) == {
        "code": 1,
        "kind": "test",
        "level": "error",
        "text": "it is wrong",
    }
    full = diagnostic(DiagnosticLevel.FATAL, path="$.a", pointer="/a", file="f", line=1, column=2, hint="h")
    assert msgspec.convert(msgspec.to_builtins(full), Diagnostic) == full


def test_a_validation_result_sorts_its_diagnostics() -> None:
    """Fatal ones count among the errors."""
    fatal, error, warning = (diagnostic(level) for level in DiagnosticLevel)
    result = ValidationResult(False, [warning, error, fatal])
    assert (result.errors, result.warnings) == ([error, fatal], [warning])
    assert ValidationResult(True).diagnostics == []


def test_levels_print_as_their_values() -> None:
    """A level is its text wherever it is shown."""
    assert [str(each) for each in DiagnosticLevel] == ["fatal", "error", "warning"]
