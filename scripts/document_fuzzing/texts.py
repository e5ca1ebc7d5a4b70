"""Changes to a document as text: the syntax of YAML and JSON, characters, line breaks and bytes."""

from __future__ import annotations

import json
import random
from typing import Any, Final

import yaml

_PIECES: Final = (
    *(
        "&a ",
        "*a",
        "*nobody",
        "<<: *a\n",
        "!!str ",
        "!!python/object:os.system ",
        "!local ",
        "!!binary ",
        "!<tag:x> ",
        "%YAML 1.1\n",
    ),
    *(
        "%TAG ! tag:x,2000:\n",
        "---\n",
        "...\n",
        "--- ",
        "\t",
        "\r\n",
        "\r",
        "\n",
        "\n\n  ",
        "? ",
        "?",
        ": ",
        ":",
        "- ",
        "-",
        ", ",
    ),
    *(
        "[",
        "]",
        "{",
        "}",
        "'",
        '"',
        "#",
        " # note",
        "|",
        "|+2\n",
        ">",
        ">-\n",
        "|9\n",
        "@",
        "`",
        "%",
        "\\",
        '"\\u12',
        '"\\x0',
    ),
    *(
        "~",
        "yes",
        "0o17",
        "0x1f",
        ".nan",
        ".inf",
        "1_000",
        "1:30",
        "2024-01-01",
        "1e999",
        "-0",
        "+1",
        "1" * 5000,
        "=",
        "NaN",
    ),
    *(
        "\u0000",
        "\u0001",
        "\u0007",
        "\u001b",
        "\u007f",
        "\u0085",
        "\u00a0",
        "\u2028",
        "\ufeff",
        "\ufffe",
        "\U0010ffff",
        "é",
    ),
    *(
        "a: 1\n",
        "a: 1\na: 2\n",
        "name: n\n",
        "[" * 200,
        "{a: " * 200,
        "- " * 200,
        "{$step: a}",
        "? [1]\n: 2\n",
        "*a : 1\n",
    ),
    *(
        '"\\ud800"',
        '"\\ud83d\\udc0c"',
        "//",
        "/* */",
        "null",
        "true",
        "Infinity",
        "01",
        "1.",
        ".5",
        "'a'",
        ",,",
        '\\"',
        "\\/",
    ),
)
_BYTES: Final = (
    b"\xff",
    b"\xc3",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\xc0\x80",
    b"\x00",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
)


class Quoting(yaml.CSafeDumper):
    """Writes every text in quotes, so that no reader can take one for anything else."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write what stands in two places twice."""
        return True


Quoting.add_representer(str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"'))


def as_yaml(tree: Any, chance: random.Random) -> bytes:
    """The tree as YAML, in block or flow style."""
    text = yaml.dump(
        tree,
        Dumper=Quoting,
        sort_keys=False,
        allow_unicode=chance.random() < 0.5,
        default_flow_style=chance.choice((True, False)),
        width=chance.choice((20, 80, 10**6)),
    )
    return str(text).encode()


def as_json(tree: Any, chance: random.Random) -> bytes:
    """The tree as JSON, close or indented."""
    return json.dumps(tree, ensure_ascii=chance.random() < 0.5, indent=chance.choice((None, 1))).encode()


def changed_text(text: bytes, chance: random.Random) -> bytes:
    """The text after one to some changes."""
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        text = _changed(text, chance)
    return text


def _changed(text: bytes, chance: random.Random) -> bytes:
    begin = chance.randrange(len(text) + 1)
    end = min(len(text), begin + chance.choice((1, 1, 2, 5, 40)))
    match chance.randrange(12):
        case 0:
            return text[:begin] + text[end:]
        case 1:
            return text[:end] + text[begin:]
        case 2:
            return text[:begin] + chance.choice(_BYTES) + text[begin:]
        case 3:
            return text.replace(b"\n", chance.choice((b"\r\n", b"\r", b"\n\n", b" \n")))
        case 4:
            return text[:begin]
        case 5:
            return _lines_changed(text, chance)
        case 6:
            return chance.choice((b"\xef\xbb\xbf", b"# note\n", b"---\n", b"\n\n", b" ")) + text
    return text[:begin] + chance.choice(_PIECES).encode() + text[begin if chance.random() < 0.6 else end :]


def _lines_changed(text: bytes, chance: random.Random) -> bytes:
    lines = text.splitlines(keepends=True) or [b""]
    number, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    match chance.randrange(4):
        case 0:
            lines[number] = chance.choice((b" ", b"\t", b"  - ", b"# ")) + lines[number]
        case 1:
            lines[number] = lines[number].lstrip()
        case 2:
            lines[number], lines[other] = lines[other], lines[number]
        case 3:
            lines.insert(number, lines[other])
    return b"".join(lines)
