r"""Characters that PyYAML reads by YAML 1.1 or not at all, carried past it by stand-ins of the same length.

U+0085, U+2028 and U+2029 are line breaks to it, which YAML 1.2 takes for ordinary characters. Of the escapes
that JSON writes characters beyond U+FFFF with (`\ud83d\ude00`) it refuses the halves.
"""

from __future__ import annotations

import re
from itertools import islice

from ._builder import Unreadable, joined

_OLD_BREAKS = "\x85\u2028\u2029"
_SPECIAL = (*_OLD_BREAKS, "\\ud", "\\uD")
_PAIR = re.compile(r"(?<!\\)((?:\\\\)*+)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
_PRIVATE_USE = range(0xE000, 0xF900)


class StandIns:
    """A text with stand-ins in it; `restored` turns what was read of it back."""

    __slots__ = ("_back", "_joined", "text")

    def __init__(self, text: str) -> None:
        stand_in, backslash = _stand_in_characters(text)
        self._back = {ord(new): old for old, new in stand_in.items()} | {ord(backslash): "\\"}
        self._joined = re.compile(f"{backslash}u(.{{4}}){backslash}u(.{{4}})")
        text = text.translate({ord(old): new for old, new in stand_in.items()})
        self.text = _PAIR.sub(rf"\1{backslash}u\2{backslash}u\3", text)

    def restored(self, text: str, escapes: bool) -> str:
        """A scalar as the document means it; `escapes` says whether it stood in double quotes."""
        if escapes:
            text = self._joined.sub(lambda pair: joined(pair[1], pair[2]), text)
        return text.translate(self._back)


def stand_ins(text: str) -> StandIns | None:
    """Stand-ins for what needs them in a text; `None` where nothing does."""
    return StandIns(text) if any(each in text for each in _SPECIAL) else None


def _stand_in_characters(text: str) -> tuple[dict[str, str], str]:
    """For each old line break a character that the text does not hold, and one for the backslash."""
    used = set(text)
    unused = list(islice((each for each in map(chr, _PRIVATE_USE) if each not in used), len(_OLD_BREAKS) + 1))
    if len(unused) <= len(_OLD_BREAKS):
        raise Unreadable("the text holds every character for private use", hint="delete those that are not needed")
    return dict(zip(_OLD_BREAKS, unused, strict=False)), unused[-1]
