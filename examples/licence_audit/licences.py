"""Licences by their SPDX identifiers: what the metadata of a distribution says, brought to one way of writing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

_PERMISSIVE = """0BSD AFL-3.0 Apache-2.0 BSD-2-Clause BSD-3-Clause BSL-1.0 BlueOak-1.0.0 HPND ISC MIT MIT-0 MIT-CMU
NCSA PSF-2.0 Python-2.0 Unicode-3.0 Unicode-DFS-2016 WTFPL X11 ZPL-2.1 Zlib Apache BSD"""
_PUBLIC_DOMAIN = "CC0-1.0 LicenseRef-Public-Domain Unlicense"
_WEAK_COPYLEFT = """CDDL-1.0 EPL-1.0 EPL-2.0 EUPL-1.2 LGPL-2.0-only LGPL-2.0-or-later LGPL-2.1-only LGPL-2.1-or-later
LGPL-3.0-only LGPL-3.0-or-later MPL-1.1 MPL-2.0 LGPL MPL"""
_STRONG_COPYLEFT = """AGPL-3.0-only AGPL-3.0-or-later GPL-2.0-only GPL-2.0-or-later GPL-3.0-only GPL-3.0-or-later
AGPL GPL"""
_PROPRIETARY = "LicenseRef-Proprietary"

FAMILIES = frozenset({"AGPL", "Apache", "BSD", "GPL", "LGPL", "MPL"})
"""Names that leave open which licence of a family is meant; they are no SPDX identifiers."""


def _categories() -> dict[str, str]:
    groups = {
        "permissive": _PERMISSIVE,
        "public domain": _PUBLIC_DOMAIN,
        "weak copyleft": _WEAK_COPYLEFT,
        "strong copyleft": _STRONG_COPYLEFT,
        "proprietary": _PROPRIETARY,
    }
    return {name: category for category, names in groups.items() for name in names.split()}


CATEGORY: Mapping[str, str] = MappingProxyType(_categories())
"""Licence (or family) -> permissive, public domain, weak copyleft, strong copyleft or proprietary."""

_BY_LOWER_CASE = MappingProxyType({name.lower(): name for name in CATEGORY if name not in FAMILIES})

_CLASSIFIERS = MappingProxyType({
    "Academic Free License (AFL)": "AFL-3.0",
    "Apache Software License": "Apache",
    "BSD License": "BSD",
    "Boost Software License 1.0 (BSL-1.0)": "BSL-1.0",
    "CC0 1.0 Universal (CC0 1.0) Public Domain Dedication": "CC0-1.0",
    "Common Development and Distribution License 1.0 (CDDL-1.0)": "CDDL-1.0",
    "Eclipse Public License 1.0 (EPL-1.0)": "EPL-1.0",
    "Eclipse Public License 2.0 (EPL-2.0)": "EPL-2.0",
    "European Union Public Licence 1.2 (EUPL 1.2)": "EUPL-1.2",
    "GNU Affero General Public License v3": "AGPL-3.0-only",
    "GNU Affero General Public License v3 or later (AGPLv3+)": "AGPL-3.0-or-later",
    "GNU General Public License (GPL)": "GPL",
    "GNU General Public License v2 (GPLv2)": "GPL-2.0-only",
    "GNU General Public License v2 or later (GPLv2+)": "GPL-2.0-or-later",
    "GNU General Public License v3 (GPLv3)": "GPL-3.0-only",
    "GNU General Public License v3 or later (GPLv3+)": "GPL-3.0-or-later",
    "GNU Lesser General Public License v2 (LGPLv2)": "LGPL-2.0-only",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.0-or-later",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
    "GNU Library or Lesser General Public License (LGPL)": "LGPL",
    "Historical Permission Notice and Disclaimer (HPND)": "HPND",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "MIT No Attribution License (MIT-0)": "MIT-0",
    "Mozilla Public License 1.1 (MPL 1.1)": "MPL-1.1",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Other/Proprietary License": "LicenseRef-Proprietary",
    "Public Domain": "LicenseRef-Public-Domain",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
    "Universal Permissive License (UPL)": "UPL-1.0",
    "University of Illinois/NCSA Open Source License": "NCSA",
    "Zope Public License": "ZPL-2.1",
    "zlib/libpng License": "Zlib",
})  # fmt: skip

_NOISE = frozenset({
    "a", "and", "general", "gnu", "licence", "license", "licensed", "licenses", "or", "public", "software", "the",
    "under", "version",
})  # fmt: skip

_NAMES = MappingProxyType({
    "2 clause bsd": "BSD-2-Clause", "3 clause bsd": "BSD-3-Clause", "agpl": "AGPL", "agpl 3": "AGPL-3.0-only",
    "apache": "Apache", "apache 2": "Apache-2.0", "asl 2": "Apache-2.0", "boost": "BSL-1.0", "bsd": "BSD",
    "bsd 2": "BSD-2-Clause", "bsd 2 clause": "BSD-2-Clause", "bsd 3": "BSD-3-Clause", "bsd 3 clause": "BSD-3-Clause",
    "bsd new": "BSD-3-Clause", "bsd simplified": "BSD-2-Clause", "cc0": "CC0-1.0", "expat": "MIT", "gpl": "GPL",
    "gpl 2": "GPL-2.0-only", "gpl 3": "GPL-3.0-only", "gpl 3+": "GPL-3.0-or-later", "gpl 2+": "GPL-2.0-or-later",
    "hpnd": "HPND", "isc": "ISC", "lesser": "LGPL", "lgpl": "LGPL", "lgpl 2.1": "LGPL-2.1-only",
    "lgpl 2.1+": "LGPL-2.1-or-later", "lgpl 3": "LGPL-3.0-only", "lgpl 3+": "LGPL-3.0-or-later", "mit": "MIT",
    "mit expat": "MIT", "modified bsd": "BSD-3-Clause", "mozilla 2": "MPL-2.0", "mozilla 2 mpl 2": "MPL-2.0",
    "mpl": "MPL", "mpl 2": "MPL-2.0", "new bsd": "BSD-3-Clause", "proprietary": "LicenseRef-Proprietary",
    "psf": "PSF-2.0", "psf 2": "PSF-2.0", "psfl": "PSF-2.0", "python foundation": "PSF-2.0",
    "domain": "LicenseRef-Public-Domain", "revised bsd": "BSD-3-Clause", "simplified bsd": "BSD-2-Clause",
    "unlicense": "Unlicense", "wtfpl": "WTFPL", "zlib": "Zlib", "zlib libpng": "Zlib", "zope": "ZPL-2.1",
    "zpl 2.1": "ZPL-2.1",
})  # fmt: skip

_PART = re.compile(r"\s*([()]|[A-Za-z0-9][A-Za-z0-9.+:-]*)")
_OPERATORS = frozenset({"AND", "OR", "WITH"})


def from_expression(text: str) -> str | None:
    """An SPDX expression with its identifiers in their proper case; `None` where it is none.

    The form of the expression is checked and identifiers that are not known here are kept as they are
    (https://spdx.github.io/spdx-spec/v3.0.1/annexes/spdx-license-expressions/).
    """
    parts = _parts(text)
    if not parts or not _is_well_formed(parts):
        return None
    return " ".join(_proper(part) for part in parts).replace("( ", "(").replace(" )", ")")


def from_classifiers(classifiers: Iterable[str]) -> str | None:
    """The licence that trove classifiers name; several as `A OR B`, since they do not say how they combine."""
    last = [each.split(" :: ")[-1].strip() for each in classifiers if each.startswith("License ::")]
    found = sorted({_CLASSIFIERS[each] for each in last if each in _CLASSIFIERS})
    precise = [each for each in found if each not in FAMILIES]
    return " OR ".join(precise or found) or None


def from_name(text: str) -> str | None:
    """The licence that a short free text names, such as `Apache License, Version 2.0`."""
    key = text.strip().lower()
    if key in _BY_LOWER_CASE:
        return _BY_LOWER_CASE[key]
    outside, inside = _split_abbreviation(text)
    named = next((_NAMES[plain] for plain in map(_plain, (outside, inside)) if plain in _NAMES), None)
    if named:
        return named
    expression = from_expression(text)
    return expression if expression and all(part in CATEGORY for part in identifiers(expression)) else None


def identifiers(expression: str) -> list[str]:
    """The licences of an expression, without operators, parentheses and exceptions."""
    words = re.sub(r"\bWITH\s+\S+", "", expression).replace("(", " ").replace(")", " ").split()
    return [word for word in words if word not in _OPERATORS]


def category_of(expression: str) -> str:
    """What a licence expression asks for: the mildest of its alternatives, the strictest of what adds up."""
    strictness = ["public domain", "permissive", "weak copyleft", "strong copyleft", "proprietary"]
    found = [CATEGORY.get(each) for each in identifiers(expression)]
    known = [each for each in found if each]
    if not known or (len(known) < len(found) and " OR " not in expression):
        return "other"
    choose = min if " OR " in expression and " AND " not in expression else max
    return choose(known, key=strictness.index)


def _parts(text: str) -> list[str]:
    parts, position = [], 0
    while match := _PART.match(text, position):
        parts.append(match[1])
        position = match.end()
    return parts if not text[position:].strip() else []


def _is_well_formed(parts: list[str]) -> bool:
    """Operands and operators alternate, and parentheses are balanced."""
    depth, operand_next = 0, True
    for part in parts:
        if part in "()":
            if (part == "(") is not operand_next:
                return False
            depth += 1 if part == "(" else -1
        elif (part.upper() in _OPERATORS) is operand_next:
            return False
        else:
            operand_next = not operand_next
        if depth < 0:
            return False
    return depth == 0 and not operand_next


def _proper(part: str) -> str:
    if part.upper() in _OPERATORS:
        return part.upper()
    lower = part.lower()
    if lower.endswith("+"):
        lower = f"{lower.removesuffix('+')}-or-later"
    elif f"{lower}-only" in _BY_LOWER_CASE:
        lower = f"{lower}-only"
    return _BY_LOWER_CASE.get(lower, part)


def _split_abbreviation(text: str) -> tuple[str, str]:
    """A name and what it has in parentheses: `ISC License` and `ISCL`."""
    match = re.search(r"\(([^()]*)\)", text)
    return (text[: match.start()] + text[match.end() :], match[1]) if match else (text, "")


def _plain(text: str) -> str:
    """A name without the words that say nothing, its numbers in one form: `gplv3` and `GPL 3.0` are `gpl 3`."""
    marked = re.sub(r"\s+or (?:any )?(?:later|newer)", "+", text.lower())
    spaced = re.sub(r"([a-z])v?(\d)", r"\1 \2", re.sub(r"[^a-z0-9.+]+", " ", marked))
    words = [re.sub(r"\.0(\+?)$", r"\1", word.strip(".")) for word in spaced.split()]
    kept = [word.removeprefix("v") if re.fullmatch(r"v[\d.+]+", word) else word for word in words]
    return " ".join(dict.fromkeys(word for word in kept if word and word not in _NOISE and word != "v"))
