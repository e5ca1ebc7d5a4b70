"""The result of the audit, in figures and as a Markdown document."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from licences import category_of
from msgspec import Struct

UNKNOWN = "unknown"


class Group(Struct):
    """The distributions of one licence, each as `name version`."""

    licence: str
    category: str
    distributions: list[str]


class Problem(Struct):
    """A distribution that could not be judged, and why."""

    location: str
    message: str
    code: int


class Report(Struct):
    """Figures and the document; `recognised` counts the licences that only a text told."""

    total: int
    recognised: int
    groups: list[Group]
    unknown: list[str]
    problems: list[Problem]
    markdown: str


def markdown(title: str, locations: Sequence[str], results: Sequence[dict[str, Any]]) -> Report:
    """The report of the outcomes (`FlowResult` as JSON) of the distributions at `locations`."""
    verdicts = [each["result"] for each in results if each["outcome"] == "success"]
    report = Report(
        total=len(results),
        recognised=sum(1 for each in verdicts if (each["source"] or "").startswith("text")),
        groups=_groups(verdicts),
        unknown=[_title(each) for each in verdicts if not each["licence"]],
        problems=list(_problems(locations, results)),
        markdown="",
    )
    report.markdown = "\n".join([f"# {title}", "", *_summary(report), *_details(report, verdicts)]) + "\n"
    return report


def _groups(verdicts: Sequence[dict[str, Any]]) -> list[Group]:
    members: defaultdict[str, list[str]] = defaultdict(list)
    for each in verdicts:
        if each["licence"]:
            members[each["licence"]].append(_title(each))
    groups = [Group(licence, category_of(licence), sorted(names, key=str.lower)) for licence, names in members.items()]
    return sorted(groups, key=lambda group: (-len(group.distributions), group.licence))


def _problems(locations: Sequence[str], results: Sequence[dict[str, Any]]) -> Iterator[Problem]:
    for location, result in zip(locations, results, strict=True):
        if result["outcome"] == "failed":
            yield Problem(location, result["error"]["message"], result["error"]["code"])
        elif result["outcome"] == "skipped":
            yield Problem(location, result.get("reason") or "it was skipped", 0)


def _title(verdict: dict[str, Any]) -> str:
    return f"{verdict['name']} {verdict['version']}"


def _summary(report: Report) -> Iterator[str]:
    known = f"{report.total} distributions, {len(report.groups)} licences"
    yield f"{known}, {len(report.unknown)} unknown, {len(report.problems)} that could not be read."
    yield ""
    yield "| licence | kind | distributions | share |"
    yield "|---|---|---:|---:|"
    for group in report.groups:
        yield _row(group.licence, group.category, len(group.distributions), report.total)
    if report.unknown:
        yield _row(UNKNOWN, "", len(report.unknown), report.total)
    yield ""
    kinds = Counter({group.category: 0 for group in report.groups})
    for group in report.groups:
        kinds[group.category] += len(group.distributions)
    yield from (f"- {kind}: {count}" for kind, count in kinds.most_common())
    yield ""


def _row(licence: str, category: str, count: int, total: int) -> str:
    return f"| {_safe(licence)} | {category} | {count} | {100 * count / total:.1f} % |"


def _details(report: Report, verdicts: Sequence[dict[str, Any]]) -> Iterator[str]:
    sources = {_title(each): each["source"] for each in verdicts}
    for group in report.groups:
        yield from _section(
            f"{group.licence} ({group.category})", [f"{name}, by {sources[name]}" for name in group.distributions]
        )
    if report.unknown:
        yield from _section("Unknown", [f"{name}: neither metadata nor a text tells" for name in report.unknown])
    if report.problems:
        yield from _section("Problems", [f"{Path(each.location).name}: {each.message}" for each in report.problems])


def _section(title: str, lines: Sequence[str]) -> Iterator[str]:
    yield f"## {_safe(title)}"
    yield ""
    yield from (f"- {_safe(line)}" for line in lines)
    yield ""


def _safe(text: str) -> str:
    """Text that Markdown takes as it is."""
    plain = " ".join(text.split())
    return "".join(f"\\{sign}" if sign in "|*_`<>[]#" else sign for sign in plain)
