"""What is said of YAML text that cannot be read: in words of the document, with how to mend it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from ._builder import Unreadable, shown, spelled
from ._yaml_scalars import CORE_TAG

if TYPE_CHECKING:
    from ._builder import Builder

_Explanation: TypeAlias = "tuple[str, int, str | None]"
"""What is wrong, at which offset, and how to mend it."""

_KNOWN_TAGS = ("!!str", "!!int", "!!float", "!!bool", "!!null", "!!map", "!!seq")
_DELETE_TAG = f"delete it; the tags that can be used are {', '.join(_KNOWN_TAGS)}"
_KEY_TEXT = re.compile(r"[^\s:,{}\[\]]+")
_QUOTE = "quote a text that holds this character"
_INDENT = "keys of one object, and the '-' of one list, stand in one column"

_PROBLEMS: Final[tuple[tuple[str, str, str | None], ...]] = (
    # (words of PyYAML's or libyaml's message, what to say instead, hint)
    ("mapping values are not allowed", "a ':' after a key cannot stand here",
     "quote a text that holds ': ', or give the key a line of its own"),
    ("sequence entries are not allowed", "a '-' of a list item cannot stand here",
     "put each '- ' on a line of its own, or quote the text"),
    ("mapping keys are not allowed", "a '?' cannot stand here", "quote the text"),
    ("invalid Unicode character escape code", "this escape is not a character",
     "write the character itself, or \\U and its eight hex digits instead of two \\u"),
    ("hexdecimal", "hex digits are missing after this escape", "\\x takes 2, \\u takes 4, \\U takes 8 of them"),
    ("hexadecimal", "hex digits are missing after this escape", "\\x takes 2, \\u takes 4, \\U takes 8 of them"),
    ("expected ',' or ']'", "a ',' or ']' is expected here", "the list is not closed, or a text in it needs quotes"),
    ("expected ',' or '}'", "a ',' or '}' is expected here", "the object is not closed, or a text in it needs quotes"),
    ("expected key", "this does not go on with the object around it", _INDENT),
    ("expected <block end>", "this does not go on with what stands around it", _INDENT),
    ("expected '-' indicator", "this does not go on with the list around it", _INDENT),
    ("node content", "a value is expected here", _QUOTE),
    ("<document start>", "the document has ended before this", "indent it like the rest, or quote the whole text"),
    ("unexpected ':'", "a ':' inside {} or [] needs a blank after it", "or quote the text"),
    ("undefined tag handle", "this tag is not known", _DELETE_TAG),
    ("alphabetic or numeric character", "a name is expected after '&' or '*'", "quote a text that begins with it"),
    ("expected alphanumeric or", "a name is expected after '&' or '*'", "quote a text that begins with it"),
    ("directive", "this directive cannot be used", "delete the line; quote a text that begins with '%'"),
    ("incompatible YAML document", "this version of YAML is not supported", "delete the %YAML line"),
    ("expected comment or line break", "the text of a block begins on the line after its '|' or '>'", None),
    ("expected a comment or a line break", "the text of a block begins on the line after its '|' or '>'", None),
    ("indentation indicator", "the text of a block begins on the line after its '|' or '>'", None),
    ("tab character", "a tab stands where only blanks can stand", "indent with spaces, YAML does not allow tabs"),
)  # fmt: skip


def explain(error: Any, builder: Builder) -> Unreadable:
    """The refusal of a text that PyYAML refuses: of `error`, a `yaml.YAMLError`."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    context = getattr(error, "context_mark", None)
    offset = mark.index if mark is not None else 0
    begun = context.index if context is not None else None
    text, offset, hint = _explanation(builder.text, problem, offset, begun)
    return builder.refusal(text, offset, hint)


def _explanation(text: str, problem: str, offset: int, begun: int | None) -> _Explanation:
    found = _unfinished(problem, begun) or _in_line(text, problem, offset)
    if found is not None:
        return found
    for words, instead, hint in _PROBLEMS:
        if words in problem:
            return instead + _opened(text, words, offset, begun), offset, hint
    return f"this is not YAML: {problem}", offset, None


