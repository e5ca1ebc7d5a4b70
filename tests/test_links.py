"""The links between the pages of the repository lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = (".", "docs", "packages/*", "examples/*", "tests/**")
PAGES = sorted({page for folder in FOLDERS for page in ROOT.glob(f"{folder}/*.md")})
CODE = re.compile(r"^```.*?^```$|`[^`\n]+`", re.DOTALL | re.MULTILINE)


def prose(page: Path) -> str:
    """The text of a page without its code."""
    return CODE.sub("", page.read_text("utf-8"))


def headings(page: Path) -> set[str]:
    """The anchors of a page, as they are made of its headings."""
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    titles = [re.sub(r"[^\w\s-]", "", title.lower()) for title in re.findall(r"^#+ (.*)$", text, re.MULTILINE)]
    return {title.strip().replace(" ", "-") for title in titles}


def leads_somewhere(page: Path, link: str) -> bool:
    """Whether a link within the repository leads to a file that is there, and to a heading of it."""
    name, _, anchor = link.partition("#")
    target = page.parent / name if name else page
    return target.exists() and (not anchor or anchor in headings(target))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link of a page leads to a file that is there, and to a heading of it."""
    links = re.findall(r"\]\(([^)\s]+)\)", prose(page))
    assert [link for link in links if "://" not in link and not leads_somewhere(page, link)] == []


def test_the_pages_are_found() -> None:
    """Those of the root, the documentation, every package and every example are among them."""
    names = {page.relative_to(ROOT).as_posix() for page in PAGES}
    folders = [*ROOT.glob("packages/*/pyproject.toml"), *ROOT.glob("examples/*/README.md")]
    pages = {f"{folder.parent.relative_to(ROOT).as_posix()}/README.md" for folder in folders}
    assert {"README.md", "CONTRIBUTING.md", "docs/flow-language.md", *pages} <= names
