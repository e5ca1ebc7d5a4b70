"""Filters that make text of text. What is not text is taken as it would be written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from html import escape as escape_html
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, quote_plus

from .errors import TemplateError
from .operators import NUMBERS
from .values import json_of, kind_of, text_of

if TYPE_CHECKING:
    from .limits import Budget

_WIDEST: Final = 1000
"""How wide a formatted number or an indentation may be."""

_DEEPEST_INDENT: Final = 8
"""By how much each level of written JSON may be indented."""

_DIRECTIVE: Final = re.compile(r"%(?:\((\w+)\))?([-+ 0#]*)(\d*)(?:\.(\d*))?(.)?", re.DOTALL)

_TAG: Final = re.compile(r"<!--|<")


def as_text(value: Any, budget: Budget) -> str:
    """A value as text of a bounded length."""
    text = text_of(value, budget)
    budget.text(len(text))
    return text


def _simple(change: Callable[[str], str]) -> Callable[..., str]:
    def apply(budget: Budget, value: Any, /) -> str:
        return as_text(change(as_text(value, budget)), budget)

    return apply


def _title(text: str) -> str:
    return re.sub(r"[^\s\-({\[<]+", lambda word: word[0][:1].upper() + word[0][1:].lower(), text)


def trim(budget: Budget, value: Any, /, chars: str | None = None) -> str:
    """Without blanks, or the characters given, at both ends."""
    return as_text(value, budget).strip(chars)


def replace(budget: Budget, value: Any, /, old: str, new: Any, count: int = -1) -> str:
    """With every `old` (or the first `count` of them) replaced by `new`."""
    text, new = as_text(value, budget), as_text(new, budget)
    found = text.count(old) if count < 0 else min(text.count(old), count)
    budget.text(len(text) + found * (len(new) - len(old)))
    return text.replace(old, new, count)


def truncate(
    budget: Budget, value: Any, /, length: int = 255, killwords: bool = False, end: str = "...", leeway: int = 5
) -> str:
    """Not longer than `length`, `end` included; cut between words unless `killwords`; `leeway` is tolerated."""
    text = as_text(value, budget)
    if len(text) <= length + leeway:
        return text
    cut = text[: max(length - len(end), 0)]
    return (cut if killwords else cut.rsplit(" ", 1)[0]) + end


def center(budget: Budget, value: Any, /, width: int = 80) -> str:
    """In the middle of `width` characters."""
    text = as_text(value, budget)
    budget.text(max(width, len(text)))
    return text.center(width)


def indent(budget: Budget, value: Any, /, width: int | str = 4, first: bool = False, blank: bool = False) -> str:
    """Every line but the first (and empty ones, unless `blank`) indented by `width` blanks or that text."""
    text = as_text(value, budget)
    margin = width if isinstance(width, str) else " " * _bounded(width)
    lines = text.split("\n")
    budget.text(len(text) + len(lines) * len(margin))
    changed = [lines[0] if not first else margin + lines[0]]
    changed += [margin + line if line or blank else line for line in lines[1:]]
    return "\n".join(changed)


def _bounded(width: int) -> int:
    if not 0 <= width <= _WIDEST:
        raise TemplateError(f"a width is between 0 and {_WIDEST}")
    return width


def word_count(budget: Budget, value: Any, /) -> int:
    """How many words it has."""
    text = as_text(value, budget)
    budget.spend(len(text) >> 3)
    return sum(1 for _ in re.finditer(r"\w+", text))


def word_wrap(
    budget: Budget, value: Any, /, width: int = 79, break_long_words: bool = True, wrapstring: str = "\n"
) -> str:
    """In lines of at most `width` characters, broken between words."""
    text = as_text(value, budget)
    if width < 1:
        raise TemplateError("a width to wrap at is at least 1")
    budget.items(len(text) // 2)
    lines = [part for line in text.splitlines() for part in _wrap(line, width, break_long_words)]
    budget.text(sum(map(len, lines)) + len(lines) * len(wrapstring))
    return wrapstring.join(lines)


def _wrap(line: str, width: int, breaking: bool) -> Iterator[str]:
    words: list[str] = []
    length = -1
    for word in _words(line, width, breaking):
        if words and length + 1 + len(word) > width:
            yield " ".join(words)
            words, length = [], -1
        words.append(word)
        length += 1 + len(word)
    yield " ".join(words)


def _words(line: str, width: int, breaking: bool) -> Iterator[str]:
    for word in line.split():
        step = width if breaking else len(word)
        yield from (word[start : start + step] for start in range(0, len(word), step))


def strip_tags(budget: Budget, value: Any, /) -> str:
    """Without markup: tags and comments taken out, blanks as one."""
    return " ".join("".join(_outside_tags(as_text(value, budget))).split())


def _outside_tags(text: str) -> Iterator[str]:
    position = 0
    while (tag := _TAG.search(text, position)) is not None:
        end = text.find("-->" if tag[0] == "<!--" else ">", tag.end())
        if end < 0:
            break
        yield text[position : tag.start()]
        position = end + (3 if tag[0] == "<!--" else 1)
    yield text[position:]


def url_encode(budget: Budget, value: Any, /) -> str:
    """As a part of a URL; an object or an array of pairs as a query."""
    if value.__class__ not in (dict, list):
        return as_text(quote(as_text(value, budget)), budget)
    pairs = value.items() if isinstance(value, dict) else value
    budget.items(len(value))
    query = "&".join(f"{_query_part(key, budget)}={_query_part(member, budget)}" for key, member in pairs)
    return as_text(query, budget)


def _query_part(value: Any, budget: Budget) -> str:
    return as_text(quote_plus(as_text(value, budget)), budget)


def split(budget: Budget, value: Any, /, separator: str | None = None, count: int = -1) -> list[str]:
    """The parts between separators (by default blanks), at most `count` times."""
    text = as_text(value, budget)
    parts = text.split(separator, count)
    budget.items(len(parts))
    return parts


def lines(budget: Budget, value: Any, /) -> list[str]:
    """The lines."""
    parts = as_text(value, budget).splitlines()
    budget.items(len(parts))
    return parts


def to_json(budget: Budget, value: Any, /, indent: int = 0) -> str:
    """As JSON, text in quotes; with line breaks where `indent` blanks a level are asked for."""
    if not 0 <= indent <= _DEEPEST_INDENT:
        raise TemplateError(f"an indentation is between 0 and {_DEEPEST_INDENT}")
    return json_of(value, budget, indent)


def file_size(budget: Budget, value: Any, /, binary: bool = False) -> str:
    """A number of bytes in words: `13 kB`, `4.1 MB`; `binary` counts by 1024."""
    size, base = float(value), 1024 if binary else 1000
    if size < base:
        return "1 Byte" if size == 1 else f"{size:.0f} Bytes"
    names = ("KiB", "MiB", "GiB", "TiB", "PiB", "EiB") if binary else ("kB", "MB", "GB", "TB", "PB", "EB")
    power = 1
    while size >= base ** (power + 1) and power < len(names):
        power += 1
    return f"{size / base**power:.1f} {names[power - 1]}"


def pluralize(budget: Budget, value: Any, /, singular: str = "", plural: str = "s") -> str:
    """`singular` for 1 (or an array of one), else `plural`."""
    count = len(value) if value.__class__ in (list, dict) else value
    return singular if count == 1 else plural


def format_text(budget: Budget, value: Any, /, *args: Any, **named: Any) -> str:
    """`"%s: %.2f"|format(name, x)`: printf-style, as in Python."""
    text = as_text(value, budget)
    rest = iter(args)

    def write(match: re.Match[str]) -> str:
        piece = _directive(match, rest, named, budget)
        budget.text(len(piece))
        return piece

    formatted = _DIRECTIVE.sub(write, text)
    if next(rest, None) is not None:
        raise TemplateError("there are more values than the format has places")
    budget.text(len(formatted))
    return formatted


def _directive(match: re.Match[str], rest: Iterator[Any], named: dict[str, Any], budget: Budget) -> str:
    name, flags, width, precision, conversion = match.groups()
    if conversion == "%":
        return "%"
    value = _argument(name, rest, named)
    pattern = f"%{flags}{_digits(width)}" + ("" if precision is None else f".{_digits(precision)}")
    if conversion == "s":
        return f"{pattern}s" % as_text(value, budget)
    if conversion is None or conversion not in "diouxXeEfFgG":
        raise TemplateError(f"the format has an unknown conversion `{match[0]}`")
    if value.__class__ not in NUMBERS:
        raise TemplateError(f"`{match[0]}` takes a number, not {kind_of(value)}")
    return (pattern + conversion) % value


def _argument(name: str | None, rest: Iterator[Any], named: dict[str, Any]) -> Any:
    try:
        return next(rest) if name is None else named[name]
    except (StopIteration, KeyError):
        raise TemplateError("the format has more places than there are values") from None


def _digits(text: str) -> str:
    if len(text) > 4 or (text and int(text) > _WIDEST):
        raise TemplateError(f"a width or precision is at most {_WIDEST}")
    return text


TEXT_FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "upper": _simple(str.upper),
    "lower": _simple(str.lower),
    "capitalize": _simple(str.capitalize),
    "title": _simple(_title),
    "string": _simple(str),
    "safe": _simple(str),
    "escape": _simple(escape_html),
    "e": _simple(escape_html),
    "trim": trim,
    "replace": replace,
    "truncate": truncate,
    "center": center,
    "indent": indent,
    "wordcount": word_count,
    "wordwrap": word_wrap,
    "striptags": strip_tags,
    "urlencode": url_encode,
    "split": split,
    "lines": lines,
    "tojson": to_json,
    "filesizeformat": file_size,
    "pluralize": pluralize,
    "format": format_text,
}