def _unfinished(problem: str, begun: int | None) -> _Explanation | None:
    """What does not end: where it begins says more than where the text ends without it."""
    if begun is None:
        return None
    if "could not find expected ':'" in problem:
        return "this is neither 'key: value' nor '- item'", begun, "add ': ' after the key, or indent the line"
    if "end of stream" in problem or "document indicator" in problem:
        return "the quoted text that begins here is never closed", begun, "a closing quote is missing"
    return None


def _in_line(text: str, problem: str, offset: int) -> _Explanation | None:
    """What the line itself tells better than the problem."""
    begin = max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1
    before, found = text[begin:offset], text[offset : offset + 1]
    invisible = _invisible(before, found, begin)
    if invisible is not None:
        return invisible
    if "cannot start any token" in problem:
        return f"a text cannot begin with {shown(found)}", offset, "quote the text"
    if "unknown escape" in problem:
        escape = "\\" + (text[offset + 1 : offset + 2] if found == "\\" else found)
        return f"{shown(escape)} is not an escape", offset, "write \\\\ for a backslash, or use single quotes"
    if found == ":" and len(before) > 1024:
        return "a key is longer than 1,024 characters", offset, "write it as '? key' with ': value' on the next line"
    if found == ":" and any(words in problem for words in ("expected key", "<block end>", "node content")):
        return _colon(text, offset)
    if before.rstrip().endswith(('"', "'")) and ("expected key" in problem or "<block end>" in problem):
        return "more follows after the closing quote", offset, "quote the whole text, and double a quote inside it"
    return None


def _invisible(before: str, found: str, begin: int) -> _Explanation | None:
    """Tabs and byte order marks, which nobody sees."""
    tab = "a tab stands where only blanks can stand"
    if "\t" in before + found and not (before + found).strip("\t -?:"):
        return tab, begin + (before + found).index("\t"), "indent with spaces, YAML does not allow tabs"
    if found == "\t":
        return tab, begin + len(before), "use blanks, or quote the text"
    if "\ufeff" in before:
        return "a byte order mark stands inside the text", begin + before.index("\ufeff"), "delete it; it is invisible"
    return None


def _colon(text: str, offset: int) -> _Explanation:
    if text[offset + 1 : offset + 2].strip():
        return "a text inside {} or [] begins with ':'", offset, "quote it"
    return "a key is missing before the ':'", offset, 'quote an empty key: ""'


def _opened(text: str, words: str, offset: int, begun: int | None) -> str:
    """Where the container begins that is not closed."""
    if begun is None or begun == offset or words not in {"expected ',' or ']'", "expected ',' or '}'"}:
        return ""
    name = "list" if "]" in words else "object"
    return f", in the {name} that begins at {spelled(text, begun)}"


def foreign_tag(builder: Builder, tag: str, offset: int, place: str) -> Unreadable:
    """The refusal of a tag that is not the core schema's, or not one for what it stands at."""
    name = "!!" + tag.removeprefix(CORE_TAG) if tag.startswith(CORE_TAG) else tag
    if name in _KNOWN_TAGS:
        return builder.refusal(f"the tag {name} stands at {place}", offset, "delete or change the tag")
    return builder.refusal(f"the tag {shown(name)} is not known", offset, _DELETE_TAG)


def key_is_container(builder: Builder, offset: int) -> Unreadable:
    """The refusal of an array or object as a key."""
    if builder.text.startswith("{", offset) and builder.text[offset - 1 : offset] == "{":
        hint = 'quote a text with a template in it: "{{ … }}"'
        return builder.refusal("'{{' begins an object whose key is an object; keys are text", offset - 1, hint)
    return builder.refusal("a list or an object stands here as a key; keys are text", offset, "quote the key")


def key_is_not_text(builder: Builder, value: Any, offset: int) -> Unreadable:
    """The refusal of a number, boolean or null as a key."""
    match = _KEY_TEXT.match(builder.text, offset)
    if match is None:
        return builder.refusal("a key is missing before the ':'", offset, 'quote an empty key: ""')
    kind = {bool: "a boolean", type(None): "null", int: "an integer", float: "a number"}[type(value)]
    hint = f'quote the key: "{match[0]}"' if len(match[0]) <= 60 else "quote the key"
    return builder.refusal(f"the key {shown(match[0])} is {kind}; keys are text", offset, hint)
