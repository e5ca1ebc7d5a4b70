"""Changes to the text of a document that leave everything else in it, comments too, as it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Protocol

from stepflow_core.documents import Document, read_text

Location = tuple[str | int, ...]


class Change(NamedTuple):
    """A value to stand at a place; the member is new where the object at `location[:-1]` lacks it."""

    location: Location
    value: Any


class Edit(NamedTuple):
    """Text to stand in the place of that between two offsets."""

    start: int
    end: int
    text: str


class Editor(Protocol):
    """Knows how a format writes values and where in one text they stand."""

    def replace(self, location: Location, value: Any) -> Edit:
        """The edit that puts a value in the place of another."""
        ...

    def insert(self, location: Location, value: Any) -> Edit:
        """The edit that adds a member to the object at `location[:-1]`."""
        ...


class CannotEditError(Exception):
    """The text is written in a way that cannot be edited in place."""


def changed_text(document: Document, changes: Iterable[Change]) -> str:
    """The document's text with changes. Raises `CannotEditError` where they cannot be made in place."""
    if "\r\n" in document.text:
        unix = _read(document.text.replace("\r\n", "\n"), document)
        return changed_text(unix, changes).replace("\n", "\r\n")
    editor = _editor(document)
    edits, wanted = [], _copy(document.data)
    for change in changes:
        known = _lookup(wanted, change.location)
        edits.append((editor.replace if known else editor.insert)(change.location, change.value))
        _put(wanted, change)
    text = _apply(document.text, edits)
    if not _same(_read(text, document).data, wanted):
        raise CannotEditError("the text that came out does not hold what it should")
    return text


def differences(location: Location, old: Any, new: Any) -> Iterator[Change]:
    """The smallest changes that make `new` out of `old`."""
    if isinstance(old, dict) and isinstance(new, dict) and old.keys() == new.keys():
        for key, value in old.items():
            yield from differences((*location, key), value, new[key])
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, value in enumerate(old):
            yield from differences((*location, index), value, new[index])
    elif type(old) is not type(new) or old != new:
        yield Change(location, new)


def _read(text: str, like: Document) -> Document:
    return read_text(text, format="json" if like.format == "json" else "yaml")


def _editor(document: Document) -> Editor:
    if document.format == "json":
        from .json_edits import JsonEditor

        return JsonEditor(document)
    from .yaml_edits import YamlEditor

    return YamlEditor(document.text)


def _apply(text: str, edits: list[Edit]) -> str:
    # From the end, so that the offsets of what is still to be edited hold.
    for edit in sorted(edits, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(member) for key, member in value.items()}
    return [_copy(member) for member in value] if isinstance(value, list) else value


def _lookup(value: Any, location: Location) -> bool:
    for part in location[:-1]:
        value = value[part]
    return not isinstance(value, dict) or location[-1] in value


def _put(value: Any, change: Change) -> None:
    for part in change.location[:-1]:
        value = value[part]
    value[change.location[-1]] = change.value


def _same(one: Any, other: Any) -> bool:
    return not any(differences((), one, other))
