"""The journal in memory: dense numbers, readers from any place on, bounded, nothing lost to a slow reader."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stepflow_runtime.engine import journal as journal_module
from stepflow_runtime.engine.entries import Entry, RunCompleted, StepOutput
from stepflow_runtime.engine.journal import CHUNK, Journal, Reader

NOBODY: Any = None
"""Entries of the tests are of no run."""


def numbered(name: object) -> Entry:
    return RunCompleted(0.0, NOBODY, str(name))


def chunk(name: object) -> Entry:
    return StepOutput(0.0, NOBODY, 0, 1, "data", str(name), 0)


def names(read: Iterator[tuple[int, Entry]]) -> list[tuple[int, str]]:
    """What was read: each number with the name that the test gave the entry."""
    return [(number, entry.chunk if isinstance(entry, StepOutput) else entry.status) for number, entry in read]


def filled(count: int, most_chunks: int = 100) -> Journal:
    made = Journal(most_chunks)
    for number in range(count):
        made.append([numbered(number)])
    return made


def test_entries_are_numbered_from_zero() -> None:
    """Chunks of output have the number of the last entry before them."""
    made = Journal()
    made.append([numbered("a"), chunk("x"), numbered("b")])
    made.append([chunk("y"), chunk("z")])
    assert names(Reader(made).read()) == [(0, "a"), (0, "x"), (1, "b"), (1, "y"), (1, "z")]
    assert made.last_number == 1


def test_an_empty_journal_has_nothing_to_read() -> None:
    """Its last number is that before the first."""
    made = Journal()
    assert names(Reader(made).read()) == []
    assert list(made.entries()) == []
    assert made.last_number == -1


def test_a_reader_goes_on_where_it_stopped() -> None:
    """Everything once and in order."""
    made = filled(3)
    reader = Reader(made)
    assert [number for number, _ in reader.read()] == [0, 1, 2]
    assert list(reader.read()) == []
    made.append([numbered(3), numbered(4)])
    assert [number for number, _ in reader.read()] == [3, 4]


def test_a_reader_sees_what_is_added_while_it_reads() -> None:
    """Across the end of a chunk too."""
    made = filled(CHUNK - 1)
    reading = Reader(made, CHUNK - 3).read()
    assert next(reading)[0] == CHUNK - 2
    made.append([numbered("x"), numbered("y")])
    made.append([numbered("z")])
    assert [number for number, _ in reading] == [CHUNK - 1, CHUNK, CHUNK + 1]


@pytest.mark.parametrize("since", [-5, -1, 0, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 5])
def test_a_reader_begins_after_the_number_it_is_given(since: int) -> None:
    """In whichever chunk that is."""
    made = filled(3 * CHUNK)
    assert [number for number, _ in Reader(made, since).read()] == list(range(max(0, since + 1), 3 * CHUNK))


def test_readers_do_not_mind_each_other() -> None:
    """Each has a place of its own."""
    made = filled(10)
    first, second = Reader(made), Reader(made)
    assert len(list(first.read())) == 10
    made.append([numbered("x")])
    assert len(list(second.read())) == 11
    assert len(list(first.read())) == 1


def test_a_journal_keeps_its_newest_entries() -> None:
    """Numbers stay what they were; who comes late begins with the oldest that is kept."""
    made = filled(10 * CHUNK, most_chunks=3)
    kept = [number for number, _ in Reader(made).read()]
    assert kept == list(range(8 * CHUNK, 10 * CHUNK))
    assert len(list(made.entries())) == len(kept)
    assert made.last_number == 10 * CHUNK - 1
    assert [number for number, _ in Reader(made, 9 * CHUNK).read()] == kept[CHUNK + 1 :]


def test_a_slow_reader_loses_nothing() -> None:
    """It holds on to what it has not read."""
    made = filled(5, most_chunks=2)
    slow = Reader(made)
    assert next(slow.read())[0] == 0
    for number in range(5, 10 * CHUNK):
        made.append([numbered(number)])
    assert [number for number, _ in slow.read()] == list(range(1, 10 * CHUNK))


def test_one_transition_stays_together() -> None:
    """However long it is."""
    made = Journal(2)
    made.append([numbered(number) for number in range(5 * CHUNK)])
    made.append([numbered("next")])
    assert len(list(made.entries())) == 5 * CHUNK + 1
    assert made.last_number == 5 * CHUNK


def test_who_waits_is_called_once() -> None:
    """When there is more, or when the journal has ended."""
    made = Journal()
    calls: list[str] = []
    made.call_when_more(lambda: calls.append("first"))
    made.call_when_more(lambda: calls.append("second"))
    assert calls == []
    made.append([numbered("a")])
    made.append([numbered("b")])
    assert calls == ["first", "second"]
    made.call_when_more(lambda: calls.append("third"))
    made.end()
    assert (calls, made.ended) == (["first", "second", "third"], True)


def test_who_is_called_may_wait_again() -> None:
    """For the next time."""
    made = Journal()
    calls: list[int] = []

    def wake() -> None:
        calls.append(len(calls))
        made.call_when_more(wake)

    made.call_when_more(wake)
    for _ in range(3):
        made.append([numbered("x")])
    assert calls == [0, 1, 2]


def comes_after(since: int, number: int, entry: Entry) -> bool:
    return number > since or (number == since and isinstance(entry, StepOutput))


transitions = st.lists(st.lists(st.booleans(), min_size=1, max_size=6), max_size=12)


@given(transitions, st.integers(-2, 40), st.integers(1, 4), st.integers(1, 5))
@settings(max_examples=80)
def test_every_reader_reads_what_comes_after_its_number(
    appended: list[list[bool]], since: int, size: int, most: int
) -> None:
    """Against a plain list, whatever the sizes of transitions and chunks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(journal_module, "CHUNK", size)
        made, early, plain = Journal(most), None, []
        number = -1
        for transition in appended:
            entries = [numbered(number) if is_numbered else chunk(number) for is_numbered in transition]
            made.append(entries)
            early = early or Reader(made)
            for entry in entries:
                number += not isinstance(entry, StepOutput)
                plain.append((number, entry))
        read = list(early.read()) if early is not None else []
        assert read == plain[len(plain) - len(read) :]
        assert made.last_number == number
        late = list(Reader(made, since).read())
        assert late == plain[len(plain) - len(late) :]
        if most > len(appended):
            assert read == plain
            assert late == [each for each in plain if comes_after(since, *each)]
