"""Recognising a licence by what is characteristic of its text."""

from __future__ import annotations

import re

_MARKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("AGPL-3.0-or-later", ("gnu affero general public license", "version 3")),
    ("LGPL-3.0-or-later", ("gnu lesser general public license", "version 3")),
    ("LGPL-2.1-or-later", ("gnu lesser general public license", "version 2.1")),
    ("GPL-3.0-or-later", ("gnu general public license", "version 3")),
    ("GPL-2.0-or-later", ("gnu general public license", "version 2")),
    ("MPL-2.0", ("mozilla public license", "version 2.0")),
    ("MPL-2.0", ("mozilla public license, v. 2.0",)),
    ("Apache-2.0", ("apache license", "version 2.0")),
    ("Unlicense", ("this is free and unencumbered software released into the public domain",)),
    ("CC0-1.0", ("cc0 1.0 universal",)),
    ("BSL-1.0", ("boost software license", "version 1.0")),
    ("PSF-2.0", ("python software foundation license version 2",)),
    ("ZPL-2.1", ("zope public license", "version 2.1")),
    ("WTFPL", ("do what the fuck you want to",)),
    ("Zlib", ("this software is provided 'as-is', without any express or implied warranty", "altered source")),
    ("BSD-3-Clause", ("redistribution and use in source and binary forms", "endorse or promote products derived")),
    ("BSD-2-Clause", ("redistribution and use in source and binary forms",)),
    ("0BSD", ("permission to use, copy, modify, and/or distribute this software", "hereby granted. the software is")),
    ("ISC", ("permission to use, copy, modify, and/or distribute this software",)),
    ("ISC", ("permission to use, copy, modify, and distribute this software for any purpose with or without fee",)),
    ("HPND", ("permission to use, copy, modify, and distribute this software and its", "for any purpose")),
    ("MIT", ("permission is hereby granted, free of charge", "the above copyright notice and this permission notice")),
    ("MIT-0", ("permission is hereby granted, free of charge", "to deal in the software without restriction")),
)  # fmt: skip

_QUOTES = str.maketrans({"`": "'", "\u2018": "'", "\u2019": "'", "\u201c": " ", "\u201d": " "})


def recognise(text: str) -> str | None:
    """The licence that a text is, or begins with; `None` where no known one is in it.

    Texts that quote several licences count as the one that stands first: that is where a project's own is.
    """
    plain = re.sub(r"[\s*#>\"]+", " ", text.lower().translate(_QUOTES))
    found = [(place, rank, name) for rank, (name, marks) in enumerate(_MARKS) for place in _place(plain, marks)]
    return min(found)[2] if found else None


def _place(text: str, marks: tuple[str, ...]) -> list[int]:
    """Where the first of the marks stands, if all of them are there: one place or none."""
    places = [text.find(mark) for mark in marks]
    return [places[0]] if min(places) >= 0 else []
