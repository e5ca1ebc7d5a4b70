"""The components of the audit: finding distributions, reading their metadata, judging their licences."""

from __future__ import annotations

import sys
from importlib.metadata import PathDistribution
from pathlib import Path
from typing import Any

import licence_texts
from audit_report import Report, markdown
from licences import FAMILIES, from_classifiers, from_expression, from_name
from msgspec import Struct
from stepflow_runtime import ComponentError, component

LICENCE_FILES = ("licen[cs]e*", "copying*", "unlicense*", "notice*")
LONGEST_TEXT = 200_000
"""How many characters of a licence file are looked at."""
SHORT = 120
"""A `License` field that is longer, or has several lines, is a licence's text and not its name."""


class Metadata(Struct):
    """What a distribution says of itself; `licence_text` is its `License` field where that is a whole text."""

    name: str
    version: str
    location: str
    expression: str | None = None
    licence: str | None = None
    licence_text: str | None = None
    classifiers: list[str] = []


class Verdict(Struct):
    """A licence (SPDX where it is known) with its source; `certainty` is certain, family or unknown."""

    name: str
    version: str
    location: str
    certainty: str
    licence: str | None = None
    source: str | None = None
    licence_text: str | None = None


@component("/find", description="The installed distributions: the directories that hold their metadata")
def find(paths: list[str] | None = None) -> list[str]:
    """Look in `paths`, by default where Python looks; of two with one name the first counts, as for an import."""
    found: dict[str, str] = {}
    for root in map(Path, paths or [each for each in sys.path if each]):
        for each in sorted(_metadata_directories(root)):
            found.setdefault(_import_key(each), str(each))
    return sorted(found.values(), key=lambda path: Path(path).name.lower())


def _metadata_directories(root: Path) -> list[Path]:
    try:
        return [each for each in root.iterdir() if each.suffix in {".dist-info", ".egg-info"}]
    except OSError:
        return []  # a zip file, or an entry of the search path that does not exist


def _import_key(path: Path) -> str:
    return path.stem.partition("-")[0].lower().replace("_", "-").replace(".", "-")


@component("/read", description="The metadata of a distribution")
def read(location: str) -> Metadata:
    """Fail where there is no metadata or it does not name the distribution."""
    path = Path(location)
    metadata = _metadata_of(path)
    name = _text(metadata, "Name")
    if not name:
        raise ComponentError("its metadata has no name", 422, {"location": location})
    licence = _text(metadata, "License")
    is_text = bool(licence) and (len(licence) > SHORT or "\n" in licence)
    return Metadata(
        name=name,
        version=_text(metadata, "Version") or "?",
        location=location,
        expression=_text(metadata, "License-Expression") or None,
        licence=None if is_text else licence or None,
        licence_text=licence[:LONGEST_TEXT] if is_text else None,
        classifiers=[str(each) for each in metadata.get_all("Classifier") or []],
    )


def _metadata_of(path: Path) -> Any:
    if not any(each.is_file() for each in (path / "METADATA", path / "PKG-INFO", path)):
        raise ComponentError("it has neither METADATA nor PKG-INFO", 422, {"location": str(path)})
    return PathDistribution(path).metadata


def _text(metadata: Any, field: str) -> str:
    """A field as clean text; UNKNOWN is what old tools wrote for nothing."""
    value = str(metadata.get(field) or "").strip()
    return "" if value.upper() in {"UNKNOWN", "NONE", "N/A"} else value


@component("/classify", description="The licence that the metadata names, as an SPDX expression")
def classify(metadata: Metadata) -> Verdict:
    """An expression beats the classifiers, those beat the free text; a precise answer beats a family's name."""
    claims = [
        ("License-Expression", from_expression(metadata.expression or "")),
        ("classifier", from_classifiers(metadata.classifiers)),
        ("License field", from_name(metadata.licence or "")),
    ]
    known = [(source, licence) for source, licence in claims if licence]
    precise = [claim for claim in known if claim[1] not in FAMILIES]
    source, licence = next(iter(precise or known), (None, None))
    return Verdict(
        name=metadata.name,
        version=metadata.version,
        location=metadata.location,
        certainty="certain" if precise else "family" if known else "unknown",
        licence=licence,
        source=source,
        licence_text=metadata.licence_text,
    )


@component("/licence_text", description="The text of the licence that a distribution ships, where it ships one")
def licence_text(location: str) -> dict[str, str | None]:
    """Look among the metadata, and in it in `licenses`; files that cannot be read are passed over."""
    path = Path(location)
    for file in _licence_files(path):
        try:
            text = file.read_text(encoding="utf-8", errors="replace")[:LONGEST_TEXT]
        except OSError:
            continue
        if text.strip():
            return {"file": file.name, "text": text}
    return {"file": None, "text": None}


def _licence_files(path: Path) -> list[Path]:
    if not path.is_dir():
        return []
    candidates = sorted(each for each in (*path.iterdir(), *path.glob("licen[cs]es/**/*")) if each.is_file())
    return [each for pattern in LICENCE_FILES for each in candidates if Path(each.name.lower()).match(pattern)]


@component("/recognise", description="The licence that a text is, if it is a known one")
def recognise(text: str | None = None) -> str | None:
    """The SPDX identifier; null where there is no text or it is not known."""
    return licence_texts.recognise(text) if text else None


@component("/report", description="The audit as Markdown and as figures")
def report(locations: list[str], results: list[dict[str, Any]], title: str) -> Report:
    """`results` are the outcomes of the items in the order of `locations`."""
    return markdown(title, locations, results)


@component("/write", description="Write a text file")
def write(path: str, text: str) -> str:
    """The absolute path that was written to."""
    target = Path(path).expanduser().resolve()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ComponentError(f"the report cannot be written: {error.strerror}: {target}", 507) from None
    return str(target)


COMPONENTS = (find, read, classify, licence_text, recognise, report, write)
