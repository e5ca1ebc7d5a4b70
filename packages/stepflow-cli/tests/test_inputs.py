"""Inputs, variables, overrides and tags as the command line gives them."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from stepflow_cli.exits import UsageError
from stepflow_cli.inputs import check_sources, check_stdin_once, input_of, overrides_of, tags_of, variables_of
from stepflow_cli.options import InputOptions, OverrideOptions, VariableOptions
from stepflow_core import FlowLoadError

Write = Callable[[str, str | bytes], Path]
BIG = 123456789012345678901234567890


def given(stdin: bytes = b"", **options: Any) -> Any:
    """The input of these options."""
    return input_of(InputOptions(**options), io.BytesIO(stdin))


def test_without_an_option_the_input_is_null() -> None:
    """Nothing is read where no source is named, standard input neither."""
    assert given(b"5") is None


def test_reads_files_by_their_extension(write: Write) -> None:
    """JSON and YAML files keep integers of any size and floats apart."""
    assert given(input=str(write("a.json", f'{{"n": {BIG}, "f": 1.0}}'))) == {"n": BIG, "f": 1.0}
    assert given(input=str(write("a.yaml", f"n: {BIG}\nf: 1.0\nd: 2001-01-01"))) == {
        "n": BIG,
        "f": 1.0,
        "d": "2001-01-01",
    }


def test_reads_texts() -> None:
    """The input may stand on the command line, as JSON or YAML."""
    assert given(input_json='{"a": [1, null]}') == {"a": [1, None]}
    assert given(input_yaml="a: [1, null]") == {"a": [1, None]}
    assert given(input_json="-5") == -5


def test_reads_standard_input() -> None:
    """Standard input is JSON for `--input -`, and of either format with `--stdin-format`."""
    assert given(b'{"a": 1}', input="-") == {"a": 1}
    assert given(b"a: 1", input="-", stdin_format="yaml") == {"a": 1}
    assert given(b"a: 1", stdin_format="yaml") == {"a": 1}
    assert given(b"[1]", stdin_format="json") == [1]


def test_reads_pipes(tmp_path: Path) -> None:
    """A named pipe, as `<(command)` gives one, is read like a file."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=('{"a": 1.0}',))
    writer.start()
    assert given(input=str(pipe)) == {"a": 1.0}
    writer.join()


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"input": "a", "input_json": "1"}, ["--input", "--input-json"]),
        ({"input_json": "1", "input_yaml": "1"}, ["--input-json", "--input-yaml"]),
        ({"inputs": "a", "stdin_format": "json"}, ["--inputs", "--stdin-format"]),
        ({"input": "a", "stdin_format": "json"}, ["--input", "--stdin-format"]),
        ({"input": "a", "input_json": "1", "inputs": "-"}, ["--input", "--input-json", "--inputs"]),
    ],
)
def test_several_sources_are_refused_by_name(options: dict[str, Any], named: list[str]) -> None:
    """Where more than one input is given all of them are named."""
    with pytest.raises(UsageError) as refused:
        check_sources(InputOptions(**options))
    assert refused.value.message.startswith(" and ".join(named) + " each give an input")


@pytest.mark.parametrize(
    ("options", "file", "line"),
    [
        ({"input_json": '{"a": 1,\n "a": 2}'}, "--input-json", 2),
        ({"input_yaml": "a: [1"}, "--input-yaml", 1),
        ({"input": "-"}, "<stdin>", 1),
    ],
)
def test_what_cannot_be_read_is_located(options: dict[str, Any], file: str, line: int) -> None:
    """A faulty text is refused with the name of its source, its line and its column."""
    with pytest.raises(FlowLoadError) as refused:
        given(b"{", **options)
    [found] = refused.value.diagnostics
    assert (found.file, found.line) == (file, line)
    assert found.column


@pytest.mark.parametrize("name", ["missing.json", "."])
def test_missing_files_are_refused(tmp_path: Path, name: str) -> None:
    """A file that is not there, or a folder, is refused by its name."""
    with pytest.raises(FlowLoadError) as refused:
        given(input=str(tmp_path / name))
    assert refused.value.diagnostics[0].file == str(tmp_path / name)


def test_too_much_standard_input_is_refused() -> None:
    """More than 32 MiB are not read."""
    with pytest.raises(FlowLoadError) as refused:
        given(b" " * (33 * 1024 * 1024), input="-")
    assert "limit" in refused.value.diagnostics[0].text


def test_variables_of_text_win(write: Write) -> None:
    """Variables come from a file and, over it, from the command line."""
    path = write("v.yaml", "a: 1\nb: 2")
    options = VariableOptions(variables=str(path), variables_json='{"b": 3}')
    assert variables_of(options) == {"a": 1, "b": 3}
    assert variables_of(VariableOptions()) == {}


def test_variables_must_be_an_object() -> None:
    """Variables have names."""
    with pytest.raises(UsageError, match="--variables-json holds an array"):
        variables_of(VariableOptions(variables_json="[1]"))


def test_overrides_come_from_one_place(write: Write) -> None:
    """Overrides are read from a file or from the command line."""
    path = str(write("o.json", '{"a": {"value": {}}}'))
    [of_file, of_text] = [
        overrides_of(OverrideOptions(overrides=path)),
        overrides_of(OverrideOptions(overrides_json="{}")),
    ]
    assert of_file is not None
    assert (of_file.data, of_file.file) == ({"a": {"value": {}}}, path)
    assert of_text is not None
    assert (of_text.data, of_text.file) == ({}, "--overrides-json")
    assert overrides_of(OverrideOptions()) is None
    with pytest.raises(UsageError, match="--overrides and --overrides-json"):
        overrides_of(OverrideOptions(overrides=path, overrides_json="{}"))
    with pytest.raises(UsageError, match="holds text"):
        overrides_of(OverrideOptions(overrides_json='"a"'))


def test_tags_are_names_and_values() -> None:
    """A tag has a name and a value, which may hold `=`."""
    assert tags_of(["a=1", "b=x=y", "c="]) == {"a": "1", "b": "x=y", "c": ""}
    assert tags_of([]) is None
    with pytest.raises(UsageError, match=r"'a', '=b'"):
        tags_of(["a", "=b", "c=d"])


def test_standard_input_is_read_once() -> None:
    """Two options cannot both read standard input."""
    check_stdin_once("-", None, "a")
    with pytest.raises(UsageError, match="once only"):
        check_stdin_once("-", None, "-")
