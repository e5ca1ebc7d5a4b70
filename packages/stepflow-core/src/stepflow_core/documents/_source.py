"""Gets at the text of a document: from regular files and in UTF-8 only, and no more than the limit."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import Final

from ._builder import Unreadable

_UNPRINTABLE: Final = {
    "yaml": re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"),
    "json": re.compile("[\ud800-\udfff]"),
}
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_LARGE = "pass large data as input or as a blob"
_KINDS: Final = (
    (stat.S_ISDIR, "a directory"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def content_of(path: str, max_bytes: int) -> bytes:
    """The bytes of a regular file. Raises `Unreadable`."""
    try:
        status = Path(path).stat()
        _check_kind(status.st_mode)
        _check_size(status.st_size, max_bytes)
        # Without waiting: should the path name a pipe by now, opening it must not hang.
        with open(path, "rb", opener=_open_without_waiting) as file:
            content = file.read(max_bytes + 1)
    except FileNotFoundError:
        raise _missing(path) from None
    except (OSError, ValueError) as error:
        raise _inaccessible(error) from None
    _check_size(len(content), max_bytes)
    return content


def decoded(text: str | bytes, max_bytes: int) -> str:
    """The text without its byte order mark. Raises `Unreadable` where it is too large or not UTF-8."""
    if isinstance(text, str):
        _check_size(len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass")), max_bytes)
        return text.removeprefix("\ufeff")
    _check_size(len(text), max_bytes)
    if text.startswith(_WIDE_MARKS):
        raise Unreadable("the text is UTF-16 or UTF-32, not UTF-8", 0, hint="save it as UTF-8")
    try:
        return text.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise _not_utf8(text, error.start) from None


def check_characters(text: str, format: str) -> None:
    """Raise `Unreadable` where the text holds a character that no document of that format may hold."""
    found = _UNPRINTABLE[format].search(text)
    if found is None:
        return
    code = ord(found[0])
    if code == 0:
        hint = "the text may be binary or UTF-16: save it as UTF-8"
        raise Unreadable("a NUL character stands in the text", found.start(), hint=hint)
    name = "half a surrogate pair" if 0xD800 <= code <= 0xDFFF else "the control character"
    hint = "delete it; inside double quotes it can be written as an escape"
    raise Unreadable(f"{name} U+{code:04X} stands in the text", found.start(), hint=hint)


def _check_kind(mode: int) -> None:
    for is_kind, name in _KINDS:
        if is_kind(mode):
            raise Unreadable(f"it is {name}, not a file", hint="give the path of a YAML or JSON file")


def _check_size(size: int, max_bytes: int) -> None:
    if size > max_bytes:
        raise Unreadable(f"it has {size:,} bytes, more than the limit of {_size(max_bytes)}", hint=_LARGE)


def _size(size: int) -> str:
    mebibytes, rest = divmod(size, 1024 * 1024)
    return f"{size:,} bytes" if rest or not mebibytes else f"{mebibytes:,} MiB ({size:,} bytes)"


def _open_without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _missing(path: str) -> Unreadable:
    file = Path(path)
    for extension in (".yaml", ".yml", ".json"):
        other = file.with_suffix(extension)
        if other.is_file():
            return Unreadable("there is no such file", hint=f'there is "{other.name}"')
    hint = None if file.is_absolute() else f"the path starts at {Path.cwd()}"
    return Unreadable("there is no such file", hint=hint)


def _inaccessible(error: OSError | ValueError) -> Unreadable:
    reason = getattr(error, "strerror", None) or str(error)
    hint = "its permissions do not let this user read it" if isinstance(error, PermissionError) else None
    return Unreadable(f"the file cannot be read: {reason.lower()}", hint=hint)


def _not_utf8(content: bytes, offset: int) -> Unreadable:
    before = content[:offset].decode().removeprefix("\ufeff")
    text = f"the byte 0x{content[offset]:02X} at offset {offset:,} is not UTF-8"
    return Unreadable(text, len(before), hint="save it as UTF-8")
