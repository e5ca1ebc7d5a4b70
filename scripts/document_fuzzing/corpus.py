"""What inputs are made from: the flows, the faulty documents and the config of the conformance suite."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from stepflow_core.documents import read_file

SUITE = Path(__file__).resolve().parent.parent.parent / "tests" / "conformance"
LARGEST = 6_000
"""How many bytes a document may have that is changed often: of the larger ones only every tenth choice is made."""


class Corpus(Struct, frozen=True):
    """The documents as JSON, so that each use has its own copy; the texts with their formats; parts of documents."""

    documents: list[bytes]
    small: list[bytes]
    texts: list[tuple[str, bytes]]
    parts: list[bytes]
    config: bytes
    keys: list[str]

    def document(self, chance: random.Random) -> Any:
        """A copy of one of the documents."""
        return json.loads(chance.choice(self.small if chance.random() < 0.9 else self.documents))

    def part(self, chance: random.Random) -> Any:
        """A copy of a part of any document."""
        return json.loads(chance.choice(self.parts))


def read_corpus() -> Corpus:
    """Read the suite, always in the same order."""
    flows = [path for path in sorted((SUITE / "flows").iterdir()) if path.suffix in {".yaml", ".json"}]
    faulty = [path for path in sorted((SUITE / "invalid").iterdir()) if path.name != "manifest.yaml"]
    trees = [read_file(path).data for path in flows]
    documents = [msgspec.json.encode(each) for each in trees]
    parts = {msgspec.json.encode(part) for tree in trees for part in parts_of(tree)}
    return Corpus(
        documents=documents,
        small=[each for each in documents if len(each) <= LARGEST],
        texts=[(path.suffix.removeprefix("."), path.read_bytes()) for path in (*flows, *faulty) if path.is_file()],
        parts=sorted(each for each in parts if len(each) <= LARGEST),
        config=msgspec.json.encode(read_file(SUITE / "stepflow-config.yml").data),
        keys=sorted({key for tree in trees for part in parts_of(tree) if isinstance(part, dict) for key in part}),
    )


def parts_of(value: Any) -> Iterator[Any]:
    """A value and everything in it."""
    yield value
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for member in members:
        yield from parts_of(member)
