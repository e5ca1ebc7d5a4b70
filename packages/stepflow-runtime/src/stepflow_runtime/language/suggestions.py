"""Did you mean …? The known word that a misspelt one was probably meant to be."""

from __future__ import annotations

from collections.abc import Iterable

LONGEST_WORD = 64
"""Words longer than this get no suggestion: comparing takes time by the square of the length."""

MOST_CANDIDATES = 1000
"""How many known words are looked at."""


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate most like `word`, or `None` where none is near.

    Another case and `_` or `-` between words count as the same; beyond that the similarity is the ratio of
    `difflib.SequenceMatcher` (Ratcliff and Obershelp), at least 0.7.
    """
    if len(word) > LONGEST_WORD:
        return None
    known = _comparable(word, candidates)
    plain = _plain(word)
    same = next((each for each in known if _plain(each) == plain), None)
    return same if same is not None else _similar(word, known)


def _comparable(word: str, candidates: Iterable[str]) -> list[str]:
    longest = len(word) * 2 + 2
    near = (each for each in candidates if each != word and len(each) <= longest)
    return [each for each, _ in zip(near, range(MOST_CANDIDATES), strict=False)]


def _plain(word: str) -> str:
    return word.replace("_", "").replace("-", "").casefold()


def _similar(word: str, known: list[str]) -> str | None:
    from difflib import get_close_matches  # rarely needed

    matches = get_close_matches(word, known, n=1, cutoff=0.7)
    return matches[0] if matches else None
