"""Batches: files with one JSON value per line."""

from __future__ import annotations

import io
import os
import threading
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from stepflow_cli.exits import UsageError
from stepflow_cli.json_lines import JsonLinesFile
from stepflow_core import FlowLoadError

Write = Callable[[str, str | bytes], Path]


def test_reads_values_in_order(write: Write) -> None:
    """Each line is a value; blank lines, line ends of any kind and a byte order mark do not matter."""
    path = write("a.jsonl", b'\xef\xbb\xbf{"a": 1}\r\n\n   \n[1.0, 2]\nnull\n"\xc3\xa9"')
    with JsonLinesFile(str(path)) as lines:
        assert lines.count == 4
        assert list(lines) == [{"a": 1}, [1.0, 2], None, "é"]
        assert list(lines) == [{"a": 1}, [1.0, 2], None, "é"]


def test_reads_standard_input() -> None:
    """Standard input is kept, so that it can be checked before anything runs."""
    with JsonLinesFile("-", io.BytesIO(b"1\n2\n")) as lines:
        assert (lines.name, lines.count, list(lines)) == ("<stdin>", 2, [1, 2])


def test_reads_pipes(tmp_path: Path) -> None:
    """A pipe is kept too."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=("1\n2\n",))
    writer.start()
    with JsonLinesFile(str(pipe)) as lines:
        assert list(lines) == [1, 2]
    writer.join()


def test_bad_lines_are_told_together(write: Write) -> None:
    """All bad lines are named, each with its number and column, before anything runs."""
    path = write("a.jsonl", '1\n{"a": 1, "a": 2}\n\n  {bad}\n3\n')
    with pytest.raises(FlowLoadError) as refused, JsonLinesFile(str(path)):
        pass
    places = [(each.file, each.line, each.column) for each in refused.value.diagnostics]
    assert places == [(str(path), 2, 10), (str(path), 4, 4)]


def test_places_inside_messages_are_those_of_the_file(write: Write) -> None:
    """What a message says of another place has the line of the file too."""
    path = write("a.jsonl", '1\n{"a": 1, "a": 2}\n{"a":\n')
    with pytest.raises(FlowLoadError) as refused, JsonLinesFile(str(path)):
        pass
    [twice, unclosed] = refused.value.diagnostics
    assert "at line 2, column 2 and at line 2, column 10" in twice.text
    assert "begins at line 3, column 1" in (unclosed.hint or "")


def test_a_file_of_another_kind_is_told_as_that(write: Write, tmp_path: Path) -> None:
    """YAML, a folder and a file that is not there are told as such."""
    for source, words in ((write("a.yaml", "# x\n"), "--input"), (tmp_path, "directory"), (tmp_path / "x", "no such")):
        with pytest.raises(FlowLoadError) as refused, JsonLinesFile(str(source)):
            pass
        [found] = refused.value.diagnostics
        assert words in f"{found.text} {found.hint}"


def test_checking_ends_after_many_bad_lines(write: Write) -> None:
    """Of a file that is something else, not every line is told."""
    path = write("a.jsonl", "{\n" * 500)
    with pytest.raises(FlowLoadError) as refused, JsonLinesFile(str(path)):
        pass
    assert len(refused.value.diagnostics) == 20


def test_not_utf8_is_located(write: Write) -> None:
    """A line that is not UTF-8 is named."""
    with pytest.raises(FlowLoadError) as refused, JsonLinesFile(str(write("a.jsonl", b'1\n"\xff"\n'))):
        pass
    assert refused.value.diagnostics[0].line == 2


def test_lines_that_are_too_long_are_refused(write: Write) -> None:
    """A line of more than 32 MiB is not held in memory; the next one counts as the second."""
    path = write("a.jsonl", b'"' + b"x" * (70 * 1024 * 1024) + b'"\n{\n')
    with pytest.raises(FlowLoadError) as refused, JsonLinesFile(str(path)):
        pass
    assert [(each.line, "limit" in each.text) for each in refused.value.diagnostics] == [(1, True), (2, False)]


@pytest.mark.parametrize("content", ["", "\n \n"])
def test_no_value_at_all_is_refused(write: Write, content: str) -> None:
    """A batch has at least one item."""
    with pytest.raises(UsageError, match="holds no value"), JsonLinesFile(str(write("a.jsonl", content))):
        pass


def test_missing_file_is_refused(tmp_path: Path) -> None:
    """A file that cannot be opened is refused by its name."""
    with pytest.raises(FlowLoadError) as refused, JsonLinesFile(str(tmp_path / "a.jsonl")):
        pass
    assert refused.value.diagnostics[0].file == str(tmp_path / "a.jsonl")


def test_memory_is_bounded(write: Write) -> None:
    """However many lines there are, one at a time is held."""
    path = write("a.jsonl", b'{"n": 1, "t": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}\n' * 20_000)
    tracemalloc.start()
    with JsonLinesFile(str(path)) as lines:
        assert sum(1 for _ in lines) == 20_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < path.stat().st_size / 2
